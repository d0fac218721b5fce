/* The plain loops; sums wrap around. */
#include <stddef.h>
#include <stdint.h>

int32_t dot(const int32_t *x, const int32_t *y, size_t count)
{
    uint32_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += (uint32_t)x[i] * (uint32_t)y[i];
    return (int32_t)total;
}

int32_t *fir(int32_t *restrict out, const int32_t *restrict samples,
             const int32_t *restrict taps, const uint32_t *restrict counts)
{
    size_t count = counts[0], tap_count = counts[1];
    for (size_t i = 0; i < count; i++) {
        uint32_t total = 0;
        for (size_t k = 0; k < tap_count; k++)
            total += (uint32_t)taps[k] * (uint32_t)samples[i + k];
        out[i] = (int32_t)total >> 15;
    }
    return out;
}
