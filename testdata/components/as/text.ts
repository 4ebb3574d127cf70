// This file is the component as-text: work on strings in AssemblyScript.

import { area, free, freeList, lift, liftList, result, resultList } from "./rt";
export { cabi_realloc } from "./rt";

// @ts-ignore: decorator
@external("dray:test/strings-echo@1.0.0", "echo")
declare function echo(p: usize, units: i32, out: usize): void;

export function upper(p: usize, n: i32): usize {
  return result(lift(p, n).toUpperCase());
}

export function backwards(p: usize, n: i32): usize {
  const s = lift(p, n);
  let out = "";
  for (let i = 0; i < s.length; ) {
    const c = s.codePointAt(i);
    const one = String.fromCodePoint(c);
    out = one + out;
    i += one.length;
  }
  return result(out);
}

export function join(p: usize, n: i32): usize {
  return result(liftList(p, n).join(", "));
}

export function words(p: usize, n: i32): usize {
  const all = lift(p, n).split(" ");
  const out = new Array<string>(0);
  for (let i = 0; i < all.length; i++) {
    if (all[i].length != 0) out.push(all[i]);
  }
  return resultList(out);
}

export function relay(p: usize, n: i32): usize {
  echo(p, n, area); // what comes back is already in our memory
  if (n != 0) heap.free(p);
  return area;
}

export function units(p: usize, n: i32): i32 {
  return lift(p, n).length;
}

export function cabi_post_upper(at: usize): void { free(at); }
export function cabi_post_backwards(at: usize): void { free(at); }
export function cabi_post_join(at: usize): void { free(at); }
export function cabi_post_words(at: usize): void { freeList(at); }
export function cabi_post_relay(at: usize): void {
  if (load<i32>(at, 4) != 0) free(at);
}
