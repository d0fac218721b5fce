/* Small programs, each behind a line that says what it takes: `words` are three integers, `bytes`
 * a buffer and its length. A program's entry has the name that stands there; only integers of 32
 * and 64 bits are used, so that every host gives the same results.
 */
#include <stdint.h>
typedef int32_t i32;
typedef uint32_t u32;
typedef int64_t i64;
typedef uint64_t u64;
typedef uint8_t u8;
typedef uint16_t u16;
typedef int8_t i8;
typedef int16_t i16;
//! words collatz
i32 collatz(i32 a, i32 b, i32 c) {
    u32 n = (u32)a % 1000 + 1, steps = 0;
    while (n != 1 && steps < 500) n = n & 1 ? 3 * n + 1 : n / 2, steps++;
    return steps * 3 + b - c;
}
//! words gcd
static u32 gcd_of(u32 a, u32 b) { return b ? gcd_of(b, a % b) : a; }
i32 gcd(i32 a, i32 b, i32 c) { return gcd_of(gcd_of(a, b), c); }
//! words fibonacci
static i32 fib(i32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
i32 fibonacci(i32 a, i32 b, i32 c) { return fib((a & 7) + 5) ^ b ^ c; }
//! words ackermann
static i32 ack(i32 m, i32 n) { return !m ? n + 1 : !n ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
i32 ackermann(i32 a, i32 b, i32 c) { return ack(a & 1, b & 7) + ack(2, c & 3); }
//! words isqrt
i32 isqrt(i32 a, i32 b, i32 c) {
    u32 n = a ^ b, root = 0;
    for (u32 bit = 1u << 30; bit; bit >>= 2) {
        if (n >= root + bit) n -= root + bit, root = (root >> 1) + bit;
        else root >>= 1;
    }
    return root + c;
}
//! words power
i32 power(i32 a, i32 b, i32 c) {
    u32 result = 1, base = a, e = b & 31;
    for (; e; e >>= 1, base *= base) if (e & 1) result *= base;
    return result % ((u32)c | 1);
}
//! words reverse_bits
i32 reverse_bits(i32 a, i32 b, i32 c) {
    u32 x = a;
    x = (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
    x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
    x = (x & 0x0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f);
    x = x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
    return x + (b & ~c);
}
//! words population
i32 population(i32 a, i32 b, i32 c) {
    i32 n = 0;
    for (u64 x = (u64)(u32)a << 32 | (u32)b; x; x &= x - 1) n++;
    return n * 100 + (c < 0);
}
//! words wide_product
i32 wide_product(i32 a, i32 b, i32 c) {
    i64 p = (i64)a * b;
    u64 q = (u64)(u32)b * (u32)c;
    return (i32)(p >> 32) ^ (i32)(q >> 17) ^ (i32)p;
}
//! words divisions
i32 divisions(i32 a, i32 b, i32 c) {
    i32 d = b | 1, e = c | 1;
    if (d == -1) d = 7;
    return a / d + a % d * 3 + (i32)((u32)a / (u32)e) - (i32)((u32)a % (u32)e) + a / 10 + a % 7 + b / 16 + c % 8;
}
//! words shifts
i32 shifts(i32 a, i32 b, i32 c) {
    u32 n = c & 31;
    return (a << n) ^ (i32)((u32)b >> n) ^ (a >> n) ^ (i32)((u32)a << (32 - n & 31));
}
//! words comparisons
i32 comparisons(i32 a, i32 b, i32 c) {
    i32 r = 0;
    r |= (a < b) | (a <= b) << 1 | ((u32)a < (u32)b) << 2 | ((u32)a >= (u32)c) << 3;
    r |= (a == c) << 4 | (a != b) << 5 | (a > 100) << 6 | (b < -100) << 7 | !c << 8 | !!a << 9;
    return a > b ? r : b > c ? ~r : r * 5;
}
//! words switch_case
i32 switch_case(i32 a, i32 b, i32 c) {
    switch (a & 15) {
    case 0: return b + c;
    case 1: return b - c;
    case 2: return b * c;
    case 3: return b & c;
    case 4: return b | c;
    case 5: return b ^ c;
    case 6: return ~b;
    case 7: return b << (c & 15);
    case 9: return b >> (c & 15);
    case 12: b += 9; /* falls through */
    case 13: return b * 3;
    default: return a - b - c;
    }
}
//! words table
static const i16 steps[] = {3, -7, 1000, -32768, 32767, 0, 12, -1, 5, 6, 77, -300};
static const u8 order[] = {11, 3, 0, 7, 9, 1, 2, 10, 4, 8, 6, 5};
i32 table(i32 a, i32 b, i32 c) {
    i32 sum = c;
    for (u32 i = (u32)a % 12; i < 12; i++) sum = sum * 3 + steps[order[i]] * (b & 7);
    return sum;
}
//! words matrix
i32 matrix(i32 a, i32 b, i32 c) {
    i32 m[4][4], p[4][4], trace = 0;
    for (i32 i = 0; i < 4; i++) for (i32 j = 0; j < 4; j++) m[i][j] = a * i + b * j + c;
    for (i32 i = 0; i < 4; i++)
        for (i32 j = 0; j < 4; j++) {
            p[i][j] = 0;
            for (i32 k = 0; k < 4; k++) p[i][j] += m[i][k] * m[k][j];
        }
    for (i32 i = 0; i < 4; i++) trace += p[i][i] ^ p[i][3 - i];
    return trace;
}
//! words pointers
static i32 add(i32 a, i32 b) { return a + b; }
static i32 sub(i32 a, i32 b) { return a - b; }
static i32 mix(i32 a, i32 b) { return a * 31 ^ b; }
typedef i32 operation(i32, i32);
__attribute__((noinline)) static i32 fold(operation *f, i32 a, i32 b, i32 n) {
    while (n--) a = f(a, b + n);
    return a;
}
i32 pointers(i32 a, i32 b, i32 c) {
    operation *f = c & 1 ? add : c & 2 ? sub : mix;
    return fold(f, a, b, c & 15);
}
//! words structures
#ifdef __riscv
void *memcpy(void *to, const void *from, unsigned size) {
    for (unsigned i = 0; i < size; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
    return to;
}
#endif
struct point { i8 x; u16 y; i32 z; u8 w; };
__attribute__((noinline)) static struct point move(struct point p, i32 d) {
    p.x += d, p.y -= d, p.z ^= d, p.w = p.w * 3 + 1;
    return p;
}
i32 structures(i32 a, i32 b, i32 c) {
    struct point p = {a, b, c, a >> 8};
    for (i32 i = 0; i < 5; i++) p = move(p, b + i);
    return p.x + p.y + p.z + p.w;
}
//! words many_arguments
__attribute__((noinline)) static i32 ten(i32 a, i32 b, i32 c, i32 d, i32 e, i32 f, i32 g, i32 h, i32 i, i32 j) {
    return a - b + c * d - e + f * g - h + i * j;
}
i32 many_arguments(i32 a, i32 b, i32 c) {
    return ten(a, b, c, a + 1, b + 1, c + 1, a - b, b - c, c - a, ten(c, b, a, 1, 2, 3, 4, 5, 6, 7));
}
//! words queens
static i32 place(u32 columns, u32 left, u32 right, u32 all) {
    i32 count = 0;
    if (columns == all) return 1;
    for (u32 free = all & ~(columns | left | right); free;) {
        u32 bit = free & -free;
        free ^= bit;
        count += place(columns | bit, (left | bit) << 1, (right | bit) >> 1, all);
    }
    return count;
}
i32 queens(i32 a, i32 b, i32 c) { return place(0, 0, 0, (1 << (4 + (a & 1))) - 1) + b * c; }
//! words calendar
i32 calendar(i32 a, i32 b, i32 c) {
    i32 y = (a & 4095) + 1, m = (u32)b % 12 + 1, d = (u32)c % 28 + 1;
    if (m < 3) y--, m += 12;
    return (d + 13 * (m + 1) / 5 + y + y / 4 - y / 100 + y / 400) % 7;
}
//! words random
i32 random(i32 a, i32 b, i32 c) {
    u32 x = a | 1;
    for (i32 i = 0; i < (b & 63); i++) x ^= x << 13, x ^= x >> 17, x ^= x << 5;
    return x % ((c & 1023) + 1);
}
//! words saturate
static i32 clamp(i64 v) { return v > 2147483647 ? 2147483647 : v < -2147483647 - 1 ? -2147483647 - 1 : (i32)v; }
i32 saturate(i32 a, i32 b, i32 c) { return clamp((i64)a + b) ^ clamp((i64)a - c) ^ clamp((i64)b * 3); }
//! words fixed_point
i32 fixed_point(i32 a, i32 b, i32 c) {
    i32 x = a % 65536, y = b % 65536, z = 0;
    for (i32 i = 0; i < 16; i++) {
        i32 s = x >> i, t = y >> i;
        if (y > 0) x += t, y -= s, z += c >> i;
        else x -= t, y += s, z -= c >> i;
    }
    return x ^ z;
}
//! words goto_machine
i32 goto_machine(i32 a, i32 b, i32 c) {
    i32 n = 0;
start:
    if (n > 40) goto done;
    n++;
    if (a & 1) goto odd;
    a = a / 2 + b;
    goto start;
odd:
    a = a * 3 - c;
    if (a > 1000000 || a < -1000000) a %= 1000;
    goto start;
done:
    return a;
}
//! words primes
i32 primes(i32 a, i32 b, i32 c) {
    u8 composite[128];
    i32 limit = (a & 127), sum = 0;
    for (i32 i = 0; i < 128; i++) composite[i] = i < 2;
    for (i32 i = 2; i * i < 128; i++) if (!composite[i]) for (i32 j = i * i; j < 128; j += i) composite[j] = 1;
    for (i32 i = 0; i < limit; i++) if (!composite[i]) sum += i * b + c;
    return sum;
}
//! bytes crc32
i32 crc32(u8 *p, i32 n) {
    u32 crc = ~0u;
    while (n--) {
        crc ^= *p++;
        for (i32 k = 0; k < 8; k++) crc = crc >> 1 ^ (-(crc & 1) & 0xedb88320);
    }
    return ~crc;
}
//! bytes adler
i32 adler(u8 *p, i32 n) {
    u32 a = 1, b = 0;
    for (i32 i = 0; i < n; i++) a = (a + p[i]) % 65521, b = (b + a) % 65521;
    return b << 16 | a;
}
//! bytes bubble_sort
i32 bubble_sort(u8 *p, i32 n) {
    i32 swaps = 0;
    for (i32 i = 0; i < n; i++)
        for (i32 j = 0; j + 1 < n - i; j++)
            if (p[j] > p[j + 1]) { u8 t = p[j]; p[j] = p[j + 1], p[j + 1] = t, swaps++; }
    return swaps;
}
//! bytes quick_sort
static void sort(u8 *p, i32 low, i32 high) {
    if (low >= high) return;
    u8 pivot = p[(low + high) / 2];
    i32 i = low, j = high;
    while (i <= j) {
        while (p[i] < pivot) i++;
        while (p[j] > pivot) j--;
        if (i <= j) { u8 t = p[i]; p[i++] = p[j], p[j--] = t; }
    }
    sort(p, low, j);
    sort(p, i, high);
}
i32 quick_sort(u8 *p, i32 n) { sort(p, 0, n - 1); return p[0] + p[n / 2] * 256; }
//! bytes histogram
i32 histogram(u8 *p, i32 n) {
    u16 counts[16];
    i32 best = 0;
    for (i32 i = 0; i < 16; i++) counts[i] = 0;
    for (i32 i = 0; i < n; i++) counts[p[i] >> 4]++;
    for (i32 i = 1; i < 16; i++) if (counts[i] > counts[best]) best = i;
    return best * 1000 + counts[best];
}
//! bytes reverse
i32 reverse(u8 *p, i32 n) {
    for (u8 *q = p + n - 1; p < q;) { u8 t = *p; *p++ = *q, *q-- = t; }
    return n;
}
//! bytes run_length
i32 run_length(u8 *p, i32 n) {
    u8 out[256];
    i32 used = 0;
    for (i32 i = 0; i < n && used < 250;) {
        i32 run = 1;
        while (i + run < n && p[i + run] / 32 == p[i] / 32 && run < 255) run++;
        out[used++] = run, out[used++] = p[i] / 32;
        i += run;
    }
    for (i32 i = 0; i < used && i < n; i++) p[i] = out[i];
    return used;
}
//! bytes cipher
i32 cipher(u8 *p, i32 n) {
    u8 s[256], i = 0, j = 0;
    for (i32 k = 0; k < 256; k++) s[k] = k;
    for (i32 k = 0; k < 256; k++) { j += s[k] + "key"[k % 3]; u8 t = s[k]; s[k] = s[j], s[j] = t; }
    j = 0;
    for (i32 k = 0; k < n; k++) {
        j += s[++i];
        u8 t = s[i];
        s[i] = s[j], s[j] = t;
        p[k] ^= s[(u8)(s[i] + s[j])];
    }
    return s[7];
}
//! bytes hexadecimal
i32 hexadecimal(u8 *p, i32 n) {
    static const char digits[] = "0123456789abcdef";
    u32 hash = 5381;
    for (i32 i = 0; i < n; i++) {
        hash = hash * 33 + digits[p[i] >> 4];
        hash = hash * 33 + digits[p[i] & 15];
    }
    return hash;
}
//! bytes words_of_buffer
i32 words_of_buffer(u8 *p, i32 n) {
    i32 sum = 0;
    i32 *w = (i32 *)p;
    i16 *h = (i16 *)p;
    i8 *b = (i8 *)p;
    for (i32 i = 0; i < n / 4; i++) sum += w[i] >> 3;
    for (i32 i = 0; i < n / 2; i++) sum ^= h[i] * 5;
    for (i32 i = 0; i < n; i++) sum -= b[i];
    return sum;
}
//! bytes search
i32 search(u8 *p, i32 n) {
    i32 found = 0;
    for (i32 i = 0; i + 2 < n; i++)
        if (p[i] % 4 == p[i + 1] % 4 && p[i + 1] % 4 != p[i + 2] % 4) found = found * 3 + i;
    return found;
}
