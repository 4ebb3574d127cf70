// Checks of threads, and ways to end them. See ../README.md.
#include "thread.h"

#include "thread.inc"

enum { MANY = 8 };

static thread threads[64];

static void join_all(int n) {
  for (int i = 0; i < n; i++)
    join(&threads[i]);
}

// mutex: threads add to a plain number.
static mutex m;
static volatile int counter;

static void add(void *unused) {
  (void)unused;
  for (int i = 0; i < 2000; i++) {
    lock(&m);
    counter = counter + 1;
    unlock(&m);
  }
}

static void test_mutex(void) {
  counter = 0;
  for (int i = 0; i < MANY; i++)
    check(start(&threads[i], add, 0) == 0, "a thread");
  join_all(MANY);
  check(counter == MANY * 2000, "the sum under a mutex");
}

// condvar: two threads take turns.
static cond turn_changed;
static int turn;

static void ping(void *arg) {
  int mine = (int)(uintptr_t)arg;
  for (int i = 0; i < 1000; i++) {
    lock(&m);
    while (turn % 2 != mine)
      cond_wait(&turn_changed, &m);
    turn++;
    broadcast(&turn_changed);
    unlock(&m);
  }
}

static void test_condvar(void) {
  turn = 0;
  for (int i = 0; i < 2; i++)
    check(start(&threads[i], ping, (void *)i) == 0, "a thread");
  join_all(2);
  check(turn == 2000, "the turns");
}

// sum: each thread sums a part.
enum { WORDS = 1 << 18 };
static u32 *words;
static u64 sums[4];

static void sum(void *arg) {
  int part = (int)(uintptr_t)arg;
  u64 s = 0;
  for (int i = part * (WORDS / 4); i < (part + 1) * (WORDS / 4); i++)
    s += words[i];
  sums[part] = s;
}

static void test_sum(void) {
  words = alloc(WORDS * sizeof(u32));
  for (u32 i = 0; i < WORDS; i++)
    words[i] = i * 2654435761u;
  u64 want = 0, got = 0;
  for (u32 i = 0; i < WORDS; i++)
    want += words[i];
  for (int i = 0; i < 4; i++)
    check(start(&threads[i], sum, (void *)i) == 0, "a thread");
  join_all(4);
  for (int i = 0; i < 4; i++)
    got += sums[i];
  check(got == want, "the sum of the parts");
}

// queue: producers and consumers share a small ring.
static struct {
  mutex m;
  cond not_empty, not_full;
  u32 item[16], head, count;
} ring;
static _Atomic u64 consumed;
enum { ITEMS = 3000 };

static void produce(void *arg) {
  u32 base = (u32)(uintptr_t)arg * ITEMS;
  for (u32 i = 1; i <= ITEMS; i++) {
    lock(&ring.m);
    while (ring.count == 16)
      cond_wait(&ring.not_full, &ring.m);
    ring.item[(ring.head + ring.count++) % 16] = base + i;
    signal(&ring.not_empty);
    unlock(&ring.m);
  }
}

static void consume(void *unused) {
  (void)unused;
  for (int i = 0; i < ITEMS; i++) {
    lock(&ring.m);
    while (ring.count == 0)
      cond_wait(&ring.not_empty, &ring.m);
    u32 x = ring.item[ring.head];
    ring.head = (ring.head + 1) % 16;
    ring.count--;
    signal(&ring.not_full);
    unlock(&ring.m);
    consumed += x;
  }
}

static void test_queue(void) {
  consumed = 0;
  for (int i = 0; i < 3; i++) {
    check(start(&threads[i], produce, (void *)i) == 0, "a producer");
    check(start(&threads[3 + i], consume, 0) == 0, "a consumer");
  }
  join_all(6);
  u64 n = 3 * ITEMS;
  check(consumed == n * (n + 1) / 2, "what was consumed");
}

// tls: each thread has variables of its own, with their initial values.
static _Thread_local int local = 42;
static _Thread_local int zero;
static _Atomic int *places[MANY];

static void use_tls(void *arg) {
  int i = (int)(uintptr_t)arg;
  check(local == 42 && zero == 0, "the initial values of a thread");
  places[i] = (_Atomic int *)&local;
  for (int n = 0; n < 1000; n++) {
    local += i;
    zero++;
    if (n % 100 == 0)
      sched_yield();
  }
  check(local == 42 + 1000 * i && zero == 1000, "the variables of a thread");
}

static void test_tls(void) {
  local = 7;
  for (int i = 0; i < MANY; i++)
    check(start(&threads[i], use_tls, (void *)i) == 0, "a thread");
  join_all(MANY);
  check(local == 7, "the variables of the main thread");
  for (int i = 0; i < MANY; i++)
    for (int j = 0; j < i; j++)
      check(places[i] != places[j], "places of variables");
}

// timeout: waits that nobody ends, and values that are not there.
static void test_timeout(void) {
  _Atomic int here = 5;
  u64 t = now();
  check(wait(&here, 5, 5000000) == 2, "a timeout");
  check(now() - t >= 5000000, "5 ms");
  check(wait(&here, 4, FOREVER) == 1, "another value");
  check(wait(&here, 5, 0) == 2, "no time");
  check(notify(&here, 1) == 0, "nobody to notify");
  _Atomic u64 wide = (u64)1 << 32;
  check(__builtin_wasm_memory_atomic_wait64((long long *)&wide, 0, FOREVER) == 1, "another value of 64 bits");
  check(__builtin_wasm_memory_atomic_wait64((long long *)&wide, (long long)1 << 32, 1000) == 2, "a timeout of 64 bits");
}

// notify: exactly so many are woken.
static _Atomic int gate, passed, waiting;

static void pass(void *unused) {
  (void)unused;
  waiting++;
  check(wait(&gate, 0, FOREVER) == 0, "to be woken");
  passed++;
}

static void test_notify(void) {
  gate = passed = waiting = 0;
  for (int i = 0; i < MANY; i++)
    check(start(&threads[i], pass, 0) == 0, "a thread");
  int woken = 0;
  while (woken < 3)
    woken += notify(&gate, 3 - woken);
  while (passed < 3)
    sched_yield();
  sleep(2000000);
  check(passed == 3, "only three to be woken");
  while (woken < MANY)
    woken += notify(&gate, ~0u);
  join_all(MANY);
  check(woken == MANY && passed == MANY, "all to be woken");
}

// grow: threads grow the memory and use what is new, while others come and go.
static void grow(void *arg) {
  for (int i = 0; i < 8; i++) {
    u32 *p = (u32 *)(__builtin_wasm_memory_grow(0, 1) * PAGE);
    check((int)(uintptr_t)p != -PAGE, "a page");
    p[0] = p[PAGE / 4 - 1] = (u32)(uintptr_t)arg;
    check(__builtin_wasm_memory_size(0) * PAGE > (u32)(uintptr_t)p, "the size");
    sched_yield();
    check(p[0] == (u32)(uintptr_t)arg && p[PAGE / 4 - 1] == p[0], "a page of its own");
  }
}

static void test_grow(void) {
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < MANY; i++)
      check(start(&threads[i], grow, (void *)(i + 1)) == 0, "a thread");
    join_all(MANY);
  }
  u32 *p = (u32 *)(__builtin_wasm_memory_grow(0, 2) * PAGE);
  p[0] = p[2 * PAGE / 4 - 1] = 1;
}

// come: many threads that come and go, their numbers differing from their
// predecessors'.
static void nothing(void *arg) { (void)arg; }

static void test_come(void) {
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < 20; i++)
      check(start(&threads[i], nothing, 0) == 0, "a thread");
    join_all(20);
    for (int i = 0; i < 20; i++)
      for (int j = 0; j < i; j++)
        check(threads[i].id != threads[j].id, "numbers of threads");
  }
}

// files: threads open, write, renumber and close the same few descriptors.
static void use_files(void *arg) {
  int me = (int)(uintptr_t)arg;
  for (int i = 0; i < 200; i++) {
    int fd;
    u32 n;
    u64 at;
    char name[2] = {'a' + (me + i) % 4, 0};
    iovec v = {name, 1};
    // create; read, write, seek
    if (path_open(3, 0, name, 1, 1, 2 | 4 | 64, 0, 0, &fd) == 0) {
      fd_write(fd, &v, 1, &n);
      fd_seek(fd, 0, 0, &at);
      fd_read(fd, &v, 1, &n);
      if (i % 3 == 0)
        fd_renumber(fd, 4 + i % 5);
      else
        fd_close(4 + (fd + i) % 6);
    }
  }
}

static void test_files(void) {
  for (int i = 0; i < MANY; i++)
    check(start(&threads[i], use_files, (void *)i) == 0, "a thread");
  join_all(MANY);
}

// limit: threads until there is no room, and again when one has gone.
static _Atomic int stay;

static void hold(void *unused) {
  (void)unused;
  while (!stay)
    wait(&stay, 0, FOREVER);
}

static void test_limit(void) {
  int n = 0, e = 0;
  stay = 0;
  while (n < 64 && (e = start(&threads[n], hold, 0)) == 0)
    n++;
  print("limit ");
  print_num(n);
  print("\n");
  check(n == 64 || e == -6, "the answer that there is no room");
  stay = 1;
  notify(&stay, ~0u);
  join_all(n);
  // The last instruction of a thread is not its end.
  while (start(&threads[0], nothing, 0) != 0)
    sched_yield();
  join(&threads[0]);
}

// Ways in which one thread ends all. others are threads that wait, sleep, read
// and spin meanwhile.
static _Atomic int never, ready;

static void wait_forever(void *unused) {
  (void)unused;
  ready++;
  wait(&never, 0, FOREVER);
  check(0, "a wait without end");
}
static void sleep_long(void *unused) {
  (void)unused;
  ready++;
  sleep((u64)1 << 60);
  check(0, "a long sleep");
}
static void read_input(void *unused) {
  (void)unused;
  char c;
  iovec v = {&c, 1};
  u32 n;
  ready++;
  fd_read(0, &v, 1, &n);
  check(0, "an input that never comes");
}
static void spin(void *unused) {
  (void)unused;
  ready++;
  for (;;)
    __asm__ volatile("");
}
static void (*const others[])(void *) = {wait_forever, sleep_long, read_input, spin};

static void start_others(void) {
  for (int i = 0; i < 8; i++)
    check(start(&threads[i], others[i % 4], 0) == 0, "a thread");
  while (ready < 8)
    sched_yield();
}

__attribute__((noinline)) static int divide(int a, volatile int *b) { return a / *b; }

__attribute__((noinline)) static void do_trap(void *arg) {
  volatile int nothing_there = 0;
  check(divide((int)(uintptr_t)arg, &nothing_there) == 0, "a division by zero to trap");
}
static void do_exit(void *arg) { proc_exit((int)(uintptr_t)arg); }

typedef struct {
  const char *name;
  void (*run)(void);
} entry;

static const entry checks[] = {
    {"mutex", test_mutex}, {"condvar", test_condvar}, {"sum", test_sum},       {"queue", test_queue},
    {"tls", test_tls},     {"timeout", test_timeout}, {"notify", test_notify}, {"grow", test_grow},
    {"come", test_come},
};

// mode does what is not a check: it ends the program.
static void mode(const char *name) {
  if (streq(name, "files")) {
    test_files();
    print("ok files\n");
    return;
  }
  if (streq(name, "limit")) {
    test_limit();
    return;
  }
  if (streq(name, "spin")) { // 64 threads and the main one
    for (int i = 0; i < 64; i++)
      check(start(&threads[i], spin, 0) == 0, "a thread");
    while (ready < 64)
      sched_yield();
    print("spinning\n");
    spin(0);
  }
  start_others();
  if (streq(name, "trap"))
    start(&threads[8], do_trap, (void *)1);
  else if (streq(name, "exit"))
    start(&threads[8], do_exit, (void *)7);
  else if (streq(name, "trap-main"))
    do_trap((void *)1);
  else if (streq(name, "exit-main"))
    do_exit((void *)8);
  else if (streq(name, "return-main"))
    return;
  else if (!streq(name, "stay"))
    check(0, "a name that is known");
  print("started\n");
  wait_forever(0);
}

void run(const char *name) {
  int known = 0;
  for (u32 i = 0; i < sizeof checks / sizeof *checks; i++) {
    if (*name && !streq(name, checks[i].name))
      continue;
    known = 1;
    checks[i].run();
    print("ok ");
    print(checks[i].name);
    print("\n");
  }
  if (!known)
    mode(name);
}
