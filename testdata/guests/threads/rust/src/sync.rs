//! A mutex and a condition variable over the instructions that wait.

use crate::sys::{notify, wait};
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicI32, Ordering::SeqCst};

/// A mutex: 0 is free, 1 locked, 2 locked with others waiting.
pub struct Mutex<T> {
    state: AtomicI32,
    value: UnsafeCell<T>,
}

unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    pub const fn new(value: T) -> Self {
        Self { state: AtomicI32::new(0), value: UnsafeCell::new(value) }
    }

    pub fn lock(&self) -> Guard<'_, T> {
        if self.state.compare_exchange(0, 1, SeqCst, SeqCst).is_err() {
            while self.state.swap(2, SeqCst) != 0 {
                wait(&self.state, 2, -1);
            }
        }
        Guard(self)
    }
}

pub struct Guard<'a, T>(&'a Mutex<T>);

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if self.0.state.swap(0, SeqCst) == 2 {
            notify(&self.0.state, 1);
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        unsafe { &mut *self.0.value.get() }
    }
}

/// A condition variable, which counts its notifications.
pub struct Condvar(AtomicI32);

impl Condvar {
    pub const fn new() -> Self {
        Self(AtomicI32::new(0))
    }

    pub fn wait<'a, T>(&self, guard: Guard<'a, T>) -> Guard<'a, T> {
        let seen = self.0.load(SeqCst);
        let mutex = guard.0;
        drop(guard);
        wait(&self.0, seen, -1);
        mutex.lock()
    }

    pub fn notify_one(&self) {
        self.0.fetch_add(1, SeqCst);
        notify(&self.0, 1);
    }

    pub fn notify_all(&self) {
        self.0.fetch_add(1, SeqCst);
        notify(&self.0, u32::MAX);
    }
}
