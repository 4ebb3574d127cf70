// This file checks poll_oneoff with raw calls.
//
//   poll            checks that need no input: clocks, files, errors
//   poll stdin MS   waits MS milliseconds for input, and prints "timeout",
//                   "ready" or "closed"
//   poll drain MS   reads stdin to its end, waiting at most MS for each piece,
//                   and prints the number of bytes; a timeout is exit 3

#include "check.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#include <wasi/api.h>

#define MS 1000000ull

static __wasi_subscription_t subs[1024];
static __wasi_event_t events[1024];
static size_t nsubs;

static __wasi_subscription_t *add(uint64_t userdata, uint8_t tag) {
  __wasi_subscription_t *s = &subs[nsubs++];
  memset(s, 0, sizeof *s);
  s->userdata = userdata;
  s->u.tag = tag;
  return s;
}

static void add_clock(uint64_t userdata, unsigned id, uint64_t ns, int absolute) {
  __wasi_subscription_t *s = add(userdata, __WASI_EVENTTYPE_CLOCK);
  s->u.u.clock.id = id;
  s->u.u.clock.timeout = ns;
  s->u.u.clock.flags = absolute ? __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME : 0;
}

static void add_fd(uint64_t userdata, uint8_t tag, int fd) {
  add(userdata, tag)->u.u.fd_read.file_descriptor = fd;
}

// poll_all polls the subscriptions added, forgets them, and returns how many
// events there are.
static size_t poll_all(void) {
  __wasi_size_t n = 12345;
  memset(events, 0xaa, sizeof events);
  EQ(__wasi_poll_oneoff(subs, events, nsubs, &n), 0);
  TRUE(n >= 1 && n <= nsubs);
  nsubs = 0;
  return n;
}

static uint64_t now(unsigned id) {
  __wasi_timestamp_t t = 0;
  EQ(__wasi_clock_time_get(id, 1, &t), 0);
  return t;
}

static void is_event(size_t i, uint64_t userdata, int type, int error) {
  EQ(events[i].userdata, userdata);
  EQ(events[i].type, type);
  EQ(events[i].error, error);
}

static void nothing(void) {
  __wasi_size_t n = 0;
  EQ(__wasi_poll_oneoff(subs, events, 0, &n), __WASI_ERRNO_INVAL);
}

static void relative(void) {
  for (unsigned id = __WASI_CLOCKID_REALTIME; id <= __WASI_CLOCKID_MONOTONIC; id++) {
    uint64_t start = now(__WASI_CLOCKID_MONOTONIC);
    add_clock(0x1122334455667788, id, 20 * MS, 0);
    EQ(poll_all(), 1);
    is_event(0, 0x1122334455667788, __WASI_EVENTTYPE_CLOCK, 0);
    TRUE(now(__WASI_CLOCKID_MONOTONIC) - start >= 20 * MS);
  }
  add_clock(5, __WASI_CLOCKID_MONOTONIC, 0, 0);
  EQ(poll_all(), 1);
  is_event(0, 5, __WASI_EVENTTYPE_CLOCK, 0);
}

static void absolute(void) {
  for (unsigned id = __WASI_CLOCKID_REALTIME; id <= __WASI_CLOCKID_MONOTONIC; id++) {
    uint64_t until = now(id) + 20 * MS;
    add_clock(1, id, until, 1);
    EQ(poll_all(), 1);
    is_event(0, 1, __WASI_EVENTTYPE_CLOCK, 0);
    // A wall clock may be set back by a little while this runs.
    TRUE(now(id) + (id == __WASI_CLOCKID_REALTIME ? 5 * MS : 0) >= until);
    add_clock(2, id, 1, 1); // long ago
    EQ(poll_all(), 1);
    is_event(0, 2, __WASI_EVENTTYPE_CLOCK, 0);
  }
}

static void earliest(void) {
  uint64_t start = now(__WASI_CLOCKID_MONOTONIC);
  add_clock(1, __WASI_CLOCKID_MONOTONIC, 3600 * 1000 * MS, 0);
  add_clock(2, __WASI_CLOCKID_REALTIME, 10 * MS, 0);
  add_clock(3, __WASI_CLOCKID_MONOTONIC, UINT64_MAX, 0);
  add_clock(4, __WASI_CLOCKID_MONOTONIC, UINT64_MAX, 1);
  EQ(poll_all(), 1);
  is_event(0, 2, __WASI_EVENTTYPE_CLOCK, 0);
  TRUE(now(__WASI_CLOCKID_MONOTONIC) - start >= 10 * MS);
}

static void several_fire(void) {
  add_clock(1, __WASI_CLOCKID_MONOTONIC, 1, 1);
  add_clock(2, __WASI_CLOCKID_MONOTONIC, 3600 * 1000 * MS, 0);
  add_clock(3, __WASI_CLOCKID_MONOTONIC, 2, 1);
  EQ(poll_all(), 2);
  is_event(0, 1, __WASI_EVENTTYPE_CLOCK, 0);
  is_event(1, 3, __WASI_EVENTTYPE_CLOCK, 0);
}

static void many(void) {
  for (size_t i = 0; i < 1024; i++)
    add_clock(i, __WASI_CLOCKID_MONOTONIC, i == 700 ? 5 * MS : 3600 * 1000 * MS, 0);
  EQ(poll_all(), 1);
  is_event(0, 700, __WASI_EVENTTYPE_CLOCK, 0);
}

static void regular_file(void) {
  int fd = open("/poll.tmp", O_CREAT | O_RDWR | O_TRUNC, 0600);
  TRUE(fd >= 0);
  EQ(write(fd, "0123456789", 10), 10);
  EQ(lseek(fd, 4, SEEK_SET), 4);
  add_fd(1, __WASI_EVENTTYPE_FD_READ, fd);
  add_fd(2, __WASI_EVENTTYPE_FD_WRITE, fd);
  add_clock(3, __WASI_CLOCKID_MONOTONIC, 3600 * 1000 * MS, 0);
  EQ(poll_all(), 2);
  is_event(0, 1, __WASI_EVENTTYPE_FD_READ, 0);
  is_event(1, 2, __WASI_EVENTTYPE_FD_WRITE, 0);
  EQ(close(fd), 0);
  EQ(unlink("/poll.tmp"), 0);
}

static void bad_descriptor(void) {
  add_fd(1, __WASI_EVENTTYPE_FD_READ, 4000);
  add_clock(2, __WASI_CLOCKID_MONOTONIC, 3600 * 1000 * MS, 0);
  EQ(poll_all(), 1);
  is_event(0, 1, __WASI_EVENTTYPE_FD_READ, __WASI_ERRNO_BADF);
  add_fd(7, __WASI_EVENTTYPE_FD_WRITE, 4000);
  EQ(poll_all(), 1);
  is_event(0, 7, __WASI_EVENTTYPE_FD_WRITE, __WASI_ERRNO_BADF);
}

static void standard_output(void) {
  add_fd(1, __WASI_EVENTTYPE_FD_WRITE, 1);
  add_fd(2, __WASI_EVENTTYPE_FD_WRITE, 2);
  add_clock(3, __WASI_CLOCKID_MONOTONIC, 3600 * 1000 * MS, 0);
  size_t n = poll_all();
  for (size_t i = 0; i < n; i++) is_event(i, events[i].userdata, __WASI_EVENTTYPE_FD_WRITE, 0);
}

static const struct test tests[] = {
    {"no subscriptions", nothing},
    {"relative clock", relative},
    {"absolute clock", absolute},
    {"earliest of several clocks", earliest},
    {"several clocks at once", several_fire},
    {"1024 clocks", many},
    {"regular file", regular_file},
    {"descriptor that is not open", bad_descriptor},
    {"standard output", standard_output},
    {0},
};

// wait_stdin returns 0 for a timeout, 1 for input or its end, 2 if the event
// says that the other side hung up.
static int wait_stdin(uint64_t ms) {
  add_fd(1, __WASI_EVENTTYPE_FD_READ, 0);
  add_clock(2, __WASI_CLOCKID_MONOTONIC, ms * MS, 0);
  size_t n = poll_all();
  for (size_t i = 0; i < n; i++) {
    if (events[i].userdata != 1) continue;
    is_event(i, 1, __WASI_EVENTTYPE_FD_READ, 0);
    return events[i].fd_readwrite.flags & __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP ? 2 : 1;
  }
  is_event(0, 2, __WASI_EVENTTYPE_CLOCK, 0);
  return 0;
}

static int drain(uint64_t ms) {
  char buf[100];
  long total = 0;
  while (wait_stdin(ms) != 0) {
    ssize_t n = read(0, buf, sizeof buf);
    TRUE(n >= 0);
    if (n == 0) {
      printf("%ld bytes\n", total);
      return 0;
    }
    total += n;
  }
  printf("timeout after %ld bytes\n", total);
  return 3;
}

int main(int argc, char **argv) {
  uint64_t ms = argc == 3 ? strtoull(argv[2], NULL, 0) : 0;
  if (argc == 3 && strcmp(argv[1], "stdin") == 0) {
    static const char *const words[] = {"timeout", "ready", "closed"};
    puts(words[wait_stdin(ms)]);
    return 0;
  }
  if (argc == 3 && strcmp(argv[1], "drain") == 0) return drain(ms);
  return run_tests(tests, argc, argv);
}
