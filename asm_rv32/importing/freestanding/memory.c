/* What gcc calls of itself where there is no C library: its loops become these calls, too. */
#include <string.h>
void *memcpy(void *to, const void *from, size_t n)
{ char *d = to; const char *s = from; while (n--) *d++ = *s++; return to; }
void *memmove(void *to, const void *from, size_t n)
{ char *d = to; const char *s = from;
  if (d <= s) while (n--) *d++ = *s++; else while (n--) d[n] = s[n]; return to; }
void *memset(void *to, int c, size_t n)
{ char *d = to; while (n--) *d++ = (char)c; return to; }
int memcmp(const void *a, const void *b, size_t n)
{ const unsigned char *p = a, *q = b;
  while (n--) if (*p++ != *q++) return p[-1] - q[-1]; return 0; }
size_t strlen(const char *s)
{ const char *end = s; while (*end) end++; return end - s; }
