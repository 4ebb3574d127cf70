// This file prints what the guest is given: arguments, environment and the
// current directory.
// build: -C opt-level=s -C lto=fat -C panic=abort

use std::env;

fn main() {
    for (i, arg) in env::args_os().enumerate() {
        println!("arg {i}: {arg:?}");
    }
    let mut vars: Vec<_> = env::vars_os().collect();
    vars.sort();
    for (key, value) in vars {
        println!("env {key:?}={value:?}");
    }
}
