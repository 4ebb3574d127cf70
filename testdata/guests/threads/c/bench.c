// Work to measure: see ../README.md. Each export is called on an instance whose
// _start has not run, but for those that start threads.
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
    print_num(now() - t);
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

// A mix of what programs do: a linked list that is searched and sorted, a small
// matrix multiplied, text scanned by a state machine, and a checksum of it all.
typedef struct node {
  struct node *next;
  int key, value;
} node;

static node nodes[512];
static short matrix[3][24][24];
static const char text[] = "12,0x3f,-7.25e+3,abc,99999,+4,1.5,0x,--,3e8,12a,0,.5,-.,7";

static u32 crc(u32 h, u32 x) {
  for (int i = 0; i < 16; i++) {
    u32 bit = (h ^ x) & 1;
    x >>= 1;
    h = h >> 1 ^ (bit ? 0xa001 : 0);
  }
  return h;
}

static node *merge(node *a, node *b, int by_value) {
  node head = {0, 0, 0}, *tail = &head;
  while (a && b) {
    node **small = (by_value ? a->value <= b->value : a->key <= b->key) ? &a : &b;
    tail = tail->next = *small;
    *small = (*small)->next;
  }
  tail->next = a ? a : b;
  return head.next;
}

static node *sort(node *list, int by_value) {
  if (!list || !list->next)
    return list;
  node *slow = list, *fast = list->next;
  while (fast && fast->next)
    slow = slow->next, fast = fast->next->next;
  fast = slow->next;
  slow->next = 0;
  return merge(sort(list, by_value), sort(fast, by_value), by_value);
}

static u32 lists(u32 seed) {
  for (int i = 0; i < 512; i++)
    nodes[i] = (node){i < 511 ? &nodes[i + 1] : 0, (int)(seed * (u32)i % 1009), (int)(crc(seed, (u32)i) & 0xff)};
  node *list = nodes;
  u32 h = 0;
  for (int want = 0; want < 64; want++)
    for (node *n = list; n; n = n->next)
      if (n->key == want) {
        h = crc(h, (u32)n->value);
        break;
      }
  list = sort(sort(list, 1), 0);
  for (node *n = list; n; n = n->next)
    h = crc(h, (u32)n->key);
  return h;
}

static u32 matrices(u32 seed) {
  u32 h = 0;
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++)
      matrix[0][i][j] = (short)(seed + (u32)(i * j)), matrix[1][i][j] = (short)(i + j);
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++) {
      int s = 0;
      for (int k = 0; k < 24; k++)
        s += matrix[0][i][k] * matrix[1][k][j];
      matrix[2][i][j] = (short)(s >> 3);
      h = crc(h, (u32)s);
    }
  return h;
}

enum state { START, INT, HEX, FLOAT, EXP, BAD, STATES };

static enum state step(enum state s, char c) {
  int digit = c >= '0' && c <= '9';
  switch (s) {
  case START:
    return digit ? INT : c == '.' ? FLOAT : c == '+' || c == '-' ? START : BAD;
  case INT:
    return digit ? INT : c == 'x' ? HEX : c == '.' ? FLOAT : c == 'e' ? EXP : BAD;
  case HEX:
    return digit || (c >= 'a' && c <= 'f') ? HEX : BAD;
  case FLOAT:
    return digit ? FLOAT : c == 'e' ? EXP : BAD;
  case EXP:
    return digit || c == '+' || c == '-' ? EXP : BAD;
  default:
    return BAD;
  }
}

static u32 scan(u32 seed) {
  u32 count[STATES] = {0}, h = seed;
  for (int round = 0; round < 20; round++) {
    enum state s = START;
    for (const char *p = text; *p; p++) {
      if (*p == ',') {
        count[s]++;
        s = START;
        continue;
      }
      s = step(s, *p ^ (round == (int)(seed % 20) && p - text == 3));
    }
  }
  for (int i = 0; i < STATES; i++)
    h = crc(h, count[i]);
  return h;
}

__attribute__((export_name("core"))) u32 core(u32 rounds) {
  u32 h = 1;
  for (u32 i = 0; i < rounds; i++)
    h = crc(crc(crc(h, lists(i + h)), matrices(h)), scan(h));
  return h;
}

// spin is a loop that does nothing.
__attribute__((export_name("spin"))) void spin(void) {
  for (;;)
    __asm__ volatile("");
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
  else if (streq(name, "spin"))
    spin();
  else if (streq(name, "core"))
    check(core(100) != 1, "a checksum");
  else
    check(0, "a name that is known");
}
