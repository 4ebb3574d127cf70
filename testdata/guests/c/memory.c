// This file grows its memory.
//
//   memory [MIB]          grows by MIB (64), writes every page and reads it
//                         back; exit 3 if the memory may not grow that far
//   memory limit [STEP]   grows STEP MiB (16) at a time until that fails, and
//                         shows that the program still works
//   memory malloc [MIB]   the same as the first, with malloc and realloc

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536, PAGES_PER_MIB = 16 };

static uint32_t pattern(uint32_t at) { return at * 2654435761u ^ 0x5bd1e995u; }

// use writes and checks one word in each 4 KiB of the region.
static int use(uint32_t start, uint64_t size) {
  for (uint64_t at = 0; at < size; at += 4096) {
    volatile uint32_t *p = (volatile uint32_t *)(uintptr_t)(start + at);
    if (*p != 0) {
      fprintf(stderr, "FAIL new memory at %u is not zero\n", (uint32_t)(start + at));
      return 1;
    }
    *p = pattern((uint32_t)at);
  }
  for (uint64_t at = 0; at < size; at += 4096) {
    uint32_t got = *(volatile uint32_t *)(uintptr_t)(start + at);
    if (got == pattern((uint32_t)at)) continue;
    fprintf(stderr, "FAIL at %u there is %u\n", (uint32_t)(start + at), got);
    return 1;
  }
  return 0;
}

static int grow(uint32_t mib) {
  uint64_t size = (uint64_t)mib << 20;
  uint32_t pages = mib * PAGES_PER_MIB;
  size_t before = mib <= 4096 ? __builtin_wasm_memory_grow(0, pages) : (size_t)-1;
  if (before == (size_t)-1) {
    printf("cannot grow by %u MiB\n", mib);
    return 3;
  }
  if (use(before * PAGE, size) != 0) return 1;
  if (__builtin_wasm_memory_size(0) != before + pages) return 1;
  printf("ok grew by %u MiB\n", mib);
  return 0;
}

static int limit(uint32_t step) {
  uint32_t times = 0;
  while (__builtin_wasm_memory_grow(0, step * PAGES_PER_MIB) != (size_t)-1) times++;
  // The last pages are there, and still are after more refusals.
  size_t pages = __builtin_wasm_memory_size(0);
  volatile uint8_t *last = (volatile uint8_t *)(pages * PAGE - 1);
  *last = 42;
  for (int i = 0; i < 1000; i++)
    if (__builtin_wasm_memory_grow(0, 65536) != (size_t)-1) return 1;
  if (*last != 42 || __builtin_wasm_memory_size(0) != pages) return 1;
  fprintf(stderr, "%u steps of %u MiB, then %zu pages\n", times, step, pages);
  printf("ok memory ends with an error\n");
  return 0;
}

static int use_malloc(uint32_t mib) {
  size_t size = 1 << 20, want = mib < 4095 ? (size_t)mib << 20 : SIZE_MAX;
  char *p = malloc(size);
  while (p && size < want) {
    memset(p + size / 2, (int)(size >> 20), size / 2);
    size = size * 2 < want ? size * 2 : want;
    char *q = realloc(p, size);
    if (!q) {
      free(p);
      printf("cannot allocate %u MiB\n", mib);
      return 3;
    }
    p = q;
  }
  for (size_t at = 1 << 20; p && at * 2 <= want; at *= 2)
    if (p[at - 1] != (char)(at >> 20)) return 1;
  free(p);
  printf("ok allocated %u MiB\n", mib);
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  uint32_t second = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0;
  if (strcmp(mode, "limit") == 0) return limit(second ? second : 16);
  if (strcmp(mode, "malloc") == 0) return use_malloc(second ? second : 64);
  return grow(argc > 1 ? (uint32_t)strtoul(mode, NULL, 0) : 64);
}
