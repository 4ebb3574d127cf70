// This file waits for several futures at once, and prints through WASI 0.3.
// Programs take what they need of it.
#![allow(dead_code)]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use wasip3::cli::{stderr, stdout};
use wasip3::wit_stream;

/// join waits for both futures.
pub async fn join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (None, None);
    {
        let tasks: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = vec![
            Box::pin(async { first = Some(a.await) }),
            Box::pin(async { second = Some(b.await) }),
        ];
        join_all(tasks).await;
    }
    (first.expect("it has ended"), second.expect("it has ended"))
}

/// join_all waits for all futures, and has their values in the order of the list.
pub fn join_all<F: Future>(list: impl IntoIterator<Item = F>) -> JoinAll<F> {
    JoinAll(list.into_iter().map(|f| Slot::Running(Box::pin(f))).collect())
}

pub struct JoinAll<F: Future>(Vec<Slot<F>>);

enum Slot<F: Future> {
    Running(Pin<Box<F>>),
    Ended(Option<F::Output>),
}

impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut pending = false;
        for slot in &mut self.0 {
            if let Slot::Running(f) = slot {
                match f.as_mut().poll(cx) {
                    Poll::Ready(value) => *slot = Slot::Ended(Some(value)),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            return Poll::Pending;
        }
        let take = |slot: Slot<F>| match slot {
            Slot::Ended(Some(value)) => value,
            _ => unreachable!(),
        };
        Poll::Ready(self.0.drain(..).map(take).collect())
    }
}

/// first waits for the first of the futures and drops the others, which cancels
/// what they wait for. It has the number of the one that ended.
pub async fn first<T>(mut list: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> (usize, T) {
    std::future::poll_fn(|cx| {
        for (i, f) in list.iter_mut().enumerate() {
            if let Poll::Ready(value) = f.as_mut().poll(cx) {
                return Poll::Ready((i, value));
            }
        }
        Poll::Pending
    })
    .await
}

/// out writes text to WASI 0.3's standard output, through a stream of its own,
/// and waits until it is there.
pub async fn out(text: impl Into<Vec<u8>>) {
    let (mut tx, rx) = wit_stream::new();
    let written = stdout::write_via_stream(rx);
    let rest = tx.write_all(text.into()).await;
    drop(tx);
    written.await.expect("standard output can be written to");
    assert!(rest.is_empty(), "{} bytes were not taken", rest.len());
}

/// err is out for standard error.
pub async fn err(text: impl Into<Vec<u8>>) {
    let (mut tx, rx) = wit_stream::new();
    let written = stderr::write_via_stream(rx);
    tx.write_all(text.into()).await;
    drop(tx);
    _ = written.await;
}

/// say is out with the arguments of format, and the end of the line.
#[macro_export]
macro_rules! say {
    ($($arg:tt)*) => {
        $crate::tasks::out(format!($($arg)*) + "\n").await
    };
}
