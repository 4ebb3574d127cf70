// This file is the component traps: functions that break one rule each. It has
// no libc, and an allocator of its own that can be told to misbehave.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define SINK(f) __attribute__((import_module("dray:test/sink@1.0.0"), import_name(f)))
#define OURS(f) __attribute__((import_module("[export]dray:test/handles@1.0.0"), import_name(f)))

SINK("take-string") uint32_t sink_string(uint32_t p, uint32_t n);
SINK("take-list") uint32_t sink_list(uint32_t p, uint32_t n);
SINK("take-char") uint32_t sink_char(uint32_t c);
SINK("take-bool") uint32_t sink_bool(uint32_t b);
SINK("take-level") uint32_t sink_level(uint32_t l);
SINK("take-message") uint32_t sink_message(uint32_t d, uint32_t a, uint32_t b);
SINK("take-mode") uint32_t sink_mode(uint32_t m);
SINK("give-string") void sink_give_string(uint32_t out);
SINK("give-list") void sink_give_list(uint32_t n, uint32_t out);
SINK("own-thing") void sink_own(uint32_t h);
SINK("borrow-thing") uint32_t sink_borrow(uint32_t h);
SINK("[constructor]thing") uint32_t thing_new(uint32_t n);
SINK("[method]thing.get") uint32_t thing_get(uint32_t h);
SINK("[resource-drop]thing") void thing_drop(uint32_t h);
SINK("[constructor]other") uint32_t other_new(void);
OURS("[resource-new]mine") uint32_t mine_new(uint32_t rep);
OURS("[resource-rep]mine") uint32_t mine_rep(uint32_t h);

// The area of results: three words, of which bytes are also used.
static union {
  uint32_t w[3];
  uint8_t b[12];
} area;

static uint32_t words(uint32_t a, uint32_t b) {
  area.w[0] = a;
  area.w[1] = b;
  return (uint32_t)area.w;
}

// Memory. Nothing is freed before all of it was used: then it starts again.

enum realloc_mode { FINE, NULL_ADDRESS, BEYOND, END, ODD, UNREACHABLE, IMPORT, GROW, SAME };

static uint32_t realloc_mode;
static _Alignas(16) uint8_t heap[1 << 18];
static uint32_t used;

static uint32_t fresh(uint32_t align, uint32_t size) {
  used = (used + align - 1) & -align;
  if (size > sizeof heap)
    __builtin_trap();
  if (used > sizeof heap - size)
    used = 0;
  uint32_t p = (uint32_t)heap + used;
  used += size;
  return p;
}

EXPORT("cabi_realloc")
uint32_t cabi_realloc(uint32_t old, uint32_t old_size, uint32_t align, uint32_t size) {
  uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) << 16;
  switch (realloc_mode) {
  case NULL_ADDRESS:
    return 0;
  case BEYOND:
    return end;
  case END:
    return end - align;
  case ODD:
    return fresh(align, size + align) + 1;
  case UNREACHABLE:
    __builtin_trap();
  case IMPORT:
    sink_bool(1);
    break;
  case GROW:
    __builtin_wasm_memory_grow(0, 1);
    break;
  case SAME:
    return (uint32_t)heap;
  }
  uint32_t p = fresh(align, size);
  for (uint32_t i = 0; i < old_size && i < size; i++)
    ((uint8_t *)p)[i] = ((uint8_t *)old)[i];
  return p;
}

#define R(f) "dray:test/realloc@1.0.0#" f

EXPORT(R("set")) void realloc_set(uint32_t mode) { realloc_mode = mode; }
EXPORT(R("take-string")) uint32_t realloc_string(uint32_t p, uint32_t n) { return p == 0 ? 0 : n; }
EXPORT(R("take-list")) uint32_t realloc_list(uint32_t p, uint32_t n) { return p == 0 ? 0 : n; }

EXPORT(R("fetch-string")) uint32_t realloc_fetch_string(void) {
  sink_give_string((uint32_t)area.w);
  return area.w[1];
}

EXPORT(R("fetch-list")) uint32_t realloc_fetch_list(uint32_t n) {
  sink_give_list(n, (uint32_t)area.w);
  return area.w[1];
}

// Traps in core code.

#define C(f) "dray:test/core@1.0.0#" f

EXPORT(C("unreachable")) void core_unreachable(void) { __builtin_trap(); }
EXPORT(C("divide")) int32_t core_divide(int32_t a, int32_t b) { return a / b; }
EXPORT(C("load")) uint32_t core_load(uint32_t p) { return *(volatile uint32_t *)p; }
EXPORT(C("ok")) uint32_t core_ok(void) { return 42; }

__attribute__((optnone, noinline)) EXPORT(C("recurse")) uint32_t core_recurse(uint32_t depth) {
  return depth == 0 ? 0 : core_recurse(depth - 1) + 1;
}

EXPORT(C("spin")) void core_spin(void) {
  for (volatile uint32_t i = 0;; i++)
    ;
}

// Results that cannot be lifted.

#define G(f) "dray:test/results@1.0.0#get-" f

EXPORT(G("string")) uint32_t get_string(uint32_t p, uint32_t n) { return words(p, n); }
EXPORT(G("list")) uint32_t get_list(uint32_t p, uint32_t n) { return words(p, n); }
EXPORT(G("area")) uint32_t get_area(uint32_t p) { return p; }
EXPORT(G("bytes")) uint32_t get_bytes(uint32_t p, uint32_t n) { return words(p, n); }
EXPORT(G("bool")) uint32_t get_bool(uint32_t v) { return v; }
EXPORT(G("char")) uint32_t get_char(uint32_t v) { return v; }
EXPORT(G("u8")) uint32_t get_u8(uint32_t v) { return v; }
EXPORT(G("s8")) uint32_t get_s8(uint32_t v) { return v; }
EXPORT(G("u16")) uint32_t get_u16(uint32_t v) { return v; }
EXPORT(G("level")) uint32_t get_level(uint32_t v) { return v; }
EXPORT(G("mode")) uint32_t get_mode(uint32_t v) { return v; }
EXPORT(G("result")) uint32_t get_result(uint32_t d) { return d; }
EXPORT(G("levels")) uint32_t get_levels(uint32_t p, uint32_t n) { return words(p, n); }
EXPORT(G("chars")) uint32_t get_chars(uint32_t p, uint32_t n) { return words(p, n); }

EXPORT(G("option")) uint32_t get_option(uint32_t d) {
  words(0, 7);
  area.b[0] = d;
  return (uint32_t)area.w;
}

EXPORT(G("message")) uint32_t get_message(uint32_t d, uint32_t a, uint32_t b) {
  area.w[0] = 0;
  area.b[0] = d;
  area.w[1] = a;
  area.w[2] = b;
  return (uint32_t)area.w;
}

static uint32_t post_mode;
static const char fine[] = "fine";

EXPORT(G("post")) uint32_t get_post(uint32_t mode) {
  post_mode = mode;
  return words((uint32_t)fine, 4);
}

EXPORT("cabi_post_dray:test/results@1.0.0#get-post") void post_post(uint32_t p) {
  (void)p;
  if (post_mode == 1)
    sink_bool(1);
  else
    __builtin_trap();
}

// Arguments that cannot be lifted.

#define P(f) "dray:test/arguments@1.0.0#pass-" f

EXPORT(P("string")) uint32_t pass_string(uint32_t p, uint32_t n) { return sink_string(p, n); }
EXPORT(P("list")) uint32_t pass_list(uint32_t p, uint32_t n) { return sink_list(p, n); }
EXPORT(P("bytes")) uint32_t pass_bytes(uint32_t p, uint32_t n) { return sink_string(p, n); }
EXPORT(P("char")) uint32_t pass_char(uint32_t v) { return sink_char(v); }
EXPORT(P("bool")) uint32_t pass_bool(uint32_t v) { return sink_bool(v); }
EXPORT(P("level")) uint32_t pass_level(uint32_t v) { return sink_level(v); }
EXPORT(P("mode")) uint32_t pass_mode(uint32_t v) { return sink_mode(v); }

EXPORT(P("message")) uint32_t pass_message(uint32_t d, uint32_t a, uint32_t b) {
  return sink_message(d, a, b);
}

EXPORT(P("area")) uint32_t pass_area(uint32_t p) {
  sink_give_string(p);
  return ((volatile uint32_t *)p)[1];
}

// Handles.

#define H(f) "dray:test/handles@1.0.0#" f

static bool trap_in_drop;

EXPORT(H("get")) uint32_t handle_get(uint32_t h) { return thing_get(h); }
EXPORT(H("drop")) void handle_drop(uint32_t h) { thing_drop(h); }
EXPORT(H("make")) uint32_t handle_make(uint32_t n) { return thing_new(n); }
EXPORT(H("give")) void handle_give(uint32_t h) { sink_own(h); }
EXPORT(H("lend")) uint32_t handle_lend(uint32_t h) { return sink_borrow(h); }

EXPORT(H("drop-twice")) void handle_drop_twice(void) {
  uint32_t h = thing_new(1);
  thing_drop(h);
  thing_drop(h);
}

EXPORT(H("use-after-give")) uint32_t handle_use_after_give(void) {
  uint32_t h = thing_new(1);
  sink_own(h);
  return thing_get(h);
}

EXPORT(H("wrong-type")) uint32_t handle_wrong_type(void) { return thing_get(other_new()); }
EXPORT(H("return-thing")) uint32_t handle_return(uint32_t h) { return h; }
EXPORT(H("keep-borrow")) void handle_keep_borrow(uint32_t h) { area.w[0] = thing_get(h); }
EXPORT(H("give-borrow")) void handle_give_borrow(uint32_t h) { sink_own(h); }
EXPORT(H("return-borrow")) uint32_t handle_return_borrow(uint32_t h) { return h; }

EXPORT(H("drop-borrow-twice")) void handle_drop_borrow_twice(uint32_t h) {
  thing_drop(h);
  thing_drop(h);
}

EXPORT(H("leak")) uint32_t handle_leak(uint32_t n) {
  uint32_t last = 0;
  for (uint32_t i = 0; i < n; i++)
    last = thing_new(i);
  return last;
}

EXPORT(H("[constructor]mine")) uint32_t mine_constructor(uint32_t rep) { return mine_new(rep); }
EXPORT(H("[method]mine.rep")) uint32_t mine_get_rep(uint32_t rep) { return rep; }
EXPORT(H("bad-mine")) uint32_t bad_mine(uint32_t h) { return h; }
EXPORT(H("bad-rep")) uint32_t bad_rep(uint32_t h) { return mine_rep(h); }
EXPORT(H("trap-in-drop")) void set_trap_in_drop(void) { trap_in_drop = true; }

EXPORT(H("[dtor]mine")) void mine_dtor(uint32_t rep) {
  (void)rep;
  if (trap_in_drop)
    __builtin_trap();
}
