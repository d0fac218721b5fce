/* Every sequence of at most six bytes that loads a constant, by forward enumeration.
 *
 * Input: "srli lui" (0 or 1: whether the register has c.srli, c.lui), then values, one a line.
 * Output: for each value, bytes and instructions of its least sequence; 8 and 2 where none of six
 * bytes exists, since lui and addi always do.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS (1u << 20)
static uint32_t keys[SLOTS];
static uint8_t used[SLOTS], cost[SLOTS]; /* bytes * 4 + instructions */
static uint32_t filter[1u << 19];        /* a bit for each of 2^24 hashes of values asked for */
static int has_srli, has_lui;

static uint32_t hash(uint32_t value) { return value * 2654435761u; }

static uint32_t slot(uint32_t value) {
    uint32_t at = hash(value) >> 12;
    while (used[at] && keys[at] != value) at = (at + 1) % SLOTS;
    return at;
}

static void reach(uint32_t value, int bytes, int instructions) {
    uint32_t bit = hash(value) >> 8;
    if (!(filter[bit >> 5] >> (bit & 31) & 1)) return;
    uint32_t at = slot(value);
    if (used[at] && bytes * 4 + instructions < cost[at]) cost[at] = bytes * 4 + instructions;
}

typedef void visit(uint32_t value, int bytes, int instructions);

static void short_steps(uint32_t value, int bytes, int instructions, visit *next) {
    for (int immediate = -32; immediate < 32; immediate++)
        if (immediate) next(value + immediate, bytes + 2, instructions + 1);
    for (int amount = 1; amount < 32; amount++) {
        next(value << amount, bytes + 2, instructions + 1);
        if (has_srli) next(value >> amount, bytes + 2, instructions + 1);
    }
}

static void long_steps(uint32_t value, int bytes, int instructions, visit *next) {
    for (int immediate = -2048; immediate < 2048; immediate++) {
        next(value + immediate, bytes + 4, instructions + 1);
        next(value ^ (uint32_t)immediate, bytes + 4, instructions + 1);
    }
    for (int amount = 1; amount < 32; amount++) {
        next(value << amount, bytes + 4, instructions + 1);
        next(value >> amount, bytes + 4, instructions + 1);
    }
}

static void from(uint32_t value, int bytes, int instructions) {
    reach(value, bytes, instructions);
    if (bytes <= 4) short_steps(value, bytes, instructions, from);
    if (bytes <= 2) long_steps(value, bytes, instructions, from);
}

int main(void) {
    unsigned value;
    static uint32_t asked[SLOTS / 2];
    int count = 0;
    if (scanf("%d %d", &has_srli, &has_lui) != 2) return 1;
    while (count < (int)(SLOTS / 2) && scanf("%x", &value) == 1) {
        uint32_t at = slot(value), bit = hash(value) >> 8;
        used[at] = 1, keys[at] = value, cost[at] = 8 * 4 + 2;
        filter[bit >> 5] |= 1u << (bit & 31);
        asked[count++] = value;
    }
    for (int low = -32; low < 32; low++) {
        from(low, 2, 1);
        if (has_lui && low) from((uint32_t)low << 12, 2, 1);
    }
    for (int low = -2048; low < 2048; low++) from(low, 4, 1);
    for (uint32_t upper = 0; upper < 1u << 20; upper++) from(upper << 12, 4, 1);
    for (int index = 0; index < count; index++) {
        int found = cost[slot(asked[index])];
        printf("%d %d\n", found >> 2, found & 3);
    }
    return 0;
}
