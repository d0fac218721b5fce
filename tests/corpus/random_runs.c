/* Two functions called with the same random arguments, again and again, until a caller could see
   that they differ: by the result, an array, the bytes around the arrays and above sp, a saved
   register, gp, tp or sp. Then the arguments go to the standard output, and the exit status is 1.

   The arrays, the stacks and all around them stand elsewhere for either function, and what is around
   them holds something else: what hangs on that is seen, too. One that does not return, or is ended
   by an access, ends the program otherwise than with 0 or 1. The same seed gives the same runs. */

#include "random_runs.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

enum { AROUND = 64, STACK = 4096, SAVED = 15 };

/* What a call is given, and what it leaves. */
struct registers {
  u32 arguments[8];      /* a0 to a7; a0 is the result */
  u32 kept[SAVED];       /* s0 to s11, gp, tp, sp */
  u32 scratch[7];        /* t0 to t6 */
};

struct side {
  void (*code)(void);
  u8 *memory;            /* the arrays, each with AROUND bytes before it and behind the last */
  u8 *stack;             /* STACK bytes, then AROUND of the caller's */
  u8 around;             /* what the bytes around hold */
  struct registers registers;
};

void call(void (*code)(void), struct registers *registers);
extern void one(void), other(void);

static u8 memories[2][MEMORY] __attribute__((aligned(16)));
static u8 stacks[2][STACK + AROUND] __attribute__((aligned(16)));
static struct side sides[2] = {
  { .code = one, .memory = memories[0], .stack = stacks[0], .around = 0xa5 },
  { .code = other, .memory = memories[1], .stack = stacks[1], .around = 0x3c },
};
static struct { u32 s0, s1; } state;

void *memcpy(void *to, const void *from, size_t size)
{
  size_t i = 0;
  if (!(((u32)to | (u32)from) & 3))
    for (; i + 4 <= size; i += 4) *(u32 *)((u8 *)to + i) = *(const u32 *)((const u8 *)from + i);
  for (; i < size; i++) ((u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

void *memset(void *to, int value, size_t size)
{ for (size_t i = 0; i < size; i++) ((u8 *)to)[i] = (u8)value; return to; }

static long system_call(long number, long a, long b, long c)
{
  register long a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c, a7 asm("a7") = number;
  asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

static u32 turned(u32 word, u32 by) { return word << by | word >> (32 - by); }

static u32 next(void)                 /* xoroshiro64** of Blackman and Vigna */
{
  u32 s0 = state.s0, s1 = state.s1 ^ s0;
  state.s0 = turned(s0, 26) ^ s1 ^ s1 << 9;
  state.s1 = turned(s1, 13);
  return turned(s0 * 0x9e3779bb, 5) * 5;
}

/* At an end of what words are, or a power of two, or one beside it. */
static u32 corner(void)
{
  u32 power = 1u << (next() & 31);
  switch (next() & 3) {
    case 0: return next() % 5 - 2;
    case 1: return power;
    case 2: return power - 1;
    default: return -power + next() % 3 - 1;
  }
}

static u32 word(const struct argument *about)
{
  u32 span = about->high - about->low, kind = next() & 7, found = 0;
  if (kind == 0) return next() & 1 ? about->low : about->high;
  if (kind < 4) {
    found = corner();
    if (found - about->low <= span) return found;
  }
  found = next();
  return span == 0xffffffff ? found : about->low + (u32)((u64)found * (span + 1) >> 32);
}

static void fill(u8 *to, const struct argument *about)
{
  u32 size = about->items * about->size, kind = next() & 7, least = next(), value = corner();
  for (u32 at = 0; at < about->items; at++) {
    u32 item = next();
    switch (kind) {
      case 0: item = 0; break;
      case 1: item = 0xffffffff; break;
      case 2: item = value; break;
      case 3: item = corner(); break;
      case 4: item = item % 3 - (least & 1); break;
      case 5: item = least += item & 3; break;
    }
    memcpy(to + at * about->size, &item, about->size);
  }
  if (kind < 3 && about->items && next() & 1) to[next() % size] = (u8)next();
}

/* Of a stretch whose end is at a multiple of 4. */
static int holds(const u8 *bytes, u8 value, u32 size)
{
  for (; size & 3; size--) if (*bytes++ != value) return 0;
  for (u32 at = 0; at < size; at += 4)
    if (*(const u32 *)(bytes + at) != value * 0x01010101u) return 0;
  return 1;
}

/* The same for both, but for what is around; that was not changed so far. */
static void prepare(void)
{
  struct registers given;
  u32 place = AROUND;
  for (u32 at = 0; at < sizeof given / 4; at++) ((u32 *)&given)[at] = next();
  for (u32 at = STACK - 256; at < STACK; at += 4) {
    u32 left = next();
    for (u32 side = 0; side < 2; side++) memcpy(sides[side].stack + at, &left, 4);
  }
  for (u32 side = 0; side < 2; side++) sides[side].registers = given;
  for (u32 at = 0; at < ARGUMENTS; at++) {
    const struct argument *about = &arguments[at];
    u32 value = about->size ? 0 : word(about);
    if (about->size) fill(memories[0] + place, about);
    for (u32 side = 0; side < 2; side++) {
      u8 *array = sides[side].memory + place;
      if (side && about->size) memcpy(array, memories[0] + place, about->items * about->size);
      sides[side].registers.arguments[at] = about->size ? (u32)array : value;
    }
    if (about->size) place += (about->items * about->size + AROUND + 15) & -16u;
  }
  for (u32 side = 0; side < 2; side++)
    sides[side].registers.kept[SAVED - 1] = (u32)(sides[side].stack + STACK);
}

static int differ(const struct registers *given)
{
  u32 results[2], place = AROUND, at, side;
  for (side = 0; side < 2; side++) {
    const struct side *here = &sides[side];
    results[side] = here->registers.arguments[0];
    if (RESULT == 2) results[side] = results[side] != 0;
    for (at = 0; at < SAVED; at++)
      if (here->registers.kept[at] != given[side].kept[at]) return 1;
    if (!holds(here->stack + STACK, here->around, AROUND)) return 1;
    if (!holds(here->memory, here->around, AROUND)) return 1;
  }
  if (RESULT && results[0] != results[1]) return 1;
  for (u32 number = 0; number < ARGUMENTS; number++) {
    u32 size = arguments[number].items * arguments[number].size;
    if (!arguments[number].size) continue;
    for (at = 0; at < size; at++)
      if (memories[0][place + at] != memories[1][place + at]) return 1;
    u32 after = (size + AROUND + 15) & -16u;
    for (side = 0; side < 2; side++)
      if (!holds(sides[side].memory + place + size, sides[side].around, after - size)) return 1;
    place += after;
  }
  return 0;
}

/* The arguments of a call as they were, words as four bytes. */
static void show(void)
{
  u32 place = AROUND;
  prepare();
  for (u32 at = 0; at < ARGUMENTS; at++) {
    u32 size = arguments[at].items * arguments[at].size;
    u8 *shown = arguments[at].size ? memories[0] + place : (u8 *)&sides[0].registers.arguments[at];
    system_call(64, 1, (long)shown, arguments[at].size ? size : 4);
    if (arguments[at].size) place += (size + AROUND + 15) & -16u;
  }
}

int main(void)
{
  state.s0 = SEED + 1;
  state.s1 = 0x9e3779b9;
  for (u32 at = 0; at < 2; at++) {
    memset(sides[at].memory, sides[at].around, MEMORY);
    memset(sides[at].stack + STACK, sides[at].around, AROUND);
  }
  for (u32 run = 0; run < RUNS; run++) {
    struct registers given[2];
    typeof(state) before = state;
    prepare();
    for (u32 side = 0; side < 2; side++) {
      given[side] = sides[side].registers;
      call(sides[side].code, &sides[side].registers);
    }
    if (differ(given)) {
      state = before;
      show();
      return 1;
    }
  }
  return 0;
}
