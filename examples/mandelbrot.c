/* The Mandelbrot set in fixed point, 13 bits of fraction. */
#include <stdint.h>

int32_t mandelbrot(int32_t real, int32_t imaginary, int32_t limit)
{
    int32_t x = real, y = imaginary;
    for (int32_t n = 0; n < limit; n++) {
        int32_t xx = x * x >> 13, yy = y * y >> 13;
        if (xx + yy > 4 << 13)
            return n;
        y = (x * y >> 12) + imaginary;
        x = xx - yy + real;
    }
    return limit;
}
