/* CRC-32 in C, bit by bit and with a table of 256 words. */
#include <stddef.h>
#include <stdint.h>

uint32_t crc32(const uint8_t *data, size_t length)
{
    uint32_t crc = 0xffffffff;
    while (length--) {
        crc ^= *data++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* An entry is the sum of those of its bits. */
#define ENTRY(n) \
    (((n) & 1 ? 0x77073096u : 0) ^ ((n) & 2 ? 0xee0e612cu : 0) ^ \
     ((n) & 4 ? 0x076dc419u : 0) ^ ((n) & 8 ? 0x0edb8832u : 0) ^ \
     ((n) & 16 ? 0x1db71064u : 0) ^ ((n) & 32 ? 0x3b6e20c8u : 0) ^ \
     ((n) & 64 ? 0x76dc4190u : 0) ^ ((n) & 128 ? 0xedb88320u : 0))
#define FOUR(n) ENTRY(n), ENTRY((n) + 1), ENTRY((n) + 2), ENTRY((n) + 3)
#define SIXTEEN(n) FOUR(n), FOUR((n) + 4), FOUR((n) + 8), FOUR((n) + 12)

uint32_t crc32_table(const uint8_t *data, size_t length)
{
    static const uint32_t table[256] = {
        SIXTEEN(0), SIXTEEN(16), SIXTEEN(32), SIXTEEN(48),
        SIXTEEN(64), SIXTEEN(80), SIXTEEN(96), SIXTEEN(112),
        SIXTEEN(128), SIXTEEN(144), SIXTEEN(160), SIXTEEN(176),
        SIXTEEN(192), SIXTEEN(208), SIXTEEN(224), SIXTEEN(240),
    };
    uint32_t crc = 0xffffffff;
    while (length--)
        crc = crc >> 8 ^ table[(crc ^ *data++) & 255];
    return ~crc;
}
