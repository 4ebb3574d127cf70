// This file is an HTTP service for WASI 0.3 that does what the path says. README.md
// lists the paths.
//
// build: --crate-type cdylib

#[path = "lib/tasks.rs"]
mod tasks;
#[path = "lib/web.rs"]
mod web;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tasks::join_all;
use wasip3::clocks::monotonic_clock;
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Method, Request, Response};
use wasip3::wit_bindgen::{StreamResult, StreamWriter, spawn};
use wasip3::{wit_future, wit_stream};
use web::{TEXT, answer, internal, stream};

struct Service;

wasip3::http::service::export!(Service);

/// Requests that this instance has had, that it is working on, that were the most
/// at a time, and that went on after their answer.
static HAD: AtomicU32 = AtomicU32::new(0);
static NOW: AtomicU32 = AtomicU32::new(0);
static MOST: AtomicU32 = AtomicU32::new(0);
static AFTER: AtomicU32 = AtomicU32::new(0);

impl wasip3::exports::http::handler::Guest for Service {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        HAD.fetch_add(1, Relaxed);
        MOST.fetch_max(NOW.fetch_add(1, Relaxed) + 1, Relaxed);
        let result = dispatch(request).await;
        NOW.fetch_sub(1, Relaxed);
        result
    }
}

async fn dispatch(request: Request) -> Result<Response, ErrorCode> {
    let target = request.get_path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let parts: Vec<&str> = path[1.min(path.len())..].split('/').collect();
    let number = |i: usize| parts[i].parse::<u64>().unwrap_or(0);
    match parts[0] {
        "hello" | "pass" | "twice" => answer(200, &[TEXT], "hello\n"),
        "status" => answer(number(1) as u16, &[TEXT], format!("{}\n", number(1))),
        "empty" => empty(),
        "request" => show(&request),
        "requests" => counts(),
        "body" => answer(200, &[], "x".repeat(number(1) as usize)),
        "zeroes" => zeroes(number(1)),
        "chunks" => chunks(number(1)),
        "echo" => echo(request),
        "upper" => upper(request),
        "sum" => sum(request).await,
        "half" => half(request).await,
        "ignore" => answer(200, &[TEXT], "ignored\n"),
        "refuse" => refuse(request),
        "late" => late(number(1)).await,
        "slow" => slow(number(1), number(2)),
        "after" => after(number(1)),
        "fan" => fan(query).await,
        "proxy" => proxy(request, query).await,
        "error" => Err(ErrorCode::HttpRequestDenied),
        "internal" => Err(internal("as asked for")),
        "trap" => core::arch::wasm32::unreachable(),
        "trap-in-body" => trap_in_body(),
        "error-in-body" => error_in_body(),
        "hang" => hang().await,
        "deadlock" => deadlock().await,
        "hang-in-body" => hang_in_body(),
        "too-little" => sized("10", "12345"),
        "too-much" => sized("3", "12345"),
        "memory" => memory(number(1)),
        _ => answer(404, &[TEXT], "There is nothing here.\n"),
    }
}

// A response without a body, where all others have one of some length.
fn empty() -> Result<Response, ErrorCode> {
    let (_, ending) = wit_future::new(|| Ok(None));
    Ok(Response::new(Fields::new(), None, ending).0)
}

fn show(request: &Request) -> Result<Response, ErrorCode> {
    let mut text = format!("{}\n", web::method_name(&request.get_method()));
    text += &match request.get_scheme() {
        Some(scheme) => format!("{}\n", web::scheme_name(&scheme)),
        None => "no scheme\n".to_string(),
    };
    text += &request.get_authority().unwrap_or_else(|| "no authority".to_string());
    text += &format!("\n{}\n", request.get_path_with_query().unwrap_or_default());
    text += if request.get_options().is_some() { "options\n" } else { "no options\n" };
    answer(200, &[TEXT], text + &web::text(&request.get_headers()))
}

fn counts() -> Result<Response, ErrorCode> {
    let [had, now, most, after] = [&HAD, &NOW, &MOST, &AFTER].map(|n| n.load(Relaxed));
    answer(200, &[TEXT], format!("had {had}, now {now}, most {most}, after {after}\n"))
}

fn zeroes(n: u64) -> Result<Response, ErrorCode> {
    stream(200, &[("content-length", &n.to_string())], async move |mut tx: StreamWriter<u8>| {
        let mut left = n;
        while left > 0 {
            let piece = left.min(1 << 16);
            if !tx.write_all(vec![0; piece as usize]).await.is_empty() {
                break;
            }
            left -= piece;
        }
        Ok(None)
    })
}

fn chunks(n: u64) -> Result<Response, ErrorCode> {
    stream(200, &[TEXT, ("trailer", "x-chunks, x-two")], async move |mut tx: StreamWriter<u8>| {
        for i in 1..=n {
            tx.write_all(format!("chunk {i}\n").into_bytes()).await;
        }
        drop(tx);
        let list = [("x-chunks", n.to_string()), ("x-two", "a".into()), ("x-two", "b".into())];
        let list: Vec<_> = list.iter().map(|(n, v)| (*n, v.as_str())).collect();
        web::fields(&list).map(Some).map_err(|e| internal(format!("{e:?}")))
    })
}

// The request's stream and its trailers become the response's as they are.
fn echo(request: Request) -> Result<Response, ErrorCode> {
    let kind = request.get_headers().get("content-type");
    let kind = kind.first().and_then(|v| std::str::from_utf8(v).ok()).unwrap_or(TEXT.1);
    let headers = web::fields(&[("content-type", kind)]).map_err(|e| internal(format!("{e:?}")))?;
    let (body, ending) = web::body(request);
    Ok(Response::new(headers, Some(body), ending).0)
}

fn upper(request: Request) -> Result<Response, ErrorCode> {
    let (mut body, ending) = web::body(request);
    stream(200, &[TEXT], async move |mut tx: StreamWriter<u8>| {
        loop {
            let (result, mut bytes) = body.read(Vec::with_capacity(1 << 14)).await;
            bytes.make_ascii_uppercase();
            let rest = tx.write_all(bytes).await;
            if result == StreamResult::Dropped || !rest.is_empty() {
                break;
            }
        }
        drop((tx, body));
        ending.await
    })
}

async fn sum(request: Request) -> Result<Response, ErrorCode> {
    let (body, ending) = web::body(request);
    let bytes = body.collect().await;
    let sum: u64 = bytes.iter().map(|b| u64::from(*b)).sum();
    let mut text = format!("{} bytes, sum {sum}\n", bytes.len());
    text += &match ending.await {
        Ok(None) => "no trailers\n".to_string(),
        Ok(Some(trailers)) => web::text(&trailers),
        Err(e) => format!("{e:?}\n"),
    };
    answer(200, &[TEXT], text)
}

// Reads a part of the body, and drops the rest of it.
async fn half(request: Request) -> Result<Response, ErrorCode> {
    let (mut body, _) = web::body(request);
    let (_, bytes) = body.read(Vec::with_capacity(10)).await;
    drop(body);
    answer(200, &[TEXT], [&bytes[..], b"\n"].concat())
}

// Tells the sender that the request could not be used.
fn refuse(request: Request) -> Result<Response, ErrorCode> {
    let (tx, refused) = wit_future::new(|| Ok(()));
    let (body, _) = Request::consume_body(request, refused);
    drop(body);
    spawn(async move { drop(tx.write(Err(ErrorCode::HttpRequestDenied)).await) });
    answer(403, &[TEXT], "refused\n")
}

async fn late(ms: u64) -> Result<Response, ErrorCode> {
    monotonic_clock::wait_for(ms * 1_000_000).await;
    answer(200, &[TEXT], "late\n")
}

fn slow(ms: u64, n: u64) -> Result<Response, ErrorCode> {
    stream(200, &[TEXT], async move |mut tx: StreamWriter<u8>| {
        for i in 1..=n {
            monotonic_clock::wait_for(ms * 1_000_000).await;
            if !tx.write_all(format!("{i}\n").into_bytes()).await.is_empty() {
                break;
            }
        }
        Ok(None)
    })
}

fn after(ms: u64) -> Result<Response, ErrorCode> {
    spawn(async move {
        monotonic_clock::wait_for(ms * 1_000_000).await;
        AFTER.fetch_add(1, Relaxed);
    });
    answer(200, &[TEXT], "before\n")
}

fn urls(query: &str) -> Vec<String> {
    query.split('&').filter_map(|q| q.strip_prefix("url=")).map(str::to_string).collect()
}

// All requests are under way at the same time; the answers are in the order of the
// query.
async fn fan(query: &str) -> Result<Response, ErrorCode> {
    let urls = urls(query);
    let lines = join_all(urls.iter().map(async |url| match web::get(url).await {
        Ok((status, bytes)) => format!("{status} {} bytes\n", bytes.len()),
        Err(e) => format!("{e:?}\n"),
    }));
    answer(200, &[TEXT], lines.await.concat())
}

// The body goes on to the other service while it comes in, and its answer's back.
async fn proxy(request: Request, query: &str) -> Result<Response, ErrorCode> {
    let method = request.get_method();
    let url = urls(query).pop().ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let body = (!matches!(method, Method::Get | Method::Head)).then(|| web::body(request));
    client::send(web::request(method, &url, Fields::new(), body)?).await
}

fn trap_in_body() -> Result<Response, ErrorCode> {
    stream(200, &[TEXT], async |mut tx: StreamWriter<u8>| {
        tx.write_all(b"some\n".to_vec()).await;
        core::arch::wasm32::unreachable()
    })
}

fn error_in_body() -> Result<Response, ErrorCode> {
    stream(200, &[TEXT], async |mut tx: StreamWriter<u8>| {
        tx.write_all(b"some\n".to_vec()).await;
        Err(internal("in the body"))
    })
}

async fn hang() -> Result<Response, ErrorCode> {
    monotonic_clock::wait_for(u64::MAX / 2).await;
    Err(internal("three hundred years later"))
}

// Waits for itself: nothing outside can ever wake it.
async fn deadlock() -> Result<Response, ErrorCode> {
    let (_tx, mut rx) = wit_stream::new::<u8>();
    rx.next().await;
    Err(internal("a stream that is not written to has ended"))
}

fn hang_in_body() -> Result<Response, ErrorCode> {
    stream(200, &[TEXT], async |mut tx: StreamWriter<u8>| {
        tx.write_all(b"some\n".to_vec()).await;
        hang().await.map(|_| None)
    })
}

fn sized(length: &str, body: &str) -> Result<Response, ErrorCode> {
    let body = body.as_bytes().to_vec();
    stream(200, &[TEXT, ("content-length", length)], async move |mut tx: StreamWriter<u8>| {
        tx.write_all(body).await;
        Ok(None)
    })
}

fn memory(mib: u64) -> Result<Response, ErrorCode> {
    let mut bytes = Vec::<u8>::new();
    match bytes.try_reserve_exact((mib as usize) << 20) {
        Ok(()) => answer(200, &[TEXT], format!("{} MiB\n", bytes.capacity() >> 20)),
        Err(_) => answer(507, &[TEXT], "no memory\n"),
    }
}
