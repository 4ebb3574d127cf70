// This file is the smallest Rust std command: one line, then one line for
// each argument.

fn main() {
    println!("hello from rust");
    for (i, arg) in std::env::args().enumerate().skip(1) {
        println!("arg {i}: {arg}");
    }
}
