/* Uses of a C library. Each function takes three integers and returns one; none writes a global. */
#include <complex.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

static int ascending(const void *one, const void *other) {
    int a = *(const int *)one, b = *(const int *)other;
    return a < b ? -1 : a > b;
}
int sorting(int a, int b, int c) {
    int values[40];
    unsigned state = a;
    for (int i = 0; i < 40; i++) state = state * 1664525u + b, values[i] = state;
    qsort(values, 40, sizeof *values, ascending);
    int *found = bsearch(values + (c & 31), values, 40, sizeof *values, ascending);
    return values[0] ^ values[39] ^ (found ? (int)(found - values) : -1);
}
int strings(int a, int b, int c) {
    char x[64], y[64];
    memset(x, 'a' + (a & 15), 30);
    x[30] = 0;
    strcpy(y, x);
    y[b & 15] = '!';
    strcat(y, "hello");
    memmove(x + 3, x, 20);
    return strlen(y) * 7 + strcmp(x, y) + strncmp(x, y, c & 15) + (strchr(y, '!') - y)
        + (strstr(y, "hell") - y) + memcmp(x, y, 9) + strspn(x, "abc") + strcspn(y, "o");
}
int doubles(int a, int b, int c) {
    double x = a, y = b, z = (c & 1023) + 1, r = x * y / z + x - y;
    r += sqrt(fabs(x) + 1) + floor(y / 3) + fmod(x, z);
    return (int)fmod(r, 1e6);
}
int functions(int a, int b, int c) {
    double x = (a & 0xffff) / 100.0;
    return (int)(1e5 * (sin(x) + cos(x) + atan(x) + exp(-(b & 7)) + log(1 + (c & 255)) + cbrt(x)
        + tanh(x / 100)));
}
int floats(int a, int b, int c) {
    float x = (a & 0xffff) / 100.0f, y = (b & 255) + 1;
    return (int)(100 * (sinf(x) + cosf(y) + sqrtf(x) + expf(-(c & 3)) + logf(y) + floorf(x / y)
        + atan2f(x, y)));
}
static int hash(const char *text, int length) {
    unsigned sum = length;
    for (int i = 0; i < length; i++) sum = sum * 31 + text[i];
    return sum;
}
int printing(int a, int b, int c) {
    char text[100];
    return hash(text, snprintf(text, sizeof text, "%d %x %s %5d %-4u|", a, b, "text", c, a));
}
int printing_doubles(int a, int b, int c) {
    char text[100];
    return hash(text, snprintf(text, sizeof text, "%f %g %e", a / 7.0, b / 3.0, c * 1e10));
}
int scanning(int a, int b, int c) {
    char text[40];
    int x, y;
    snprintf(text, sizeof text, "%d,%d", a, b);
    int count = sscanf(text, "%d,%d", &x, &y);
    return count + x * 3 + y * 5 + (int)strtol("123", 0, 10) + atoi("77") + c;
}
int reading_doubles(int a, int b, int c) {
    return (int)(strtod("1234.5e2", 0) + atof("3.25") * (a >> 8)) + (int)strtof("2.5", 0) * b + c;
}
int long_integers(int a, int b, int c) {
    long long x = (long long)a * b + c;
    unsigned long long u = (unsigned long long)(unsigned)a << 20 | (unsigned)b;
    lldiv_t parts = lldiv(x, c | 1);
    return (int)(x / (b | 1)) ^ (int)(u % ((unsigned)c | 1)) ^ (int)parts.quot ^ (int)parts.rem
        ^ (int)(u >> (a & 63)) ^ (int)(x >> (b & 63));
}
int characters(int a, int b, int c) {
    unsigned sum = c;
    for (int i = 0; i < 128; i++) {
        sum = sum * 3 + !!isalpha(i) + !!isdigit(i) * 2 + toupper(i) + tolower(i) + !!isspace(i)
            + !!ispunct(i) + towupper(i + (a & 255)) + !!iswalpha(i + (b & 255));
    }
    return sum;
}
int complex_numbers(int a, int b, int c) {
    double complex z = (a & 255) + (b & 255) * I;
    return (int)(cabs(z) + creal(z * z) + carg(z) + creal(csqrt(z))) + c;
}
