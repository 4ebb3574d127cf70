// This file is the guest of the Go API for async functions: wit/async.wit says what
// each of them does. rust/lib/async_abi.rs has its bindings.
//
// build: --crate-type cdylib
// world: async.wit

#[path = "lib/async_abi.rs"]
mod abi;
#[path = "lib/tasks.rs"]
#[macro_use]
mod tasks;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::Poll;

use abi::{Point, host};
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::wit_bindgen::{FutureReader, StreamReader, StreamResult, spawn, yield_async};

static WAITING: AtomicU32 = AtomicU32::new(0);

/// Waiting counts a call as long as it lives, also one that is cancelled.
struct Waiting;

impl Waiting {
    fn new() -> Waiting {
        WAITING.fetch_add(1, Relaxed);
        Waiting
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Relaxed);
    }
}

pub fn count_waiting() -> u32 {
    WAITING.load(Relaxed)
}

pub async fn sleep_and_add(ns: u64, a: u32, b: u32) -> u32 {
    let _waiting = Waiting::new();
    wait_for(ns).await;
    a.wrapping_add(b)
}

pub async fn turns(n: u32) -> u32 {
    for _ in 0..n {
        yield_async().await;
    }
    n
}

pub async fn copy_stream(mut from: StreamReader<u8>) -> StreamReader<u8> {
    let (mut to, copy) = abi::bytes();
    spawn(async move {
        let mut buf = Vec::with_capacity(1 << 16);
        loop {
            let (result, got) = from.read(buf).await;
            let rest = to.write_all(got).await;
            if result == StreamResult::Dropped || !rest.is_empty() {
                return;
            }
            buf = rest;
            buf.reserve(1 << 16);
        }
    });
    copy
}

pub async fn generate(n: u64, chunk: u32) -> StreamReader<u8> {
    let (mut to, bytes) = abi::bytes();
    spawn(async move {
        let mut at = 0;
        let mut buf = Vec::with_capacity(chunk as usize);
        while at < n {
            let end = n.min(at + u64::from(chunk.max(1)));
            buf.extend((at..end).map(|i| i as u8));
            buf = to.write_all(buf).await;
            if !buf.is_empty() {
                return;
            }
            at = end;
        }
    });
    bytes
}

pub async fn drain(mut s: StreamReader<u8>, chunk: u32) -> u64 {
    let mut bytes = 0;
    let mut buf = Vec::with_capacity(chunk.max(1) as usize);
    loop {
        let (result, mut got) = s.read(buf).await;
        bytes += got.len() as u64;
        if result == StreamResult::Dropped {
            return bytes;
        }
        got.clear();
        buf = got;
    }
}

pub async fn map_records(mut from: StreamReader<Point>) -> StreamReader<Point> {
    let (mut to, mapped) = abi::points();
    spawn(async move {
        loop {
            let (result, got) = from.read(Vec::with_capacity(16)).await;
            let turned = got.into_iter().map(|p| Point { x: p.y, y: p.x, label: p.label + "'" });
            let rest = to.write_all(turned.collect()).await;
            if result == StreamResult::Dropped || !rest.is_empty() {
                return;
            }
        }
    });
    mapped
}

pub async fn records(n: u32) -> StreamReader<Point> {
    let (mut to, points) = abi::points();
    spawn(async move {
        let list = (0..n as i32).map(|i| Point { x: i, y: -i, label: format!("point {i}") });
        to.write_all(list.collect()).await;
    });
    points
}

pub async fn sum(mut s: StreamReader<u32>) -> u64 {
    let mut sum = 0;
    let mut buf = Vec::with_capacity(1024);
    loop {
        let (result, mut got) = s.read(buf).await;
        sum += got.drain(..).map(u64::from).sum::<u64>();
        if result == StreamResult::Dropped {
            return sum;
        }
        buf = got;
    }
}

pub async fn take(mut s: StreamReader<u32>, count: u32) -> Vec<u32> {
    let mut list = Vec::new();
    while list.len() < count as usize {
        match s.next().await {
            Some(n) => list.push(n),
            None => break,
        }
    }
    list
}

pub async fn later(ns: u64, text: String) -> FutureReader<String> {
    let (tx, rx) = abi::text();
    spawn(async move {
        wait_for(ns).await;
        _ = tx.write(text).await;
    });
    rx
}

pub async fn check(ns: u64, text: String) -> Result<String, String> {
    wait_for(ns).await;
    if text.is_empty() || text.starts_with('!') { Err(text) } else { Ok(text) }
}

pub async fn ticks(n: u32) -> u64 {
    tasks::join_all((0..n).map(|_| host::tick())).await.into_iter().sum()
}

pub async fn through() -> u64 {
    host::sink(host::source()).await
}

pub async fn give_up(ns: u64) -> bool {
    let (mut forever, mut timer) = (pin!(host::forever()), pin!(wait_for(ns)));
    poll_fn(|cx| {
        if forever.as_mut().poll(cx).is_ready() {
            return Poll::Ready(false);
        }
        timer.as_mut().poll(cx).map(|()| true)
    })
    .await
}

pub async fn never() {
    let _waiting = Waiting::new();
    wait_for(u64::MAX).await;
}

// Reads a stream that only it can write to.
pub async fn stuck() {
    let _waiting = Waiting::new();
    let (_to, mut from) = abi::bytes();
    from.next().await;
}

pub async fn trap_later(ns: u64) {
    let _waiting = Waiting::new();
    wait_for(ns).await;
    core::arch::wasm32::unreachable();
}
