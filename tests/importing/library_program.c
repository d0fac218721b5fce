/* A program that uses a C library in many ways and prints what comes of it, for Linux.
   Functions of `library_calls.c` are called with numbers made by chance; what takes many arguments,
   what keeps something for later and what calls back stands here. */
#include "../corpus/library_calls.c"
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>
#include <wchar.h>

static long call(long number, long first, const void *second, long third) {
    register long a7 __asm__("a7") = number, a0 __asm__("a0") = first, a2 __asm__("a2") = third;
    register const void *a1 __asm__("a1") = second;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

static void say(const char *format, ...) {
    char text[400];
    va_list rest;
    va_start(rest, format);
    int length = vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
    call(64, 1, text, length < (int)sizeof text ? length : (int)sizeof text - 1);
}

static unsigned state = 12345;
static unsigned chance(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 1;
}

static int (*const functions_of_three[])(int, int, int) = {
    sorting, strings, doubles, functions, floats, printing, printing_doubles, scanning,
    reading_doubles, long_integers, characters,
};

static void numbers_of_three(void) {
    for (unsigned i = 0; i < sizeof functions_of_three / sizeof *functions_of_three; i++)
        for (int j = 0; j < 3; j++) {
            int a = chance(), b = chance(), c = chance();
            say("%u %d\n", i, functions_of_three[i](a, b, c));
        }
}

static __attribute__((noinline)) long long many(
    char a, long long b, short c, double d, int e, float f, long long g, unsigned h, double i,
    unsigned char j, long long k
) {
    return a + b / (c | 1) + (long long)d * e - (long long)(f * 8) + g % (h | 1) + (long long)i + j
        + (k >> (j & 31));
}

static void arguments(void) {
    for (int i = 0; i < 8; i++) {
        long long one = (long long)chance() << 29 ^ chance(), other = (long long)chance() * -chance();
        say("%lld\n", many(i, one, chance(), chance() / 3.0, chance(), i / 4.0f, other, chance(),
                           one / 1024.0, chance(), -other));
        say("%c %5.2f|%-8d|%+lld|%#x|%o|%s|%10.3e|%llu|%p|%03d|%.3s|%hhd|%g\n", 'a' + i, one / 1e9,
            i * 77, other, i, (unsigned)one, "text", one / 7.0, (unsigned long long)other,
            (void *)0x1234, i, "abcdef", i * 50, 1.0 / (i + 1));
    }
}

static void wide_integers(void) {
    for (int i = 0; i < 20; i++) {
        int64_t a = (int64_t)chance() << 33 ^ (int64_t)chance() << 5 ^ chance();
        int64_t b = ((int64_t)chance() << (i * 3)) ^ chance() ^ 1;
        uint64_t u = a, v = b;
        int by = chance() & 63;
        say("%lld %lld %llu %llu %lld %llx %llx\n", a / b, a % b, u / v, u % v, a * b, a >> by, u << by);
        say("%d %d %d %d %d\n", __builtin_clzll(u), __builtin_ctzll(v), __builtin_popcountll(u),
            a < b, (int)__builtin_bswap64(u));
        double d = a, e = u;
        float f = a;
        say("%.17g %.17g %.9g %lld %llu %lld\n", d, e, f, (long long)(d / 3), (unsigned long long)(e / 5),
            (long long)(f / 7));
    }
}

static void real_numbers(void) {
    for (int i = 0; i < 12; i++) {
        double x = (int)chance() / 65536.0 - 8000, y = chance() / 1e9 + 0.25, z;
        int e;
        say("%.15g %.15g %.15g %.15g\n", sin(x), cos(y), tan(y), atan2(x, y));
        say("%.15g %.15g %.15g %.15g\n", exp(y), log(y), pow(y, 1.5), hypot(x, y));
        say("%.15g %.15g %.15g %.15g\n", sinh(y), asin(y / 4), acosh(y + 1), log1p(y));
        say("%.15g %.15g %.15g %.15g\n", erf(y), lgamma(y), tgamma(y), j0(y));
        say("%.15g %.15g %d %.15g\n", modf(x, &z), frexp(x, &e), e, ldexp(y, i));
        say("%.15g %.15g %.15g %ld %ld\n", nextafter(x, y), remainder(x, y), fma(x, y, 1), lround(x),
            lrint(y));
        float f = x, g = y;
        say("%.8g %.8g %.8g %.8g\n", powf(g, f / 8000), fmodf(f, g), cbrtf(f), exp2f(g));
        long double l = x;
        say("%.15g %.15g %d %d\n", (double)(l * y / 3), (double)(l + y), l < y, (int)(l / y));
        double complex w = x / 1000 + y * I;
        w = w * w / (1 + w);
        say("%.12g %.12g %.12g\n", creal(w), cimag(w), cabs(w));
        say("%d %d %d %d\n", x < y, x != y, isnan(x - x) != 0, isinf(y / 0.0) != 0);
    }
}

static int by_last(const void *a, const void *b) {
    const char *one = *(const char *const *)a, *other = *(const char *const *)b;
    int difference = one[strlen(one) - 1] - other[strlen(other) - 1];
    return difference ? difference : strcmp(one, other);
}

static void texts(void) {
    char text[200] = "the quick brown fox, jumps over; the lazy dog";
    const char *words[20];
    int count = 0;
    for (char *word = strtok(text, " ,;"); word; word = strtok(0, " ,;")) words[count++] = word;
    qsort(words, count, sizeof *words, by_last);
    for (int i = 0; i < count; i++) say("%s ", words[i]);
    char *rest;
    say("\n%ld %s %lu %lld %d\n", strtol("-0x7fz", &rest, 0), rest, strtoul("777", 0, 8),
        strtoll("9223372036854775808", 0, 10), atoi(" 42"));
    say("%.17g %.17g %.9g %s\n", strtod("1e-310", 0), strtod("0x1.8p4tail", &rest), strtof("3.4e38", 0),
        rest);
    char copy[64];
    memset(copy, '-', 63);
    copy[63] = 0;
    strncpy(copy + 3, "abcdefgh", 5);
    memmove(copy + 1, copy, 20);
    say("%s %d %d %p\n", copy, strcasecmp("Hello", "hELLO"), strncasecmp("ab1", "AB2", 3),
        memchr(copy, 'c', 63) == 0 ? (void *)1 : (void *)0);
    say("%s %s %d\n", strerror(2), strrchr("a/b/c", '/'), (int)strnlen("abcdef", 4));
    int x, y;
    float f;
    char name[20];
    say("%d ", sscanf("12 -7 word 2.5", "%d %i %19s %f", &x, &y, name, &f));
    say("%d %d %s %g\n", x, y, name, f);
    wchar_t letters[20];
    say("%d %d\n", (int)mbstowcs(letters, "plain", 20), (int)wcslen(letters));
    struct tm when;
    time_t moment = 1700000000;
    gmtime_r(&moment, &when);
    strftime(copy, sizeof copy, "%Y-%m-%d %H:%M:%S %A", &when);
    say("%s\n", copy);
    char *room = 0;
    for (int i = 1; i < 30; i++) {
        char *other = calloc(i, 3);
        room = realloc(room, i * 40);
        memset(room, i, i * 40);
        say("%d ", other[2 * i] + room[i * 20] + (int)((unsigned long)other % 8));
        if (i % 3) free(other);
    }
    srand(7);
    srandom(9);
    for (int i = 0; i < 5; i++) say("%d %ld %g\n", rand(), (long)random(), drand48());
}

int program(void) {
    numbers_of_three();
    arguments();
    wide_integers();
    real_numbers();
    texts();
    return 0;
}

/* What a C runtime does: the global pointer, and the data of the thread. */
extern char tdata_start[], tdata_end[], thread[];
void _start(void) {
    __asm__ volatile(".option push; .option norelax; la gp, __global_pointer$; .option pop\n"
                     "la tp, thread");
    memcpy(thread, tdata_start, tdata_end - tdata_start);
    call(93, program(), 0, 0);
}
