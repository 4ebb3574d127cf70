//! This file is the component `reactor-std`: functions that use more of Rust's
//! std, as programs do: maps, formatting, sorting, the environment, time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

#[path = "abi.rs"]
#[macro_use]
mod abi;

static CALLS: AtomicU32 = AtomicU32::new(0);

fn called() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

fn count_words(text: String) -> Vec<(String, u32)> {
    called();
    let mut counts: HashMap<String, u32> = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

fn gcd((a, b): (u64, u64)) -> Result<String, String> {
    called();
    if a == 0 && b == 0 {
        return Err("gcd(0, 0) is not defined".into());
    }
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    Ok(format!("gcd({a}, {b}) = {x}"))
}

fn elapsed(_: ()) -> u64 {
    called();
    Instant::now().elapsed().as_nanos() as u64
}

fn calls(_: ()) -> u32 {
    called();
    CALLS.load(Ordering::Relaxed)
}

export! { "count-words", (p: i32, n: i32) -> ptr = count_words }
export! { "gcd", (a: i64, b: i64) -> ptr = gcd }
export! { "get-env", (p: i32, n: i32) -> ptr = |name: String| {
    called();
    std::env::var(name).ok()
} }
export! { "elapsed", () -> i64 = elapsed }
export! { "calls", () -> i32 = calls }
export! { "fail", (p: i32, n: i32) -> () = |message: String| -> () { panic!("{message}") } }
