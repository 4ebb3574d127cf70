// This file checks clocks, sleeping and random numbers.

#include "check.h"

#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

static int64_t ns(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static int64_t now(clockid_t id) {
  struct timespec t;
  EQ(clock_gettime(id, &t), 0);
  TRUE(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
  return ns(t);
}

static void resolution(void) {
  struct timespec t;
  EQ(clock_getres(CLOCK_REALTIME, &t), 0);
  TRUE(ns(t) > 0 && ns(t) <= 1000000000);
  EQ(clock_getres(CLOCK_MONOTONIC, &t), 0);
  TRUE(ns(t) > 0 && ns(t) <= 1000000000);
}

static void wall(void) {
  // 2024 to 2200, and two ways to ask agree.
  int64_t t = now(CLOCK_REALTIME) / 1000000000;
  TRUE(t > 1704067200 && t < 7258118400);
  struct timeval v;
  EQ(gettimeofday(&v, NULL), 0);
  TRUE(v.tv_sec - t >= 0 && v.tv_sec - t < 60);
}

static void monotonic(void) {
  int64_t last = now(CLOCK_MONOTONIC), moved = 0;
  for (int i = 0; i < 100000; i++) {
    int64_t t = now(CLOCK_MONOTONIC);
    TRUE(t >= last);
    moved += t > last;
    last = t;
  }
  TRUE(moved > 0);
}

static void sleeping(void) {
  int64_t start = now(CLOCK_MONOTONIC);
  struct timespec t = {0, 30 * 1000 * 1000};
  EQ(nanosleep(&t, NULL), 0);
  TRUE(now(CLOCK_MONOTONIC) - start >= 30 * 1000 * 1000);
  start = now(CLOCK_MONOTONIC);
  EQ(usleep(10 * 1000), 0);
  TRUE(now(CLOCK_MONOTONIC) - start >= 10 * 1000 * 1000);
  t = (struct timespec){0, 0};
  EQ(nanosleep(&t, NULL), 0);
  // Until a time given, and one that is over.
  int64_t until = now(CLOCK_MONOTONIC) + 20 * 1000 * 1000;
  t = (struct timespec){until / 1000000000, until % 1000000000};
  EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
  TRUE(now(CLOCK_MONOTONIC) >= until);
  EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
}

// cpu_clocks may be missing, but must not lie when they are there.
static void cpu_clocks(void) {
  for (__wasi_clockid_t id = 2; id <= 3; id++) {
    __wasi_timestamp_t a = 0, b = 0, res = 0;
    __wasi_errno_t e = __wasi_clock_time_get(id, 1, &a);
    EQ(__wasi_clock_res_get(id, &res) == 0, e == 0);
    if (e != 0) {
      TRUE(e == __WASI_ERRNO_NOTSUP || e == __WASI_ERRNO_INVAL || e == __WASI_ERRNO_BADF);
      continue;
    }
    for (volatile int i = 0; i < 1000000; i++) {
    }
    EQ(__wasi_clock_time_get(id, 1, &b), 0);
    TRUE(b >= a && res > 0);
  }
}

static void random_bytes(void) {
  static uint8_t buf[1 << 20];
  unsigned histogram[256] = {0};
  EQ(__wasi_random_get(buf, sizeof buf), 0);
  for (size_t i = 0; i < sizeof buf; i++) histogram[buf[i]]++;
  // 4096 are expected of each; ten standard deviations are 640.
  for (int i = 0; i < 256; i++) TRUE(histogram[i] > 3456 && histogram[i] < 4736);
  uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};
  EQ(getentropy(a, sizeof a), 0);
  EQ(getentropy(b, sizeof b), 0);
  TRUE(memcmp(a, b, sizeof a) != 0);
  TRUE(memcmp(a, zero, sizeof a) != 0);
  EQ(__wasi_random_get(b, 0), 0);
}

static void yielding(void) {
  for (int i = 0; i < 100; i++) EQ(__wasi_sched_yield(), 0);
}

static const struct test tests[] = {
    {"resolution", resolution},     {"wall clock", wall},
    {"monotonic clock", monotonic}, {"sleep", sleeping},
    {"cpu clocks", cpu_clocks},     {"random", random_bytes},
    {"yield", yielding},            {0},
};

int main(int argc, char **argv) { return run_tests(tests, argc, argv); }
