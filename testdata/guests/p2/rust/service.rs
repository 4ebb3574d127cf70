// This file is an HTTP service that does what its request's path says, well or
// badly. See the README beside guests.json for the list.
//
// build: --crate-type cdylib

#[path = "lib/web.rs"]
mod web;

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{hint, thread};

use wasip2::clocks::monotonic_clock;
use wasip2::http::types::{
    ErrorCode, Fields, HeaderError, IncomingBody, IncomingRequest, OutgoingBody,
    RequestOptions, ResponseOutparam,
};
use wasip2::http::outgoing_handler;
use wasip2::io::poll;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

struct Service;

wasip2::http::proxy::export!(Service);

static REQUESTS: AtomicU32 = AtomicU32::new(0);

impl wasip2::exports::http::incoming_handler::Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut parts = path.trim_start_matches('/').splitn(3, '/');
        let what = parts.next().unwrap_or("");
        let args: Vec<&str> = parts.collect();
        let number = |i: usize| args.get(i).and_then(|a| a.parse::<u64>().ok()).unwrap_or(0);
        match what {
            "" | "hello" => web::answer(out, 200, "hello\n"),
            "status" => web::answer(out, number(0) as u16, "this status\n"),
            "request" => describe(&request, out),
            "requests" => web::answer(out, 200, &format!("{}\n", REQUESTS.load(Ordering::Relaxed))),
            "body" => bytes(out, number(0), false),
            "zeroes" => bytes(out, number(0), true),
            "echo" => echo(&request, out),
            "upper" => upper(&request, out),
            "sum" => sum(&request, out),
            "request-trailers" => request_trailers(&request, out),
            "ignore" => web::answer(out, 200, "not read\n"),
            "half" => half(&request, out),
            "trailers" => trailers(out),
            "slow" => slow(out, number(0), number(1)),
            "late" => {
                thread::sleep(Duration::from_millis(number(0)));
                web::answer(out, 200, "late\n");
            }
            "after" => {
                web::answer(out, 200, "answered\n");
                thread::sleep(Duration::from_millis(number(0)));
                println!("after");
            }
            "memory" => memory(out, number(0)),
            "fan" => fan(query, out),
            "proxy" => proxy(&request, query, out),
            "out" => outgoing(query, out),
            _ => misbehave(what, number(0), out),
        }
    }
}

// misbehave is all that a good service does not do.
fn misbehave(what: &str, n: u64, out: ResponseOutparam) {
    match what {
        "trap" => trap(),
        "hang" => thread::sleep(Duration::from_secs(3600)),
        "spin" => loop {
            hint::spin_loop();
        },
        "silent" => drop(out),
        "error" => {
            let e = ErrorCode::InternalError(Some("as asked".into()));
            ResponseOutparam::set(out, Err(e));
        }
        "trap-in-body" => {
            let (_body, mut w) = web::respond(out, 200, Fields::new());
            let _ = web::write_line(&mut w, &"x".repeat(n as usize));
            trap();
        }
        "hang-in-body" => {
            let (_body, mut w) = web::respond(out, 200, Fields::new());
            let _ = web::write_line(&mut w, "begun\n");
            thread::sleep(Duration::from_secs(3600));
        }
        "unfinished" => {
            let (body, mut w) = web::respond(out, 200, Fields::new());
            let _ = web::write_line(&mut w, "begun\n");
            drop(w);
            drop(body);
        }
        "endless" => {
            let (_body, w) = web::respond(out, 200, Fields::new());
            while w.blocking_write_and_flush(&[b'y'; 4096]).is_ok() {}
        }
        "too-much" => length(out, 5, 10),
        "too-little" => length(out, 10, 5),
        "no-body" => length(out, 10, 0),
        "forbidden" => forbidden(out),
        "many-headers" => many_headers(out, n),
        "exit" => std::process::exit(n as i32),
        // One in a hundred traps, and one hangs.
        "mix" => match n % 100 {
            0 => trap(),
            50 => thread::sleep(Duration::from_secs(3600)),
            _ => web::answer(out, 200, "hello\n"),
        },
        _ => web::answer(out, 404, "no such path\n"),
    }
}

fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    unreachable!()
}

fn describe(request: &IncomingRequest, out: ResponseOutparam) {
    let mut text = format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n",
        request.method(),
        request.scheme(),
        request.authority(),
        request.path_with_query()
    );
    for (name, value) in request.headers().entries() {
        text += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
    }
    web::answer(out, 200, &text);
}

fn bytes(out: ResponseOutparam, n: u64, zeroes: bool) {
    let headers = web::fields(&[("content-length", &n.to_string())]).expect("from-list");
    let (body, mut w) = web::respond(out, 200, headers);
    let piece: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let mut left = n;
    while left > 0 {
        let now = left.min(4096);
        let done = match zeroes {
            true => w.blocking_write_zeroes_and_flush(now).map_err(|e| e.to_string()),
            false => w.write_all(&piece[..now as usize]).map_err(|e| e.to_string()),
        };
        if let Err(e) = done {
            return eprintln!("bytes: {e}");
        }
        left -= now;
    }
    finish(body, w, None);
}

fn finish(body: OutgoingBody, w: OutputStream, trailers: Option<Fields>) {
    if let Err(e) = w.blocking_flush() {
        eprintln!("flush: {}", web::broken(e));
    }
    drop(w);
    if let Err(e) = OutgoingBody::finish(body, trailers) {
        eprintln!("finish: {}", web::name(e));
    }
}

fn incoming(request: &IncomingRequest) -> (IncomingBody, InputStream) {
    let body = request.consume().expect("consume");
    let stream = body.stream().expect("stream");
    (body, stream)
}

// echo passes on with splice what has come in, at once.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let (_in, from) = incoming(request);
    let (body, to) = web::respond(out, 200, Fields::new());
    if splice(&from, &to) {
        finish(body, to, None);
    }
}

fn splice(from: &InputStream, to: &OutputStream) -> bool {
    loop {
        match to.blocking_splice(from, 1 << 16).and_then(|_| to.flush()) {
            Ok(()) => {}
            Err(StreamError::Closed) => return true,
            Err(e) => {
                eprintln!("splice: {}", web::broken(e));
                return false;
            }
        }
    }
}

// upper looks at every byte.
fn upper(request: &IncomingRequest, out: ResponseOutparam) {
    let (_in, from) = incoming(request);
    let (body, mut to) = web::respond(out, 200, Fields::new());
    loop {
        match from.blocking_read(1 << 14) {
            Ok(mut b) => {
                b.make_ascii_uppercase();
                if let Err(e) = to.write_all(&b) {
                    return eprintln!("upper: {e}");
                }
            }
            Err(StreamError::Closed) => return finish(body, to, None),
            Err(e) => return eprintln!("upper: {}", web::broken(e)),
        }
    }
}

fn sum(request: &IncomingRequest, out: ResponseOutparam) {
    let (_in, from) = incoming(request);
    let (mut all, mut sum) = (0u64, 0u64);
    loop {
        match from.blocking_read(1 << 16) {
            Ok(b) => {
                all += b.len() as u64;
                sum = b.iter().fold(sum, |s, &x| s.wrapping_add(u64::from(x)));
            }
            Err(StreamError::Closed) => break,
            Err(e) => return web::answer(out, 400, &format!("after {all}: {}\n", web::broken(e))),
        }
    }
    web::answer(out, 200, &format!("{all} bytes, sum {sum}\n"));
}

fn request_trailers(request: &IncomingRequest, out: ResponseOutparam) {
    let (body, from) = incoming(request);
    let read = web::read_all(&from, 0);
    drop(from);
    let mut text = match read {
        Ok((n, _)) => format!("{n} bytes\n"),
        Err(e) => format!("{e}\n"),
    };
    match web::wait_trailers(&IncomingBody::finish(body)) {
        Ok(None) => text += "no trailers\n",
        Ok(Some(t)) => {
            for (name, value) in t.entries() {
                text += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
            }
        }
        Err(e) => text += &web::name(e),
    }
    web::answer(out, 200, &text);
}

// half reads a part of the body, and drops the rest.
fn half(request: &IncomingRequest, out: ResponseOutparam) {
    let (_in, from) = incoming(request);
    let n = from.blocking_read(100).map(|b| b.len()).unwrap_or(0);
    drop(from);
    web::answer(out, 200, &format!("{} bytes and no more\n", if n > 0 { "some" } else { "no" }));
}

fn trailers(out: ResponseOutparam) {
    let headers = web::fields(&[("trailer", "x-sum, x-two")]).unwrap_or_else(|_| Fields::new());
    let (body, mut w) = web::respond(out, 200, headers);
    let _ = w.write_all(b"body\n");
    finish(body, w, web::fields(&[("x-sum", "5"), ("x-two", "a"), ("x-two", "b")]).ok());
}

fn slow(out: ResponseOutparam, ms: u64, lines: u64) {
    let (body, mut w) = web::respond(out, 200, Fields::new());
    for i in 1..=lines {
        if web::write_line(&mut w, &format!("line {i}\n")).is_err() {
            return;
        }
        monotonic_clock::subscribe_duration(ms * 1_000_000).block();
    }
    finish(body, w, None);
}

fn memory(out: ResponseOutparam, mib: u64) {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for i in 0..mib {
        let mut page = Vec::new();
        if page.try_reserve_exact(1 << 20).is_err() {
            drop(all);
            return web::answer(out, 507, &format!("no more than {i} MiB\n"));
        }
        page.resize(1 << 20, i as u8);
        all.push(page);
    }
    web::answer(out, 200, &format!("{} MiB\n", all.len()));
}

fn length(out: ResponseOutparam, said: u64, written: usize) {
    let headers = web::fields(&[("content-length", &said.to_string())]).expect("from-list");
    let (body, w) = web::respond(out, 200, headers);
    if written > 0 {
        if let Err(e) = w.blocking_write_and_flush(&b"0123456789"[..written]) {
            println!("write: {}", web::broken(e));
        }
    }
    drop(w);
    match OutgoingBody::finish(body, None) {
        Ok(()) => println!("finish: ok"),
        Err(e) => println!("finish: {}", web::name(e)),
    }
}

const FORBIDDEN: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "host",
    "http2-settings",
];

fn forbidden(out: ResponseOutparam) {
    let mut text = String::new();
    for name in FORBIDDEN {
        let f = Fields::new();
        let answer = match f.append(name, b"x") {
            Ok(()) => "ok",
            Err(HeaderError::Forbidden) => "forbidden",
            Err(HeaderError::InvalidSyntax) => "invalid-syntax",
            Err(HeaderError::Immutable) => "immutable",
        };
        text += &format!("{name} {answer}\n");
    }
    web::answer(out, 200, &text);
}

fn many_headers(out: ResponseOutparam, n: u64) {
    let headers = Fields::new();
    for i in 0..n {
        if let Err(e) = headers.append(&format!("x-{i}"), b"value") {
            return web::answer(out, 500, &format!("{i} headers, then {e:?}\n"));
        }
    }
    let (body, w) = web::respond(out, 200, headers);
    finish(body, w, None);
}

fn values<'a>(query: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    query.split('&').filter_map(move |q| q.split_once('=').filter(|(k, _)| *k == key).map(|(_, v)| v))
}

// fan asks all of the query's url=... at once, and says in their order what
// came: a status and a number of bytes, or an error.
fn fan(query: &str, out: ResponseOutparam) {
    let all: Vec<_> = values(query, "url").map(|u| web::get(u, None)).collect();
    let mut results: Vec<Option<String>> =
        all.iter().map(|r| r.as_ref().err().map(|e| e.clone())).collect();
    while results.iter().any(Option::is_none) {
        let open: Vec<usize> = (0..all.len()).filter(|&i| results[i].is_none()).collect();
        let coming = |i: usize| all[i].as_ref().ok().expect("open ones have no error");
        let pollables: Vec<_> = open.iter().map(|&i| coming(i).subscribe()).collect();
        let ready = poll::poll(&pollables.iter().collect::<Vec<_>>());
        drop(pollables);
        for i in ready.into_iter().map(|r| open[r as usize]) {
            let response = web::wait(coming(i)).map_err(web::name);
            results[i] = Some(match response.and_then(web::receive) {
                Ok(a) => format!("{} {} bytes", a.status, a.bytes),
                Err(e) => e,
            });
        }
    }
    let text: String = results.into_iter().flatten().map(|r| r + "\n").collect();
    web::answer(out, 200, &text);
}

// proxy sends the request's body on while it comes, and the answer's back.
fn proxy(request: &IncomingRequest, query: &str, out: ResponseOutparam) {
    let to = values(query, "url").next().unwrap_or("");
    if let Err((out, e)) = try_proxy(request, to, out) {
        web::answer(out, 502, &format!("{e}\n"));
    }
}

fn try_proxy(
    request: &IncomingRequest,
    to: &str,
    out: ResponseOutparam,
) -> Result<(), (ResponseOutparam, String)> {
    let made = web::url(to)
        .ok_or("not a URL")
        .and_then(|to| web::request(&request.method(), &to, Fields::new()));
    let outgoing = match made {
        Ok(outgoing) => outgoing,
        Err(e) => return Err((out, e.into())),
    };
    let sending = outgoing.body().expect("body");
    let coming = match outgoing_handler::handle(outgoing, None) {
        Ok(coming) => coming,
        Err(e) => return Err((out, web::name(e))),
    };
    let (_in, from) = incoming(request);
    let up = sending.write().expect("write");
    if splice(&from, &up) {
        drop(up);
        let _ = OutgoingBody::finish(sending, None);
    }
    let response = match web::wait(&coming) {
        Ok(response) => response,
        Err(e) => return Err((out, web::name(e))),
    };
    let body = response.consume().expect("consume");
    let down = body.stream().expect("stream");
    let (sending, to) = web::respond(out, response.status(), Fields::new());
    if splice(&down, &to) {
        finish(sending, to, None);
    }
    Ok(())
}

// outgoing makes one request, with the timeouts connect, first and between in
// milliseconds, and reports all of the answer.
fn outgoing(query: &str, out: ResponseOutparam) {
    let options = RequestOptions::new();
    let time = |key| values(query, key).next().and_then(|v| v.parse::<u64>().ok()).map(|v| v * 1_000_000);
    let set = options
        .set_connect_timeout(time("connect"))
        .and(options.set_first_byte_timeout(time("first")))
        .and(options.set_between_bytes_timeout(time("between")));
    if set.is_err() {
        return web::answer(out, 500, "timeouts are not supported\n");
    }
    let text = match web::fetch(values(query, "url").next().unwrap_or(""), Some(options)) {
        Ok(a) => {
            let mut text = format!("{} {} bytes\n", a.status, a.bytes);
            for (name, value) in a.trailers.iter().flatten() {
                text += &format!("trailer {name}: {}\n", String::from_utf8_lossy(value));
            }
            text + &a.text
        }
        Err(e) => format!("{e}\n"),
    };
    web::answer(out, 200, &text);
}
