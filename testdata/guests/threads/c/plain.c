// Work to measure, without threads: see ../README.md.
#include <stdint.h>

typedef uint32_t u32;

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

static u32 core(u32 rounds) {
  u32 h = 1;
  for (u32 i = 0; i < rounds; i++)
    h = crc(crc(crc(h, lists(i + h)), matrices(h)), scan(h));
  return h;
}

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"))) _Noreturn void proc_exit(int status);

__attribute__((export_name("_start"))) void _start(void) {
  if (core(1000) == 1)
    proc_exit(1);
}
