// This file is the component as-stats: numbers in AssemblyScript.

export { cabi_realloc } from "./rt";

// option<summary>: a tag, and at 8 a count and three f64.
const area: usize = memory.data(40, 8);
const list: usize = memory.data(8, 4);

export function summarize(p: usize, n: i32): usize {
  store<u8>(area, n == 0 ? 0 : 1);
  if (n == 0) return area;
  let sum: f64 = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < n; i++) {
    const v = load<f64>(p + ((<usize>i) << 3));
    sum += v;
    least = Math.min(least, v);
    most = Math.max(most, v);
  }
  heap.free(p);
  store<i32>(area, n, 8);
  store<f64>(area, sum / <f64>n, 16);
  store<f64>(area, least, 24);
  store<f64>(area, most, 32);
  return area;
}

export function fibonacci(n: u32): u64 {
  let a: u64 = 0;
  let b: u64 = 1;
  for (let i: u32 = 0; i < n; i++) {
    const c = a + b;
    a = b;
    b = c;
  }
  return a;
}

export function primes(n: u32): usize {
  const sieve = new StaticArray<bool>(<i32>n);
  const found = new Array<u32>(0);
  for (let i: u32 = 2; i < n; i++) {
    if (sieve[i]) continue;
    found.push(i);
    for (let k: u64 = (<u64>i) * i; k < <u64>n; k += i) sieve[<i32>k] = true;
  }
  const p = heap.alloc((<usize>found.length) << 2);
  for (let i = 0; i < found.length; i++) store<u32>(p + ((<usize>i) << 2), found[i]);
  store<u32>(list, <u32>p);
  store<i32>(list, found.length, 4);
  return list;
}

export function cabi_post_primes(at: usize): void {
  heap.free(load<u32>(at));
}
