/* What a C programmer writes for the functions of sums.py. */
#include <stddef.h>
#include <stdint.h>

int32_t sum_words(const int32_t *words, size_t count)
{
    uint32_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += (uint32_t)words[i];
    return (int32_t)total;
}

int32_t sum_bytes(const uint8_t *data, size_t length)
{
    uint32_t total = 0;
    for (size_t i = 0; i < length; i++)
        total += data[i];
    return (int32_t)total;
}
