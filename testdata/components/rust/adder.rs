//! This file is the component `adder`: two plain functions, with Rust's std.

#[path = "abi.rs"]
#[macro_use]
mod abi;

export! { "add", (a: i32, b: i32) -> i32 = |(a, b): (u32, u32)| a.wrapping_add(b) }
export! { "greet", (p: i32, n: i32) -> ptr = |name: String| format!("Hello, {name}!") }
