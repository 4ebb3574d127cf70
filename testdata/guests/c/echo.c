// This file is an echo server on the listening socket that the host has
// opened for it: the first descriptor from 3 on that is a stream socket.
//
//   echo [N]        serves N connections (1), one after the other, then exits
//   echo poll [N]   serves up to 16 at a time, with non-blocking sockets and
//                   poll, until N have come and gone
//
// It prints "listening on descriptor FD" when it is ready. What a client
// sends comes back; after the client has shut down its side, "bye\n" follows
// and the connection is closed.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wasi/api.h>

enum { MAX_CLIENTS = 16 };

static int die(const char *what) {
  fprintf(stderr, "FAIL %s: %s (errno %d)\n", what, strerror(errno), errno);
  exit(1);
}

static int find_listener(void) {
  for (int fd = 3; fd < 64; fd++) {
    __wasi_fdstat_t s;
    if (__wasi_fd_fdstat_get(fd, &s) == 0 && s.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM)
      return fd;
  }
  fprintf(stderr, "FAIL no descriptor is a listening socket\n");
  exit(1);
}

static void send_all(int fd, const char *p, size_t n) {
  while (n > 0) {
    ssize_t sent = send(fd, p, n, 0);
    if (sent < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLWRNORM};
      if (poll(&wait, 1, -1) < 0) die("poll to send");
      continue;
    }
    if (sent < 0) die("send");
    p += sent;
    n -= (size_t)sent;
  }
}

static void part(int fd) {
  send_all(fd, "bye\n", 4);
  if (shutdown(fd, SHUT_WR) != 0) die("shutdown");
  if (close(fd) != 0) die("close");
}

// serve_once answers what can be received now. It returns 0 at the end.
static int serve_once(int fd) {
  char buf[1024], peeked[1024];
  ssize_t seen = recv(fd, peeked, sizeof peeked, MSG_PEEK);
  if (seen < 0) return errno == EAGAIN ? 1 : die("recv peek");
  ssize_t n = recv(fd, buf, (size_t)seen, 0);
  if (n < 0) return errno == EAGAIN ? 1 : die("recv");
  if (n != seen || memcmp(buf, peeked, (size_t)n) != 0) {
    fprintf(stderr, "FAIL peeked %zd bytes, received %zd\n", seen, n);
    exit(1);
  }
  if (n == 0) return 0;
  send_all(fd, buf, (size_t)n);
  return 1;
}

static void one_by_one(int listener, int n) {
  if (fcntl(listener, F_SETFL, 0) != 0) die("fcntl"); // accept waits
  for (; n > 0; n--) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept");
    while (serve_once(fd)) {
    }
    part(fd);
  }
}

// accept_all accepts what waits, and returns how many clients there are now.
static int accept_all(int listener, struct pollfd *fds, int clients) {
  while (clients < MAX_CLIENTS) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0 && errno == EAGAIN) return clients;
    if (fd < 0) die("accept");
    if (!(fcntl(fd, F_GETFL) & O_NONBLOCK)) die("the connection blocks");
    fds[1 + clients++] = (struct pollfd){.fd = fd, .events = POLLRDNORM};
  }
  return clients;
}

static void with_poll(int listener, int n) {
  struct pollfd fds[1 + MAX_CLIENTS] = {{.fd = listener, .events = POLLRDNORM}};
  int clients = 0;
  if (fcntl(listener, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
  while (n > 0) {
    if (poll(fds, 1 + (nfds_t)clients, -1) < 1) die("poll");
    for (int i = clients; i > 0; i--) {
      if (!fds[i].revents || serve_once(fds[i].fd)) continue;
      part(fds[i].fd);
      fds[i] = fds[clients--];
      n--;
    }
    if (fds[0].revents) clients = accept_all(listener, fds, clients);
  }
}

int main(int argc, char **argv) {
  int polled = argc > 1 && strcmp(argv[1], "poll") == 0;
  int n = argc > 1 + polled ? atoi(argv[1 + polled]) : 1;
  int listener = find_listener();
  printf("listening on descriptor %d\n", listener);
  fflush(stdout);
  if (polled) with_poll(listener, n);
  else one_by_one(listener, n);
  printf("served %d\n", n);
  return 0;
}
