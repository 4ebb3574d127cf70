// This file is a small HTTP service for WASI 0.2. It answers:
//
//   GET /           a greeting; GET /?name=Ada greets Ada
//   GET /headers    the request's target and headers
//   GET /count/N    N lines, written one by one, then a trailer with their sum
//   POST /trailers  the trailers that came after the request's body
//   POST anything   the request's body, streamed back as it comes in
//
// build: --crate-type cdylib

use std::io::{self, Write};

use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse,
    ResponseOutparam,
};
use wasip2::io::streams::{OutputStream, StreamError};

struct Service;

wasip2::http::proxy::export!(Service);

impl wasip2::exports::http::incoming_handler::Guest for Service {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match (request.method(), path) {
            (Method::Post, "/trailers") => trailers(&request, out),
            (Method::Post, _) => echo(&request, out),
            (Method::Get | Method::Head, "/") => greet(query, out),
            (Method::Get, "/headers") => headers(&request, &target, out),
            (Method::Get, _) if path.starts_with("/count/") => count(&path[7..], out),
            (Method::Get, _) => answer(out, 404, &[], |w| w.write_all(b"There is nothing here.\n")),
            _ => answer(out, 405, &[("allow", "GET, HEAD, POST")], |_| Ok(())),
        }
    }
}

fn greet(query: &str, out: ResponseOutparam) {
    let name = query.split('&').find_map(|q| q.strip_prefix("name="));
    answer(out, 200, &[TEXT], |w| match name {
        Some(name) => writeln!(w, "Hello, {name}, from wasm32-wasip2!"),
        None => writeln!(w, "Hello from wasm32-wasip2!"),
    });
}

fn headers(request: &IncomingRequest, target: &str, out: ResponseOutparam) {
    answer(out, 200, &[TEXT], |w| {
        let mut text = format!("GET {target}\n");
        for (name, value) in request.headers().entries() {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
        }
        w.write_all(text.as_bytes())
    });
}

fn count(n: &str, out: ResponseOutparam) {
    let Ok(n) = n.parse::<u32>() else {
        return answer(out, 400, &[TEXT], |w| writeln!(w, "{n:?} is not a number"));
    };
    stream(out, 200, &[TEXT], |w| {
        let mut sum = 0u64;
        for i in 1..=n {
            writeln!(w, "{i}")?;
            sum += u64::from(i);
        }
        fields(&[("sum", &sum.to_string())]).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
    });
}

// echo passes the body on without looking at it: splice moves what has come in
// to the response, and waits when the client reads slowly.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let kind = request.headers().get("content-type");
    let kind = kind.first().and_then(|v| std::str::from_utf8(v).ok()).unwrap_or("text/plain");
    let body = request.consume().expect("the body is taken once");
    let from = body.stream().expect("the stream is taken once");
    stream(out, 200, &[("content-type", kind)], |to| {
        loop {
            match to.blocking_splice(&from, 1 << 16) {
                Ok(_) => to.flush().map_err(|e| io::Error::other(e.to_string()))?,
                Err(StreamError::Closed) => return Ok(None),
                Err(e) => return Err(io::Error::other(e.to_string())),
            }
        }
    });
}

fn trailers(request: &IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().expect("the body is taken once");
    let from = body.stream().expect("the stream is taken once");
    while from.blocking_skip(1 << 20).is_ok() {}
    drop(from);
    let coming = IncomingBody::finish(body);
    let got = loop {
        match coming.get() {
            Some(got) => break got.expect("trailers are taken once"),
            None => coming.subscribe().block(),
        }
    };
    answer(out, 200, &[TEXT], |w| match got {
        Ok(None) => writeln!(w, "no trailers"),
        Ok(Some(list)) => list.entries().iter().try_for_each(|(name, value)| {
            writeln!(w, "{name}: {}", String::from_utf8_lossy(value))
        }),
        Err(e) => writeln!(w, "the trailers did not come: {e}"),
    });
}

const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");

fn fields(list: &[(&str, &str)]) -> Result<Fields, wasip2::http::types::HeaderError> {
    let list: Vec<_> = list.iter().map(|(n, v)| (n.to_string(), v.as_bytes().to_vec())).collect();
    Fields::from_list(&list)
}

// answer sends a response whose body write writes.
fn answer(
    out: ResponseOutparam,
    status: u16,
    headers: &[(&str, &str)],
    write: impl FnOnce(&mut OutputStream) -> io::Result<()>,
) {
    stream(out, status, headers, |w| write(w).map(|()| None));
}

// stream is answer for a body that ends with trailers. A body that cannot be
// written to its end is dropped unfinished, so that the client can tell.
fn stream(
    out: ResponseOutparam,
    status: u16,
    headers: &[(&str, &str)],
    write: impl FnOnce(&mut OutputStream) -> io::Result<Option<Fields>>,
) {
    let Ok(headers) = fields(headers) else {
        let text = "a header of the response cannot be sent".to_string();
        return ResponseOutparam::set(out, Err(ErrorCode::InternalError(Some(text))));
    };
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).expect("the status is one of this file");
    let body = response.body().expect("the body is taken once");
    ResponseOutparam::set(out, Ok(response));
    let mut stream = body.write().expect("the stream is taken once");
    let written = write(&mut stream).and_then(|t| Write::flush(&mut stream).map(|()| t));
    drop(stream);
    match written {
        Ok(trailers) => drop(OutgoingBody::finish(body, trailers)),
        Err(e) => eprintln!("http-wasip2: {e}"),
    }
}
