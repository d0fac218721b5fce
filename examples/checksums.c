/* Adler-32 as zlib computes it, reduced once a stretch. */
#include <stddef.h>
#include <stdint.h>

uint32_t adler32(const uint8_t *data, size_t length)
{
    uint32_t low = 1, high = 0;
    while (length) {
        size_t stretch = length < 5552 ? length : 5552;
        length -= stretch;
        while (stretch--) {
            low += *data++;
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    return high << 16 | low;
}
