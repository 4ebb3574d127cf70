// This file checks wasi-libc for WASI 0.2: files, and what preview 1 did not
// have, which is sockets of every kind, names, and poll over all of them. It
// leaves nothing behind in "/".

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../c/check.h"

static void files(void) {
  char b[64];
  int fd = open("/f", O_RDWR | O_CREAT | O_EXCL, 0666);
  TRUE(fd >= 0);
  EQ(write(fd, "0123456789", 10), 10);
  EQ(pwrite(fd, "ab", 2, 4), 2);
  EQ(lseek(fd, 2, SEEK_SET), 2);
  EQ(read(fd, b, 4), 4);
  EQ(memcmp(b, "23ab", 4), 0);
  EQ(ftruncate(fd, 6), 0);
  struct stat st;
  EQ(fstat(fd, &st), 0);
  EQ(st.st_size, 6);
  EQ(close(fd), 0);
  FAILS(open("/f", O_CREAT | O_EXCL | O_WRONLY, 0666), EEXIST);
  EQ(rename("/f", "/g"), 0);
  FAILS(stat("/f", &st), ENOENT);
  fd = open("/g", O_WRONLY | O_APPEND);
  EQ(write(fd, "end", 3), 3);
  EQ(close(fd), 0);
  EQ(stat("/g", &st), 0);
  EQ(st.st_size, 9);
  EQ(mkdir("/d", 0777), 0);
  EQ(symlink("../g", "/d/l"), 0);
  EQ(readlink("/d/l", b, sizeof b), 4);
  EQ(lstat("/d/l", &st), 0);
  TRUE(S_ISLNK(st.st_mode));
  EQ(stat("/d/l", &st), 0);
  EQ(st.st_size, 9);
  DIR *d = opendir("/d");
  int n = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;) n += strcmp(e->d_name, "l") == 0;
  EQ(n, 1);
  EQ(closedir(d), 0);
  FAILS(rmdir("/d"), ENOTEMPTY);
  EQ(unlink("/d/l"), 0);
  EQ(rmdir("/d"), 0);
  EQ(unlink("/g"), 0);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

static int listener(struct sockaddr_in *a) {
  socklen_t n = sizeof *a;
  int l = socket(AF_INET, SOCK_STREAM, 0);
  *a = loopback(0);
  EQ(bind(l, (struct sockaddr *)a, n), 0);
  EQ(listen(l, 16), 0);
  EQ(getsockname(l, (struct sockaddr *)a, &n), 0);
  TRUE(a->sin_port != 0);
  return l;
}

static void tcp(void) {
  struct sockaddr_in a, peer;
  socklen_t n = sizeof peer;
  char b[64];
  int l = listener(&a), c = socket(AF_INET, SOCK_STREAM, 0);
  EQ(connect(c, (struct sockaddr *)&a, sizeof a), 0);
  int s = accept(l, (struct sockaddr *)&peer, &n);
  TRUE(s >= 0);
  struct sockaddr_in own;
  n = sizeof own;
  EQ(getsockname(c, (struct sockaddr *)&own, &n), 0);
  EQ(own.sin_port, peer.sin_port);
  EQ(send(c, "ping", 4, 0), 4);
  EQ(recv(s, b, sizeof b, 0), 4);
  EQ(write(s, "pong", 4), 4);
  EQ(read(c, b, sizeof b), 4);
  EQ(memcmp(b, "pong", 4), 0);
  EQ(shutdown(c, SHUT_WR), 0);
  EQ(read(s, b, sizeof b), 0);
  EQ(close(s), 0);
  EQ(read(c, b, sizeof b), 0);
  EQ(close(c), 0);
  c = socket(AF_INET, SOCK_STREAM, 0);
  EQ(close(l), 0);
  FAILS(connect(c, (struct sockaddr *)&a, sizeof a), ECONNREFUSED);
  EQ(close(c), 0);
}

static void options(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0), v = 1;
  socklen_t n = sizeof v;
  EQ(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, sizeof v), 0);
  v = 0;
  EQ(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &v, &n), 0);
  EQ(v, 1);
  v = 55;
  EQ(setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &v, sizeof v), 0);
  v = 0;
  EQ(getsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &v, &n), 0);
  EQ(v, 55);
  v = 33;
  EQ(setsockopt(s, IPPROTO_IP, IP_TTL, &v, sizeof v), 0);
  v = 0;
  EQ(getsockopt(s, IPPROTO_IP, IP_TTL, &v, &n), 0);
  EQ(v, 33);
  v = 32768;
  EQ(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &v, sizeof v), 0);
  EQ(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &n), 0);
  EQ(v, SOCK_STREAM);
  EQ(close(s), 0);
}

static void udp(void) {
  struct sockaddr_in a, b, from;
  socklen_t n = sizeof a;
  char buf[64];
  int x = socket(AF_INET, SOCK_DGRAM, 0), y = socket(AF_INET, SOCK_DGRAM, 0);
  a = b = loopback(0);
  EQ(bind(x, (struct sockaddr *)&a, n), 0);
  EQ(bind(y, (struct sockaddr *)&b, n), 0);
  EQ(getsockname(x, (struct sockaddr *)&a, &n), 0);
  EQ(getsockname(y, (struct sockaddr *)&b, &n), 0);
  EQ(sendto(x, "one", 3, 0, (struct sockaddr *)&b, sizeof b), 3);
  n = sizeof from;
  EQ(recvfrom(y, buf, sizeof buf, 0, (struct sockaddr *)&from, &n), 3);
  EQ(from.sin_port, a.sin_port);
  EQ(connect(x, (struct sockaddr *)&b, sizeof b), 0);
  EQ(send(x, "two", 3, 0), 3);
  EQ(recv(y, buf, sizeof buf, 0), 3);
  EQ(fcntl(y, F_SETFL, O_NONBLOCK), 0);
  FAILS(recv(y, buf, sizeof buf, 0), EWOULDBLOCK);
  EQ(close(x), 0);
  EQ(close(y), 0);
}

static int ready(struct pollfd *p, int n, int ms) {
  for (int i = 0; i < n; i++) p[i].revents = 0;
  return poll(p, (nfds_t)n, ms);
}

static void polls(void) {
  struct sockaddr_in a;
  char b[64];
  int l = listener(&a), c = socket(AF_INET, SOCK_STREAM, 0);
  struct pollfd p[2] = {{.fd = l, .events = POLLIN}, {.fd = -1}};
  EQ(ready(p, 1, 10), 0);
  EQ(fcntl(c, F_SETFL, O_NONBLOCK), 0);
  if (connect(c, (struct sockaddr *)&a, sizeof a) != 0) EQ(errno, EINPROGRESS);
  p[1] = (struct pollfd){.fd = c, .events = POLLOUT};
  EQ(ready(p + 1, 1, 10000), 1);
  TRUE(p[1].revents & POLLOUT);
  EQ(ready(p, 1, 10000), 1);
  TRUE(p[0].revents & POLLIN);
  int s = accept(l, NULL, NULL);
  TRUE(s >= 0);
  p[0] = (struct pollfd){.fd = s, .events = POLLIN};
  p[1].events = POLLIN;
  EQ(ready(p, 2, 10), 0);
  EQ(write(c, "x", 1), 1);
  EQ(ready(p, 2, 10000), 1);
  TRUE(p[0].revents & POLLIN);
  EQ(read(s, b, sizeof b), 1);
  FAILS(read(c, b, sizeof b), EWOULDBLOCK);
  EQ(close(s), 0);
  EQ(ready(p + 1, 1, 10000), 1);
  EQ(read(c, b, sizeof b), 0);
  EQ(close(c), 0);
  EQ(close(l), 0);
}

static void names(void) {
  struct addrinfo *list, hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  EQ(getaddrinfo("localhost", "80", &hints, &list), 0);
  struct sockaddr_in *a = (struct sockaddr_in *)list->ai_addr;
  EQ(ntohs(a->sin_port), 80);
  EQ(ntohl(a->sin_addr.s_addr) >> 24, 127);
  freeaddrinfo(list);
  TRUE(getaddrinfo("no-such-name.invalid", "80", &hints, &list) != 0);
}

static void clocks(void) {
  struct timespec a, b, pause = {.tv_nsec = 20 * 1000 * 1000};
  EQ(clock_gettime(CLOCK_MONOTONIC, &a), 0);
  EQ(nanosleep(&pause, NULL), 0);
  EQ(clock_gettime(CLOCK_MONOTONIC, &b), 0);
  TRUE((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec >= 20 * 1000 * 1000);
  TRUE(time(NULL) > 1700000000);
  char x[64] = {0}, y[64] = {0};
  EQ(getentropy(x, sizeof x), 0);
  EQ(getentropy(y, sizeof y), 0);
  TRUE(memcmp(x, y, sizeof x) != 0);
}

int main(int argc, char **argv) {
  static const struct test tests[] = {
      {"files", files}, {"tcp", tcp},     {"tcp options", options}, {"udp", udp},
      {"poll", polls},  {"names", names}, {"clocks", clocks},       {0},
  };
  return run_tests(tests, argc, argv);
}
