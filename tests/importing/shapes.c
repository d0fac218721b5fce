/* Shapes of C that an importer meets: tables, strings, statics, jump tables, pointers to functions,
   recursion, 64-bit numbers, what is called and is not here, data that points at data. */

typedef unsigned int word;
typedef unsigned long long wide;

extern int elsewhere(int);
extern int shared;
__attribute__((noreturn)) extern void stop(int);

static const unsigned char nibble[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
static int calls;
static word history[8];
word seed = 12345;
word uninitialised[4];
const char *const names[] = {"zero", "one", "two", "three"};
struct node { int value; struct node *next; };
static struct node last = {3, 0}, middle = {2, &last};
struct node first = {1, &middle};

int bits(word x)
{
    int n = 0;
    for (; x; x >>= 4) n += nibble[x & 15];
    return n;
}

word noisy(void)
{
    seed = seed * 1103515245u + 12345u;
    history[calls++ & 7] = seed;
    return seed >> 16;
}

int classify(int c)
{
    switch (c) {
    case 'a': return 1;
    case 'b': return 20;
    case 'c': return -3;
    case 'd': return bits(c);
    case 'e': return 5000;
    case 'f': return elsewhere(c);
    case 'g': return c * 7;
    case 'h': return noisy();
    default: return 0;
    }
}

static int twice(int x) { return 2 * x; }
static int square(int x) { return x * x; }
static int negate(int x) { return -x; }
int (*const operations[])(int) = {twice, square, negate, elsewhere};

int apply(int which, int x) { return operations[which & 3](x); }

int sum_list(void)
{
    int n = 0;
    for (struct node *at = &first; at; at = at->next) n += at->value;
    return n;
}

int ackermann(int m, int n)
{
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

const char *name_of(int n) { return n >= 0 && n < 4 ? names[n] : "many"; }

wide quotient(wide a, wide b) { return a / b; }
word remainder32(word a, word b) { if (!b) stop(1); return a % b; }
wide shift(wide a, int n) { return a << n | a >> (64 - n); }

int is_odd(int n);
__attribute__((noinline)) int is_even(int n) { return n == 0 ? 1 : is_odd(n - 1); }
__attribute__((noinline)) int is_odd(int n) { return n == 0 ? 0 : is_even(n - 1); }

__attribute__((noinline)) static void swap(int *a, int *b) { int t = *a; *a = *b; *b = t; }

void sort(int *items, int n)
{
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && items[j - 1] > items[j]; j--) swap(&items[j - 1], &items[j]);
}

word hash(const char *text)
{
    word h = 2166136261u;
    while (*text) h = (h ^ (unsigned char)*text++) * 16777619u;
    return h;
}

int many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
{
    return a - b + c - d + e - f + g - h + i * j + shared;
}

void check(int x) { if (x < 0) stop(x); uninitialised[x & 3] = x; }

int state_machine(const char *text)
{
    static const void *const go[] = {&&start, &&digit, &&stop};
    int n = 0, state = 0;
    goto *go[state];
start:
    state = *text >= '0' && *text <= '9' ? 1 : 2;
    goto *go[state];
digit:
    n = n * 10 + *text++ - '0';
    goto start;
stop:
    return n;
}
