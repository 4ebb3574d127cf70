// This file is the components echo-utf8, echo-utf16 and echo-latin1, and with
// END their counterparts that have nobody to hand strings on to. UTF16 and
// LATIN1 say how strings are in memory; LATIN1 is "latin1+utf16", where bit 31
// of a length tells which of both a string is.

#include "abi.h"

#define NAME(f) "dray:test/strings-echo@1.0.0#" f
#define POST(f) "cabi_post_dray:test/strings-echo@1.0.0#" f

static str area;

// size gives the bytes of a string from its length.
static size_t size(uint32_t n) {
#if defined UTF16
  return (size_t)n * 2;
#elif defined LATIN1
  return n >> 31 ? (size_t)(n & INT32_MAX) * 2 : n;
#else
  return n;
#endif
}

static void release_list(str *p, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    release(p[i].p, size(p[i].n));
  release(p, n * sizeof(str));
}

#ifdef END

EXPORT(NAME("echo")) str *echo(uint8_t *p, uint32_t n) {
  area = (str){p, n};
  return &area;
}

EXPORT(NAME("echo-list")) str *echo_list(str *p, uint32_t n) {
  area = (str){(uint8_t *)p, n};
  return &area;
}

#else

IMPORT("dray:test/strings-echo@1.0.0", "echo") void next_echo(const void *p, uint32_t n, str *out);
IMPORT("dray:test/strings-echo@1.0.0", "echo-list") void next_list(const str *p, uint32_t n, str *out);

EXPORT(NAME("echo")) str *echo(uint8_t *p, uint32_t n) {
  str r;
  next_echo(p, n, &r);
  release(p, size(n));
  area = r;
  return &area;
}

EXPORT(NAME("echo-list")) str *echo_list(str *p, uint32_t n) {
  str r;
  next_list(p, n, &r);
  release_list(p, n);
  area = r;
  return &area;
}

EXPORT("units") uint32_t units(uint8_t *p, uint32_t n) {
  release(p, size(n));
  return n;
}

#if defined UTF16
static const uint16_t narrow_text[] = u"na\u00efve caf\u00e9";
static const uint16_t wide_text[] = u"tea \u8336 \U0001F600";
#define NARROW (sizeof narrow_text / 2 - 1)
#define WIDE (sizeof wide_text / 2 - 1)
#elif defined LATIN1
// Two bytes aligned, as strings that may be either are.
_Alignas(2) static const char narrow_text[] = "na\xefve caf\xe9";
static const uint16_t wide_text[] = u"tea \u8336 \U0001F600";
#define NARROW (sizeof narrow_text - 1)
#define WIDE ((sizeof wide_text / 2 - 1) | 1u << 31)
#else
static const char narrow_text[] = u8"na\u00efve caf\u00e9";
static const char wide_text[] = u8"tea \u8336 \U0001F600";
#define NARROW (sizeof narrow_text - 1)
#define WIDE (sizeof wide_text - 1)
#endif

EXPORT("narrow") str *narrow(void) {
  area = (str){(uint8_t *)narrow_text, NARROW};
  return &area;
}

EXPORT("wide") str *wide(void) {
  area = (str){(uint8_t *)wide_text, WIDE};
  return &area;
}

#endif

EXPORT(POST("echo")) void post_echo(str *r) { release(r->p, size(r->n)); }
EXPORT(POST("echo-list")) void post_list(str *r) { release_list((str *)r->p, r->n); }
