//! This file is the component `counting`: it uses counters of another one.

#[path = "abi.rs"]
#[macro_use]
mod abi;

/// A counter, which is dropped with this value.
struct Counter(u32);

#[link(wasm_import_module = "dray:test/counters@1.0.0")]
unsafe extern "C" {
    #[link_name = "[resource-drop]counter"]
    fn counter_drop(h: u32);
}

impl Drop for Counter {
    fn drop(&mut self) {
        unsafe { counter_drop(self.0) }
    }
}

impl Counter {
    /// Gives the handle away.
    fn give(self) -> u32 {
        let h = self.0;
        std::mem::forget(self);
        h
    }
}

import! { "dray:test/counters@1.0.0", "[constructor]counter", fn new(u32) -> u32 = (n: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "[method]counter.get", fn get(u32) -> u32 = (h: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "[method]counter.add", fn add((u32, u32)) -> u32 = (h: i32, n: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "[static]counter.merge", fn merge((u32, u32)) -> u32 = (a: i32, b: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "[static]counter.live", fn live(()) -> u32 = () -> i32 }
import! { "dray:test/counters@1.0.0", "pass", fn pass(u32) -> u32 = (h: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "peek", fn peek(u32) -> u32 = (h: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "peek-deep",
    fn peek_deep(Option<(u8, u32)>) -> Option<u32> = (d: i32, n: i32, h: i32) -> ptr }
import! { "dray:test/counters@1.0.0", "make", fn make(u32) -> Vec<u32> = (n: i32) -> ptr }
import! { "dray:test/counters@1.0.0", "sum", fn sum(Vec<u32>) -> u32 = (p: i32, n: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "consume", fn consume(Vec<u32>) -> u32 = (p: i32, n: i32) -> i32 }
import! { "dray:test/counters@1.0.0", "try-make",
    fn try_make((u32, Option<String>)) -> Result<u32, String> = (start: i32, d: i32, p: i32, n: i32) -> ptr }
import! { "dray:test/counters@1.0.0", "dropped", fn dropped(()) -> Vec<u32> = () -> ptr }

fn exercise(_: ()) -> Vec<String> {
    let mut out = Vec::new();
    let a = Counter(new(10));
    out.push(format!("add {}", add((a.0, 5))));
    out.push(format!("peek {} {:?} {:?}", peek(a.0), peek_deep(Some((7, a.0))), peek_deep(None)));
    let a = Counter(pass(a.give()));
    let b = Counter(new(100));
    let c = Counter(merge((a.give(), b.give())));
    out.push(format!("merged {}, live {}", get(c.0), live(())));
    let many: Vec<Counter> = make(4).into_iter().map(Counter).collect();
    out.push(format!("sum {}, live {}", sum(many.iter().map(|c| c.0).collect()), live(())));
    out.push(format!("consumed {}", consume(many.into_iter().map(Counter::give).collect())));
    out.push(format!("{:?}", try_make((1, Some("no".into())))));
    let d = Counter(try_make((8, None)).unwrap());
    out.push(format!("made {}, live {}", get(d.0), live(())));
    drop(c);
    drop(d);
    out.push(format!("live {}, dropped {:?}", live(()), dropped(())));
    out
}

export! { "exercise", () -> ptr = exercise }
