/* Freestanding kernels that between them use every class of instruction a compiler emits.
 * `start` is the entry, at 0x80; the run ends with a store to 0x1ff00. */
typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned short u16;

void run(void);

__attribute__((naked, section(".start"))) void start(void)
{
    __asm__ volatile("lui sp, 0x1f\n jal run\n lui t0, 0x20\n sw a0, -256(t0)\n 1: j 1b");
}

#ifndef __riscv_mul
u32 __mulsi3(u32 a, u32 b)
{
    u32 sum = 0;
    for (; a; a >>= 1, b <<= 1)
        if (a & 1)
            sum += b;
    return sum;
}
static u32 divide(u32 n, u32 d, u32 *rest)
{
    u32 q = 0, r = 0;
    for (int i = 31; i >= 0; i--) {
        r = r << 1 | (n >> i & 1);
        if (r >= d)
            r -= d, q |= 1u << i;
    }
    *rest = r;
    return q;
}
u32 __udivsi3(u32 n, u32 d) { u32 r; return divide(n, d, &r); }
u32 __umodsi3(u32 n, u32 d) { u32 r; divide(n, d, &r); return r; }
int __divsi3(int n, int d)
{
    u32 r, q = divide(n < 0 ? -n : n, d < 0 ? -d : d, &r);
    return (n < 0) != (d < 0) ? -q : q;
}
int __modsi3(int n, int d)
{
    u32 r;
    divide(n < 0 ? -n : n, d < 0 ? -d : d, &r);
    return n < 0 ? -r : r;
}
#endif
void *memset(void *to, int value, u32 n)
{
    for (u8 *p = to; n--;)
        *p++ = value;
    return to;
}
void *memcpy(void *to, const void *from, u32 n)
{
    u8 *p = to;
    const u8 *q = from;
    while (n--)
        *p++ = *q++;
    return to;
}

static u32 seed = 12345;
static u32 next(void) { return seed = seed * 1664525u + 1013904223u; }

static u8 bytes[256];
static int words[64];
static short samples[64], taps[16];
static int a[6][6], b[6][6], c[6][6];

static u32 crc_bits(const u8 *p, u32 n)
{
    u32 crc = ~0u;
    while (n--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}
static u32 fletcher(const u8 *p, u32 n)
{
    u32 x = 0, y = 0;
    while (n--) {
        x = (x + *p++) % 255;
        y = (y + x) % 255;
    }
    return y << 8 | x;
}
static void sort(int *p, int n)
{
    for (int i = 1; i < n; i++) {
        int v = p[i], j = i;
        for (; j > 0 && p[j - 1] > v; j--)
            p[j] = p[j - 1];
        p[j] = v;
    }
}
static int fir(const short *x, const short *h, int n)
{
    int total = 0;
    for (int i = 15; i < n; i++) {
        int sum = 0;
        for (int k = 0; k < 16; k++)
            sum += x[i - k] * h[k];
        total ^= sum >> 7;
    }
    return total;
}
static int multiply(void)
{
    int trace = 0;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            int sum = 0;
            for (int k = 0; k < 6; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
            trace += i == j ? sum : 0;
        }
    return trace;
}
static u32 gcd(u32 x, u32 y) { return y ? gcd(y, x % y) : x; }
static u32 isqrt(u32 n)
{
    u32 root = 0;
    for (u32 bit = 1u << 30; bit; bit >>= 2) {
        if (n >= root + bit) {
            n -= root + bit;
            root = (root >> 1) + bit;
        } else
            root >>= 1;
    }
    return root;
}
static int mandelbrot(void)
{
    int inside = 0;
    for (int y = -4; y < 4; y++)
        for (int x = -8; x < 4; x++) {
            int cr = x << 8, ci = y << 8, zr = 0, zi = 0, n = 0;
            while (n < 12 && (zr >> 5) * (zr >> 5) + (zi >> 5) * (zi >> 5) < 4 << 10) {
                int t = ((zr * zr - zi * zi) >> 10) + cr;
                zi = ((zr * zi) >> 9) + ci;
                zr = t;
                n++;
            }
            inside += n == 12;
        }
    return inside;
}
static u32 machine(const u8 *p, int n)
{
    u32 acc = 1;
    for (int i = 0; i < n; i++)
        switch (p[i] & 15) {
        case 0: acc += 3; break;
        case 1: acc ^= acc << 13; break;
        case 2: acc ^= acc >> 17; break;
        case 3: acc = acc * 5; break;
        case 4: acc -= i; break;
        case 5: acc |= 0x100; break;
        case 6: acc = ~acc; break;
        case 7: acc = acc / 3; break;
        case 8: acc = (int)acc >> (i & 31); break;
        case 9: acc = (int)acc % 1000; break;
#ifdef __riscv_mul
        case 10: acc = (u32)(((unsigned long long)acc * 0x9e3779b9u) >> 32); break;
        case 11: acc = (u32)(((long long)(int)acc * (int)0x9e3779b9) >> 32); break;
#endif
        default: acc++;
        }
    return acc;
}
static u32 twice(u32 x) { return x + x; }
static u32 invert(u32 x) { return ~x; }
static u32 mixed(u32 x) { return x ^ x >> 3; }
static u32 (*const steps[4])(u32) = {twice, invert, mixed, isqrt};
static int text(int value, u8 *out)
{
    int n = 0;
    u32 rest = value < 0 ? -value : value;
    do
        out[n++] = '0' + rest % 10;
    while (rest /= 10);
    if (value < 0)
        out[n++] = '-';
    return n;
}

__attribute__((noinline)) void run(void)
{
    u32 sum = 0;
    for (int i = 0; i < 256; i++)
        bytes[i] = next() >> 24;
    for (int i = 0; i < 64; i++)
        words[i] = (int)next(), samples[i] = next() >> 16, taps[i & 15] = next() >> 18;
    for (int i = 0; i < 36; i++)
        (&a[0][0])[i] = next() >> 20, (&b[0][0])[i] = next() >> 20;
    sum += crc_bits(bytes, 64);
    sum += fletcher(bytes, 64);
    sort(words, 40);
    sum ^= words[7];
    sum += fir(samples, taps, 32);
    sum += multiply();
    for (int i = 0; i < 12; i++)
        sum += gcd(next() | 1, next() >> 8) + isqrt(next());
    sum += mandelbrot();
    sum += machine(bytes, 256);
    for (int i = 0; i < 40; i++)
        sum = steps[(sum ^ i) & 3](sum);
    for (int i = 0; i < 8; i++)
        sum += text(words[i] >> (4 * (i & 7)), bytes);
    memcpy(bytes + 3, bytes + 128, 90);
    *(volatile u32 *)0x1fefc = sum;
}
