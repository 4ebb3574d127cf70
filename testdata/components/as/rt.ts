// This file is the canonical ABI for the guests beside it: strings are UTF-16
// here and in the component, so they are only copied.

/** Memory for callers, which the collector knows nothing of. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size == 0) return align;
  return old == 0 || oldSize == 0 ? heap.alloc(size) : heap.realloc(old, size);
}

/** The string that a caller put into memory, which is freed. */
export function lift(p: usize, units: i32): string {
  if (units == 0) return "";
  const s = String.UTF16.decodeUnsafe(p, (<usize>units) << 1);
  heap.free(p);
  return s;
}

/** The strings of a list that a caller put into memory, which is freed. */
export function liftList(p: usize, n: i32): string[] {
  const all = new Array<string>(0);
  for (let i = 0; i < n; i++) {
    const at = p + ((<usize>i) << 3);
    all.push(lift(load<u32>(at), load<i32>(at, 4)));
  }
  if (n != 0) heap.free(p);
  return all;
}

/** Copies a string out and stores its address and length at an address. */
export function lower(s: string, at: usize): void {
  const size = (<usize>s.length) << 1;
  const p = heap.alloc(size);
  String.UTF16.encodeUnsafe(changetype<usize>(s), s.length, p);
  store<u32>(at, <u32>p);
  store<i32>(at, s.length, 4);
}

/** The area of a result: an address and a length. */
export const area: usize = memory.data(8, 4);

export function result(s: string): usize {
  lower(s, area);
  return area;
}

export function resultList(all: string[]): usize {
  const p = heap.alloc((<usize>all.length) << 3);
  for (let i = 0; i < all.length; i++) lower(all[i], p + ((<usize>i) << 3));
  store<u32>(area, <u32>p);
  store<i32>(area, all.length, 4);
  return area;
}

/** Frees the string at an address. */
export function free(at: usize): void {
  heap.free(load<u32>(at));
}

export function freeList(at: usize): void {
  const p: usize = load<u32>(at);
  const n = load<i32>(at, 4);
  for (let i = 0; i < n; i++) free(p + ((<usize>i) << 3));
  heap.free(p);
}
