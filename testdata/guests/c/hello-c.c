// This file is the smallest C command on wasi-libc: one line, then one line
// for each argument.

#include <stdio.h>

int main(int argc, char **argv) {
  printf("hello from c\n");
  for (int i = 1; i < argc; i++) printf("arg %d: %s\n", i, argv[i]);
  return 0;
}
