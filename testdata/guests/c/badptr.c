// This file calls every preview1 function with pointers that leave the
// memory, and prints "NAME ERRNO" for each. Functions without a pointer get a
// descriptor that is not open.
//
//   badptr [VARIANT [NAME...]]     only the functions named, if any
//
// Variants:
//   end    pointers at the last byte, 1 byte before the memory ends (default)
//   out    pointers just past the end
//   max    pointers at 0xffffffff
//   wrap   good pointers with lengths and counts of 0xffffffff
//   iovec  iovec arrays in memory whose buffers are not; others as for end
//   enum   good pointers, with 0x7fffffff for all flags and enumerations
//
// Descriptors that are meant to be good come from what the guest is given:
// a file and a directory of its first preopen, and its listener.

#include "p1.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { END, OUT, MAX, WRAP, IOVEC, ENUM };
static const char *const variants[] = {"end", "out", "max", "wrap", "iovec", "enum"};

static _Alignas(16) char good[4096];
static struct {
  uint32_t buf, len;
} iovec = {0, 0xffffffffu};

static int file_fd, dir_fd = 3, socket_fd = 99;

static uint32_t bad_pointer(int variant) {
  uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) << 16;
  switch (variant) {
  case OUT: return end;
  case MAX: return 0xffffffffu;
  case WRAP:
  case ENUM: return (uint32_t)(uintptr_t)good;
  default: return end - 1;
  }
}

// descriptor picks the descriptor for which the call gets furthest.
static int descriptor(const char *name) {
  if (strncmp(name, "sock_", 5) == 0) return socket_fd;
  if (strncmp(name, "path_", 5) == 0) return dir_fd;
  if (strstr(name, "prestat") || strstr(name, "readdir")) return dir_fd;
  return file_fd;
}

static int64_t count(int variant, char what) {
  if (variant == WRAP) return 0xffffffffu;
  return what == 'i' ? 1 : 64;
}

static int32_t call(uint32_t fn, int variant) {
  const char *name = p1_functions[fn].name, *shape = p1_functions[fn].shape;
  int open = strpbrk(shape, "pbis") || (variant == ENUM && strchr(shape, 'x'));
  int64_t a[9] = {0};
  for (size_t i = 0; shape[i]; i++) {
    switch (shape[i]) {
    case 'f': a[i] = open ? descriptor(name) : 1000; break;
    case 'p':
    case 'b':
    case 's': a[i] = bad_pointer(variant); break;
    case 'i': a[i] = variant == IOVEC ? (int64_t)(uintptr_t)&iovec : bad_pointer(variant); break;
    case 'x': a[i] = variant == ENUM && strcmp(name, "proc_exit") != 0 ? 0x7fffffff : 0; break;
    case 'n': a[i] = count(variant, shape[i - 1]); break;
    }
  }
  if (strcmp(name, "path_open") == 0) a[5] = 2; // the right to read
  if (strcmp(name, "sock_shutdown") == 0 && variant != ENUM) a[1] = 3;
  return p1_call(fn, a);
}

static int named(const char *name, int argc, char **argv) {
  for (int i = 2; i < argc; i++)
    if (strcmp(argv[i], name) == 0) return 1;
  return argc <= 2;
}

static int find_socket(void) {
  for (int fd = 3; fd < 16; fd++) {
    struct stat s;
    if (fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode)) return fd;
  }
  return 99;
}

int main(int argc, char **argv) {
  int variant = END;
  if (argc > 1) {
    while (variant <= ENUM && strcmp(argv[1], variants[variant]) != 0) variant++;
    if (variant > ENUM) {
      fprintf(stderr, "badptr: no variant %s\n", argv[1]);
      return 2;
    }
  }
  iovec.buf = (uint32_t)(uintptr_t)good;
  file_fd = open("/badptr.tmp", O_CREAT | O_RDWR, 0600);
  if (file_fd < 0) {
    perror("/badptr.tmp");
    return 1;
  }
  if (write(file_fd, good, sizeof good) != sizeof good || lseek(file_fd, 0, SEEK_SET) != 0) {
    perror("/badptr.tmp");
    return 1;
  }
  socket_fd = find_socket();
  for (dir_fd = 3; dir_fd == socket_fd;) dir_fd++;
  for (uint32_t fn = 0; fn < P1_COUNT; fn++) {
    const char *name = p1_functions[fn].name;
    if (!named(name, argc, argv)) continue;
    if (strcmp(name, "proc_exit") == 0) {
      unlink("/badptr.tmp");
      printf("proc_exit ends this program\n");
      fflush(stdout);
    }
    int32_t e = call(fn, variant);
    printf("%s %d\n", name, e);
    fflush(stdout);
  }
  unlink("/badptr.tmp");
  return 0;
}
