// This file checks preview1 on the level of its own calls: what descriptors
// are, rights, flags, renumbering, iovecs, and functions that are not
// supported. It works in its root directory "/" and leaves nothing behind.

#include "check.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

static const char name[] = "descriptors.tmp";

static int root(void) {
  static int fd = -1;
  if (fd < 0) fd = open("/", O_RDONLY | O_DIRECTORY);
  TRUE(fd >= 0);
  return fd;
}

static int open_file(__wasi_oflags_t oflags, __wasi_rights_t rights, __wasi_fdflags_t flags) {
  __wasi_fd_t fd;
  EQ(__wasi_path_open(root(), 0, name, oflags, rights, 0, flags, &fd), 0);
  return fd;
}

static __wasi_rights_t read_write =
    __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL |
    __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE |
    __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_ADVISE | __WASI_RIGHTS_FD_ALLOCATE;

static int scratch(void) {
  return open_file(__WASI_OFLAGS_CREAT | __WASI_OFLAGS_TRUNC, read_write, 0);
}

static void drop(int fd) {
  EQ(__wasi_fd_close(fd), 0);
  EQ(__wasi_path_unlink_file(root(), name), 0);
}

static __wasi_errno_t put(int fd, const char *text) {
  __wasi_ciovec_t v = {(const uint8_t *)text, strlen(text)};
  __wasi_size_t n = 0;
  __wasi_errno_t e = __wasi_fd_write(fd, &v, 1, &n);
  if (e == 0) EQ(n, strlen(text));
  return e;
}

static void standard(void) {
  __wasi_fdstat_t s;
  for (int fd = 0; fd < 3; fd++) {
    EQ(__wasi_fd_fdstat_get(fd, &s), 0);
    TRUE(s.fs_filetype != __WASI_FILETYPE_DIRECTORY);
    __wasi_rights_t want = fd == 0 ? __WASI_RIGHTS_FD_READ : __WASI_RIGHTS_FD_WRITE;
    TRUE(s.fs_rights_base & want);
  }
  EQ(__wasi_fd_fdstat_get(4000, &s), __WASI_ERRNO_BADF);
  EQ(__wasi_fd_fdstat_get(-1, &s), __WASI_ERRNO_BADF);
  __wasi_prestat_t p;
  EQ(__wasi_fd_prestat_get(1, &p), __WASI_ERRNO_BADF);
}

static void preopens(void) {
  int dirs = 0;
  for (int fd = 3;; fd++) {
    __wasi_prestat_t p;
    __wasi_errno_t e = __wasi_fd_prestat_get(fd, &p);
    if (e == __WASI_ERRNO_BADF) break;
    if (e == __WASI_ERRNO_NOTSUP) continue; // a listener
    EQ(e, 0);
    EQ(p.tag, __WASI_PREOPENTYPE_DIR);
    dirs++;
    uint8_t buf[256] = {0};
    TRUE(p.u.dir.pr_name_len > 0 && p.u.dir.pr_name_len < sizeof buf);
    EQ(__wasi_fd_prestat_dir_name(fd, buf, p.u.dir.pr_name_len), 0);
    EQ(strlen((char *)buf), p.u.dir.pr_name_len);
    EQ(__wasi_fd_prestat_dir_name(fd, buf, p.u.dir.pr_name_len - 1), __WASI_ERRNO_NAMETOOLONG);
    __wasi_fdstat_t s;
    EQ(__wasi_fd_fdstat_get(fd, &s), 0);
    EQ(s.fs_filetype, __WASI_FILETYPE_DIRECTORY);
  }
  TRUE(dirs > 0);
}

static void flags(void) {
  int fd = open_file(__WASI_OFLAGS_CREAT, read_write, __WASI_FDFLAGS_APPEND);
  __wasi_fdstat_t s;
  EQ(__wasi_fd_fdstat_get(fd, &s), 0);
  EQ(s.fs_filetype, __WASI_FILETYPE_REGULAR_FILE);
  TRUE(s.fs_flags & __WASI_FDFLAGS_APPEND);
  EQ(put(fd, "one"), 0);
  EQ(__wasi_fd_fdstat_set_flags(fd, 0), 0);
  EQ(__wasi_fd_fdstat_get(fd, &s), 0);
  TRUE(!(s.fs_flags & __WASI_FDFLAGS_APPEND));
  __wasi_filesize_t at = 0;
  EQ(__wasi_fd_seek(fd, 1, __WASI_WHENCE_SET, &at), 0);
  EQ(put(fd, "N"), 0);
  EQ(__wasi_fd_tell(fd, &at), 0);
  EQ(at, 2);
  EQ(__wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND), 0);
  EQ(put(fd, "two"), 0);
  __wasi_filestat_t f;
  EQ(__wasi_fd_filestat_get(fd, &f), 0);
  EQ(f.size, 6);
  EQ(f.filetype, __WASI_FILETYPE_REGULAR_FILE);
  EQ(f.nlink, 1);
  EQ(__wasi_fd_fdstat_set_flags(4000, 0), __WASI_ERRNO_BADF);
  drop(fd);
}

// rights are those asked for, of those the directory can give.
static void rights(void) {
  drop(scratch());
  EQ(close(open("/descriptors.tmp", O_CREAT | O_WRONLY, 0600)), 0);
  int fd = open_file(0, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK, 0);
  __wasi_fdstat_t s;
  EQ(__wasi_fd_fdstat_get(fd, &s), 0);
  TRUE(s.fs_rights_base & __WASI_RIGHTS_FD_READ);
  TRUE(!(s.fs_rights_base & __WASI_RIGHTS_FD_WRITE));
  __wasi_errno_t e = put(fd, "x");
  TRUE(e == __WASI_ERRNO_BADF || e == __WASI_ERRNO_NOTCAPABLE);
  e = __wasi_fd_filestat_set_size(fd, 5);
  TRUE(e == __WASI_ERRNO_BADF || e == __WASI_ERRNO_NOTCAPABLE || e == __WASI_ERRNO_INVAL);
  drop(fd);
}

static void renumber(void) {
  int a = scratch();
  EQ(put(a, "a"), 0);
  int b = open("/", O_RDONLY | O_DIRECTORY);
  TRUE(b >= 0 && a != b);
  EQ(__wasi_fd_renumber(a, b), 0); // b's directory is closed
  __wasi_fdstat_t s;
  EQ(__wasi_fd_fdstat_get(a, &s), __WASI_ERRNO_BADF);
  EQ(__wasi_fd_fdstat_get(b, &s), 0);
  EQ(s.fs_filetype, __WASI_FILETYPE_REGULAR_FILE);
  EQ(put(b, "b"), 0);
  EQ(__wasi_fd_renumber(b, b), 0);
  EQ(put(b, "c"), 0);
  EQ(__wasi_fd_renumber(b, 4000), __WASI_ERRNO_BADF);
  EQ(__wasi_fd_renumber(4000, b), __WASI_ERRNO_BADF);
  EQ(put(b, "d"), 0);
  struct stat st;
  EQ(stat("/descriptors.tmp", &st), 0);
  EQ(st.st_size, 4);
  // The number that came free is used again, for one descriptor only.
  int c = open("/", O_RDONLY | O_DIRECTORY), d = open("/", O_RDONLY | O_DIRECTORY);
  TRUE(c >= 3 && d >= 3 && c != d && c != b && d != b);
  EQ(close(c), 0);
  EQ(close(d), 0);
  drop(b);
}

static void renumber_loop(void) {
  int keep = scratch();
  for (int i = 0; i < 5000; i++) {
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    TRUE(fd >= 0 && fd < 64);
    EQ(__wasi_fd_renumber(fd, keep), 0);
  }
  drop(keep);
}

static void iovecs(void) {
  static __wasi_ciovec_t v[3000];
  static uint8_t bytes[64];
  int fd = scratch();
  __wasi_size_t n = 9;
  EQ(__wasi_fd_write(fd, v, 0, &n), 0); // none at all
  EQ(n, 0);
  for (int i = 0; i < 3000; i++) v[i] = (__wasi_ciovec_t){bytes + i % 64, i % 3 == 0};
  for (int i = 0; i < 64; i++) bytes[i] = (uint8_t)(i + 1);
  // More than the host's own limit, which is often 1024: all of it, or less.
  EQ(__wasi_fd_write(fd, v, 3000, &n), 0);
  TRUE(n > 0 && n <= 1000);
  uint8_t back[1000];
  EQ(pread(fd, back, sizeof back, 0), n);
  for (__wasi_size_t i = 0; i < n; i++) EQ(back[i], (3 * i) % 64 + 1);
  // Buffers of 1 GiB each that are not there.
  for (int i = 0; i < 3000; i++) v[i] = (__wasi_ciovec_t){bytes, 1u << 30};
  EQ(__wasi_fd_write(fd, v, 3000, &n), __WASI_ERRNO_FAULT);
  EQ(__wasi_fd_pwrite(fd, v, 1, 0, &n), __WASI_ERRNO_FAULT);
  EQ(__wasi_fd_read(fd, (__wasi_iovec_t *)v, 2, &n), __WASI_ERRNO_FAULT);
  drop(fd);
}

// huge_sum reads into 65536 buffers of 1 MiB, all the same one: 64 GiB in
// sum, with 100 bytes to be had.
static void huge_sum(void) {
  __wasi_iovec_t *v = malloc(65536 * sizeof *v);
  uint8_t *buf = malloc(1 << 20);
  TRUE(v && buf);
  for (int i = 0; i < 65536; i++) v[i] = (__wasi_iovec_t){buf, 1 << 20};
  int fd = scratch();
  EQ(pwrite(fd, buf, 100, 0), 100);
  __wasi_size_t n = 0;
  __wasi_errno_t e = __wasi_fd_read(fd, v, 65536, &n);
  TRUE(e == __WASI_ERRNO_INVAL || (e == 0 && n == 100));
  drop(fd);
  free(v);
  free(buf);
}

static void seeking(void) {
  int fd = scratch();
  __wasi_filesize_t at = 7;
  EQ(__wasi_fd_seek(fd, 1ll << 40, __WASI_WHENCE_SET, &at), 0);
  EQ(at, 1ll << 40);
  EQ(__wasi_fd_seek(fd, -1, __WASI_WHENCE_CUR, &at), 0);
  EQ(at, (1ll << 40) - 1);
  EQ(__wasi_fd_seek(fd, INT64_MIN, __WASI_WHENCE_CUR, &at), __WASI_ERRNO_INVAL);
  EQ(__wasi_fd_seek(fd, -1, __WASI_WHENCE_SET, &at), __WASI_ERRNO_INVAL);
  EQ(__wasi_fd_seek(fd, -1, __WASI_WHENCE_END, &at), __WASI_ERRNO_INVAL);
  EQ(__wasi_fd_tell(fd, &at), 0);
  EQ(at, (1ll << 40) - 1); // unmoved by what failed
  TRUE(__wasi_fd_seek(root(), 0, __WASI_WHENCE_CUR, &at) != 0);
  // Some file systems refuse the seek, others the write.
  __wasi_errno_t e = __wasi_fd_seek(fd, INT64_MAX, __WASI_WHENCE_SET, &at);
  if (e == 0) e = put(fd, "xy");
  TRUE(e == __WASI_ERRNO_FBIG || e == __WASI_ERRNO_INVAL || e == __WASI_ERRNO_OVERFLOW);
  drop(fd);
}

static void unsupported(void) {
  int fd = scratch();
  EQ(__wasi_fd_allocate(fd, 0, 10), __WASI_ERRNO_NOTSUP);
  EQ(__wasi_fd_fdstat_set_rights(fd, 0, 0), __WASI_ERRNO_NOTSUP);
  EQ(__wasi_fd_advise(fd, 0, 0, __WASI_ADVICE_WILLNEED), 0);
  EQ(__wasi_fd_advise(4000, 0, 0, __WASI_ADVICE_NORMAL), __WASI_ERRNO_BADF);
  drop(fd);
}

// not_sockets: the errno tells files from descriptors that are not open.
static void not_sockets(void) {
  int fd = scratch();
  __wasi_iovec_t v = {(uint8_t[8]){0}, 8};
  __wasi_size_t n;
  __wasi_roflags_t ro;
  __wasi_fd_t got;
  EQ(__wasi_sock_accept(fd, 0, &got), __WASI_ERRNO_NOTSOCK);
  EQ(__wasi_sock_recv(fd, &v, 1, 0, &n, &ro), __WASI_ERRNO_NOTSOCK);
  EQ(__wasi_sock_send(fd, (__wasi_ciovec_t *)&v, 1, 0, &n), __WASI_ERRNO_NOTSOCK);
  EQ(__wasi_sock_shutdown(fd, __WASI_SDFLAGS_RD), __WASI_ERRNO_NOTSOCK);
  EQ(__wasi_sock_recv(4000, &v, 1, 0, &n, &ro), __WASI_ERRNO_BADF);
  EQ(__wasi_sock_accept(4000, 0, &got), __WASI_ERRNO_BADF);
  drop(fd);
}

static void close_standard(void) {
  EQ(__wasi_fd_close(0), 0);
  EQ(__wasi_fd_close(0), __WASI_ERRNO_BADF);
  uint8_t c;
  __wasi_iovec_t v = {&c, 1};
  __wasi_size_t n;
  EQ(__wasi_fd_read(0, &v, 1, &n), __WASI_ERRNO_BADF);
}

static const struct test tests[] = {
    {"standard descriptors", standard},
    {"preopens", preopens},
    {"flags", flags},
    {"rights", rights},
    {"renumber", renumber},
    {"renumber in a loop", renumber_loop},
    {"iovecs", iovecs},
    {"iovecs of 64 GiB", huge_sum},
    {"seek far", seeking},
    {"unsupported functions", unsupported},
    {"not sockets", not_sockets},
    {"close stdin", close_standard},
    {0},
};

int main(int argc, char **argv) { return run_tests(tests, argc, argv); }
