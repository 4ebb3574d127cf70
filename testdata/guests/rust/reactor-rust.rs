// This file is a library in Rust std: exports with state, standard output and
// guest memory for the host. A cdylib has no `_initialize`; the linker has made
// each export run constructors first and flush stdout last.
// build: --crate-type cdylib

use std::alloc::Layout;
use std::collections::BTreeMap;
use std::sync::Mutex;

static COUNT: Mutex<i64> = Mutex::new(0);
static SEEN: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

#[unsafe(no_mangle)]
pub extern "C" fn add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

#[unsafe(no_mangle)]
pub extern "C" fn fib(n: i64) -> i64 {
    (0..n).fold((0i64, 1i64), |(a, b), _| (b, a.wrapping_add(b))).0
}

/// Adds `by` and returns the sum so far.
#[unsafe(no_mangle)]
pub extern "C" fn counter(by: i64) -> i64 {
    let mut count = COUNT.lock().unwrap();
    *count += by;
    *count
}

#[unsafe(no_mangle)]
pub extern "C" fn print_counter() {
    println!("counter {}", COUNT.lock().unwrap());
}

#[unsafe(no_mangle)]
pub extern "C" fn fail() {
    panic!("as asked");
}

#[unsafe(no_mangle)]
pub extern "C" fn quit(code: i32) {
    std::process::exit(code);
}

/// Gives `size` bytes to the host, or null. `release` takes them back.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(size: usize) -> *mut u8 {
    match Layout::from_size_align(size, 1) {
        // SAFETY: the layout is valid and not empty.
        Ok(layout) if size > 0 => unsafe { std::alloc::alloc(layout) },
        _ => std::ptr::null_mut(),
    }
}

/// # Safety
/// `p` comes from `allocate(size)` and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(p: *mut u8, size: usize) {
    // SAFETY: the caller keeps the contract above.
    unsafe { std::alloc::dealloc(p, Layout::from_size_align_unchecked(size, 1)) }
}

/// Counts how often this text was seen, this time included; 0 if it is not
/// UTF-8.
///
/// # Safety
/// `p` points to `n` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seen(p: *const u8, n: usize) -> u32 {
    // SAFETY: the caller keeps the contract above.
    let bytes = unsafe { std::slice::from_raw_parts(p, n) };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return 0;
    };
    let mut seen = SEEN.lock().unwrap();
    let times = seen.entry(text.to_owned()).or_insert(0);
    *times += 1;
    *times
}
