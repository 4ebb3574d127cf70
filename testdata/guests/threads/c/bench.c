// What threads are measured with; see ../README.md. A line that is printed is a
// duration in nanoseconds.
#include "thread.h"

#include "thread.inc"

static thread threads[64];

// Parallel sum of 64 MB: argument sumN is N threads, the main one included.
enum { WORDS = 1 << 24 };
static u32 *words;
static u64 sums[64];
static int parts;

static void sum(void *arg) {
  int part = (int)(uintptr_t)arg;
  u64 s = 0;
  u32 from = part * (WORDS / parts), to = from + WORDS / parts;
  for (int round = 0; round < 8; round++)
    for (u32 i = from; i < to; i++)
      s += words[i] ^ (s >> 7);
  sums[part] = s;
}

static void parallel_sum(int n) {
  words = alloc(WORDS * sizeof(u32));
  for (u32 i = 0; i < WORDS; i++)
    words[i] = i * 2654435761u;
  parts = n;
  for (int best = 0; best < 3; best++) {
    u64 t = now();
    for (int i = 1; i < n; i++)
      check(start(&threads[i], sum, (void *)i) == 0, "a thread");
    sum(0);
    for (int i = 1; i < n; i++)
      join(&threads[i]);
    t = now() - t;
    u64 total = 0;
    for (int i = 0; i < n; i++)
      total += sums[i];
    check(total != 0, "a sum");
    print_num(t);
    print("\n");
  }
}

// Ping-pong: two threads hand a turn to each other; prints ns a round.
static _Atomic int turn;
enum { ROUNDS = 50000 };

static void play(void *arg) {
  int mine = (int)(uintptr_t)arg;
  for (int i = 0; i < ROUNDS; i++) {
    while (turn != mine)
      wait(&turn, !mine, FOREVER);
    turn = !mine;
    notify(&turn, 1);
  }
}

static void ping_pong(void) {
  u64 t = now();
  check(start(&threads[1], play, (void *)1) == 0, "a thread");
  play(0);
  join(&threads[1]);
  print_num((now() - t) / ROUNDS);
  print("\n");
}

// Threads that come and go; prints ns each.
static void nothing(void *arg) { (void)arg; }

static void spawn(void) {
  u64 t = now();
  for (int i = 0; i < 1000; i++) {
    check(start(&threads[1], nothing, 0) == 0, "a thread");
    join(&threads[1]);
  }
  print_num((now() - t) / 1000);
  print("\n");
}

void run(const char *name) {
  if (streq(name, "sum1"))
    parallel_sum(1);
  else if (streq(name, "sum2"))
    parallel_sum(2);
  else if (streq(name, "ping-pong"))
    ping_pong();
  else if (streq(name, "spawn"))
    spawn();
  else
    check(0, "a name that is known");
}
