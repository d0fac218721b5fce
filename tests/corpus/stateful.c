/* Programs with memory: tables, strings, statics, jump tables, function pointers, recursion, 64-bit
   and floating arithmetic of gcc's library. Called in order, each gives what the host's gives. */

#include <stdint.h>

typedef int32_t i32;
typedef uint32_t u32;

static i32 counter;
static u32 seed = 12345;
static unsigned char text[64] = "hello";
static const i32 squares[] = {0, 1, 4, 9, 16, 25, 36, 49, 64, 81};
static const char *const words[] = {"zero", "one", "two", "three", "a longer word", ""};
static i32 history[8];
static struct { i32 x, y; uint8_t tags[5]; int16_t wide; } point = {3, -4, {1, 2, 3, 4, 5}, -300};

i32 count(void) { return ++counter; }
i32 count_by(i32 step) { counter += step; return counter; }
u32 next_random(void) { seed = seed * 1664525u + 1013904223u; return seed; }
i32 square_of(i32 i) { return squares[(u32)i % 10]; }
i32 letter(i32 word, i32 at)
{ const char *s = words[(u32)word % 6]; i32 n = 0; while (s[n]) n++; return n ? s[(u32)at % n] : -1; }
i32 put(i32 at, i32 c) { text[(u32)at % 63] = (unsigned char)c; return text[((u32)at + 1) % 63]; }
i32 text_sum(void) { i32 sum = 0; for (i32 i = 0; i < 64; i++) sum = sum * 31 + text[i]; return sum; }
i32 remember(i32 value)
{ for (i32 i = 7; i; i--) history[i] = history[i - 1]; history[0] = value;
  i32 sum = 0; for (i32 i = 0; i < 8; i++) sum += history[i] * (i + 1); return sum; }
i32 move_point(i32 dx, i32 dy)
{ point.x += dx; point.y += dy; point.tags[(u32)dx % 5]++; point.wide -= (int16_t)dy;
  return point.x * 7 + point.y * 3 + point.tags[2] + point.wide; }

i32 dispatch(i32 op, i32 a, i32 b)
{
  switch (op % 12) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a & b;
    case 4: return a | b;
    case 5: return a ^ b;
    case 6: return count();
    case 7: return a << (b & 31);
    case 8: return (i32)((u32)a >> (b & 31));
    case 9: return a < b;
    case 11: return ~a;
    default: return -1;
  }
}

static i32 twice(i32 x) { return 2 * x; }
static i32 negate(i32 x) { return -x; }
static i32 bump(i32 x) { counter++; return x + counter; }
static i32 (*const table[])(i32) = {twice, negate, bump};
static i32 (*chosen)(i32) = twice;

i32 through_table(i32 i, i32 x) { return table[(u32)i % 3](x); }
i32 choose(i32 i) { chosen = table[(u32)i % 3]; return i; }
i32 through_pointer(i32 x) { return chosen(x) + chosen(x + 1); }

u32 fibonacci(u32 n) { n %= 18; return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
i32 ackermann(i32 m, i32 n)
{ m &= 1; n &= 15; if (!m) return n + 1; if (!n) return ackermann(0, 1);
  return ackermann(0, ackermann(1, n - 1)); }
static i32 is_odd(u32 n);
__attribute__((noinline)) static i32 is_even(u32 n) { return n ? is_odd(n - 1) : 1; }
__attribute__((noinline)) static i32 is_odd(u32 n) { return n ? is_even(n - 1) : 0; }
i32 parity(u32 n) { return is_even(n & 63); }

i32 wide_divide(i32 a, i32 b, i32 c)
{ int64_t x = (int64_t)a * b; return (i32)(x / (c ? c : 1)) ^ (i32)(x % (c ? c : 1)); }
u32 wide_unsigned(u32 a, u32 b, u32 c)
{ uint64_t x = ((uint64_t)a << 32) | b; return (u32)(x / (c | 1)) + (u32)(x % (c | 1)); }
i32 wide_shift(i32 a, i32 b, i32 n)
{ int64_t x = ((int64_t)a << 32) | (u32)b; n &= 63; return (i32)(x >> n) ^ (i32)((uint64_t)x << n >> 32); }
i32 single(i32 a, i32 b) { float x = (float)a / 3.0f + (float)b; return (i32)(x * 0.001f); }
i32 precise(i32 a, i32 b) { double x = a * 1.5 - b / 7.0; return x > 1e9 ? 1 : x < -1e9 ? 2 : (i32)x; }
i32 copied(i32 n)
{ struct { i32 words[12]; } a, b; for (i32 i = 0; i < 12; i++) a.words[i] = n * i;
  b = a; b.words[(u32)n % 12] ^= 5; i32 sum = 0; for (i32 i = 0; i < 12; i++) sum = sum * 3 + b.words[i];
  return sum; }
i32 bits(u32 x) { return __builtin_popcount(x) * 100 + (x ? __builtin_clz(x) * 10 + __builtin_ctz(x) : 7); }
i32 longest(void)
{ i32 best = 0; for (i32 w = 0; w < 6; w++) { i32 n = 0; while (words[w][n]) n++; if (n > best) best = n; }
  return best; }
i32 reverse_text(i32 n)
{ n = (u32)n % 62 + 1; for (i32 i = 0, j = n - 1; i < j; i++, j--) { unsigned char c = text[i]; text[i] = text[j]; text[j] = c; }
  return text[0] * 256 + text[n - 1]; }
