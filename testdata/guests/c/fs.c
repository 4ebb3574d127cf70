// This file checks files, directories, links and times through wasi-libc, in
// the directory that is its root "/". It leaves nothing behind.

#include "check.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wasi/api.h>

static int make(const char *path, const char *text) {
  int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
  TRUE(fd >= 0);
  EQ(write(fd, text, strlen(text)), strlen(text));
  return fd;
}

// contains checks a whole file through its own descriptor.
static void contains(const char *path, const char *want) {
  char got[256] = {0};
  int fd = open(path, O_RDONLY);
  TRUE(fd >= 0);
  EQ(read(fd, got, sizeof got), strlen(want));
  EQ(strcmp(got, want), 0);
  EQ(close(fd), 0);
}

static void open_flags(void) {
  EQ(close(make("/f", "hello")), 0);
  FAILS(open("/f", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
  FAILS(open("/none", O_RDONLY), ENOENT);
  FAILS(open("/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  FAILS(open("/f/", O_RDONLY), ENOTDIR);
  FAILS(open("/f/x", O_RDONLY), ENOTDIR);
  int fd = open("/f", O_WRONLY | O_TRUNC);
  TRUE(fd >= 0);
  struct stat s;
  EQ(fstat(fd, &s), 0);
  EQ(s.st_size, 0);
  char c;
  FAILS(read(fd, &c, 1), EBADF);
  EQ(close(fd), 0);
  FAILS(close(fd), EBADF);
  fd = open("/f", O_RDONLY);
  FAILS(write(fd, "x", 1), EBADF);
  EQ(close(fd), 0);
  EQ(unlink("/f"), 0);
}

static void read_write(void) {
  int fd = make("/f", "0123456789");
  EQ(lseek(fd, 0, SEEK_CUR), 10);
  EQ(lseek(fd, -4, SEEK_END), 6);
  char buf[16] = {0};
  EQ(read(fd, buf, sizeof buf), 4);
  EQ(strcmp(buf, "6789"), 0);
  EQ(read(fd, buf, sizeof buf), 0);
  FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
  EQ(lseek(fd, 2, SEEK_SET), 2);
  EQ(write(fd, "ab", 2), 2);
  EQ(close(fd), 0);
  contains("/f", "01ab456789");
  fd = open("/f", O_WRONLY | O_APPEND);
  EQ(lseek(fd, 0, SEEK_SET), 0);
  EQ(write(fd, "++", 2), 2);
  EQ(close(fd), 0);
  contains("/f", "01ab456789++");
  // Append may be switched on and off.
  fd = open("/f", O_WRONLY);
  EQ(fcntl(fd, F_SETFL, O_APPEND), 0);
  EQ(fcntl(fd, F_GETFL) & O_APPEND, O_APPEND);
  EQ(write(fd, "!", 1), 1);
  EQ(fcntl(fd, F_SETFL, 0), 0);
  EQ(lseek(fd, 0, SEEK_SET), 0);
  EQ(write(fd, "_", 1), 1);
  EQ(close(fd), 0);
  contains("/f", "_1ab456789++!");
  EQ(unlink("/f"), 0);
}

static void positioned(void) {
  int fd = make("/f", "0123456789");
  char a[4] = {0}, b[4] = {0};
  EQ(pread(fd, a, 3, 2), 3);
  EQ(strcmp(a, "234"), 0);
  EQ(pwrite(fd, "xyz", 3, 4), 3);
  EQ(lseek(fd, 0, SEEK_CUR), 10);
  EQ(pread(fd, a, 3, 100), 0);
  FAILS(pread(fd, a, 3, -1), EINVAL);
  EQ(lseek(fd, 3, SEEK_SET), 3);
  struct iovec in[3] = {{a, 3}, {NULL, 0}, {b, 3}};
  EQ(readv(fd, in, 3), 6);
  EQ(memcmp(a, "3xy", 3) | memcmp(b, "z78", 3), 0);
  struct iovec out[3] = {{"AB", 2}, {"", 0}, {"CDE", 3}};
  EQ(lseek(fd, 0, SEEK_SET), 0);
  EQ(writev(fd, out, 3), 5);
  EQ(pwritev(fd, out, 1, 12), 2);
  EQ(close(fd), 0);
  fd = open("/f", O_RDONLY);
  char all[32] = {0};
  EQ(read(fd, all, sizeof all), 14);
  EQ(memcmp(all, "ABCDEyz789\0\0AB", 14), 0);
  EQ(close(fd), 0);
  EQ(unlink("/f"), 0);
}

static void truncation(void) {
  int fd = make("/f", "0123456789");
  EQ(ftruncate(fd, 4), 0);
  EQ(lseek(fd, 0, SEEK_END), 4);
  EQ(ftruncate(fd, 8), 0);
  char buf[8];
  EQ(pread(fd, buf, 8, 0), 8);
  EQ(memcmp(buf, "0123\0\0\0\0", 8), 0);
  // Past 4 GiB offsets are still 64 bits wide.
  off_t far = ((off_t)1 << 32) + 7;
  EQ(pwrite(fd, "z", 1, far), 1);
  struct stat s;
  EQ(fstat(fd, &s), 0);
  EQ(s.st_size, far + 1);
  EQ(pread(fd, buf, 8, far - 1), 2);
  EQ(memcmp(buf, "\0z", 2), 0);
  EQ(truncate("/f", 0), 0);
  EQ(fstat(fd, &s), 0);
  EQ(s.st_size, 0);
  FAILS(ftruncate(fd, -1), EINVAL);
  EQ(fsync(fd), 0);
  EQ(fdatasync(fd), 0);
  EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
  EQ(close(fd), 0);
  EQ(unlink("/f"), 0);
}

static void directories(void) {
  EQ(mkdir("/d", 0700), 0);
  FAILS(mkdir("/d", 0700), EEXIST);
  FAILS(mkdir("/none/d", 0700), ENOENT);
  EQ(mkdir("/d/e/", 0700), 0);
  struct stat s;
  EQ(stat("/d/e", &s), 0);
  TRUE(S_ISDIR(s.st_mode));
  FAILS(rmdir("/d"), ENOTEMPTY);
  TRUE(unlink("/d/e") == -1 && (errno == EISDIR || errno == EPERM));
  FAILS(open("/d", O_WRONLY), EISDIR);
  EQ(close(make("/d/f", "x")), 0);
  FAILS(rmdir("/d/f"), ENOTDIR);
  FAILS(mkdir("/d/f/g", 0700), ENOTDIR);
  // Relative to an open directory.
  int dir = open("/d", O_RDONLY | O_DIRECTORY);
  TRUE(dir >= 0);
  EQ(fstatat(dir, "f", &s, 0), 0);
  EQ(s.st_size, 1);
  EQ(mkdirat(dir, "g", 0700), 0);
  EQ(unlinkat(dir, "g", AT_REMOVEDIR), 0);
  char c;
  TRUE(read(dir, &c, 1) == -1 && (errno == EISDIR || errno == EBADF));
  // The open directory keeps working when its path changes.
  EQ(rename("/d", "/moved"), 0);
  EQ(fstatat(dir, "f", &s, 0), 0);
  EQ(unlinkat(dir, "f", 0), 0);
  EQ(close(dir), 0);
  EQ(rmdir("/moved/e"), 0);
  EQ(rmdir("/moved"), 0);
  FAILS(rmdir("/moved"), ENOENT);
}

static void symlinks(void) {
  EQ(mkdir("/d", 0700), 0);
  EQ(close(make("/d/f", "text")), 0);
  EQ(symlink("d/f", "/l"), 0);
  FAILS(symlink("d/f", "/l"), EEXIST);
  char buf[64];
  EQ(readlink("/l", buf, sizeof buf), 3);
  EQ(memcmp(buf, "d/f", 3), 0);
  EQ(readlink("/l", buf, 2), 2); // cut short, not an error
  FAILS(readlink("/d/f", buf, sizeof buf), EINVAL);
  contains("/l", "text");
  struct stat link, file;
  EQ(stat("/l", &file), 0);
  EQ(lstat("/l", &link), 0);
  TRUE(S_ISREG(file.st_mode) && S_ISLNK(link.st_mode));
  TRUE(link.st_ino != file.st_ino);
  FAILS(open("/l", O_RDONLY | O_NOFOLLOW), ELOOP);
  EQ(symlink("../d/../l", "/d/up"), 0);
  contains("/d/up", "text");
  EQ(symlink("d", "/ld"), 0);
  contains("/ld/f", "text");
  EQ(stat("/ld/", &file), 0);
  TRUE(S_ISDIR(file.st_mode));
  EQ(symlink("loop", "/loop"), 0);
  FAILS(open("/loop", O_RDONLY), ELOOP);
  EQ(symlink("none", "/dangling"), 0);
  FAILS(open("/dangling", O_RDONLY), ENOENT);
  FAILS(open("/dangling", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
  const char *links[] = {"/l", "/d/up", "/ld", "/loop", "/dangling"};
  for (int i = 0; i < 5; i++) EQ(unlink(links[i]), 0);
  EQ(unlink("/d/f"), 0);
  EQ(rmdir("/d"), 0);
}

// REFUSED says that the host refuses a path that leaves its directory.
#define REFUSED(CALL) TRUE((CALL) == -1 && (errno == EPERM || errno == ENOTCAPABLE))

static void escapes(void) {
  REFUSED(symlink("/etc/passwd", "/absolute"));
  if (symlink("../outside", "/out") == 0) {
    struct stat s;
    REFUSED(open("/out", O_RDONLY));
    REFUSED(open("/out", O_CREAT | O_WRONLY, 0600));
    REFUSED(stat("/out", &s));
    EQ(unlink("/out"), 0);
  }
  int root = open("/", O_RDONLY | O_DIRECTORY);
  TRUE(root >= 0);
  struct stat s;
  EQ(mkdirat(root, "in", 0700), 0);
  EQ(close(make("/file", "x")), 0);
  REFUSED(fstatat(root, "..", &s, 0));
  REFUSED(fstatat(root, "in/../..", &s, 0));
  REFUSED(openat(root, "../x", O_CREAT | O_WRONLY, 0600));
  REFUSED(openat(root, "in/../../x", O_CREAT | O_WRONLY, 0600));
  REFUSED(mkdirat(root, "../x", 0700));
  REFUSED(unlinkat(root, "../x", 0));
  REFUSED(unlinkat(root, "../x", AT_REMOVEDIR));
  REFUSED(renameat(root, "file", root, "../x"));
  REFUSED(renameat(root, "../x", root, "y"));
  REFUSED(linkat(root, "file", root, "../x", 0));
  REFUSED(linkat(root, "../x", root, "y", 0));
  REFUSED(symlinkat("file", root, "../x"));
  // libc would look this path up among its preopens.
  __wasi_fd_t fd;
  __wasi_errno_t e = __wasi_path_open(root, 0, "/etc/passwd", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd);
  TRUE(e == __WASI_ERRNO_PERM || e == __WASI_ERRNO_NOTCAPABLE);
  EQ(fstatat(root, ".", &s, 0), 0);
  EQ(fstatat(root, "in/../in/..", &s, 0), 0);
  EQ(unlinkat(root, "in", AT_REMOVEDIR), 0);
  EQ(unlinkat(root, "file", 0), 0);
  EQ(close(root), 0);
}

static void renames(void) {
  EQ(close(make("/a", "aa")), 0);
  EQ(close(make("/b", "bbb")), 0);
  EQ(rename("/a", "/b"), 0);
  FAILS(rename("/a", "/b"), ENOENT);
  contains("/b", "aa");
  EQ(mkdir("/d", 0700), 0);
  EQ(rename("/b", "/d/b"), 0);
  FAILS(rename("/d/b", "/d/b/c"), ENOTDIR);
  FAILS(rename("/d", "/d/e"), EINVAL);
  EQ(mkdir("/e", 0700), 0);
  EQ(rename("/d", "/e"), 0); // onto an empty directory
  contains("/e/b", "aa");
  EQ(mkdir("/d", 0700), 0);
  TRUE(rename("/d", "/e") == -1 && (errno == ENOTEMPTY || errno == EEXIST));
  FAILS(rename("/e/b", "/d"), EISDIR);
  FAILS(rename("/d", "/e/b"), ENOTDIR);
  EQ(rename("/e/b", "/e/b"), 0);
  EQ(unlink("/e/b"), 0);
  EQ(rmdir("/d"), 0);
  EQ(rmdir("/e"), 0);
}

static void hard_links(void) {
  int fd = make("/a", "one");
  EQ(link("/a", "/b"), 0);
  FAILS(link("/a", "/b"), EEXIST);
  FAILS(link("/none", "/c"), ENOENT);
  struct stat a, b;
  EQ(stat("/a", &a), 0);
  EQ(stat("/b", &b), 0);
  EQ(a.st_ino, b.st_ino);
  EQ(a.st_dev, b.st_dev);
  EQ(a.st_nlink, 2);
  EQ(unlink("/a"), 0);
  FAILS(unlink("/a"), ENOENT);
  FAILS(stat("/a", &a), ENOENT);
  contains("/b", "one");
  EQ(unlink("/b"), 0);
  // Still open, so still there.
  EQ(write(fd, "+two", 4), 4);
  char buf[8] = {0};
  EQ(pread(fd, buf, 8, 0), 7);
  EQ(strcmp(buf, "one+two"), 0);
  EQ(fstat(fd, &a), 0);
  EQ(a.st_nlink, 0);
  EQ(close(fd), 0);
}

static void same_time(struct timespec got, long long sec, long nsec) {
  EQ(got.tv_sec, sec);
  EQ(got.tv_nsec, nsec);
}

static void set_times(void) {
  int fd = make("/f", "x");
  struct timespec t[2] = {{1000000001, 123456789}, {1000000002, 987654321}};
  struct stat s;
  EQ(utimensat(AT_FDCWD, "/f", t, 0), 0);
  EQ(stat("/f", &s), 0);
  same_time(s.st_atim, 1000000001, 123456789);
  same_time(s.st_mtim, 1000000002, 987654321);
  struct timespec only_m[2] = {{0, UTIME_OMIT}, {5, 6}};
  EQ(futimens(fd, only_m), 0);
  EQ(fstat(fd, &s), 0);
  same_time(s.st_atim, 1000000001, 123456789);
  same_time(s.st_mtim, 5, 6);
  struct timespec only_a[2] = {{7, 8}, {0, UTIME_OMIT}};
  EQ(utimensat(AT_FDCWD, "/f", only_a, 0), 0);
  EQ(stat("/f", &s), 0);
  same_time(s.st_atim, 7, 8);
  same_time(s.st_mtim, 5, 6);
  struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  EQ(futimens(fd, now), 0);
  EQ(fstat(fd, &s), 0);
  TRUE(s.st_atim.tv_sec > 1500000000);
  same_time(s.st_mtim, 5, 6);
  // The times of a link are its own.
  EQ(symlink("f", "/l"), 0);
  EQ(utimensat(AT_FDCWD, "/l", t, AT_SYMLINK_NOFOLLOW), 0);
  struct stat l;
  EQ(lstat("/l", &l), 0);
  same_time(l.st_mtim, 1000000002, 987654321);
  EQ(stat("/l", &s), 0);
  same_time(s.st_mtim, 5, 6);
  EQ(mkdir("/d", 0700), 0);
  EQ(utimensat(AT_FDCWD, "/d", t, 0), 0);
  EQ(stat("/d", &s), 0);
  same_time(s.st_mtim, 1000000002, 987654321);
  EQ(rmdir("/d"), 0);
  EQ(unlink("/l"), 0);
  EQ(unlink("/f"), 0);
  EQ(close(fd), 0);
}

static void long_names(void) {
  char name[300];
  name[0] = '/';
  memset(name + 1, 'n', 255);
  name[256] = 0;
  EQ(close(make(name, "")), 0);
  EQ(unlink(name), 0);
  memset(name + 1, 'n', 256);
  name[257] = 0;
  FAILS(open(name, O_CREAT | O_WRONLY, 0600), ENAMETOOLONG);
  const char *odd[] = {"/with space", "/\xc3\xa9\xe2\x82\xac\xf0\x9f\xa6\x80", "/new\nline", "/back\\slash",
                       "/-dash", "/..dots", "/a:b"};
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
    EQ(close(make(odd[i], "odd")), 0);
    contains(odd[i], "odd");
    EQ(unlink(odd[i]), 0);
  }
}

static const struct test tests[] = {
    {"open flags", open_flags},
    {"read write seek append", read_write},
    {"pread pwrite readv writev", positioned},
    {"truncate extend sparse", truncation},
    {"directories", directories},
    {"symlinks", symlinks},
    {"no way out", escapes},
    {"rename", renames},
    {"hard link unlink", hard_links},
    {"times", set_times},
    {"long and odd names", long_names},
    {0},
};

int main(int argc, char **argv) { return run_tests(tests, argc, argv); }
