/* Insertion sort. */
#include <stddef.h>
#include <stdint.h>

void insertion_sort(int32_t *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        int32_t held = words[i];
        size_t j = i;
        while (j > 0 && words[j - 1] > held) {
            words[j] = words[j - 1];
            j--;
        }
        words[j] = held;
    }
}
