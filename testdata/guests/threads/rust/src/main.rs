//! Checks of threads in Rust without std; see ../README.md. The argument is the
//! name of a check or "trap"; without one all checks are run.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch, stdarch_wasm_atomic_wait, thread_local)]

mod sync;
mod sys;

use core::cell::{Cell, UnsafeCell};
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::SeqCst};
use sync::{Condvar, Mutex};
use sys::{print, spawn, Thread};

const THREADS: usize = 6;

fn mutex() {
    static COUNT: Mutex<u64> = Mutex::new(0);
    fn add(_: usize) {
        for _ in 0..1500 {
            *COUNT.lock() += 1;
        }
    }
    *COUNT.lock() = 0;
    join([0; THREADS].map(|_| spawn(add, 0)));
    assert!(*COUNT.lock() == THREADS as u64 * 1500);
}

fn condvar() {
    static TURN: Mutex<usize> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    fn play(mine: usize) {
        for _ in 0..800 {
            let mut turn = TURN.lock();
            while *turn % 2 != mine {
                turn = CHANGED.wait(turn);
            }
            *turn += 1;
            drop(turn);
            CHANGED.notify_all();
        }
    }
    *TURN.lock() = 0;
    join([0, 1].map(|i| spawn(play, i)));
    assert!(*TURN.lock() == 1600);
}

const WORDS: usize = 1 << 18;
struct Words(UnsafeCell<[u32; WORDS]>);
unsafe impl Sync for Words {}
static DATA: Words = Words(UnsafeCell::new([0; WORDS]));

fn sum() {
    static SUM: AtomicU64 = AtomicU64::new(0);
    fn part(i: usize) {
        let all = unsafe { &*DATA.0.get() };
        let mine = &all[i * WORDS / 4..(i + 1) * WORDS / 4];
        SUM.fetch_add(mine.iter().map(|&x| u64::from(x)).sum(), SeqCst);
    }
    let all = unsafe { &mut *DATA.0.get() };
    for (i, x) in all.iter_mut().enumerate() {
        *x = (i as u32).wrapping_mul(2_654_435_761);
    }
    let want: u64 = all.iter().map(|&x| u64::from(x)).sum();
    SUM.store(0, SeqCst);
    join([0, 1, 2, 3].map(|i| spawn(part, i)));
    assert!(SUM.load(SeqCst) == want);
}

fn channel() {
    struct Ring {
        items: [u32; 8],
        head: usize,
        len: usize,
    }
    static RING: Mutex<Ring> = Mutex::new(Ring { items: [0; 8], head: 0, len: 0 });
    static MORE: Condvar = Condvar::new();
    static ROOM: Condvar = Condvar::new();
    static TOTAL: AtomicU64 = AtomicU64::new(0);
    const ITEMS: u32 = 2000;
    fn send(i: usize) {
        for x in 1..=ITEMS {
            let mut r = RING.lock();
            while r.len == 8 {
                r = ROOM.wait(r);
            }
            let at = (r.head + r.len) % 8;
            r.items[at] = i as u32 * ITEMS + x;
            r.len += 1;
            drop(r);
            MORE.notify_one();
        }
    }
    fn receive(_: usize) {
        for _ in 0..ITEMS {
            let mut r = RING.lock();
            while r.len == 0 {
                r = MORE.wait(r);
            }
            let x = r.items[r.head];
            r.head = (r.head + 1) % 8;
            r.len -= 1;
            drop(r);
            ROOM.notify_one();
            TOTAL.fetch_add(x.into(), SeqCst);
        }
    }
    TOTAL.store(0, SeqCst);
    join([spawn(send, 0), spawn(receive, 0), spawn(send, 1), spawn(receive, 0)]);
    let n = u64::from(2 * ITEMS);
    assert!(TOTAL.load(SeqCst) == n * (n + 1) / 2);
}

#[thread_local]
static LOCAL: Cell<usize> = Cell::new(99);

fn tls() {
    fn own(i: usize) {
        assert!(LOCAL.get() == 99);
        for _ in 0..500 {
            LOCAL.set(LOCAL.get() + i);
            sys::yield_now();
        }
        assert!(LOCAL.get() == 99 + 500 * i);
    }
    LOCAL.set(5);
    join([1, 2, 3, 4].map(|i| spawn(own, i)));
    assert!(LOCAL.get() == 5);
    LOCAL.set(99);
}

fn park() {
    static WOKEN: AtomicU32 = AtomicU32::new(0);
    static GATE: AtomicI32 = AtomicI32::new(0);
    fn wait(_: usize) {
        while GATE.load(SeqCst) == 0 {
            sys::wait(&GATE, 0, -1);
        }
        WOKEN.fetch_add(1, SeqCst);
    }
    WOKEN.store(0, SeqCst);
    GATE.store(0, SeqCst);
    let threads = [0; THREADS].map(|_| spawn(wait, 0));
    assert!(sys::wait(&GATE, 0, 2_000_000) == 2);
    GATE.store(1, SeqCst);
    sys::notify(&GATE, u32::MAX);
    join(threads);
    assert!(WOKEN.load(SeqCst) == THREADS as u32);
}

fn join<const N: usize>(threads: [Thread; N]) {
    for t in threads {
        t.join();
    }
}

#[inline(never)]
fn deep(n: usize) -> usize {
    if n == 0 { core::arch::wasm32::unreachable() } else { core::hint::black_box(deep(n - 1) + 1) }
}

fn trap() {
    fn fall(n: usize) {
        core::hint::black_box(deep(n));
    }
    spawn(fall, 3);
    static NEVER: AtomicI32 = AtomicI32::new(0);
    sys::wait(&NEVER, 0, -1);
}

const CHECKS: [(&str, fn()); 6] =
    [("mutex", mutex), ("condvar", condvar), ("sum", sum), ("channel", channel), ("tls", tls), ("park", park)];

pub fn main(arg: &str) {
    if arg == "trap" {
        return trap();
    }
    for (name, check) in CHECKS {
        if arg.is_empty() || arg == name {
            check();
            print("ok ");
            print(name);
            print("\n");
        }
    }
}
