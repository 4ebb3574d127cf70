// This file is the smallest useful guest: it greets, by name when it is
// given names.

use std::env;

fn main() {
    let names: Vec<String> = env::args().skip(1).collect();
    if names.is_empty() {
        println!("Hello from wasm32-wasip1!");
        return;
    }
    for name in names {
        println!("Hello, {name}, from wasm32-wasip1!");
    }
}
