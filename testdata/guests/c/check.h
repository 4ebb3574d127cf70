// This file has the checks of the C guests: "ok NAME" on stdout for each test
// that passes; for one that fails, where and why on stderr, and exit 1.
// Arguments choose tests by a part of their names.

#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *check_name = "start";

struct test {
  const char *name;
  void (*run)(void);
};

// run_tests runs the tests of a table that ends in an empty one.
static inline int run_tests(const struct test *t, int argc, char **argv) {
  for (; t->name; t++) {
    int chosen = argc < 2;
    for (int i = 1; i < argc; i++) chosen |= strstr(t->name, argv[i]) != NULL;
    if (!chosen) continue;
    check_name = t->name;
    t->run();
    printf("ok %s\n", check_name);
    fflush(stdout);
  }
  return 0;
}

static inline void check_failed(const char *file, int line, const char *what, long long got,
                                long long want) {
  fprintf(stderr, "FAIL %s: %s:%d: %s is %lld, want %lld (errno %d: %s)\n", check_name, file, line,
          what, got, want, errno, strerror(errno));
  exit(1);
}

// EQ evaluates both sides once and compares them as signed 64-bit integers.
#define EQ(GOT, WANT)                                                              \
  do {                                                                             \
    errno = 0;                                                                     \
    long long got_ = (long long)(GOT), want_ = (long long)(WANT);                  \
    if (got_ != want_) check_failed(__FILE__, __LINE__, #GOT, got_, want_);        \
  } while (0)

#define TRUE(COND) EQ(!!(COND), 1)

// FAILS says that a libc call gives -1 with this errno.
#define FAILS(CALL, ERRNO)                                                         \
  do {                                                                             \
    errno = 0;                                                                     \
    long long got_ = (long long)(CALL);                                            \
    if (got_ != -1) check_failed(__FILE__, __LINE__, #CALL, got_, -1);             \
    if (errno != (ERRNO)) check_failed(__FILE__, __LINE__, "errno of " #CALL, errno, ERRNO); \
  } while (0)

#endif
