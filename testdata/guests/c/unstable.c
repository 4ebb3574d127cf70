// This file imports the predecessor of preview 1, wasi_unstable, which a host
// may refuse, saying what it is.
// build: -nostdlib

#include <stdint.h>

#define UNSTABLE(NAME) __attribute__((import_module("wasi_unstable"), import_name(#NAME)))

UNSTABLE(fd_write) int32_t fd_write(int32_t fd, const void *iovs, int32_t n, int32_t *written);
UNSTABLE(proc_exit) void proc_exit(int32_t code);

static const char text[] = "hello from wasi_unstable\n";

void _start(void) {
  struct {
    const char *buf;
    uint32_t len;
  } iov = {text, sizeof text - 1};
  int32_t written;
  proc_exit(fd_write(1, &iov, 1, &written));
}
