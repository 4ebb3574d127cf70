// This file ends with the exit status given.
//
//   exit N          exit(N), which flushes stdout first
//   exit raw N      the raw proc_exit(N), with N unsigned 32 bits wide
//   exit return N   main returns N

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

int main(int argc, char **argv) {
  if (argc < 2) return 0;
  unsigned long code = strtoul(argv[argc - 1], NULL, 0);
  if (argc == 3 && strcmp(argv[1], "raw") == 0) __wasi_proc_exit((__wasi_exitcode_t)code);
  printf("exit %lu\n", code);
  if (argc == 3 && strcmp(argv[1], "return") == 0) return (int)code;
  exit((int)code);
}
