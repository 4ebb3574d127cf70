// This file gives a fuzzer every preview1 function behind one export. It has
// no libc and keeps nothing in memory between calls, so whatever a call does
// to the guest's memory, the next call still works.
//
//   call(fn, a0, ..., a8) -> errno   fn counts as in p1.h; a function takes as
//                                    many of the nine i64 as it has parameters
//   functions() -> pointer           p1_functions: 46 records of 34 bytes, a
//                                    name of 24 and a shape of 10, zero padded;
//                                    read it before calls overwrite it
//
// The memory has one page, and may grow to two.
// build: -nostdlib -Wl,--initial-memory=65536,--max-memory=131072
// build: -Wl,--no-entry -Wl,-z,stack-size=4096

#include "p1.h"

#define EXPORT(NAME) __attribute__((export_name(#NAME)))

EXPORT(_initialize) void initialize(void) {}

EXPORT(functions) const void *functions(void) { return p1_functions; }

EXPORT(call)
int32_t call(uint32_t fn, int64_t a0, int64_t a1, int64_t a2, int64_t a3, int64_t a4, int64_t a5,
             int64_t a6, int64_t a7, int64_t a8) {
  const int64_t a[9] = {a0, a1, a2, a3, a4, a5, a6, a7, a8};
  return p1_call(fn, a);
}

// grow adds pages to the memory, as memory.grow does.
EXPORT(grow) uint32_t grow(uint32_t pages) { return __builtin_wasm_memory_grow(0, pages); }
