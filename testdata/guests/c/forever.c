// This file does one thing until it is stopped from outside. It says on
// stdout what it does before it starts, so that a test knows when to stop it.
//
//   spin    an empty loop            work    a loop with calls and memory
//   sleep   one long sleep           read    reads stdin until its end
//   poll    waits for stdin to be readable, then reads, until its end
//   write   writes "y" lines to stdout until that fails
//   open    opens files until that fails, and reports how

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned counter;

// spin never returns. It is exported for `--invoke spin`.
__attribute__((export_name("spin"))) void spin(void) {
  for (;;) __asm__ volatile("");
}

static __attribute__((noinline)) unsigned step(unsigned n) { return n * 1664525u + 1013904223u; }

static void work(void) {
  for (;;) counter = step(counter);
}

static int sleep_long(void) {
  struct timespec year = {.tv_sec = 365L * 24 * 3600};
  for (;;) {
    if (nanosleep(&year, NULL) != 0) {
      fprintf(stderr, "nanosleep: %s\n", strerror(errno));
      return 1;
    }
  }
}

static int read_all(int wait) {
  char buf[512];
  unsigned long long total = 0;
  for (;;) {
    struct pollfd p = {.fd = 0, .events = POLLRDNORM};
    if (wait && poll(&p, 1, -1) < 0) {
      fprintf(stderr, "poll: %s\n", strerror(errno));
      return 1;
    }
    ssize_t n = read(0, buf, sizeof buf);
    if (n < 0) {
      fprintf(stderr, "read: %s\n", strerror(errno));
      return 1;
    }
    if (n == 0) break;
    total += (unsigned long long)n;
  }
  printf("end of input after %llu bytes\n", total);
  return 0;
}

static int write_all(void) {
  static char lines[8192];
  for (size_t i = 0; i < sizeof lines; i++) lines[i] = i % 2 ? '\n' : 'y';
  for (;;) {
    if (write(1, lines, sizeof lines) < 0) {
      fprintf(stderr, "write: %s (errno %d)\n", strerror(errno), errno);
      return 1;
    }
  }
}

// open_all holds every descriptor it gets, then shows that a closed one can
// be had again.
static int open_all(void) {
  int last = -1, n = 0, fd;
  while ((fd = open("/forever.tmp", O_CREAT | O_RDWR, 0600)) >= 0) {
    last = fd;
    if (++n == 10 * 1000 * 1000) break;
  }
  int why = errno;
  if (fd >= 0 || n == 0) {
    fprintf(stderr, "open: %d descriptors, %s\n", n, strerror(why));
    return 1;
  }
  if (why != EMFILE && why != ENFILE && why != ENOMEM) {
    fprintf(stderr, "open fails with %s (errno %d)\n", strerror(why), why);
    return 1;
  }
  fprintf(stderr, "%d descriptors\n", n);
  if (close(last) != 0 || open("/forever.tmp", O_RDONLY) < 0) {
    fprintf(stderr, "a closed descriptor is not usable again: %s\n", strerror(errno));
    return 1;
  }
  if (unlink("/forever.tmp") != 0) {
    fprintf(stderr, "unlink: %s\n", strerror(errno));
    return 1;
  }
  printf("ok descriptors end with an error\n");
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "spin";
  if (strcmp(what, "write") != 0) {
    printf("%s\n", what);
    fflush(stdout);
  }
  if (strcmp(what, "spin") == 0) spin();
  if (strcmp(what, "work") == 0) work();
  if (strcmp(what, "sleep") == 0) return sleep_long();
  if (strcmp(what, "read") == 0) return read_all(0);
  if (strcmp(what, "poll") == 0) return read_all(1);
  if (strcmp(what, "write") == 0) return write_all();
  if (strcmp(what, "open") == 0) return open_all();
  fprintf(stderr, "forever: no mode %s\n", what);
  return 2;
}
