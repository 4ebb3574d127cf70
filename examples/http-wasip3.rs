// This file is a small HTTP service for WASI 0.3. One instance answers many requests
// at the same time: whatever waits, for a clock or for a client, lets the others go
// on. It answers:
//
//   GET /           a greeting; GET /?name=Ada greets Ada
//   GET /headers    the request's target and headers
//   GET /count/N    N lines, written one by one, then a trailer with their sum
//   GET /tick/N     N lines, one every 100 ms
//   GET /fetch?URL&URL...   what each URL answers, all of them asked at once
//   POST /trailers  the trailers that came after the request's body
//   POST anything   the request's body, streamed back as it comes in
//
// build: --crate-type cdylib

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use wasip3::clocks::monotonic_clock;
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme, Trailers};
use wasip3::wit_bindgen::{StreamWriter, spawn};
use wasip3::{wit_future, wit_stream};

struct Service;

wasip3::http::service::export!(Service);

impl wasip3::exports::http::handler::Guest for Service {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let target = request.get_path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match (request.get_method(), path) {
            (Method::Post, "/trailers") => trailers(request).await,
            (Method::Post, _) => echo(request),
            (Method::Get | Method::Head, "/") => greet(query),
            (Method::Get, "/headers") => headers(&request, &target),
            (Method::Get, "/fetch") => fetch(query).await,
            (Method::Get, _) if path.starts_with("/count/") => count(&path[7..]),
            (Method::Get, _) if path.starts_with("/tick/") => tick(&path[6..]),
            (Method::Get, _) => answer(404, &[TEXT], "There is nothing here.\n"),
            _ => answer(405, &[("allow", "GET, HEAD, POST")], ""),
        }
    }
}

fn greet(query: &str) -> Result<Response, ErrorCode> {
    match query.split('&').find_map(|q| q.strip_prefix("name=")) {
        Some(name) => answer(200, &[TEXT], &format!("Hello, {name}, from wasm32-wasip3!\n")),
        None => answer(200, &[TEXT], "Hello from wasm32-wasip3!\n"),
    }
}

fn headers(request: &Request, target: &str) -> Result<Response, ErrorCode> {
    answer(200, &[TEXT], &format!("GET {target}\n{}", lines(&request.get_headers())))
}

fn lines(list: &Fields) -> String {
    let line =
        |(name, value): (String, Vec<u8>)| format!("{name}: {}\n", String::from_utf8_lossy(&value));
    list.copy_all().into_iter().map(line).collect()
}

fn count(n: &str) -> Result<Response, ErrorCode> {
    let Ok(n) = n.parse::<u64>() else {
        return answer(400, &[TEXT], &format!("{n:?} is not a number\n"));
    };
    stream(200, &[TEXT, ("trailer", "sum")], async move |mut body| {
        for i in 1..=n {
            if !body.write_all(format!("{i}\n").into_bytes()).await.is_empty() {
                return Ok(None); // the client has gone
            }
        }
        fields(&[("sum", &(n * (n + 1) / 2).to_string())]).map(Some)
    })
}

fn tick(n: &str) -> Result<Response, ErrorCode> {
    let n = n.parse::<u64>().unwrap_or(1);
    stream(200, &[TEXT], async move |mut body| {
        for i in 1..=n {
            if !body.write_all(format!("tick {i}\n").into_bytes()).await.is_empty() {
                break;
            }
            monotonic_clock::wait_for(100_000_000).await;
        }
        Ok(None)
    })
}

async fn fetch(query: &str) -> Result<Response, ErrorCode> {
    let urls: Vec<&str> = query.split('&').collect();
    let asked = urls.iter().map(|url| -> Pin<Box<dyn Future<Output = String> + '_>> {
        Box::pin(async move {
            match get(url).await {
                Ok((status, bytes)) => format!("{url}: {status}, {bytes} bytes\n"),
                Err(e) => format!("{url}: {e:?}\n"),
            }
        })
    });
    answer(200, &[TEXT], &together(asked.collect()).await.concat())
}

// together runs all futures at the same time, and has their values when the last has
// ended.
async fn together<T>(mut list: Vec<Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut values: Vec<Option<T>> = list.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (future, value) in list.iter_mut().zip(&mut values) {
            if value.is_none()
                && let Poll::Ready(v) = future.as_mut().poll(cx)
            {
                *value = Some(v);
            }
        }
        if values.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    values.into_iter().flatten().collect()
}

async fn get(url: &str) -> Result<(u16, usize), ErrorCode> {
    let bad = |()| ErrorCode::HttpRequestUriInvalid;
    let (scheme, rest) = url.split_once("://").ok_or(()).map_err(bad)?;
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (_, none) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(Fields::new(), None, none, None);
    request.set_scheme(Some(&scheme)).map_err(bad)?;
    request.set_authority(Some(authority)).map_err(bad)?;
    request.set_path_with_query((!path.is_empty()).then_some(path)).map_err(bad)?;
    let response = client::send(request).await?;
    let status = response.get_status_code();
    let (_, well) = wit_future::new(|| Ok(()));
    let (body, ended) = Response::consume_body(response, well);
    let bytes = body.collect().await.len();
    ended.await.map(|_| (status, bytes))
}

// echo passes the body and its trailers on without looking at them.
fn echo(request: Request) -> Result<Response, ErrorCode> {
    let kind = request.get_headers().get("content-type");
    let kind = kind.first().and_then(|v| std::str::from_utf8(v).ok()).unwrap_or("text/plain");
    let headers = fields(&[("content-type", kind)])?;
    let (_, well) = wit_future::new(|| Ok(()));
    let (body, ended) = Request::consume_body(request, well);
    Ok(Response::new(headers, Some(body), ended).0)
}

async fn trailers(request: Request) -> Result<Response, ErrorCode> {
    let (_, well) = wit_future::new(|| Ok(()));
    let (body, ended) = Request::consume_body(request, well);
    drop(body);
    match ended.await {
        Ok(None) => answer(200, &[TEXT], "no trailers\n"),
        Ok(Some(list)) => answer(200, &[TEXT], &lines(&list)),
        Err(e) => answer(200, &[TEXT], &format!("the trailers did not come: {e:?}\n")),
    }
}

const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");

fn fields(list: &[(&str, &str)]) -> Result<Fields, ErrorCode> {
    let list: Vec<_> = list.iter().map(|(n, v)| (n.to_string(), v.as_bytes().to_vec())).collect();
    Fields::from_list(&list).map_err(|e| ErrorCode::InternalError(Some(format!("{e:?}"))))
}

// answer is a response with all of its body at hand.
fn answer(status: u16, headers: &[(&str, &str)], text: &str) -> Result<Response, ErrorCode> {
    let (text, length) = (text.as_bytes().to_vec(), text.len().to_string());
    let headers = [headers, &[("content-length", length.as_str())]].concat();
    stream(status, &headers, async move |mut body| {
        body.write_all(text).await;
        Ok(None)
    })
}

// stream is a response whose body write writes, after the response itself has been
// handed over. Dropping the writer ends the body; what write returns comes after it.
fn stream<F>(
    status: u16,
    headers: &[(&str, &str)],
    write: impl FnOnce(StreamWriter<u8>) -> F,
) -> Result<Response, ErrorCode>
where
    F: Future<Output = Result<Option<Trailers>, ErrorCode>> + 'static,
{
    let (tx, body) = wit_stream::new();
    let (end, ending) = wit_future::new(|| Ok(None));
    let (response, _sent) = Response::new(fields(headers)?, Some(body), ending);
    response.set_status_code(status).expect("the status is one of this file");
    let writing = write(tx);
    spawn(async move {
        let trailers = writing.await;
        _ = end.write(trailers).await;
    });
    Ok(response)
}
