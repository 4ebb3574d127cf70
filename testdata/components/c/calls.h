// This file has the types of dray:test/calls.
#ifndef CALLS_H
#define CALLS_H

#include "abi.h"

typedef struct {
  int32_t x, y;
  double weight;
} point;

typedef struct {
  str key;
  uint32_t *values;
  uint32_t n;
} entry;

typedef struct {
  str key;
  uint64_t sum;
} keyed_sum;

_Static_assert(sizeof(point) == 16 && sizeof(entry) == 16 && sizeof(keyed_sum) == 16, "layout");

#endif
