// This file lists the 46 functions of wasi_snapshot_preview1 once, with their
// core signatures, and declares them as imports.
//
// A shape has one letter for each parameter:
//   f  descriptor                  x  flags or another enumeration
//   p  pointer to a result         b  pointer to bytes, to read or to fill
//   i  pointer to iovecs           s  pointer to a path, input
//   n  count of what is before it  I  64-bit value; every other letter is i32

#ifndef P1_H
#define P1_H

#include <stdint.h>

typedef int32_t w; // one i32 parameter
typedef int64_t d; // one i64 parameter

#define W1 (w)
#define W2 (w, w)
#define W3 (w, w, w)
#define W4 (w, w, w, w)
#define W5 (w, w, w, w, w)
#define A1 (a[0])
#define A2 (a[0], a[1])
#define A3 (a[0], a[1], a[2])
#define A4 (a[0], a[1], a[2], a[3])
#define A5 (a[0], a[1], a[2], a[3], a[4])
#define A6 (a[0], a[1], a[2], a[3], a[4], a[5])
#define A7 (a[0], a[1], a[2], a[3], a[4], a[5], a[6])
#define A9 (a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8])

// clang-format off
// X(NAME, SHAPE, PARAMETERS, ARGUMENTS) for the 45 functions with an errno.
#define P1_ERRNO_FUNCTIONS(X) \
  X(args_get,                "pp",        W2, A2) \
  X(args_sizes_get,          "pp",        W2, A2) \
  X(environ_get,             "pp",        W2, A2) \
  X(environ_sizes_get,       "pp",        W2, A2) \
  X(clock_res_get,           "xp",        W2, A2) \
  X(clock_time_get,          "xIp",       (w, d, w), A3) \
  X(fd_advise,               "fIIx",      (w, d, d, w), A4) \
  X(fd_allocate,             "fII",       (w, d, d), A3) \
  X(fd_close,                "f",         W1, A1) \
  X(fd_datasync,             "f",         W1, A1) \
  X(fd_fdstat_get,           "fp",        W2, A2) \
  X(fd_fdstat_set_flags,     "fx",        W2, A2) \
  X(fd_fdstat_set_rights,    "fII",       (w, d, d), A3) \
  X(fd_filestat_get,         "fp",        W2, A2) \
  X(fd_filestat_set_size,    "fI",        (w, d), A2) \
  X(fd_filestat_set_times,   "fIIx",      (w, d, d, w), A4) \
  X(fd_pread,                "finIp",     (w, w, w, d, w), A5) \
  X(fd_prestat_get,          "fp",        W2, A2) \
  X(fd_prestat_dir_name,     "fbn",       W3, A3) \
  X(fd_pwrite,               "finIp",     (w, w, w, d, w), A5) \
  X(fd_read,                 "finp",      W4, A4) \
  X(fd_readdir,              "fbnIp",     (w, w, w, d, w), A5) \
  X(fd_renumber,             "ff",        W2, A2) \
  X(fd_seek,                 "fIxp",      (w, d, w, w), A4) \
  X(fd_sync,                 "f",         W1, A1) \
  X(fd_tell,                 "fp",        W2, A2) \
  X(fd_write,                "finp",      W4, A4) \
  X(path_create_directory,   "fsn",       W3, A3) \
  X(path_filestat_get,       "fxsnp",     W5, A5) \
  X(path_filestat_set_times, "fxsnIIx",   (w, w, w, w, d, d, w), A7) \
  X(path_link,               "fxsnfsn",   (w, w, w, w, w, w, w), A7) \
  X(path_open,               "fxsnxIIxp", (w, w, w, w, w, d, d, w, w), A9) \
  X(path_readlink,           "fsnbnp",    (w, w, w, w, w, w), A6) \
  X(path_remove_directory,   "fsn",       W3, A3) \
  X(path_rename,             "fsnfsn",    (w, w, w, w, w, w), A6) \
  X(path_symlink,            "snfsn",     W5, A5) \
  X(path_unlink_file,        "fsn",       W3, A3) \
  X(poll_oneoff,             "bbnp",      W4, A4) \
  X(proc_raise,              "x",         W1, A1) \
  X(random_get,              "bn",        W2, A2) \
  X(sched_yield,             "",          (void), ()) \
  X(sock_accept,             "fxp",       W3, A3) \
  X(sock_recv,               "finxpp",    (w, w, w, w, w, w), A6) \
  X(sock_send,               "finxp",     W5, A5) \
  X(sock_shutdown,           "fx",        W2, A2)
// clang-format on

#define P1_COUNT 46

#define P1_IMPORT(NAME) \
  __attribute__((import_module("wasi_snapshot_preview1"), import_name(#NAME)))

#define P1_DECLARE(NAME, SHAPE, PARAMS, ARGS) \
  P1_IMPORT(NAME) int32_t p1_##NAME PARAMS;
P1_ERRNO_FUNCTIONS(P1_DECLARE)
P1_IMPORT(proc_exit) void p1_proc_exit(w);

#define P1_ENTRY(NAME, SHAPE, PARAMS, ARGS) {#NAME, SHAPE},
static const struct {
  char name[24];
  char shape[10];
} p1_functions[P1_COUNT] = {P1_ERRNO_FUNCTIONS(P1_ENTRY){"proc_exit", "x"}};

// p1_call calls function number fn of p1_functions. An unknown number gives
// -1, and so does a proc_exit that returns.
static inline int32_t p1_call(uint32_t fn, const int64_t a[9]) {
  enum {
#define P1_NUMBER(NAME, SHAPE, PARAMS, ARGS) P1_##NAME,
    P1_ERRNO_FUNCTIONS(P1_NUMBER) P1_proc_exit
  };
  switch (fn) {
#define P1_CASE(NAME, SHAPE, PARAMS, ARGS) \
  case P1_##NAME: return p1_##NAME ARGS;
    P1_ERRNO_FUNCTIONS(P1_CASE)
  case P1_proc_exit: p1_proc_exit((w)a[0]);
  }
  return -1;
}

#endif
