// This file traps below generic functions, closures and trait methods, and
// has names and full debug information. It does without std to stay small,
// so its panic handler only prints the message and traps.
//
// It takes no arguments as a command: `_start` panics. The exports divide,
// load, unreachable and panic trap in their own way.
// build: -g -C opt-level=1 -C strip=none -C lto=fat -C panic=abort
// build: --crate-type cdylib

#![no_std]

use core::fmt::{self, Write};
use core::hint::black_box;
use core::panic::PanicInfo;

#[path = "lib/shapes.rs"]
mod shapes;

use shapes::{Leaf, Nested, Visit};

#[repr(C)]
struct Ciovec {
    buf: *const u8,
    len: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn fd_write(fd: u32, iovs: *const Ciovec, n: usize, written: *mut usize) -> u32;
}

struct Stderr;

impl Write for Stderr {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let mut written = 0;
        let iov = Ciovec { buf: s.as_ptr(), len: s.len() };
        // SAFETY: the pointers are to live memory of the lengths given.
        match unsafe { fd_write(2, &iov, 1, &mut written) } {
            0 => Ok(()),
            _ => Err(fmt::Error),
        }
    }
}

#[panic_handler]
fn on_panic(info: &PanicInfo) -> ! {
    let _ = writeln!(Stderr, "{info}");
    core::arch::wasm32::unreachable()
}

fn below(end: &dyn Fn()) {
    Nested(Nested(Leaf)).visit(0, end);
}

#[unsafe(no_mangle)]
pub extern "C" fn divide() {
    below(&|| {
        let by = black_box(0);
        // SAFETY: none; the division is unchecked so that it is what traps.
        black_box(unsafe { black_box(1i32).checked_div(by).unwrap_unchecked() });
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn load() {
    below(&|| {
        let address = black_box(0xffff_fff0usize);
        // SAFETY: none; this is a load from outside the memory, on purpose.
        black_box(unsafe { (address as *const u32).read_volatile() });
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn unreachable() {
    below(&|| core::arch::wasm32::unreachable());
}

#[unsafe(no_mangle)]
pub extern "C" fn panic() {
    below(&|| panic!("as asked, {}", black_box(42)));
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    panic();
}
