// This file traps in the way its argument names, three calls below main, and
// is built with debug information so that a backtrace has names and lines.
// build: -g -O1

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

// Operands are volatile so that the compiler keeps the trapping instruction.
static volatile int zero = 0;
static volatile int minus_one = -1;
static volatile int int_min = INT_MIN;
static volatile long long llong_min = LLONG_MIN;
static volatile double huge = 1e30;
static volatile double not_a_number = __builtin_nan("");
static volatile uintptr_t far_away = 0xfffffff0u;
static volatile int sink;

static NOINLINE int two_arguments(int a, int b) { return a + b; }

typedef void (*plain)(void);
static plain volatile mismatched = (plain)(void (*)(void))two_arguments;
static volatile uintptr_t null_index = 0;
static volatile uintptr_t past_the_table = 0x7fffffff;

static NOINLINE int recurse(int n) {
  if (n == minus_one) return 0;
  return recurse(n + 1) + zero + 1;
}

static NOINLINE int recurse_with_frame(int n) {
  volatile char frame[4096];
  frame[n & 4095] = (char)n;
  if (n == minus_one) return 0;
  return recurse_with_frame(n + 1) + frame[n & 4095];
}

static void trap_unreachable(void) { __builtin_trap(); }
static void trap_div_zero(void) { sink = minus_one / zero; }
static void trap_rem_zero(void) { sink = minus_one % zero; }
static void trap_div_overflow(void) { sink = int_min / minus_one; }
static void trap_div_overflow64(void) { sink = (int)(llong_min / minus_one); }
static void trap_trunc_overflow(void) { sink = __builtin_wasm_trunc_s_i32_f64(huge); }
static void trap_trunc_nan(void) { sink = __builtin_wasm_trunc_s_i32_f64(not_a_number); }
static void trap_load(void) { sink = *(volatile int *)far_away; }
static void trap_store(void) { *(volatile int *)far_away = 1; }
static void trap_bulk(void) { memset((void *)far_away, zero, 64); }
static void trap_call_null(void) { ((plain)null_index)(); }
static void trap_call_past_table(void) { ((plain)past_the_table)(); }
static void trap_call_type(void) { mismatched(); }
static void trap_recursion(void) { sink = recurse(0); }
static void trap_frames(void) { sink = recurse_with_frame(0); }
static void trap_abort(void) { abort(); }

static const struct {
  const char *name;
  plain run;
} kinds[] = {
    {"unreachable", trap_unreachable},
    {"div-zero", trap_div_zero},
    {"rem-zero", trap_rem_zero},
    {"div-overflow", trap_div_overflow},
    {"div-overflow64", trap_div_overflow64},
    {"trunc-overflow", trap_trunc_overflow},
    {"trunc-nan", trap_trunc_nan},
    {"load", trap_load},
    {"store", trap_store},
    {"bulk", trap_bulk},
    {"call-null", trap_call_null},
    {"call-past-table", trap_call_past_table},
    {"call-type", trap_call_type},
    {"recursion", trap_recursion},
    {"frames", trap_frames},
    {"abort", trap_abort},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static NOINLINE void inner(size_t kind) {
  kinds[kind].run();
  sink = 1;
}

static NOINLINE void middle(size_t kind) {
  inner(kind);
  sink = 2;
}

static NOINLINE void outer(size_t kind) {
  middle(kind);
  sink = 3;
}

int main(int argc, char **argv) {
  for (size_t i = 0; argc == 2 && i < KINDS; i++) {
    if (strcmp(argv[1], kinds[i].name) != 0) continue;
    puts(argv[1]);
    fflush(stdout);
    outer(i);
    puts("still running");
    return 1;
  }
  fputs("usage: trap KIND, with KIND one of:\n", stderr);
  for (size_t i = 0; i < KINDS; i++) {
    fputs(kinds[i].name, stderr);
    fputs("\n", stderr);
  }
  return 2;
}
