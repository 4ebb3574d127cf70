//! This file is the component `resources`: it makes counters, and it uses the
//! host's gauges.

use std::cell::{Cell, RefCell};

#[path = "abi.rs"]
#[macro_use]
mod abi;

/// A handle in the component's table.
type Handle = u32;

#[repr(transparent)]
struct Counter {
    value: Cell<u32>,
}

thread_local! {
    static LIVE: Cell<u32> = const { Cell::new(0) };
    static DROPPED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    static KEPT: RefCell<Option<Gauge>> = const { RefCell::new(None) };
}

#[link(wasm_import_module = "[export]dray:test/counters@1.0.0")]
unsafe extern "C" {
    #[link_name = "[resource-new]counter"]
    fn resource_new(rep: *mut Counter) -> Handle;
    #[link_name = "[resource-rep]counter"]
    fn resource_rep(h: Handle) -> *mut Counter;
    #[link_name = "[resource-drop]counter"]
    fn resource_drop(h: Handle);
}

#[link(wasm_import_module = "dray:test/gauges@1.0.0")]
unsafe extern "C" {
    #[link_name = "[resource-drop]gauge"]
    fn gauge_drop(h: Handle);
}

impl Counter {
    /// The handle of a new counter. What it represents is an address.
    fn make(start: u32) -> Handle {
        LIVE.set(LIVE.get() + 1);
        unsafe { resource_new(Box::into_raw(Box::new(Counter { value: Cell::new(start) }))) }
    }

    /// What a borrow of one of our own counters is: its representation.
    fn of<'a>(rep: u32) -> &'a Counter {
        unsafe { &*(rep as *const Counter) }
    }

    /// The counter of a handle that we own.
    fn owned<'a>(h: Handle) -> &'a Counter {
        unsafe { &*resource_rep(h) }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        DROPPED.with_borrow_mut(|d| d.push(self.value.get()));
    }
}

fn drop_counter(h: Handle) {
    unsafe { resource_drop(h) }
}

fn merge((a, b): (Handle, Handle)) -> Handle {
    let sum = Counter::owned(a).value.get().wrapping_add(Counter::owned(b).value.get());
    drop_counter(a);
    drop_counter(b);
    Counter::make(sum)
}

fn consume(all: Vec<Handle>) -> u32 {
    all.into_iter().fold(0, |sum, h| {
        let n = Counter::owned(h).value.get();
        drop_counter(h);
        sum + n
    })
}

export! { "dray:test/counters@1.0.0#[constructor]counter", (start: i32) -> i32 = Counter::make }
export! { "dray:test/counters@1.0.0#[method]counter.get", (this: i32) -> i32 =
    |rep: u32| Counter::of(rep).value.get() }
export! { "dray:test/counters@1.0.0#[method]counter.add", (this: i32, n: i32) -> i32 =
    |(rep, n): (u32, u32)| {
        let value = &Counter::of(rep).value;
        value.set(value.get().wrapping_add(n));
        value.get()
    } }
export! { "dray:test/counters@1.0.0#[static]counter.merge", (a: i32, b: i32) -> i32 = merge }
export! { "dray:test/counters@1.0.0#[static]counter.live", () -> i32 = |_: ()| LIVE.get() }
export! { "dray:test/counters@1.0.0#[dtor]counter", (rep: i32) -> () =
    |rep: u32| drop(unsafe { Box::from_raw(rep as *mut Counter) }) }

export! { "dray:test/counters@1.0.0#pass", (c: i32) -> i32 = |c: Handle| c }
export! { "dray:test/counters@1.0.0#peek", (c: i32) -> i32 = |rep: u32| Counter::of(rep).value.get() }
export! { "dray:test/counters@1.0.0#peek-deep", (d: i32, n: i32, c: i32) -> ptr =
    |c: Option<(u8, u32)>| c.map(|(_, rep)| Counter::of(rep).value.get()) }
export! { "dray:test/counters@1.0.0#make", (n: i32) -> ptr =
    |n: u32| (0..n).map(Counter::make).collect::<Vec<Handle>>() }
export! { "dray:test/counters@1.0.0#sum", (p: i32, n: i32) -> i32 =
    |all: Vec<u32>| all.into_iter().map(|rep| Counter::of(rep).value.get()).sum::<u32>() }
export! { "dray:test/counters@1.0.0#consume", (p: i32, n: i32) -> i32 = consume }
export! { "dray:test/counters@1.0.0#try-make", (start: i32, d: i32, p: i32, n: i32) -> ptr =
    |(start, message): (u32, Option<String>)| match message {
        Some(m) => Err(m),
        None => Ok(Counter::make(start)),
    } }
export! { "dray:test/counters@1.0.0#dropped", () -> ptr =
    |_: ()| DROPPED.with_borrow(|d| d.clone()) }

/// A gauge of the host, which is dropped with this value.
struct Gauge(Handle);

impl Drop for Gauge {
    fn drop(&mut self) {
        unsafe { gauge_drop(self.0) }
    }
}

impl Gauge {
    /// Gives the handle away.
    fn give(self) -> Handle {
        let h = self.0;
        std::mem::forget(self);
        h
    }
}

import! { "dray:test/gauges@1.0.0", "[constructor]gauge", fn gauge_new(u32) -> Handle = (n: i32) -> i32 }
import! { "dray:test/gauges@1.0.0", "[method]gauge.get", fn gauge_get(Handle) -> u32 = (h: i32) -> i32 }
import! { "dray:test/gauges@1.0.0", "[method]gauge.add",
    fn gauge_add((Handle, u32)) -> u32 = (h: i32, n: i32) -> i32 }
import! { "dray:test/gauges@1.0.0", "[static]gauge.merge",
    fn gauge_merge((Handle, Handle)) -> Handle = (a: i32, b: i32) -> i32 }
import! { "dray:test/gauges@1.0.0", "[static]gauge.live", fn gauge_live(()) -> u32 = () -> i32 }
import! { "dray:test/gauges@1.0.0", "pass", fn gauge_pass(Handle) -> Handle = (h: i32) -> i32 }
import! { "dray:test/gauges@1.0.0", "peek", fn gauge_peek(Handle) -> u32 = (h: i32) -> i32 }
import! { "dray:test/gauges@1.0.0", "make", fn gauge_make(u32) -> Vec<Handle> = (n: i32) -> ptr }
import! { "dray:test/gauges@1.0.0", "sum", fn gauge_sum(Vec<Handle>) -> u32 = (p: i32, n: i32) -> i32 }

export! { "dray:test/driver@1.0.0#make", (start: i32) -> i32 = gauge_new }
export! { "dray:test/driver@1.0.0#pass", (g: i32) -> i32 = gauge_pass }
export! { "dray:test/driver@1.0.0#peek", (g: i32) -> i32 = |h: Handle| {
    let lent = Gauge(h); // a borrow must be dropped before the call returns
    gauge_peek(lent.0)
} }
export! { "dray:test/driver@1.0.0#keep", (g: i32) -> () =
    |h: Handle| KEPT.with_borrow_mut(|k| *k = Some(Gauge(h))) }
export! { "dray:test/driver@1.0.0#kept", () -> ptr =
    |_: ()| KEPT.with_borrow(|k| k.as_ref().map(|g| gauge_get(g.0))) }
export! { "dray:test/driver@1.0.0#give-back", () -> ptr =
    |_: ()| KEPT.with_borrow_mut(|k| k.take().map(Gauge::give)) }

fn exercise(_: ()) -> Vec<String> {
    let mut out = Vec::new();
    let before = gauge_live(());
    let a = Gauge(gauge_new(10));
    out.push(format!("get {}", gauge_get(a.0)));
    out.push(format!("add {}", gauge_add((a.0, 5))));
    out.push(format!("peek {}", gauge_peek(a.0)));
    let a = Gauge(gauge_pass(a.give()));
    out.push(format!("passed {}", gauge_get(a.0)));
    let b = Gauge(gauge_new(1));
    out.push(format!("live {}", gauge_live(()) - before));
    let c = Gauge(gauge_merge((a.give(), b.give())));
    out.push(format!("merged {}", gauge_get(c.0)));
    let many: Vec<Gauge> = gauge_make(4).into_iter().map(Gauge).collect();
    out.push(format!("sum {}", gauge_sum(many.iter().map(|g| g.0).collect())));
    out.push(format!("live {}", gauge_live(()) - before));
    drop(many);
    drop(c);
    out.push(format!("live {}", gauge_live(()) - before));
    out
}
export! { "dray:test/driver@1.0.0#exercise", () -> ptr = exercise }
