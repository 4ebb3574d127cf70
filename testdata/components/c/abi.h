// This file is what the guests in C have in common: how strings and lists lie
// in memory, and memory that is handed over.
#ifndef ABI_H
#define ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

// A string or a list: an address and a length.
typedef struct {
  uint8_t *p;
  uint32_t n;
} str;

// Blocks of memory that are in use.
static uint32_t blocks;

// alloc gives memory, or traps.
static inline void *alloc(size_t size) {
  if (size == 0)
    return NULL;
  void *p = malloc(size);
  if (p == NULL)
    __builtin_trap();
  blocks++;
  return p;
}

static inline void release(void *p, size_t size) {
  if (size == 0)
    return;
  blocks--;
  free(p);
}

EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)align; // malloc's 16 is enough for every type
  if (old_size == 0)
    return size == 0 ? (void *)align : alloc(size);
  void *p = realloc(old, size);
  if (p == NULL)
    __builtin_trap();
  return p;
}

static inline void release_str(str s) { release(s.p, s.n); }

#endif
