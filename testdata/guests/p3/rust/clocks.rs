// This file waits by WASI 0.3's clocks, alone and for many at a time, and asks for
// random numbers. The arguments are the names of checks; without any, all are made.
//
// build: --crate-type cdylib

#[path = "lib/check.rs"]
mod check;
#[path = "lib/tasks.rs"]
mod tasks;

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use check::{Checks, Outcome};
use tasks::{first, join_all};
use wasip3::cli::environment;
use wasip3::clocks::{monotonic_clock as monotonic, system_clock};
use wasip3::random::{insecure, insecure_seed, random};

struct Clocks;

wasip3::cli::command::export!(Clocks);

const MS: u64 = 1_000_000;

impl wasip3::exports::cli::run::Guest for Clocks {
    async fn run() -> Result<(), ()> {
        let mut checks = Checks::new(environment::get_arguments().into_iter().skip(1));
        checks.run("wait", wait()).await;
        checks.run("past", past()).await;
        checks.run("together", together()).await;
        checks.run("many", many()).await;
        checks.run("race", race()).await;
        checks.run("cancelled", cancelled()).await;
        checks.run("clocks", clocks()).await;
        checks.run("random", random_numbers()).await;
        checks.end()
    }
}

async fn wait() -> Outcome {
    for ns in [0, 1, MS, 3 * MS] {
        let start = monotonic::now();
        monotonic::wait_for(ns).await;
        check!(monotonic::now() - start >= ns);
        let start = monotonic::now();
        monotonic::wait_until(start + ns).await;
        check!(monotonic::now() >= start + ns);
    }
    Ok(())
}

// What is past is there at once: it is ready when it is first looked at.
async fn past() -> Outcome {
    let now = monotonic::now();
    for mark in [0, 1, now.saturating_sub(MS), now] {
        let mut cx = Context::from_waker(Waker::noop());
        check!(pin!(monotonic::wait_until(mark)).poll(&mut cx).is_ready());
    }
    Ok(())
}

// Timers that run at the same time: all have begun when the first of them ends.
async fn together() -> Outcome {
    let start = monotonic::now();
    let begun = Cell::new(0);
    let timers = [40u64, 10, 30, 20].map(|ms| {
        let begun = &begun;
        async move {
            begun.set(begun.get() + 1);
            monotonic::wait_for(ms * MS).await;
            (monotonic::now(), begun.get())
        }
    });
    let ends = join_all(timers).await;
    for ((end, begun), ms) in ends.iter().zip([40, 10, 30, 20]) {
        check!(*end - start >= ms * MS);
        check!(*begun, 4);
    }
    Ok(())
}

async fn many() -> Outcome {
    let mark = monotonic::now() + 20 * MS;
    let ends = join_all((0..1000).map(|i| async move {
        monotonic::wait_until(mark + i % 7 * MS).await;
        monotonic::now()
    }))
    .await;
    check!(ends.len(), 1000);
    check!(ends.iter().zip(0..).all(|(end, i)| *end >= mark + i % 7 * MS));
    Ok(())
}

async fn race() -> Outcome {
    let timer = |ms: u64| -> Pin<Box<dyn Future<Output = u64>>> {
        Box::pin(async move {
            monotonic::wait_for(ms * MS).await;
            ms
        })
    };
    check!(first(vec![timer(60_000), timer(5), timer(60_001)]).await, (1, 5));
    Ok(())
}

// A timer that nobody wants any more is cancelled, started or not.
async fn cancelled() -> Outcome {
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        let mut timer = pin!(monotonic::wait_for(3_600_000 * MS));
        check!(timer.as_mut().poll(&mut cx).is_pending());
    }
    drop(monotonic::wait_for(1));
    Ok(())
}

async fn clocks() -> Outcome {
    check!(monotonic::get_resolution() > 0);
    check!(system_clock::get_resolution() > 0);
    let now = system_clock::now();
    check!(now.seconds > 1_600_000_000);
    check!(now.nanoseconds < 1_000_000_000);
    let a = monotonic::now();
    check!(monotonic::now() >= a);
    Ok(())
}

async fn random_numbers() -> Outcome {
    for n in [0usize, 1, 10, 4096, 100_000] {
        check!(random::get_random_bytes(n as u64).len(), n);
        check!(insecure::get_insecure_random_bytes(n as u64).len(), n);
    }
    check!(random::get_random_bytes(16) != random::get_random_bytes(16));
    check!(random::get_random_u64() != random::get_random_u64());
    check!(insecure::get_insecure_random_u64() != insecure::get_insecure_random_u64());
    check!(insecure_seed::get_insecure_seed(), insecure_seed::get_insecure_seed());
    Ok(())
}
