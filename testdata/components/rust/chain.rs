//! This file is the component `chain`: it hands on every call, and marks the
//! strings that go through.

#[path = "abi.rs"]
#[macro_use]
mod abi;
use abi::Bytes;

record! { Point { x: i32, y: i32, weight: f64 } }
record! { Entry { key: String, values: Vec<u32> } }

macro_rules! relay {
    ($($name:literal $f:ident($t:ty) -> $rt:ty = ($($a:ident: $c:ty),*) -> $r:tt;)*) => {$(
        import! { "dray:test/calls@1.0.0", $name, fn $f($t) -> $rt = ($($a: $c),*) -> $r }
        export! { concat!("dray:test/calls@1.0.0#", $name), ($($a: $c),*) -> $r = $f }
    )*};
}
relay! {
    "add" add((u32, u32)) -> u32 = (a: i32, b: i32) -> i32;
    "count" count(Bytes) -> u32 = (p: i32, n: i32) -> i32;
    "sum-points" sum_points(Vec<Point>) -> Point = (p: i32, n: i32) -> ptr;
    "make-points" make_points(u32) -> Vec<Point> = (n: i32) -> ptr;
    "sum-entries" sum_entries(Vec<Entry>) -> Vec<(String, u64)> = (p: i32, n: i32) -> ptr;
}

import! { "dray:test/calls@1.0.0", "echo", fn echo(String) -> String = (p: i32, n: i32) -> ptr }
export! { "dray:test/calls@1.0.0#echo", (p: i32, n: i32) -> ptr =
    |s: String| format!("in({})", echo(s)) }
