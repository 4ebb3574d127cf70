// This file makes call stacks worth printing: a trait, generic types, a
// closure behind a trait object, and an iterator. It needs only core.

use core::hint::black_box;

pub trait Visit {
    fn visit(&self, depth: u32, end: &dyn Fn());
}

pub struct Nested<T>(pub T);

impl<T: Visit> Visit for Nested<T> {
    #[inline(never)]
    fn visit(&self, depth: u32, end: &dyn Fn()) {
        self.0.visit(depth + 1, end);
        black_box(depth);
    }
}

pub struct Leaf;

impl Visit for Leaf {
    #[inline(never)]
    fn visit(&self, depth: u32, end: &dyn Fn()) {
        (0..1).for_each(|_| end());
        black_box(depth);
    }
}
