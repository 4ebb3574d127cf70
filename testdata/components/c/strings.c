// This file is the component strings-c: work on strings and lists in memory
// that callers hand over, and that post-return functions free.

#include "abi.h"

#define NAME(f) "dray:test/text@1.0.0#" f
#define POST(f) "cabi_post_dray:test/text@1.0.0#" f

typedef struct {
  str *p;
  uint32_t n;
} strs;

// Where a result is while its caller reads it. Calls do not overlap.
static struct {
  uint32_t tag;
  str a, b;
} area;

static str *give(uint8_t *p, size_t n) {
  area.a = (str){p, n};
  return &area.a;
}

static void copy(uint8_t *to, str s) {
  if (s.n != 0)
    memcpy(to, s.p, s.n);
}

static str duplicate(const uint8_t *p, size_t n) {
  str s = {alloc(n), n};
  if (n != 0)
    memcpy(s.p, p, n);
  return s;
}

static void release_strs(strs l) {
  for (uint32_t i = 0; i < l.n; i++)
    release_str(l.p[i]);
  release(l.p, l.n * sizeof(str));
}

EXPORT(NAME("upper"))
str *upper(uint8_t *p, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (p[i] >= 'a' && p[i] <= 'z')
      p[i] -= 'a' - 'A';
  return give(p, n);
}

EXPORT(NAME("join"))
str *join(str *p, uint32_t n, uint8_t *sep_p, uint32_t sep_n) {
  strs parts = {p, n};
  str sep = {sep_p, sep_n};
  size_t total = 0;
  for (uint32_t i = 0; i < n; i++)
    total += p[i].n + (i == 0 ? 0 : sep.n);
  uint8_t *out = alloc(total), *at = out;
  for (uint32_t i = 0; i < n; i++) {
    if (i != 0) {
      copy(at, sep);
      at += sep.n;
    }
    copy(at, p[i]);
    at += p[i].n;
  }
  release_strs(parts);
  release_str(sep);
  return give(out, total);
}

// find gives where sep is in s from a position on, or s.n.
static uint32_t find(str s, str sep, uint32_t from) {
  if (sep.n == 0)
    return s.n;
  for (uint64_t i = from; i + sep.n <= s.n; i++)
    if (memcmp(s.p + i, sep.p, sep.n) == 0)
      return i;
  return s.n;
}

EXPORT(NAME("split"))
str *split(uint8_t *p, uint32_t n, uint8_t *sep_p, uint32_t sep_n) {
  str s = {p, n}, sep = {sep_p, sep_n};
  uint32_t count = 1;
  for (uint32_t i = find(s, sep, 0); i < n; i = find(s, sep, i + sep.n))
    count++;
  str *out = alloc(count * sizeof(str));
  uint32_t from = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t to = find(s, sep, from);
    out[i] = duplicate(p + from, to - from);
    from = to + sep.n;
  }
  release_str(s);
  release_str(sep);
  return give((uint8_t *)out, count);
}

EXPORT(NAME("repeat"))
str *repeat(uint8_t *p, uint32_t n, uint32_t times) {
  uint64_t total = (uint64_t)n * times;
  if (total > INT32_MAX)
    __builtin_trap();
  uint8_t *out = alloc(total);
  for (uint32_t i = 0; i < times; i++)
    copy(out + (size_t)i * n, (str){p, n});
  release(p, n);
  return give(out, total);
}

EXPORT(NAME("reverse"))
str *reverse(uint32_t *p, uint32_t n) {
  for (uint32_t i = 0; i < n / 2; i++) {
    uint32_t v = p[i];
    p[i] = p[n - 1 - i];
    p[n - 1 - i] = v;
  }
  return give((uint8_t *)p, n);
}

typedef struct {
  str s;
  uint32_t n;
} counted;

static int by_bytes(const void *a, const void *b) {
  str x = ((const counted *)a)->s, y = ((const counted *)b)->s;
  uint32_t n = x.n < y.n ? x.n : y.n;
  int c = n == 0 ? 0 : memcmp(x.p, y.p, n);
  return c != 0 ? c : (x.n > y.n) - (x.n < y.n);
}

EXPORT(NAME("lengths"))
str *lengths(str *p, uint32_t n) {
  counted *out = alloc(n * sizeof(counted));
  for (uint32_t i = 0; i < n; i++)
    out[i] = (counted){p[i], p[i].n};
  release(p, n * sizeof(str));
  qsort(out, n, sizeof(counted), by_bytes);
  return give((uint8_t *)out, n);
}

EXPORT(NAME("cut"))
void *cut(uint8_t *p, uint32_t n, uint8_t *sep_p, uint32_t sep_n) {
  str s = {p, n}, sep = {sep_p, sep_n};
  uint32_t at = find(s, sep, 0);
  area.tag = at < n;
  if (at < n) {
    area.a = duplicate(p, at);
    area.b = duplicate(p + at + sep.n, n - at - sep.n);
  }
  release_str(s);
  release_str(sep);
  return &area;
}

EXPORT(NAME("in-use")) uint32_t in_use(void) { return blocks; }

EXPORT(POST("upper")) void post_upper(str *r) { release_str(*r); }
EXPORT(POST("join")) void post_join(str *r) { release_str(*r); }
EXPORT(POST("repeat")) void post_repeat(str *r) { release_str(*r); }
EXPORT(POST("reverse")) void post_reverse(str *r) { release(r->p, r->n * 4); }
EXPORT(POST("split")) void post_split(str *r) { release_strs((strs){(str *)r->p, r->n}); }

EXPORT(POST("lengths")) void post_lengths(str *r) {
  counted *all = (counted *)r->p;
  for (uint32_t i = 0; i < r->n; i++)
    release_str(all[i].s);
  release(all, r->n * sizeof(counted));
}

EXPORT(POST("cut")) void post_cut(void *r) {
  (void)r;
  if (area.tag != 0) {
    release_str(area.a);
    release_str(area.b);
  }
}
