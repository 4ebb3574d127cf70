// This file lists a directory of many entries, with buffers of all sizes and
// while entries go away, and checks that nothing is lost or listed twice.
//
//   readdir [COUNT]           10,000 entries if no COUNT is given
//   readdir telldir [COUNT]   telldir and seekdir only. wasi-libc keeps cookies
//                             in a long of 32 bits, so larger ones do not work
//                             with these two
//
// It works in /many below its root directory and removes it at the end.

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

enum { MAX_COUNT = 1000 * 1000, HEADER = sizeof(__wasi_dirent_t), NAME = 10 };

static uint32_t count = 10000;
static uint8_t *seen;
static int dir;

static void file_name(char *name, uint32_t i) { sprintf(name, "file%06u", i); }

// note counts one listed name, which need not end in a zero.
static void note(const char *name, size_t len, uint8_t type) {
  if ((len == 1 && name[0] == '.') || (len == 2 && memcmp(name, "..", 2) == 0)) {
    EQ(type, __WASI_FILETYPE_DIRECTORY);
    return;
  }
  EQ(len, NAME);
  EQ(memcmp(name, "file", 4), 0);
  uint32_t i = 0;
  for (int c = 4; c < NAME; c++) i = i * 10 + (uint32_t)(name[c] - '0');
  TRUE(i < count);
  EQ(type, __WASI_FILETYPE_REGULAR_FILE);
  TRUE(seen[i] < 255);
  seen[i]++;
}

static void all_seen(uint32_t from, uint32_t step) {
  for (uint32_t i = from; i < count; i += step) {
    if (seen[i] == 1) continue;
    fprintf(stderr, "file%06u was listed %d times\n", i, seen[i]);
    EQ(seen[i], 1);
  }
}

// list lists from the cookie to the end with buffers of this size, and stops
// early after limit entries. It returns the cookie it got to.
static uint64_t list(size_t size, uint64_t cookie, uint32_t limit) {
  static _Alignas(8) uint8_t buf[1 << 16];
  TRUE(size <= sizeof buf);
  for (uint32_t n = 0;;) {
    __wasi_size_t used = 0;
    EQ(__wasi_fd_readdir(dir, buf, size, cookie, &used), 0);
    TRUE(used <= size);
    uint32_t whole = 0;
    for (size_t at = 0; at + HEADER <= used; whole++) {
      __wasi_dirent_t d;
      memcpy(&d, buf + at, HEADER);
      if (d.d_namlen > used - at - HEADER) break; // cut short
      note((const char *)buf + at + HEADER, d.d_namlen, d.d_type);
      at += HEADER + d.d_namlen;
      TRUE(d.d_next != cookie);
      cookie = d.d_next;
      if (++n == limit) return cookie;
    }
    if (used < size) return cookie;
    TRUE(whole > 0); // or this would never end
  }
}

static void forget(void) { memset(seen, 0, count); }

static void create(void) {
  EQ(mkdir("/many", 0700), 0);
  dir = open("/many", O_RDONLY | O_DIRECTORY);
  TRUE(dir >= 0);
  for (uint32_t i = 0; i < count; i++) {
    char name[16];
    file_name(name, i);
    int fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    TRUE(fd >= 0);
    EQ(close(fd), 0);
  }
}

static void buffers(void) {
  // From 34 on one whole entry fits; 40 and 68 end inside and at entries.
  static const size_t sizes[] = {65536, 4096, 300, 68, 40, 34};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    forget();
    list(sizes[i], 0, 0);
    all_seen(0, 1);
  }
}

static void tiny_buffers(void) {
  // Too small for an entry: what fits is given, and the size says so.
  uint8_t buf[HEADER];
  for (size_t size = 1; size <= HEADER; size++) {
    __wasi_size_t used = 0;
    EQ(__wasi_fd_readdir(dir, buf, size, 0, &used), 0);
    EQ(used, size);
  }
  // The headers alone are enough to walk on.
  uint64_t cookie = 0;
  uint32_t entries = 0, dots = 0;
  for (;;) {
    __wasi_dirent_t d;
    __wasi_size_t used = 0;
    EQ(__wasi_fd_readdir(dir, (uint8_t *)&d, HEADER, cookie, &used), 0);
    if (used < HEADER) break;
    cookie = d.d_next;
    dots += d.d_namlen < NAME;
    entries++;
  }
  EQ(entries - dots, count);
  TRUE(dots <= 2);
}

static void resume(void) {
  forget();
  uint64_t cookie = list(1000, 0, count / 2);
  list(500, cookie, 0);
  all_seen(0, 1);
  // A cookie is good more than once, and 0 starts again.
  forget();
  list(500, 0, 10);
  list(500, cookie, 0);
  forget();
  list(4096, 0, 0);
  all_seen(0, 1);
}

// note_rest notes what readdir still has to give.
static void note_rest(DIR *d) {
  struct dirent *e;
  while ((e = readdir(d))) note(e->d_name, strlen(e->d_name), e->d_type);
}

static void libc_rewind(void) {
  DIR *d = opendir("/many");
  TRUE(d != NULL);
  for (uint32_t i = 0; i < count / 3; i++) TRUE(readdir(d) != NULL);
  forget();
  rewinddir(d);
  note_rest(d);
  all_seen(0, 1);
  EQ(closedir(d), 0);
}

static void libc_positions(void) {
  DIR *d = opendir("/many");
  TRUE(d != NULL);
  for (uint32_t i = 0; i < count / 3; i++) TRUE(readdir(d) != NULL);
  long position = telldir(d);
  forget();
  note_rest(d);
  uint8_t *first = malloc(count);
  TRUE(first != NULL);
  memcpy(first, seen, count);
  forget();
  seekdir(d, position);
  note_rest(d);
  EQ(memcmp(first, seen, count), 0);
  free(first);
  EQ(closedir(d), 0);
}

// others_go removes all odd files once listing has begun; every even one must
// still come, once.
static void others_go(void) {
  forget();
  uint64_t cookie = list(200, 0, 3);
  for (uint32_t i = 1; i < count; i += 2) {
    char name[16];
    file_name(name, i);
    EQ(unlinkat(dir, name, 0), 0);
  }
  list(200, cookie, 0);
  all_seen(0, 2);
}

// each_goes removes each entry as it is listed, which must empty the
// directory in one pass.
static void each_goes(void) {
  DIR *d = opendir("/many");
  TRUE(d != NULL);
  struct dirent *e;
  while ((e = readdir(d)))
    if (strncmp(e->d_name, "file", 4) == 0) EQ(unlinkat(dir, e->d_name, 0), 0);
  EQ(closedir(d), 0);
  EQ(close(dir), 0);
  EQ(rmdir("/many"), 0);
}

static const struct test all[] = {
    {"create", create},
    {"buffers of all sizes", buffers},
    {"buffers smaller than an entry", tiny_buffers},
    {"resume from a cookie", resume},
    {"opendir readdir rewinddir", libc_rewind},
    {"others removed while listing", others_go},
    {"each removed while listing", each_goes},
    {0},
};

static const struct test positions[] = {
    {"create", create},
    {"telldir seekdir", libc_positions},
    {"each removed while listing", each_goes},
    {0},
};

int main(int argc, char **argv) {
  int telldir_only = argc > 1 && strcmp(argv[1], "telldir") == 0;
  if (argc > 1 + telldir_only) count = (uint32_t)strtoul(argv[1 + telldir_only], NULL, 0);
  if (count < 1 || count > MAX_COUNT || !(seen = malloc(count))) {
    fprintf(stderr, "readdir: the count must be from 1 to %d\n", MAX_COUNT);
    return 2;
  }
  return run_tests(telldir_only ? positions : all, 1, argv);
}
