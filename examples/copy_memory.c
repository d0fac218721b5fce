/* The same in C. Told not to, gcc does not replace the loop by a call of the library's memcpy. */
#include <stddef.h>
#include <stdint.h>

__attribute__((optimize("no-tree-loop-distribute-patterns")))
void copy_memory(uint8_t *restrict target, const uint8_t *restrict source, size_t length)
{
    if ((((uintptr_t)target | (uintptr_t)source) & 3) == 0) {
        uint32_t *restrict words = (uint32_t *)target;
        const uint32_t *restrict from = (const uint32_t *)source;
        for (; length >= 4; length -= 4)
            *words++ = *from++;
        target = (uint8_t *)words;
        source = (const uint8_t *)from;
    }
    while (length--)
        *target++ = *source++;
}
