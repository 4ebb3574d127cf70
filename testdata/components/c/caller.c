// This file is the component calls-c: it calls dray:test/calls, and has
// functions of its own to be timed.

#include "calls.h"

#define CALLS(f) IMPORT("dray:test/calls@1.0.0", f)

CALLS("add") uint32_t calls_add(uint32_t a, uint32_t b);
CALLS("echo") void calls_echo(const void *p, uint32_t n, str *out);
CALLS("count") uint32_t calls_count(const void *p, uint32_t n);
CALLS("sum-points") void calls_sum_points(const point *p, uint32_t n, point *out);
CALLS("make-points") void calls_make_points(uint32_t n, str *out);
CALLS("sum-entries") void calls_sum_entries(const entry *p, uint32_t n, str *out);

static str area;

EXPORT("noop") void noop(void) {}

EXPORT("add") uint32_t add(uint32_t a, uint32_t b) { return a + b; }

EXPORT("call-add") uint32_t call_add(uint32_t n) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum = calls_add(sum, 1);
  return sum;
}

EXPORT("call-echo") uint64_t call_echo(uint32_t n, uint32_t size) {
  uint8_t *p = alloc(size);
  if (size != 0)
    memset(p, 'x', size);
  uint64_t total = 0;
  for (uint32_t i = 0; i < n; i++) {
    str r;
    calls_echo(p, size, &r);
    total += r.n;
    release_str(r);
  }
  release(p, size);
  return total;
}

EXPORT("call-count") uint64_t call_count(uint32_t n, uint32_t size) {
  uint8_t *p = alloc(size);
  if (size != 0)
    memset(p, 1, size);
  uint64_t total = 0;
  for (uint32_t i = 0; i < n; i++)
    total += calls_count(p, size);
  release(p, size);
  return total;
}

EXPORT("call-sum-points") int32_t call_sum_points(uint32_t n, uint32_t size) {
  if (size > INT32_MAX / sizeof(point))
    __builtin_trap();
  point *p = alloc(size * sizeof(point)), sum = {0};
  for (uint32_t i = 0; i < size; i++)
    p[i] = (point){(int32_t)i, 1, 0.5};
  for (uint32_t i = 0; i < n; i++)
    calls_sum_points(p, size, &sum);
  release(p, size * sizeof(point));
  return sum.x;
}

EXPORT("call-make-points") uint64_t call_make_points(uint32_t n, uint32_t size) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < n; i++) {
    str r;
    calls_make_points(size, &r);
    total += r.n;
    release(r.p, r.n * sizeof(point));
  }
  return total;
}

EXPORT("call-sum-entries") str *call_sum_entries(str *names, uint32_t n) {
  entry *p = alloc(n * sizeof(entry));
  for (uint32_t i = 0; i < n; i++) {
    uint32_t *values = alloc((i + 1) * 4);
    for (uint32_t k = 0; k <= i; k++)
      values[k] = 1u << 31 | k;
    p[i] = (entry){names[i], values, i + 1};
  }
  str r;
  calls_sum_entries(p, n, &r);
  for (uint32_t i = 0; i < n; i++) {
    release_str(p[i].key);
    release(p[i].values, p[i].n * 4);
  }
  release(p, n * sizeof(entry));
  release(names, n * sizeof(str));
  area = r;
  return &area;
}

EXPORT("cabi_post_call-sum-entries") void post_entries(str *r) {
  keyed_sum *all = (keyed_sum *)r->p;
  for (uint32_t i = 0; i < r->n; i++)
    release_str(all[i].key);
  release(all, r->n * sizeof(keyed_sum));
}

EXPORT("echo-string") str *echo_string(uint8_t *p, uint32_t n) {
  area = (str){p, n};
  return &area;
}

EXPORT("cabi_post_echo-string") void post_echo(str *r) { release_str(*r); }

EXPORT("send-string") str *send_string(uint32_t n) {
  if (n > INT32_MAX)
    __builtin_trap();
  area = (str){alloc(n), n};
  if (n != 0)
    memset(area.p, 'x', n);
  return &area;
}

EXPORT("cabi_post_send-string") void post_send(str *r) { release_str(*r); }

EXPORT("take-string") uint32_t take_string(uint8_t *p, uint32_t n) {
  release(p, n);
  return n;
}

typedef struct {
  uint32_t id;
  double value;
  uint8_t on;
} sample;

_Static_assert(sizeof(sample) == 24, "layout");

EXPORT("sum-records") double sum_records(sample *p, uint32_t n) {
  double sum = 0;
  for (uint32_t i = 0; i < n; i++)
    if (p[i].on)
      sum += p[i].value;
  release(p, n * sizeof(sample));
  return sum;
}

EXPORT("make-records") str *make_records(uint32_t n) {
  if (n > INT32_MAX / sizeof(sample))
    __builtin_trap();
  sample *p = alloc(n * sizeof(sample));
  for (uint32_t i = 0; i < n; i++)
    p[i] = (sample){i, i / 2.0, i % 2 == 0};
  area = (str){(uint8_t *)p, n};
  return &area;
}

EXPORT("cabi_post_make-records") void post_records(str *r) { release(r->p, r->n * sizeof(sample)); }
