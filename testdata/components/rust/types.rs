//! This file is the component `types`: every type of value both ways. Each
//! export calls the import of the same name and gives back what that gave.

use std::sync::atomic::{AtomicU32, Ordering};

#[path = "abi.rs"]
#[macro_use]
mod abi;
use abi::{Bytes, Val};

record! { Point { x: i32, y: i32 } }
record! { Mixed { a: u8, b: u64, c: i16, d: f32, e: bool } }
record! { Person { name: String, age: u8, email: Option<String>, tags: Vec<String> } }
record! { Line { start: Point, end: Point, label: String, weight: f64, owner: Person } }
variant! { Shape {
    Nothing, Circle(v: f64), Square(v: f32), Rect(v: Point), Named(v: String), Id(v: u64),
    Outline(v: Vec<Point>), Lettered(v: (char, u8)),
} }
variant! { Nested { One(v: Shape), Maybe(v: Option<Shape>), Either(v: Result<Shape, String>) } }
variant! { Color { Red, Green, Blue } }
record! { Large {
    f1: u8, f2: u16, f3: u32, f4: u64, f5: i8, f6: i16, f7: i32, f8: i64, f9: f32, f10: f64,
    f11: bool, f12: char, f13: String, f14: Bytes, f15: Option<u8>, f16: Color, f17: Perms,
    f18: Point, f19: Result<u8, String>, f20: Vec<String>,
} }
record! { Flat16 {
    a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64, i: f32, j: f64, k: bool,
    l: char, m: Color, n: Perms, o: String,
} }
record! { Flat17 {
    a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64, i: f32, j: f64, k: bool,
    l: char, m: Color, n: Perms, o: String, p: u8,
} }

// Flags, and an enum of 257 cases, are integers in memory.
type Perms = u8;
type Bits8 = u8;
type Bits9 = u16;
type Bits16 = u16;
type Bits32 = u32;
type Wide = u16;

const _: () = assert!(Mixed::SIZE == 32 && Shape::SIZE == 16 && Shape::FLAT == 3 && Flat17::FLAT == 17);

macro_rules! echo {
    ($($name:literal $f:ident($t:ty) -> $rt:ty = ($($a:ident: $c:ty),*) -> $r:tt;)*) => {$(
        import! { "dray:test/values@1.0.0", $name, fn $f($t) -> $rt = ($($a: $c),*) -> $r }
        export! { concat!("dray:test/values@1.0.0#", $name), ($($a: $c),*) -> $r = $f }
    )*};
}
echo! {
    "echo-bool" echo_bool(bool) -> bool = (a: i32) -> i32;
    "echo-u8" echo_u8(u8) -> u8 = (a: i32) -> i32;
    "echo-u16" echo_u16(u16) -> u16 = (a: i32) -> i32;
    "echo-u32" echo_u32(u32) -> u32 = (a: i32) -> i32;
    "echo-u64" echo_u64(u64) -> u64 = (a: i64) -> i64;
    "echo-s8" echo_s8(i8) -> i8 = (a: i32) -> i32;
    "echo-s16" echo_s16(i16) -> i16 = (a: i32) -> i32;
    "echo-s32" echo_s32(i32) -> i32 = (a: i32) -> i32;
    "echo-s64" echo_s64(i64) -> i64 = (a: i64) -> i64;
    "echo-f32" echo_f32(f32) -> f32 = (a: f32) -> f32;
    "echo-f64" echo_f64(f64) -> f64 = (a: f64) -> f64;
    "echo-char" echo_char(char) -> char = (a: i32) -> i32;
    "echo-string" echo_string(String) -> String = (a: i32, b: i32) -> ptr;

    "echo-list-bool" echo_list_bool(Vec<bool>) -> Vec<bool> = (a: i32, b: i32) -> ptr;
    "echo-list-u8" echo_list_u8(Bytes) -> Bytes = (a: i32, b: i32) -> ptr;
    "echo-list-s16" echo_list_s16(Vec<i16>) -> Vec<i16> = (a: i32, b: i32) -> ptr;
    "echo-list-u32" echo_list_u32(Vec<u32>) -> Vec<u32> = (a: i32, b: i32) -> ptr;
    "echo-list-u64" echo_list_u64(Vec<u64>) -> Vec<u64> = (a: i32, b: i32) -> ptr;
    "echo-list-f32" echo_list_f32(Vec<f32>) -> Vec<f32> = (a: i32, b: i32) -> ptr;
    "echo-list-f64" echo_list_f64(Vec<f64>) -> Vec<f64> = (a: i32, b: i32) -> ptr;
    "echo-list-char" echo_list_char(Vec<char>) -> Vec<char> = (a: i32, b: i32) -> ptr;
    "echo-list-string" echo_list_string(Vec<String>) -> Vec<String> = (a: i32, b: i32) -> ptr;
    "echo-list-point" echo_list_point(Vec<Point>) -> Vec<Point> = (a: i32, b: i32) -> ptr;
    "echo-list-mixed" echo_list_mixed(Vec<Mixed>) -> Vec<Mixed> = (a: i32, b: i32) -> ptr;
    "echo-list-person" echo_list_person(Vec<Person>) -> Vec<Person> = (a: i32, b: i32) -> ptr;
    "echo-list-shape" echo_list_shape(Vec<Shape>) -> Vec<Shape> = (a: i32, b: i32) -> ptr;
    "echo-list-color" echo_list_color(Vec<Color>) -> Vec<Color> = (a: i32, b: i32) -> ptr;
    "echo-list-wide" echo_list_wide(Vec<Wide>) -> Vec<Wide> = (a: i32, b: i32) -> ptr;
    "echo-list-bits9" echo_list_bits9(Vec<Bits9>) -> Vec<Bits9> = (a: i32, b: i32) -> ptr;
    "echo-list-list" echo_list_list(Vec<Vec<u16>>) -> Vec<Vec<u16>> = (a: i32, b: i32) -> ptr;
    "echo-list-tuple" echo_list_tuple(Vec<(u8, String)>) -> Vec<(u8, String)> = (a: i32, b: i32) -> ptr;
    "echo-list-option" echo_list_option(Vec<Option<u32>>) -> Vec<Option<u32>> = (a: i32, b: i32) -> ptr;
    "echo-list-result" echo_list_result(Vec<Result<u8, String>>) -> Vec<Result<u8, String>>
        = (a: i32, b: i32) -> ptr;

    "echo-point" echo_point(Point) -> Point = (a: i32, b: i32) -> ptr;
    "echo-mixed" echo_mixed(Mixed) -> Mixed = (a: i32, b: i64, c: i32, d: f32, e: i32) -> ptr;
    "echo-person" echo_person(Person) -> Person
        = (a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32) -> ptr;
    "echo-line" echo_line(Line) -> Line = (a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: f64,
        h: i32, i: i32, j: i32, k: i32, l: i32, m: i32, n: i32, o: i32) -> ptr;
    "echo-large" echo_large(Large) -> Large = (a: i32) -> ptr;

    "echo-tuple" echo_tuple((u8, i64, String)) -> (u8, i64, String) = (a: i32, b: i64, c: i32, d: i32) -> ptr;
    "echo-tuple-one" echo_tuple_one((f32,)) -> (f32,) = (a: f32) -> f32;

    "echo-option" echo_option(Option<u32>) -> Option<u32> = (a: i32, b: i32) -> ptr;
    "echo-option-string" echo_option_string(Option<String>) -> Option<String> = (a: i32, b: i32, c: i32) -> ptr;
    "echo-option-option" echo_option_option(Option<Option<bool>>) -> Option<Option<bool>>
        = (a: i32, b: i32, c: i32) -> ptr;

    "echo-result" echo_result(Result<u32, String>) -> Result<u32, String> = (a: i32, b: i32, c: i32) -> ptr;
    "echo-result-ok" echo_result_ok(Result<u64, ()>) -> Result<u64, ()> = (a: i32, b: i64) -> ptr;
    "echo-result-err" echo_result_err(Result<(), String>) -> Result<(), String> = (a: i32, b: i32, c: i32) -> ptr;
    "echo-result-none" echo_result_none(Result<(), ()>) -> Result<(), ()> = (a: i32) -> i32;
    "echo-result-join" echo_result_join(Result<f32, i64>) -> Result<f32, i64> = (a: i32, b: i64) -> ptr;

    "echo-shape" echo_shape(Shape) -> Shape = (a: i32, b: i64, c: i32) -> ptr;
    "echo-nested" echo_nested(Nested) -> Nested = (a: i32, b: i32, c: i64, d: i64, e: i32) -> ptr;
    "echo-color" echo_color(Color) -> Color = (a: i32) -> i32;
    "echo-wide" echo_wide(Wide) -> Wide = (a: i32) -> i32;
    "echo-perms" echo_perms(Perms) -> Perms = (a: i32) -> i32;
    "echo-bits8" echo_bits8(Bits8) -> Bits8 = (a: i32) -> i32;
    "echo-bits9" echo_bits9(Bits9) -> Bits9 = (a: i32) -> i32;
    "echo-bits16" echo_bits16(Bits16) -> Bits16 = (a: i32) -> i32;
    "echo-bits32" echo_bits32(Bits32) -> Bits32 = (a: i32) -> i32;

    "flat16" flat16(Flat16) -> String = (a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i64, h: i64,
        i: f32, j: f64, k: i32, l: i32, m: i32, n: i32, o: i32, p: i32) -> ptr;
    "flat17" flat17(Flat17) -> String = (a: i32) -> ptr;
}

static NOTHINGS: AtomicU32 = AtomicU32::new(0);

import! { "dray:test/values@1.0.0", "nothing", fn nothing(()) -> () = () -> () }
import! { "dray:test/values@1.0.0", "nothings", fn nothings(()) -> u32 = () -> i32 }
export! { "dray:test/values@1.0.0#nothing", () -> () = |_: ()| {
    NOTHINGS.fetch_add(1, Ordering::Relaxed);
    nothing(())
} }
export! { "dray:test/values@1.0.0#nothings", () -> i32 =
    |_: ()| NOTHINGS.load(Ordering::Relaxed) + nothings(()) }
