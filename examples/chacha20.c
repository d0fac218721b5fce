/* The ChaCha20 block function of RFC 8439. */
#include <stdint.h>

#define ROTATED(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define QUARTER(a, b, c, d)                              \
    (a += b, d ^= a, d = ROTATED(d, 16),                 \
     c += d, b ^= c, b = ROTATED(b, 12),                 \
     a += b, d ^= a, d = ROTATED(d, 8),                  \
     c += d, b ^= c, b = ROTATED(b, 7))

void chacha20_block(uint32_t out[16], const uint32_t state[16])
{
    uint32_t x[16];
    for (int i = 0; i < 16; i++)
        x[i] = state[i];
    for (int i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]);
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]);
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; i++)
        out[i] = x[i] + state[i];
}
