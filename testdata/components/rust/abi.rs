//! This file is the canonical ABI for the guests beside it: how values lie in
//! memory and in flat parameters, and macros that export and import functions.
//!
//! A value that is lowered gives its memory away, and lifting takes memory
//! over. So what was lowered for a call is freed by lifting it again.
#![allow(dead_code, unused_macros, unused_imports)]

use std::alloc::{Layout, alloc, dealloc, realloc};

pub const MAX_FLAT_PARAMS: usize = 16;

/// Flat values, each as the bits of its core value.
pub struct Slots {
    bits: [u64; 48],
    pub at: usize,
}

impl Slots {
    pub fn new() -> Self {
        Self { bits: [0; 48], at: 0 }
    }
    pub fn push(&mut self, bits: u64) {
        self.bits[self.at] = bits;
        self.at += 1;
    }
    pub fn take(&mut self) -> u64 {
        self.at += 1;
        self.bits[self.at - 1]
    }
}

/// A core value type.
pub trait Core: Copy {
    fn bits(self) -> u64;
    fn of(bits: u64) -> Self;
}

macro_rules! core {
    ($($t:ty: $v:ident => $bits:expr, $b:ident => $of:expr;)*) => {$(
        impl Core for $t {
            fn bits(self) -> u64 { let $v = self; $bits }
            fn of($b: u64) -> Self { $of }
        }
    )*};
}
core! {
    (): _v => 0, _b => ();
    i32: v => v as u32 as u64, b => b as i32;
    i64: v => v as u64, b => b as i64;
    f32: v => v.to_bits() as u64, b => f32::from_bits(b as u32);
    f64: v => v.to_bits(), b => f64::from_bits(b);
}

/// A value of a WIT type.
pub trait Val: Sized {
    const SIZE: usize;
    const ALIGN: usize;
    /// How many flat values there are.
    const FLAT: usize;
    unsafe fn load(p: *mut u8) -> Self;
    unsafe fn store(self, p: *mut u8);
    unsafe fn lift(s: &mut Slots) -> Self;
    fn lower(self, s: &mut Slots);
}

pub const fn align(offset: usize, to: usize) -> usize {
    (offset + to - 1) / to * to
}

pub const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// An area for a value, which `free` gives back.
pub fn area(size: usize, align: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    unsafe { alloc(Layout::from_size_align_unchecked(size, align)) }
}

pub unsafe fn free(p: *mut u8, size: usize, align: usize) {
    if size != 0 {
        unsafe { dealloc(p, Layout::from_size_align_unchecked(size, align)) }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if old_size == 0 {
        return area(size, align);
    }
    unsafe { realloc(old, Layout::from_size_align_unchecked(old_size, align), size) }
}

macro_rules! scalar {
    ($($t:ty as $mem:ty, $core:ty: $v:ident => $to:expr, $c:ident => $from:expr;)*) => {$(
        impl Val for $t {
            const SIZE: usize = size_of::<$mem>();
            const ALIGN: usize = size_of::<$mem>();
            const FLAT: usize = 1;
            unsafe fn load(p: *mut u8) -> Self {
                let $c = unsafe { *p.cast::<$mem>() };
                $from
            }
            unsafe fn store(self, p: *mut u8) {
                let $v = self;
                unsafe { *p.cast::<$mem>() = $to }
            }
            unsafe fn lift(s: &mut Slots) -> Self {
                let $c = <$core>::of(s.take()) as $mem;
                $from
            }
            fn lower(self, s: &mut Slots) {
                let $v = self;
                let mem: $mem = $to;
                s.push((mem as $core).bits())
            }
        }
    )*};
}
scalar! {
    bool as u8, i32: v => v as u8, c => c != 0;
    u8 as u8, i32: v => v, c => c;
    u16 as u16, i32: v => v, c => c;
    u32 as u32, i32: v => v, c => c;
    u64 as u64, i64: v => v, c => c;
    i8 as i8, i32: v => v, c => c;
    i16 as i16, i32: v => v, c => c;
    i32 as i32, i32: v => v, c => c;
    i64 as i64, i64: v => v, c => c;
    f32 as f32, f32: v => v, c => c;
    f64 as f64, f64: v => v, c => c;
    char as u32, i32: v => v as u32, c => char::from_u32(c).unwrap();
}

impl Val for () {
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const FLAT: usize = 0;
    unsafe fn load(_: *mut u8) {}
    unsafe fn store(self, _: *mut u8) {}
    unsafe fn lift(_: &mut Slots) {}
    fn lower(self, _: &mut Slots) {}
}

/// What strings and lists have in common: an address and a length.
macro_rules! pointed {
    () => {
        const SIZE: usize = 8;
        const ALIGN: usize = 4;
        const FLAT: usize = 2;
        unsafe fn load(p: *mut u8) -> Self {
            let w = p.cast::<u32>();
            unsafe { Self::from_memory(*w as *mut u8, *w.add(1) as usize) }
        }
        unsafe fn store(self, p: *mut u8) {
            let (at, len) = self.into_memory();
            let w = p.cast::<u32>();
            unsafe {
                *w = at as u32;
                *w.add(1) = len as u32;
            }
        }
        unsafe fn lift(s: &mut Slots) -> Self {
            let at = s.take() as u32 as *mut u8;
            unsafe { Self::from_memory(at, s.take() as u32 as usize) }
        }
        fn lower(self, s: &mut Slots) {
            let (at, len) = self.into_memory();
            s.push(at as u64);
            s.push(len as u64);
        }
    };
}

/// A list<u8>, which is not copied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    unsafe fn from_memory(p: *mut u8, len: usize) -> Self {
        if len == 0 {
            return Self::default();
        }
        Self(unsafe { Vec::from_raw_parts(p, len, len) })
    }
    fn into_memory(self) -> (*mut u8, usize) {
        let b = Box::leak(self.0.into_boxed_slice());
        (b.as_mut_ptr(), b.len())
    }
}
impl Val for Bytes {
    pointed! {}
}

trait Memory: Sized {
    unsafe fn from_memory(p: *mut u8, len: usize) -> Self;
    fn into_memory(self) -> (*mut u8, usize);
}

impl Memory for String {
    unsafe fn from_memory(p: *mut u8, len: usize) -> Self {
        String::from_utf8(unsafe { Bytes::from_memory(p, len) }.0).unwrap()
    }
    fn into_memory(self) -> (*mut u8, usize) {
        Bytes(self.into_bytes()).into_memory()
    }
}
impl Val for String {
    pointed! {}
}

impl<T: Val> Memory for Vec<T> {
    unsafe fn from_memory(p: *mut u8, len: usize) -> Self {
        let mut v = Vec::with_capacity(len);
        unsafe {
            for i in 0..len {
                v.push(T::load(p.add(i * T::SIZE)));
            }
            free(p, len * T::SIZE, T::ALIGN);
        }
        v
    }
    fn into_memory(self) -> (*mut u8, usize) {
        let len = self.len();
        let p = area(len * T::SIZE, T::ALIGN);
        for (i, e) in self.into_iter().enumerate() {
            unsafe { e.store(p.add(i * T::SIZE)) }
        }
        (p, len)
    }
}
impl<T: Val> Val for Vec<T> {
    pointed! {}
}

/// Implements Val for a type whose fields follow each other.
macro_rules! fields {
    ([$($gen:tt)*] $t:ty, ($($f:ident: $ft:ty),*), $make:expr, $pat:pat) => {
        #[allow(unused_assignments, unused_mut)]
        impl<$($gen)*> $crate::abi::Val for $t {
            const ALIGN: usize = {
                let mut a = 1;
                $( a = $crate::abi::max(a, <$ft as $crate::abi::Val>::ALIGN); )*
                a
            };
            const SIZE: usize = {
                let mut o = 0;
                $( o = $crate::abi::align(o, <$ft as $crate::abi::Val>::ALIGN) + <$ft as $crate::abi::Val>::SIZE; )*
                $crate::abi::align(o, Self::ALIGN)
            };
            const FLAT: usize = 0 $( + <$ft as $crate::abi::Val>::FLAT )*;
            unsafe fn load(p: *mut u8) -> Self {
                let mut o = 0;
                $(
                    o = $crate::abi::align(o, <$ft as $crate::abi::Val>::ALIGN);
                    let $f = unsafe { <$ft as $crate::abi::Val>::load(p.add(o)) };
                    o += <$ft as $crate::abi::Val>::SIZE;
                )*
                $make
            }
            unsafe fn store(self, p: *mut u8) {
                let $pat = self;
                let mut o = 0;
                $(
                    o = $crate::abi::align(o, <$ft as $crate::abi::Val>::ALIGN);
                    unsafe { $f.store(p.add(o)) };
                    o += <$ft as $crate::abi::Val>::SIZE;
                )*
            }
            unsafe fn lift(s: &mut $crate::abi::Slots) -> Self {
                $( let $f = unsafe { <$ft as $crate::abi::Val>::lift(s) }; )*
                $make
            }
            fn lower(self, s: &mut $crate::abi::Slots) {
                let $pat = self;
                $( $f.lower(s); )*
            }
        }
    };
}

macro_rules! record {
    ($name:ident { $($f:ident: $t:ty),* $(,)? }) => {
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $(pub $f: $t),* }
        fields! { [] $name, ($($f: $t),*), $name { $($f),* }, $name { $($f),* } }
    };
}

macro_rules! tuples {
    ($(($($f:ident $t:ident),*))*) => {$(
        fields! { [$($t: Val),*] ($($t,)*), ($($f: $t),*), ($($f,)*), ($($f,)*) }
    )*};
}
tuples! {
    (a A)
    (a A, b B)
    (a A, b B, c C)
    (a A, b B, c C, d D)
}

/// Implements Val for a type with cases.
macro_rules! cases {
    ([$($gen:tt)*] $t:ty, $($case:ident $(($v:ident: $ct:ty))?),*) => {
        #[allow(unused_assignments, unused_mut)]
        impl<$($gen)*> $crate::abi::Val for $t {
            const ALIGN: usize = $crate::abi::max(<Self as $crate::abi::Case>::DISC, <Self as $crate::abi::Case>::PAYLOAD_ALIGN);
            const SIZE: usize = {
                let mut n = 0;
                $($( n = $crate::abi::max(n, <$ct as $crate::abi::Val>::SIZE); )?)*
                $crate::abi::align(<Self as $crate::abi::Case>::PAYLOAD_AT + n, Self::ALIGN)
            };
            const FLAT: usize = {
                let mut n = 0;
                $($( n = $crate::abi::max(n, <$ct as $crate::abi::Val>::FLAT); )?)*
                n + 1
            };
            unsafe fn load(p: *mut u8) -> Self {
                let d = unsafe { if <Self as $crate::abi::Case>::DISC == 1 { *p as usize } else { *p.cast::<u16>() as usize } };
                let mut i = 0;
                $(
                    if d == i {
                        return Self::$case $((unsafe { <$ct as $crate::abi::Val>::load(p.add(<Self as $crate::abi::Case>::PAYLOAD_AT)) }))?;
                    }
                    i += 1;
                )*
                panic!("discriminant {d} of {}", stringify!($t))
            }
            unsafe fn store(self, p: *mut u8) {
                let i = $crate::abi::Case::case(&self);
                unsafe { if <Self as $crate::abi::Case>::DISC == 1 { *p = i as u8 } else { *p.cast::<u16>() = i as u16 } }
                match self {
                    $( Self::$case $(($v))? => { $( unsafe { $v.store(p.add(<Self as $crate::abi::Case>::PAYLOAD_AT)) } )? } )*
                }
            }
            unsafe fn lift(s: &mut $crate::abi::Slots) -> Self {
                let end = s.at + Self::FLAT;
                let d = s.take() as u32 as usize;
                let mut i = 0;
                $(
                    if d == i {
                        let v = Self::$case $((unsafe { <$ct as $crate::abi::Val>::lift(s) }))?;
                        s.at = end;
                        return v;
                    }
                    i += 1;
                )*
                panic!("discriminant {d} of {}", stringify!($t))
            }
            fn lower(self, s: &mut $crate::abi::Slots) {
                let end = s.at + Self::FLAT;
                s.push($crate::abi::Case::case(&self) as u64);
                match self {
                    $( Self::$case $(($v))? => { $( $v.lower(s); )? } )*
                }
                while s.at < end {
                    s.push(0);
                }
            }
        }
        #[allow(unused_assignments, unused_mut)]
        impl<$($gen)*> $crate::abi::Case for $t {
            const CASES: usize = 0 $( + { let _ = stringify!($case); 1 } )*;
            const PAYLOAD_ALIGN: usize = {
                let mut a = 1;
                $($( a = $crate::abi::max(a, <$ct as $crate::abi::Val>::ALIGN); )?)*
                a
            };
            fn case(&self) -> usize {
                let mut i = 0;
                $(
                    #[allow(unused_variables)]
                    if let Self::$case $(($v))? = self {
                        return i;
                    }
                    i += 1;
                )*
                i
            }
        }
    };
}

/// A type with cases.
pub trait Case {
    const CASES: usize;
    const PAYLOAD_ALIGN: usize;
    /// The size of the discriminant.
    const DISC: usize = if Self::CASES <= 0x100 { 1 } else { 2 };
    const PAYLOAD_AT: usize = align(Self::DISC, Self::PAYLOAD_ALIGN);
    /// The number of the value's case.
    fn case(&self) -> usize;
}

macro_rules! variant {
    ($name:ident { $($case:ident $(($v:ident: $t:ty))?),* $(,)? }) => {
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name { $($case $(($t))?),* }
        cases! { [] $name, $($case $(($v: $t))?),* }
    };
}

cases! { [T: Val] Option<T>, None, Some(v: T) }
cases! { [T: Val, E: Val] Result<T, E>, Ok(v: T), Err(v: E) }

/// The parameters of a call from outside.
pub unsafe fn enter<P: Val>(mut s: Slots) -> P {
    s.at = 0;
    unsafe {
        if P::FLAT <= MAX_FLAT_PARAMS {
            return P::lift(&mut s);
        }
        let p = s.take() as u32 as *mut u8;
        let v = P::load(p);
        free(p, P::SIZE, P::ALIGN);
        v
    }
}

/// Parameters for a call to the outside, which `enter` frees.
pub fn pass<P: Val>(p: P) -> Slots {
    let mut s = Slots::new();
    if P::FLAT <= MAX_FLAT_PARAMS {
        p.lower(&mut s);
    } else {
        s.push(to_area(p) as u64);
    }
    s
}

/// The value in a new area.
pub fn to_area<R: Val>(r: R) -> *mut u8 {
    let p = area(R::SIZE, R::ALIGN);
    unsafe { r.store(p) };
    p
}

pub unsafe fn from_area<R: Val>(p: *mut u8) -> R {
    unsafe {
        let r = R::load(p);
        free(p, R::SIZE, R::ALIGN);
        r
    }
}

/// Frees what a function returned.
pub unsafe fn post<P, R: Val>(_: fn(P) -> R, p: *mut u8) {
    drop(unsafe { from_area::<R>(p) })
}

/// export! { "NAME" (a: CORE, ...) -> CORE = FUNCTION } exports a function of
/// one parameter, which is a tuple if there are several. With "-> ptr" the
/// result is in memory, and there is a post-return function.
macro_rules! export {
    ($name:expr, ($($a:ident: $c:ty),*) -> ptr = $f:expr) => {
        #[allow(unused_mut)]
        const _: () = {
            #[unsafe(export_name = $name)]
            unsafe extern "C" fn call($($a: $c),*) -> *mut u8 {
                let mut s = $crate::abi::Slots::new();
                $( s.push($crate::abi::Core::bits($a)); )*
                let f: fn(_) -> _ = $f;
                $crate::abi::to_area(f(unsafe { $crate::abi::enter(s) }))
            }
            #[unsafe(export_name = concat!("cabi_post_", $name))]
            unsafe extern "C" fn post(p: *mut u8) {
                unsafe { $crate::abi::post($f, p) }
            }
        };
    };
    ($name:expr, ($($a:ident: $c:ty),*) -> $r:ty = $f:expr) => {
        #[allow(unused_mut)]
        const _: () = {
            #[unsafe(export_name = $name)]
            unsafe extern "C" fn call($($a: $c),*) -> $r {
                let mut s = $crate::abi::Slots::new();
                $( s.push($crate::abi::Core::bits($a)); )*
                let f: fn(_) -> _ = $f;
                let r = f(unsafe { $crate::abi::enter(s) });
                let mut s = $crate::abi::Slots::new();
                $crate::abi::Val::lower(r, &mut s);
                s.at = 0;
                $crate::abi::Core::of(s.take())
            }
        };
    };
}

/// import! { "MODULE", "NAME", fn name(TYPE) -> TYPE = (a: CORE, ...) -> CORE }
/// imports a function in the same way.
macro_rules! import {
    ($module:expr, $name:expr, fn $f:ident($p:ty) -> $rt:ty = ($($a:ident: $c:ty),*) -> ptr) => {
        pub fn $f(p: $p) -> $rt {
            #[link(wasm_import_module = $module)]
            unsafe extern "C" {
                #[link_name = $name]
                fn raw($($a: $c,)* out: *mut u8);
            }
            let mut s = $crate::abi::pass::<$p>(p);
            s.at = 0;
            unsafe {
                $( let $a = <$c as $crate::abi::Core>::of(s.take()); )*
                let out = $crate::abi::area(<$rt as $crate::abi::Val>::SIZE, <$rt as $crate::abi::Val>::ALIGN);
                raw($($a,)* out);
                let _ = $crate::abi::enter::<$p>(s);
                $crate::abi::from_area(out)
            }
        }
    };
    ($module:expr, $name:expr, fn $f:ident($p:ty) -> $rt:ty = ($($a:ident: $c:ty),*) -> $r:ty) => {
        pub fn $f(p: $p) -> $rt {
            #[link(wasm_import_module = $module)]
            unsafe extern "C" {
                #[link_name = $name]
                fn raw($($a: $c),*) -> $r;
            }
            let mut s = $crate::abi::pass::<$p>(p);
            s.at = 0;
            unsafe {
                $( let $a = <$c as $crate::abi::Core>::of(s.take()); )*
                let r: $r = raw($($a),*);
                let _ = $crate::abi::enter::<$p>(s);
                let mut s = $crate::abi::Slots::new();
                s.push($crate::abi::Core::bits(r));
                s.at = 0;
                <$rt as $crate::abi::Val>::lift(&mut s)
            }
        }
    };
}

pub(crate) use {cases, export, fields, import, record, variant};
