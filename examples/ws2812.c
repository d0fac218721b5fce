/* Four bits for one, through a table of sixteen entries. */
#include <stddef.h>
#include <stdint.h>

/* An entry's first byte is sent first. */
#define FOUR(bit) ((bit) ? 14 : 8)
#define ENTRY(n) (FOUR((n) & 8) << 4 | FOUR((n) & 4) | FOUR((n) & 2) << 12 | FOUR((n) & 1) << 8)

static const uint16_t table[16] = {
    ENTRY(0), ENTRY(1), ENTRY(2), ENTRY(3), ENTRY(4), ENTRY(5), ENTRY(6), ENTRY(7),
    ENTRY(8), ENTRY(9), ENTRY(10), ENTRY(11), ENTRY(12), ENTRY(13), ENTRY(14), ENTRY(15),
};

void ws2812(uint16_t *restrict out, const uint8_t *restrict colours, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = table[colours[i] >> 4];
        out[2 * i + 1] = table[colours[i] & 15];
    }
}
