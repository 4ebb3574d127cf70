// This file is what wit-bindgen would make of wit/async.wit: it joins the Rust
// functions of async.rs to the names and flat types of the canonical ABI.

use std::alloc::Layout;
use std::mem::ManuallyDrop;

use wasip3::wit_bindgen::rt::async_support::{
    FutureVtable, StreamVtable, Subtask, TaskCancelOnDrop, callback, future_new, start_task,
    stream_new,
};
use wasip3::wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamWriter};

#[derive(Debug)]
pub struct Point {
    pub x: i32,
    pub y: i32,
    pub label: String,
}

const WORD: Layout = Layout::new::<u32>();

// A string or list in memory is a pointer and a length. Its bytes are one allocation
// of exactly that length.
fn forget<T>(list: Vec<T>) -> (*mut T, usize) {
    let mut list = ManuallyDrop::new(list.into_boxed_slice());
    (list.as_mut_ptr(), list.len())
}

unsafe fn own<T>(ptr: *mut T, len: usize) -> Vec<T> {
    unsafe { Vec::from_raw_parts(ptr, len, len) }
}

unsafe fn own_text(ptr: *mut u8, len: usize) -> String {
    unsafe { String::from_utf8_unchecked(own(ptr, len)) }
}

unsafe fn load_text(at: *mut u8) -> String {
    unsafe {
        let words = at.cast::<usize>();
        own_text(*words as *mut u8, *words.add(1))
    }
}

unsafe fn store_text(text: String, at: *mut u8) {
    unsafe {
        let (ptr, len) = forget(text.into_bytes());
        let words = at.cast::<usize>();
        *words = ptr as usize;
        *words.add(1) = len;
    }
}

unsafe fn drop_text(at: *mut u8) {
    drop(unsafe { load_text(at) });
}

unsafe fn load_point(at: *mut u8) -> Point {
    unsafe {
        let words = at.cast::<i32>();
        Point { x: *words, y: *words.add(1), label: load_text(at.add(8)) }
    }
}

unsafe fn store_point(p: Point, at: *mut u8) {
    unsafe {
        let words = at.cast::<i32>();
        *words = p.x;
        *words.add(1) = p.y;
        store_text(p.label, at.add(8));
    }
}

unsafe fn drop_point(at: *mut u8) {
    drop(unsafe { load_point(at) });
}

// stream_type has the built-ins of the stream that is the first of its kind in a
// function of the exported interface.
macro_rules! stream_type {
    ($vtable:ident, $type:ty, $function:literal, $layout:expr, $lift:expr, $lower:expr, $drop:expr) => {
        static $vtable: StreamVtable<$type> = {
            #[link(wasm_import_module = "[export]dray:tasks/work@0.1.0")]
            unsafe extern "C" {
                #[link_name = concat!("[stream-new-0]", $function)]
                fn new() -> u64;
                #[link_name = concat!("[stream-cancel-write-0]", $function)]
                fn cancel_write(stream: u32) -> u32;
                #[link_name = concat!("[stream-cancel-read-0]", $function)]
                fn cancel_read(stream: u32) -> u32;
                #[link_name = concat!("[stream-drop-writable-0]", $function)]
                fn drop_writable(stream: u32);
                #[link_name = concat!("[stream-drop-readable-0]", $function)]
                fn drop_readable(stream: u32);
                #[link_name = concat!("[async-lower][stream-read-0]", $function)]
                fn start_read(stream: u32, to: *mut u8, n: usize) -> u32;
                #[link_name = concat!("[async-lower][stream-write-0]", $function)]
                fn start_write(stream: u32, from: *const u8, n: usize) -> u32;
            }
            StreamVtable {
                layout: $layout,
                lift: $lift,
                lower: $lower,
                dealloc_lists: $drop,
                new,
                cancel_write,
                cancel_read,
                drop_writable,
                drop_readable,
                start_read,
                start_write,
            }
        };
    };
}

stream_type!(BYTES, u8, "echo-stream", Layout::new::<u8>(), None, None, None);
stream_type!(NUMBERS, u32, "sum", WORD, None, None, None);
stream_type!(
    POINTS,
    Point,
    "map-records",
    Layout::new::<[u32; 4]>(),
    Some(load_point),
    Some(store_point),
    Some(drop_point)
);

static TEXT: FutureVtable<String> = {
    #[link(wasm_import_module = "[export]dray:tasks/work@0.1.0")]
    unsafe extern "C" {
        #[link_name = "[future-new-0]later"]
        fn new() -> u64;
        #[link_name = "[future-cancel-write-0]later"]
        fn cancel_write(future: u32) -> u32;
        #[link_name = "[future-cancel-read-0]later"]
        fn cancel_read(future: u32) -> u32;
        #[link_name = "[future-drop-writable-0]later"]
        fn drop_writable(future: u32);
        #[link_name = "[future-drop-readable-0]later"]
        fn drop_readable(future: u32);
        #[link_name = "[async-lower][future-read-0]later"]
        fn start_read(future: u32, to: *mut u8) -> u32;
        #[link_name = "[async-lower][future-write-0]later"]
        fn start_write(future: u32, from: *const u8) -> u32;
    }
    FutureVtable {
        layout: Layout::new::<[u32; 2]>(),
        lift: load_text,
        lower: store_text,
        dealloc_lists: drop_text,
        new,
        cancel_write,
        cancel_read,
        drop_writable,
        drop_readable,
        start_read,
        start_write,
    }
};

pub fn bytes() -> (StreamWriter<u8>, StreamReader<u8>) {
    unsafe { stream_new(&BYTES) }
}

pub fn points() -> (StreamWriter<Point>, StreamReader<Point>) {
    unsafe { stream_new(&POINTS) }
}

pub fn text() -> (FutureWriter<String>, FutureReader<String>) {
    unsafe { future_new(String::new, &TEXT) }
}

/// The imported functions.
pub mod host {
    use super::*;

    macro_rules! import {
        ($fn:ident($($p:ident: $t:ty),*) -> $result:ty, $name:literal, ($($flat:ty),*),
         |$params:ident| $lower:expr, |$at:ident| $lift:expr, |$lowered:ident| $free:expr) => {
            pub async fn $fn($($p: $t),*) -> $result {
                struct Call;
                unsafe impl Subtask for Call {
                    type Params = ($($t,)*);
                    type ParamsLower = ($($flat,)*);
                    type Results = $result;
                    fn abi_layout(&mut self) -> Layout {
                        Layout::new::<u64>()
                    }
                    fn results_offset(&mut self) -> usize {
                        0
                    }
                    unsafe fn call_import(&mut self, $lowered: Self::ParamsLower, $at: *mut u8) -> u32 {
                        import!(@call $name, ($($flat),*), $lowered, $at, $result)
                    }
                    unsafe fn params_lower(&mut self, $params: Self::Params, _: *mut u8) -> Self::ParamsLower {
                        $lower
                    }
                    unsafe fn params_dealloc_lists(&mut self, $lowered: Self::ParamsLower) {
                        $free
                    }
                    unsafe fn params_dealloc_lists_and_own(&mut self, $lowered: Self::ParamsLower) {
                        $free
                    }
                    unsafe fn results_lift(&mut self, $at: *mut u8) -> $result {
                        $lift
                    }
                }
                Call.call(($($p,)*)).await
            }
        };
        (@call $name:literal, (), $lowered:ident, $at:ident, ()) => {{
            #[link(wasm_import_module = "dray:tasks/host@0.1.0")]
            unsafe extern "C" {
                #[link_name = concat!("[async-lower]", $name)]
                fn call() -> u32;
            }
            let _ = ($lowered, $at);
            unsafe { call() }
        }};
        (@call $name:literal, (), $lowered:ident, $at:ident, $result:ty) => {{
            #[link(wasm_import_module = "dray:tasks/host@0.1.0")]
            unsafe extern "C" {
                #[link_name = concat!("[async-lower]", $name)]
                fn call(at: *mut u8) -> u32;
            }
            let () = $lowered;
            unsafe { call($at) }
        }};
        (@call $name:literal, ($a:ty), $lowered:ident, $at:ident, $result:ty) => {{
            #[link(wasm_import_module = "dray:tasks/host@0.1.0")]
            unsafe extern "C" {
                #[link_name = concat!("[async-lower]", $name)]
                fn call(a: $a, at: *mut u8) -> u32;
            }
            unsafe { call($lowered.0, $at) }
        }};
        (@call $name:literal, ($a:ty, $b:ty), $lowered:ident, $at:ident, $result:ty) => {{
            #[link(wasm_import_module = "dray:tasks/host@0.1.0")]
            unsafe extern "C" {
                #[link_name = concat!("[async-lower]", $name)]
                fn call(a: $a, b: $b, at: *mut u8) -> u32;
            }
            unsafe { call($lowered.0, $lowered.1, $at) }
        }};
    }

    import!(tick() -> u64, "tick", (), |_none| (), |at| unsafe { *at.cast() }, |lowered| {
        let () = lowered;
    });
    import!(ask(question: String) -> String, "ask", (*mut u8, usize),
        |params| forget(params.0.into_bytes()), |at| unsafe { load_text(at) },
        |lowered| drop(unsafe { own(lowered.0, lowered.1) }));
    import!(sink(s: StreamReader<u8>) -> u64, "sink", (u32),
        |params| (params.0.take_handle(),), |at| unsafe { *at.cast() },
        |lowered| _ = lowered);

    // A function without parameters and results has no memory to name.
    pub async fn forever() {
        struct Call;
        unsafe impl Subtask for Call {
            type Params = ();
            type ParamsLower = ();
            type Results = ();
            fn abi_layout(&mut self) -> Layout {
                Layout::new::<()>()
            }
            fn results_offset(&mut self) -> usize {
                0
            }
            unsafe fn call_import(&mut self, (): (), _: *mut u8) -> u32 {
                #[link(wasm_import_module = "dray:tasks/host@0.1.0")]
                unsafe extern "C" {
                    #[link_name = "[async-lower]forever"]
                    fn call() -> u32;
                }
                unsafe { call() }
            }
            unsafe fn params_lower(&mut self, (): (), _: *mut u8) {}
            unsafe fn params_dealloc_lists(&mut self, (): ()) {}
            unsafe fn params_dealloc_lists_and_own(&mut self, (): ()) {}
            unsafe fn results_lift(&mut self, _: *mut u8) {}
        }
        Call.call(()).await
    }

    pub fn source() -> StreamReader<u8> {
        #[link(wasm_import_module = "dray:tasks/host@0.1.0")]
        unsafe extern "C" {
            #[link_name = "source"]
            fn call() -> u32;
        }
        StreamReader::new(unsafe { call() }, &BYTES)
    }
}

// export makes an async function of async.rs an export: its flat parameters, the
// call, and the flat result for task.return.
macro_rules! export {
    ($name:literal, ($($p:ident: $t:ty),*), $call:expr, |$result:ident| ($($flat:expr => $type:ty),*)) => {
        const _: () = {
            #[unsafe(export_name = concat!("[async-lift]dray:tasks/work@0.1.0#", $name))]
            unsafe extern "C" fn start($($p: $t),*) -> i32 {
                start_task(async move {
                    let task = TaskCancelOnDrop::new();
                    let $result = $call.await;
                    #[link(wasm_import_module = "[export]dray:tasks/work@0.1.0")]
                    unsafe extern "C" {
                        #[link_name = concat!("[task-return]", $name)]
                        fn task_return($(_: $type),*);
                    }
                    task.forget();
                    export!(@return task_return, $result, $($flat),*);
                })
            }
            #[unsafe(export_name = concat!("[callback][async-lift]dray:tasks/work@0.1.0#", $name))]
            unsafe extern "C" fn next(event: u32, a: u32, b: u32) -> u32 {
                unsafe { callback(event, a, b) }
            }
        };
    };
    (@return $f:ident, $result:ident, $($flat:expr),*) => {
        unsafe { $f($($flat),*) }
    };
}

fn stream<T>(handle: u32, vtable: &'static StreamVtable<T>) -> StreamReader<T> {
    StreamReader::new(handle, vtable)
}

#[unsafe(export_name = "dray:tasks/work@0.1.0#add")]
extern "C" fn add(a: u32, b: u32) -> u32 {
    a.wrapping_add(b)
}

#[unsafe(export_name = "dray:tasks/work@0.1.0#count-waiting")]
extern "C" fn count_waiting() -> u32 {
    crate::count_waiting()
}

export!("add-async", (a: u32, b: u32), async { a.wrapping_add(b) }, |r| (r => u32));
export!("sleep-and-add", (ns: u64, a: u32, b: u32), crate::sleep_and_add(ns, a, b), |r| (r => u32));
export!("turns", (n: u32), crate::turns(n), |r| (r => u32));
export!("echo-stream", (s: u32), async { s }, |r| (r => u32));
export!("copy-stream", (s: u32), crate::copy_stream(stream(s, &BYTES)), |r| (r.take_handle() => u32));
export!("generate", (n: u64, chunk: u32), crate::generate(n, chunk), |r| (r.take_handle() => u32));
export!("drain", (s: u32, chunk: u32), crate::drain(stream(s, &BYTES), chunk), |r| (r => u64));
export!("map-records", (s: u32), crate::map_records(stream(s, &POINTS)), |r| (r.take_handle() => u32));
export!("records", (n: u32), crate::records(n), |r| (r.take_handle() => u32));
export!("sum", (s: u32), crate::sum(stream(s, &NUMBERS)), |r| (r => u64));
export!("take", (s: u32, count: u32), crate::take(stream(s, &NUMBERS), count),
    |r| (r.as_ptr() => *const u32, r.len() => usize));
export!("later", (ns: u64, text: *mut u8, len: usize), crate::later(ns, unsafe { own_text(text, len) }),
    |r| (r.take_handle() => u32));
export!("await-future", (f: u32), unsafe { FutureReader::new(f, &TEXT) },
    |r| (r.as_ptr() => *const u8, r.len() => usize));
export!("ignore-future", (f: u32), async { drop(unsafe { FutureReader::new(f, &TEXT) }) }, |_r| ());
export!("check", (ns: u64, text: *mut u8, len: usize), crate::check(ns, unsafe { own_text(text, len) }),
    |r| (u32::from(r.is_err()) => u32, either(&r).as_ptr() => *const u8, either(&r).len() => usize));
export!("forward", (text: *mut u8, len: usize), host::ask(unsafe { own_text(text, len) }),
    |r| (r.as_ptr() => *const u8, r.len() => usize));
export!("ticks", (n: u32), crate::ticks(n), |r| (r => u64));
export!("through", (), crate::through(), |r| (r => u64));
export!("give-up", (ns: u64), crate::give_up(ns), |r| (u32::from(r) => u32));
export!("never", (), crate::never(), |_r| ());
export!("stuck", (), crate::stuck(), |_r| ());
export!("trap-later", (ns: u64), crate::trap_later(ns), |_r| ());

fn either(r: &Result<String, String>) -> &str {
    match r {
        Ok(text) | Err(text) => text,
    }
}
