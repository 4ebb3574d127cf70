// Threads over the raw interface of wasm32-wasip1-threads: "wasi"
// "thread-spawn", the export wasi_thread_start, and the instructions that wait.
// There is no libc. Everything is static; memory is never given back.
#ifndef THREAD_H
#define THREAD_H

#include <stdint.h>

#define NORETURN __attribute__((noreturn))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define P1(name) IMPORT("wasi_snapshot_preview1", #name)

typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned char u8;

typedef struct {
  const void *buf;
  u32 len;
} iovec;

P1(fd_write) int fd_write(int fd, const iovec *v, u32 n, u32 *written);
P1(fd_read) int fd_read(int fd, const iovec *v, u32 n, u32 *got);
P1(fd_close) int fd_close(int fd);
P1(fd_renumber) int fd_renumber(int from, int to);
P1(fd_seek) int fd_seek(int fd, int64_t delta, int whence, u64 *now);
P1(path_open)
int path_open(int fd, int lookup, const char *path, u32 len, int oflags, u64 base, u64 inheriting, int flags, int *out);
P1(clock_time_get) int clock_time_get(int id, u64 precision, u64 *now);
P1(poll_oneoff) int poll_oneoff(const void *in, void *out, u32 n, u32 *events);
P1(args_sizes_get) int args_sizes_get(u32 *n, u32 *size);
P1(args_get) int args_get(char **argv, char *buf);
P1(sched_yield) int sched_yield(void);
P1(proc_exit) NORETURN void proc_exit(int status);
IMPORT("wasi", "thread-spawn") int thread_spawn(void *arg);

#define FOREVER (-1)

// wait waits while *p is v, for ns nanoseconds: 0 woken, 1 another value,
// 2 too late.
static inline int wait(_Atomic int *p, int v, int64_t ns) {
  return __builtin_wasm_memory_atomic_wait32((int *)p, v, ns);
}

static inline int notify(_Atomic int *p, u32 n) { return __builtin_wasm_memory_atomic_notify((int *)p, n); }

// A mutex is 0 when it is free, 1 when it is locked, 2 when someone may wait.
typedef struct {
  _Atomic int state;
} mutex;

static inline void lock(mutex *m) {
  int free = 0;
  if (__c11_atomic_compare_exchange_strong(&m->state, &free, 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return;
  while (__c11_atomic_exchange(&m->state, 2, __ATOMIC_SEQ_CST))
    wait(&m->state, 2, FOREVER);
}

static inline void unlock(mutex *m) {
  if (__c11_atomic_exchange(&m->state, 0, __ATOMIC_SEQ_CST) == 2)
    notify(&m->state, 1);
}

// A cond counts its signals.
typedef struct {
  _Atomic int seq;
} cond;

static inline void cond_wait(cond *c, mutex *m) {
  int seq = c->seq;
  unlock(m);
  wait(&c->seq, seq, FOREVER);
  lock(m);
}

static inline void signal(cond *c) {
  c->seq++;
  notify(&c->seq, 1);
}

static inline void broadcast(cond *c) {
  c->seq++;
  notify(&c->seq, ~0u);
}

// A thread. Its stack is the end of it, and its thread-local memory the
// beginning; stack is at a fixed place for the start in assembly.
typedef struct thread {
  void *stack, *tls;
  void (*run)(void *);
  void *arg;
  int id;
  _Atomic int done;
} thread;

// start begins a thread; it is 0 or negative as thread-spawn says.
int start(thread *t, void (*run)(void *), void *arg);
void join(thread *t);

// check ends the program with status 1 when ok is not so.
void check(int ok, const char *what);
void print(const char *s);
void print_num(u64 n);
u64 now(void); // monotonic, in ns
void sleep(u64 ns);
void *alloc(u32 size);
int streq(const char *a, const char *b);

// run does the check or the mode with a name; "" is all checks.
void run(const char *name);

#endif
