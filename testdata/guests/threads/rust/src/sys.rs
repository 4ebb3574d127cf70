//! The raw interface: how a program and its threads begin, and what they call.

use core::arch::{global_asm, wasm32};
use core::sync::atomic::{AtomicI32, Ordering::SeqCst};

/// A ciovec.
#[repr(C)]
struct Slice(*const u8, usize);

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn fd_write(fd: i32, v: *const Slice, n: usize, written: *mut usize) -> i32;
    fn args_sizes_get(n: *mut usize, size: *mut usize) -> i32;
    fn args_get(argv: *mut *const u8, buf: *mut u8) -> i32;
    fn sched_yield() -> i32;
    fn proc_exit(status: i32) -> !;
}

#[link(wasm_import_module = "wasi")]
unsafe extern "C" {
    #[link_name = "thread-spawn"]
    fn thread_spawn(arg: *mut core::ffi::c_void) -> i32;
}

// A thread has a stack and thread-local memory before it runs Rust.
global_asm!(
    ".globaltype __stack_pointer, i32",
    ".functype __wasm_init_tls (i32) -> ()",
    ".functype thread_main (i32, i32) -> ()",
    ".globl wasi_thread_start",
    ".type wasi_thread_start,@function",
    "wasi_thread_start:",
    ".functype wasi_thread_start (i32, i32) -> ()",
    "local.get 1",
    "i32.load 0",
    "global.set __stack_pointer",
    "local.get 1",
    "i32.load 4",
    "call __wasm_init_tls",
    "local.get 0",
    "local.get 1",
    "call thread_main",
    "end_function",
);

const STACK: usize = 16 << 10;
const TLS: usize = 1 << 10;

/// What a thread begins with; it is at the start of the thread's own memory.
#[repr(C)]
struct Start {
    stack: usize,
    tls: usize,
    run: fn(usize),
    arg: usize,
    done: AtomicI32,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn thread_main(id: i32, start: *mut Start) {
    let start = unsafe { &*start };
    assert!(id > 0 && id < 1 << 29);
    (start.run)(start.arg);
    start.done.store(1, SeqCst);
    notify(&start.done, 1);
}

pub struct Thread(*mut Start);

/// Starts a thread, in memory that is not given back.
pub fn spawn(run: fn(usize), arg: usize) -> Thread {
    let page = wasm32::memory_grow(0, 1);
    assert!(page != usize::MAX);
    let base = page * 65536;
    let start = base as *mut Start;
    let tls = base + 64;
    unsafe {
        start.write(Start { stack: base + 64 + TLS + STACK, tls, run, arg, done: AtomicI32::new(0) });
        assert!(thread_spawn(start.cast()) > 0);
    }
    Thread(start)
}

impl Thread {
    pub fn join(self) {
        let done = unsafe { &(*self.0).done };
        while done.load(SeqCst) == 0 {
            wait(done, 0, -1);
        }
    }
}

/// Waits while p is v: 0 woken, 1 another value, 2 too late.
pub fn wait(p: &AtomicI32, v: i32, ns: i64) -> i32 {
    unsafe { wasm32::memory_atomic_wait32(p.as_ptr(), v, ns) }
}

pub fn notify(p: &AtomicI32, n: u32) -> u32 {
    unsafe { wasm32::memory_atomic_notify(p.as_ptr(), n) }
}

pub fn yield_now() {
    unsafe { sched_yield() };
}

pub fn print(s: &str) {
    write(1, s);
}

fn write(fd: i32, s: &str) {
    let mut n = 0;
    unsafe { fd_write(fd, &Slice(s.as_ptr(), s.len()), 1, &mut n) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _start() {
    let (mut n, mut size) = (0, 0);
    let mut argv = [core::ptr::null(); 4];
    let mut buf = [0; 256];
    unsafe {
        args_sizes_get(&mut n, &mut size);
        if n <= argv.len() && size <= buf.len() {
            args_get(argv.as_mut_ptr(), buf.as_mut_ptr());
        }
    }
    // Behind the program's name is the argument.
    let arg = buf.split(|&c| c == 0).nth(1).unwrap_or(b"?");
    crate::main(core::str::from_utf8(arg).unwrap_or("?"));
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    write(2, "a check failed in ");
    if let Some(l) = info.location() {
        write(2, l.file());
        let mut line = [b'0'; 5];
        let mut n = l.line();
        for d in line.iter_mut().rev() {
            *d += (n % 10) as u8;
            n /= 10;
        }
        write(2, " ");
        write(2, core::str::from_utf8(&line).unwrap_or(""));
    }
    write(2, "\n");
    unsafe { proc_exit(1) }
}
