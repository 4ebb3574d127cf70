//! A guest of the tests of package http: each path is something that a handler
//! can do, at each stage of a request. build.sh makes stages.wasm of it.

use std::io::{Read as _, Write as _};
use wasip2::clocks::monotonic_clock;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse,
    ResponseOutparam,
};
use wasip2::io::streams::StreamError;

wasip2::http::proxy::export!(Stages);

struct Stages;

impl wasip2::exports::http::incoming_handler::Guest for Stages {
    fn handle(req: IncomingRequest, out: ResponseOutparam) {
        let full = req.path_with_query().unwrap_or_default();
        let (path, query) = full.split_once('?').unwrap_or((&full, ""));
        let n: u64 = query.parse().unwrap_or(0);
        match path {
            "/" => text(out, 200, "hello\n"),
            "/echo" => echo(req, out),
            "/count" => count(req, out),
            "/request" => request(req, out),
            "/bytes" => bytes(out, n),
            "/trailers" => trailers(out),
            "/status" => text(out, n as u16, "as asked\n"),
            "/length" => length(out, n),
            "/env" => env(out),
            "/print" => print(out, n),
            "/global" => global(out),
            "/refuse" => ResponseOutparam::set(out, Err(refusal(n))),
            "/nothing" => drop(out),
            "/forget" => std::mem::forget(out),
            "/trap-first" => core::arch::wasm32::unreachable(),
            "/exit" => std::process::exit(n as i32),
            "/spin" => spin(),
            "/sleep" => {
                sleep(n);
                text(out, 200, "slept\n")
            }
            "/grow" => grow(out, n),
            "/trap-head" => {
                let _body = head(out, 200, &[]);
                sleep(n);
                core::arch::wasm32::unreachable()
            }
            "/trap-body" => {
                let body = head(out, 200, &[]);
                let mut w = body.write().unwrap();
                w.write_all(&vec![b'x'; n as usize]).unwrap();
                w.flush().unwrap();
                core::arch::wasm32::unreachable()
            }
            "/trap-after" => {
                text(out, 200, "hello\n");
                core::arch::wasm32::unreachable()
            }
            "/unfinished" => {
                let body = head(out, 200, &[]);
                let mut w = body.write().unwrap();
                w.write_all(b"part").unwrap();
                drop(w);
                drop(body);
            }
            "/spin-head" => {
                let _body = head(out, 200, &[]);
                spin()
            }
            "/drip" => drip(out, n),
            "/slow" => slow(out, n),
            "/after" => {
                text(out, 200, "hello\n");
                sleep(n);
                eprintln!("after");
            }
            _ => text(out, 404, "no such path\n"),
        }
    }
}

fn fields(list: &[(&str, &str)]) -> Fields {
    let list: Vec<_> = list.iter().map(|(k, v)| (k.to_string(), v.as_bytes().to_vec())).collect();
    Fields::from_list(&list).unwrap()
}

/// head answers, and gives the body to be written.
fn head(out: ResponseOutparam, status: u16, list: &[(&str, &str)]) -> OutgoingBody {
    let resp = OutgoingResponse::new(fields(list));
    resp.set_status_code(status).unwrap();
    let body = resp.body().unwrap();
    ResponseOutparam::set(out, Ok(resp));
    body
}

fn text(out: ResponseOutparam, status: u16, s: &str) {
    let body = head(out, status, &[("content-type", "text/plain")]);
    if !s.is_empty() {
        let mut w = body.write().unwrap();
        w.write_all(s.as_bytes()).unwrap();
    }
    OutgoingBody::finish(body, None).unwrap();
}

/// echo sends the body back as it comes, and its trailers.
fn echo(req: IncomingRequest, out: ResponseOutparam) {
    let incoming = req.consume().unwrap();
    let body = head(out, 200, &[]);
    let mut w = body.write().unwrap();
    let r = incoming.stream().unwrap();
    loop {
        match r.blocking_read(1 << 16) {
            Ok(p) => w.write_all(&p).unwrap(),
            Err(StreamError::Closed) => break,
            Err(e) => panic!("reading: {e}"),
        }
    }
    w.flush().unwrap();
    drop((r, w));
    let trailers = IncomingBody::finish(incoming);
    trailers.subscribe().block();
    let got = trailers.get().unwrap().unwrap().unwrap();
    OutgoingBody::finish(body, got.map(|t| Fields::from_list(&t.entries()).unwrap())).unwrap();
}

/// count reads the body to its end and tells how long it is, or why it broke.
fn count(req: IncomingRequest, out: ResponseOutparam) {
    let incoming = req.consume().unwrap();
    let r = incoming.stream().unwrap();
    let mut n = 0;
    let end = loop {
        match r.blocking_read(1 << 16) {
            Ok(p) => n += p.len(),
            Err(StreamError::Closed) => break "whole".to_string(),
            Err(StreamError::LastOperationFailed(e)) => {
                let code = wasip2::http::types::http_error_code(&e);
                break format!("{code:?}");
            }
        }
    };
    text(out, 200, &format!("{n} {end}\n"));
}

/// request tells what the request is.
fn request(req: IncomingRequest, out: ResponseOutparam) {
    let method = match req.method() {
        Method::Other(s) => s,
        m => format!("{m:?}"),
    };
    let mut s = format!(
        "{method} {:?} {:?} {:?}\n",
        req.scheme().unwrap(),
        req.authority().unwrap_or_default(),
        req.path_with_query().unwrap_or_default()
    );
    for (k, v) in req.headers().entries() {
        s += &format!("{k}: {}\n", String::from_utf8_lossy(&v));
    }
    text(out, 200, &s);
}

fn bytes(out: ResponseOutparam, n: u64) {
    let body = head(out, 200, &[]);
    let mut w = body.write().unwrap();
    let chunk = [b'x'; 4096];
    let mut left = n;
    while left > 0 {
        let k = left.min(4096);
        if w.write_all(&chunk[..k as usize]).is_err() {
            return;
        }
        left -= k;
    }
    drop(w);
    OutgoingBody::finish(body, None).unwrap();
}

fn trailers(out: ResponseOutparam) {
    let body = head(out, 200, &[]);
    body.write().unwrap().write_all(b"body\n").unwrap();
    OutgoingBody::finish(body, Some(fields(&[("x-sum", "42"), ("x-more", "a")]))).unwrap();
}

/// length says that six bytes come, and sends n.
fn length(out: ResponseOutparam, n: u64) {
    let body = head(out, 200, &[("content-length", "6")]);
    let mut w = body.write().unwrap();
    let _ = w.write_all(&vec![b'x'; n as usize]);
    let _ = w.flush();
    drop(w);
    let _ = OutgoingBody::finish(body, None);
}

fn env(out: ResponseOutparam) {
    let mut s = String::new();
    for (k, v) in std::env::vars() {
        s += &format!("{k}={v}\n");
    }
    if let Ok(mut f) = std::fs::File::open("/file.txt") {
        f.read_to_string(&mut s).unwrap();
    }
    text(out, 200, &s);
}

fn print(out: ResponseOutparam, n: u64) {
    println!("printed {n}");
    eprintln!("logged {n}");
    text(out, 200, "printed\n");
}

/// global counts what this instance did before.
fn global(out: ResponseOutparam) {
    static mut CALLS: u32 = 0;
    let n = unsafe {
        CALLS += 1;
        CALLS
    };
    text(out, 200, &format!("{n}\n"));
}

fn refusal(n: u64) -> ErrorCode {
    match n {
        1 => ErrorCode::HttpRequestDenied,
        2 => ErrorCode::ConnectionTimeout,
        3 => ErrorCode::HttpRequestMethodInvalid,
        4 => ErrorCode::HttpRequestBodySize(Some(7)),
        5 => ErrorCode::LoopDetected,
        _ => ErrorCode::InternalError(Some("the guest's secret".into())),
    }
}

fn spin() {
    loop {
        std::hint::black_box(0);
    }
}

fn sleep(ms: u64) {
    monotonic_clock::subscribe_duration(ms * 1_000_000).block();
}

/// grow takes n MiB of memory.
fn grow(out: ResponseOutparam, n: u64) {
    let mut v: Vec<u8> = Vec::new();
    match v.try_reserve_exact((n << 20) as usize) {
        Ok(()) => text(out, 200, "grown\n"),
        Err(_) => text(out, 507, "no memory\n"),
    }
}

/// drip sends a line every n milliseconds, until nobody reads.
fn drip(out: ResponseOutparam, n: u64) {
    let body = head(out, 200, &[]);
    let mut w = body.write().unwrap();
    while w.write_all(b"drip\n").is_ok() && w.flush().is_ok() {
        sleep(n);
    }
    eprintln!("nobody reads");
}

/// slow sends one line at once, and another after n milliseconds.
fn slow(out: ResponseOutparam, n: u64) {
    let body = head(out, 200, &[]);
    let mut w = body.write().unwrap();
    w.write_all(b"first\n").unwrap();
    w.flush().unwrap();
    sleep(n);
    w.write_all(b"second\n").unwrap();
    drop(w);
    OutgoingBody::finish(body, None).unwrap();
}
