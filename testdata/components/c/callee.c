// This file is the component callee: functions for others to call.

#include "calls.h"

#define NAME(f) "dray:test/calls@1.0.0#" f
#define POST(f) "cabi_post_dray:test/calls@1.0.0#" f

static str area;
static point sum;

EXPORT(NAME("add")) uint32_t add(uint32_t a, uint32_t b) { return a + b; }

EXPORT(NAME("echo")) str *echo(uint8_t *p, uint32_t n) {
  area = (str){p, n};
  return &area;
}

EXPORT(POST("echo")) void post_echo(str *r) { release_str(*r); }

EXPORT(NAME("count")) uint32_t count(uint8_t *p, uint32_t n) {
  release(p, n);
  return n;
}

EXPORT(NAME("sum-points")) point *sum_points(point *p, uint32_t n) {
  sum = (point){0, 0, 0};
  for (uint32_t i = 0; i < n; i++) {
    sum.x = (int32_t)((uint32_t)sum.x + (uint32_t)p[i].x);
    sum.y = (int32_t)((uint32_t)sum.y + (uint32_t)p[i].y);
    sum.weight += p[i].weight;
  }
  release(p, n * sizeof(point));
  return &sum;
}

EXPORT(NAME("make-points")) str *make_points(uint32_t n) {
  if (n > INT32_MAX / sizeof(point))
    __builtin_trap();
  point *p = alloc(n * sizeof(point));
  for (uint32_t i = 0; i < n; i++)
    p[i] = (point){(int32_t)i, -(int32_t)i, i / 2.0};
  area = (str){(uint8_t *)p, n};
  return &area;
}

EXPORT(POST("make-points")) void post_points(str *r) { release(r->p, r->n * sizeof(point)); }

EXPORT(NAME("sum-entries")) str *sum_entries(entry *p, uint32_t n) {
  keyed_sum *out = alloc(n * sizeof(keyed_sum));
  for (uint32_t i = 0; i < n; i++) {
    out[i] = (keyed_sum){p[i].key, 0};
    for (uint32_t k = 0; k < p[i].n; k++)
      out[i].sum += p[i].values[k];
    release(p[i].values, p[i].n * 4);
  }
  release(p, n * sizeof(entry));
  area = (str){(uint8_t *)out, n};
  return &area;
}

EXPORT(POST("sum-entries")) void post_entries(str *r) {
  keyed_sum *all = (keyed_sum *)r->p;
  for (uint32_t i = 0; i < r->n; i++)
    release_str(all[i].key);
  release(all, r->n * sizeof(keyed_sum));
}
