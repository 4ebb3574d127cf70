// This file is the component printer-c: a program for WASI preview 1 that is a
// component by way of an adapter. It has wasi-libc's stdio and a constructor.

#include <stdio.h>
#include <time.h>
#include <wasi/api.h>

#include "abi.h"

static str area;

__attribute__((constructor)) static void at_start(void) { setvbuf(stdout, NULL, _IOLBF, 256); }

EXPORT("print-line") uint32_t print_line(uint8_t *p, uint32_t n) {
  int written = printf("%.*s\n", (int)n, n == 0 ? "" : (char *)p);
  fflush(stdout);
  release(p, n);
  return written < 0 ? 0 : (uint32_t)written;
}

EXPORT("now") uint64_t now(void) { return (uint64_t)time(NULL); }

EXPORT("args") str *args(void) {
  size_t n = 0, size = 0;
  if (__wasi_args_sizes_get(&n, &size) != 0)
    n = 0;
  uint8_t **argv = alloc((n + 1) * sizeof *argv);
  uint8_t *bytes = alloc(size + 1);
  if (n != 0 && __wasi_args_get(argv, bytes) != 0)
    n = 0;
  str *out = alloc(n * sizeof(str));
  for (size_t i = 0; i < n; i++) {
    out[i].n = strlen((char *)argv[i]);
    out[i].p = alloc(out[i].n);
    if (out[i].n != 0)
      memcpy(out[i].p, argv[i], out[i].n);
  }
  release(argv, 1);
  release(bytes, 1);
  area = (str){(uint8_t *)out, n};
  return &area;
}

EXPORT("cabi_post_args") void post_args(str *r) {
  str *all = (str *)r->p;
  for (uint32_t i = 0; i < r->n; i++)
    release_str(all[i]);
  release(all, r->n * sizeof(str));
}
