// This file is a workload for benchmarks: raw preview1 calls in a loop, with
// no libc between the loop and the call.
//
// As a command it runs one workload and prints its speed on stderr:
//   bench write SIZE COUNT      to stdout          bench pwrite SIZE COUNT
//   bench read SIZE COUNT       from a file        bench pread SIZE COUNT
//   bench random SIZE COUNT                        bench openclose COUNT
//   bench clock COUNT           bench stat COUNT   bench seek COUNT
//   bench yield COUNT           bench poll COUNT   bench nop COUNT
// All but write, random, clock, yield, poll and nop work on bench.tmp in the
// first preopened directory, descriptor 3.
//
// Each workload is also an export that works without `_start` having run, for
// a benchmark that holds an instance: see EXPORT below. They return 0, or the
// errno of the first call that failed. prepare(bytes) makes bench.tmp of that
// size and must come before read, pread, pwrite, seek, stat and openclose;
// finish() removes it.

#include "p1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(NAME) __attribute__((export_name(#NAME)))
#define ADDR(P) ((int32_t)(uintptr_t)(P))

enum { DIR_FD = 3, MAX_SIZE = 1 << 20, E_INVAL = 28 };

// Rights: everything a regular file can have.
#define FILE_RIGHTS 0x1ff7ffbLL

static _Alignas(16) char buffer[MAX_SIZE];
static struct {
  uint32_t buf, len;
} iov;
static uint32_t count_out;
static uint64_t offset_out;
static int32_t file_fd = -1;
static const char path[] = "bench.tmp";

static int32_t open_file(int32_t oflags, int32_t *fd) {
  return p1_path_open(DIR_FD, 0, ADDR(path), sizeof path - 1, oflags, FILE_RIGHTS, 0, 0, ADDR(fd));
}

static int32_t set_iov(uint32_t size) {
  if (size > MAX_SIZE) return E_INVAL;
  iov.buf = (uint32_t)ADDR(buffer);
  iov.len = size;
  return 0;
}

EXPORT(prepare) int32_t prepare(int64_t bytes) {
  int32_t e = open_file(1 | 8, &file_fd);
  return e ? e : p1_fd_filestat_set_size(file_fd, bytes);
}

EXPORT(finish) int32_t finish(void) {
  int32_t e = p1_fd_close(file_fd);
  file_fd = -1;
  return e ? e : p1_path_unlink_file(DIR_FD, ADDR(path), sizeof path - 1);
}

// write_to writes size bytes count times to the descriptor.
EXPORT(write) int32_t write_to(int32_t fd, uint32_t size, uint32_t count) {
  int32_t e = set_iov(size);
  for (; !e && count; count--) e = p1_fd_write(fd, ADDR(&iov), 1, ADDR(&count_out));
  return e;
}

// read_back reads size bytes count times, from the start again at the end.
EXPORT(read) int32_t read_back(uint32_t size, uint32_t count) {
  int32_t e = set_iov(size);
  for (; !e && count; count--) {
    e = p1_fd_read(file_fd, ADDR(&iov), 1, ADDR(&count_out));
    if (!e && count_out < size) e = p1_fd_seek(file_fd, 0, 0, ADDR(&offset_out));
  }
  return e;
}

EXPORT(pread) int32_t pread_start(uint32_t size, uint32_t count) {
  int32_t e = set_iov(size);
  for (; !e && count; count--) e = p1_fd_pread(file_fd, ADDR(&iov), 1, 0, ADDR(&count_out));
  return e;
}

EXPORT(pwrite) int32_t pwrite_start(uint32_t size, uint32_t count) {
  int32_t e = set_iov(size);
  for (; !e && count; count--) e = p1_fd_pwrite(file_fd, ADDR(&iov), 1, 0, ADDR(&count_out));
  return e;
}

EXPORT(seek) int32_t seek_start(uint32_t count) {
  int32_t e = 0;
  for (; !e && count; count--) e = p1_fd_seek(file_fd, 0, 0, ADDR(&offset_out));
  return e;
}

EXPORT(stat) int32_t stat_path(uint32_t count) {
  int32_t e = 0;
  for (; !e && count; count--)
    e = p1_path_filestat_get(DIR_FD, 0, ADDR(path), sizeof path - 1, ADDR(buffer));
  return e;
}

EXPORT(openclose) int32_t open_close(uint32_t count) {
  int32_t e = 0;
  for (; !e && count; count--) {
    int32_t fd;
    e = open_file(0, &fd);
    if (!e) e = p1_fd_close(fd);
  }
  return e;
}

EXPORT(clock) int32_t clock_get(uint32_t count) {
  int32_t e = 0;
  for (; !e && count; count--) e = p1_clock_time_get(1, 1, ADDR(&offset_out));
  return e;
}

EXPORT(random) int32_t random_fill(uint32_t size, uint32_t count) {
  int32_t e = size > MAX_SIZE ? E_INVAL : 0;
  for (; !e && count; count--) e = p1_random_get(ADDR(buffer), (int32_t)size);
  return e;
}

EXPORT(yield) int32_t yield(uint32_t count) {
  int32_t e = 0;
  for (; !e && count; count--) e = p1_sched_yield();
  return e;
}

// poll_clock waits for no time at all on the monotonic clock.
EXPORT(poll) int32_t poll_clock(uint32_t count) {
  memset(buffer, 0, 48);
  buffer[16] = 1; // monotonic
  int32_t e = 0;
  for (; !e && count; count--)
    e = p1_poll_oneoff(ADDR(buffer), ADDR(buffer + 64), 1, ADDR(&count_out));
  return e;
}

// nop is the loop alone.
EXPORT(nop) int32_t nop(uint32_t count) {
  for (; count; count--) __asm__ volatile("");
  return 0;
}

static uint64_t now(void) {
  uint64_t t = 0;
  p1_clock_time_get(1, 1, ADDR(&t));
  return t;
}

// sized is 1 for a workload that takes SIZE COUNT, files 1 for one that needs
// bench.tmp.
static const struct {
  const char *name;
  int sized, files;
} workloads[] = {{"write", 1, 0},  {"read", 1, 1},  {"pread", 1, 1}, {"pwrite", 1, 1},
                 {"random", 1, 0}, {"seek", 0, 1},  {"stat", 0, 1},  {"openclose", 0, 1},
                 {"clock", 0, 0},  {"yield", 0, 0}, {"poll", 0, 0},  {"nop", 0, 0}};

static int32_t run(size_t which, uint32_t size, uint32_t count) {
  switch (which) {
  case 0: return write_to(1, size, count);
  case 1: return read_back(size, count);
  case 2: return pread_start(size, count);
  case 3: return pwrite_start(size, count);
  case 4: return random_fill(size, count);
  case 5: return seek_start(count);
  case 6: return stat_path(count);
  case 7: return open_close(count);
  case 8: return clock_get(count);
  case 9: return yield(count);
  case 10: return poll_clock(count);
  default: return nop(count);
  }
}

static void print_speed(const char *name, uint64_t ns, uint32_t size, uint32_t count) {
  double each = count ? (double)ns / count : 0;
  fprintf(stderr, "%s: %u calls, %.1f ns each", name, count, each);
  if (size && ns) fprintf(stderr, ", %.0f MB/s", (double)size * count * 1000 / (double)ns);
  fprintf(stderr, "\n");
}

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
    if (argc < 2 || strcmp(argv[1], workloads[i].name) != 0) continue;
    if (argc != 3 + workloads[i].sized) break;
    uint32_t size = workloads[i].sized ? (uint32_t)strtoul(argv[2], NULL, 0) : 0;
    uint32_t count = (uint32_t)strtoul(argv[argc - 1], NULL, 0);
    int32_t e = workloads[i].files ? prepare(64 * MAX_SIZE) : 0;
    uint64_t start = now();
    if (!e) e = run(i, size, count);
    uint64_t end = now();
    int32_t done = workloads[i].files && file_fd >= 0 ? finish() : 0;
    if (!e) e = done;
    if (!e) print_speed(argv[1], end - start, size, count);
    if (e) fprintf(stderr, "bench %s: errno %d\n", argv[1], e);
    return e != 0;
  }
  fprintf(stderr, "usage: bench write|read|pread|pwrite|random SIZE COUNT\n"
                  "       bench seek|stat|openclose|clock|yield|poll|nop COUNT\n");
  return 2;
}
