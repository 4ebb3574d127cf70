// This file is the smallest useful command for WASI 0.2: it greets, by name
// when it is given names. Nothing in it shows that it becomes a component.

use std::env;

fn main() {
    let names: Vec<String> = env::args().skip(1).collect();
    if names.is_empty() {
        println!("Hello from wasm32-wasip2!");
        return;
    }
    for name in names {
        println!("Hello, {name}, from wasm32-wasip2!");
    }
}
