// This file is a reactor on wasi-libc: `_initialize` runs constructors, then
// the exports may be called in any order.
// build: -mexec-model=reactor

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(NAME) __attribute__((export_name(#NAME)))

static int64_t count = -1000000;
static int initialized;

__attribute__((constructor)) static void construct(void) {
  count = 0;
  initialized++;
}

// initialized is 1 once `_initialize` has run, and 0 when it was forgotten.
EXPORT(initialized) int32_t is_initialized(void) { return initialized; }

EXPORT(add) int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

EXPORT(fib) int64_t fib(int64_t n) {
  uint64_t a = 0, b = 1;
  for (; n > 0; n--) {
    uint64_t next = a + b;
    a = b;
    b = next;
  }
  return (int64_t)a;
}

// counter adds by and returns the sum so far.
EXPORT(counter) int64_t counter(int64_t by) { return count += by; }

EXPORT(halve) double halve(double x) { return x / 2; }

EXPORT(halvef) float halvef(float x) { return x / 2; }

// print_counter writes to stdout, so a reactor may print too.
EXPORT(print_counter) void print_counter(void) {
  printf("counter %lld\n", count);
  fflush(stdout);
}

EXPORT(fail) void fail(void) { __builtin_trap(); }

EXPORT(quit) void quit(int32_t code) { exit(code); }

// allocate and release lend guest memory to a host.
EXPORT(allocate) void *allocate(uint32_t size) { return malloc(size); }

EXPORT(release) void release(void *p) { free(p); }

// count_bytes counts how often the byte occurs in memory the host has filled.
EXPORT(count_bytes) uint32_t count_bytes(const uint8_t *p, uint32_t n, uint32_t byte) {
  uint32_t hits = 0;
  for (uint32_t i = 0; i < n; i++) hits += p[i] == (uint8_t)byte;
  return hits;
}
