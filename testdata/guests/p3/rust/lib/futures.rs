//! This file is the part of the crate futures that wit-bindgen's feature
//! async-spawn uses: a set of futures that are polled together. It stands in for
//! that crate, which Rust's source does not come with.

pub mod stream {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    /// A set of futures. It polls all that are left whenever it is polled, and wants to
    /// be polled again when there are more.
    pub struct FuturesUnordered<F>(Vec<F>, Option<Waker>);

    impl<F> FuturesUnordered<F> {
        pub fn is_empty(&self) -> bool {
            self.0.is_empty()
        }
    }

    impl<F> Default for FuturesUnordered<F> {
        fn default() -> Self {
            Self(Vec::new(), None)
        }
    }

    impl<F> FromIterator<F> for FuturesUnordered<F> {
        fn from_iter<I: IntoIterator<Item = F>>(list: I) -> Self {
            Self(list.into_iter().collect(), None)
        }
    }

    impl<F> Extend<F> for FuturesUnordered<F> {
        fn extend<I: IntoIterator<Item = F>>(&mut self, list: I) {
            self.0.extend(list);
            if let Some(waker) = self.1.take() {
                waker.wake();
            }
        }
    }

    pub trait StreamExt {
        type Item;
        fn poll_next_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;
    }

    impl<F: Future + Unpin> StreamExt for FuturesUnordered<F> {
        type Item = F::Output;

        fn poll_next_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
            for i in 0..self.0.len() {
                if let Poll::Ready(value) = Pin::new(&mut self.0[i]).poll(cx) {
                    drop(self.0.remove(i));
                    return Poll::Ready(Some(value));
                }
            }
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            self.1 = Some(cx.waker().clone());
            Poll::Pending
        }
    }
}
