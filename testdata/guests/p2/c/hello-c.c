// This file is the smallest C command for WASI 0.2: one line, then one line for
// each argument.

#include <stdio.h>

int main(int argc, char **argv) {
  puts("hello from c");
  for (int i = 1; i < argc; i++) printf("arg %d: %s\n", i, argv[i]);
}
