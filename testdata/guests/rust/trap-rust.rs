// This file panics or traps in the way its argument names, below generic
// functions, closures and trait methods. It is built with names but without
// debug information, which for std would be several MB.
// build: -C strip=debuginfo

use std::hint::black_box;

#[path = "lib/shapes.rs"]
mod shapes;

#[inline(never)]
fn recurse(n: u64) -> u64 {
    if black_box(n) == u64::MAX { 0 } else { recurse(n + 1) + black_box(1) }
}

fn end(kind: &str) {
    match kind {
        "panic" => panic!("as asked"),
        "unwrap" => {
            black_box(None::<u32>).unwrap();
        }
        "expect" => {
            black_box(Err::<u32, _>("the reason")).expect("a number");
        }
        "index" => {
            black_box([1, 2, 3][black_box(7)]);
        }
        "overflow" => {
            black_box(i32::strict_add(black_box(i32::MAX), 1));
        }
        "divide" => {
            black_box(1 / black_box(0));
        }
        "abort" => std::process::abort(),
        "unreachable" => core::arch::wasm32::unreachable(),
        // The frames use up the stack in memory, which ends at address 0.
        "recursion" => {
            black_box(recurse(0));
        }
        // SAFETY: none; this is a load from outside the memory, on purpose.
        "load" => unsafe {
            black_box((black_box(0xffff_fff0usize) as *const u32).read_volatile());
        },
        other => {
            eprintln!("trap-rust: no kind {other}");
            std::process::exit(2);
        }
    }
}

fn main() {
    use shapes::{Leaf, Nested, Visit};
    let kind = std::env::args().nth(1).unwrap_or_else(|| "panic".into());
    println!("{kind}");
    Nested(Nested(Leaf)).visit(0, &|| end(&kind));
}
