// This file imports things no host has: functions, a table and a memory, a
// preview1 function that does not exist and one with a wrong type. A host
// should name every one of them with its type.
// build: -nostdlib -Wl,--import-table -Wl,--import-memory

#include <stdint.h>

#define IMPORT(MODULE, NAME) __attribute__((import_module(MODULE), import_name(NAME)))

IMPORT("env", "foo") void env_foo(void);
IMPORT("env", "bar") int32_t env_bar(int32_t a, int64_t b);
IMPORT("env", "mix") double env_mix(float a, double b);
IMPORT("some-module", "a name with spaces") void spaces(int32_t a);
IMPORT("wasi_snapshot_preview1", "fd_teleport") int32_t fd_teleport(int32_t fd);
IMPORT("wasi_snapshot_preview1", "fd_close") int64_t fd_close_wrong(int64_t fd);

static void (*volatile through_table)(void) = env_foo;

void _start(void) {
  through_table();
  env_mix(1, env_bar(1, 2));
  spaces(fd_teleport((int32_t)fd_close_wrong(3)));
}
