// This file is a middleware of WASI 0.3: a service that has another service behind
// it. It adds a header and a trailer with the number of bytes to each answer, tells
// the service behind it that it was there, answers /blocked itself and, for /twice,
// asks the service behind it two times.
//
// The crate has no binding of wasi:http/handler as an import; wasi:http/client's
// function has the same type, and this renames it.
//
// build: --crate-type cdylib
// rename: wasi:http/client send wasi:http/handler handle

#[path = "lib/tasks.rs"]
mod tasks;
#[path = "lib/web.rs"]
mod web;

use tasks::join;
use wasip3::http::client::send as handle;
use wasip3::http::types::{ErrorCode, Fields, Request, Response, Trailers};
use wasip3::wit_bindgen::{StreamResult, StreamWriter, spawn};
use wasip3::{wit_future, wit_stream};

struct Middleware;

wasip3::http::service::export!(Middleware);

impl wasip3::exports::http::handler::Guest for Middleware {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        match request.get_path_with_query().as_deref() {
            Some("/blocked") => web::answer(403, &[web::TEXT], "blocked by the middleware\n"),
            Some("/pass") => handle(request).await,
            Some("/twice") => twice(request).await,
            _ => changed(request).await,
        }
    }
}

// again makes a request like the first, with a header more.
fn again(request: &Request, body: web::Body) -> Result<Request, ErrorCode> {
    let headers = request.get_headers().clone();
    headers.append("x-via", b"middleware").map_err(|e| web::internal(format!("{e:?}")))?;
    let (made, _sent) = Request::new(headers, Some(body.0), body.1, None);
    let bad = |()| ErrorCode::HttpRequestUriInvalid;
    made.set_method(&request.get_method()).map_err(bad)?;
    made.set_scheme(request.get_scheme().as_ref()).map_err(bad)?;
    made.set_authority(request.get_authority().as_deref()).map_err(bad)?;
    made.set_path_with_query(request.get_path_with_query().as_deref()).map_err(bad)?;
    Ok(made)
}

async fn changed(request: Request) -> Result<Response, ErrorCode> {
    let (tx, rx) = wit_stream::new();
    let (end, ending) = wit_future::new(|| Ok(None));
    let inner = again(&request, (rx, ending))?;
    let (body, ended) = web::body(request);
    spawn(async move {
        copy(body, tx).await;
        _ = end.write(ended.await).await;
    });
    let response = handle(inner).await?;
    let headers = response.get_headers().clone();
    headers.append("x-middleware", b"counted").map_err(|e| web::internal(format!("{e:?}")))?;
    let status = response.get_status_code();
    let (tx, rx) = wit_stream::new();
    let (end, ending) = wit_future::new(|| Ok(None));
    let (made, _sent) = Response::new(headers, Some(rx), ending);
    made.set_status_code(status).map_err(|()| web::internal("status"))?;
    let (body, ended) = web::response_body(response);
    spawn(async move {
        let bytes = copy(body, tx).await;
        let ended = ended.await.and_then(|trailers| counted(trailers, bytes));
        _ = end.write(ended).await;
    });
    Ok(made)
}

async fn copy(mut from: wasip3::wit_bindgen::StreamReader<u8>, mut to: StreamWriter<u8>) -> usize {
    let mut bytes = 0;
    loop {
        let (result, got) = from.read(Vec::with_capacity(1 << 14)).await;
        bytes += got.len();
        let rest = to.write_all(got).await;
        if result == StreamResult::Dropped || !rest.is_empty() {
            return bytes;
        }
    }
}

fn counted(trailers: Option<Trailers>, bytes: usize) -> web::End {
    let trailers = trailers.map_or_else(Fields::new, |t| t.clone());
    let added = trailers.append("x-bytes", bytes.to_string().as_bytes());
    added.map(|()| Some(trailers)).map_err(|e| web::internal(format!("{e:?}")))
}

// The same question twice at a time, without a body; the answers one after the other.
async fn twice(request: Request) -> Result<Response, ErrorCode> {
    let none = || {
        let (_, rx) = wit_stream::new();
        (rx, wit_future::new(|| Ok(None)).1)
    };
    let ask = async |inner: Request| {
        let (body, ended) = web::response_body(handle(inner).await?);
        let bytes = body.collect().await;
        ended.await.map(|_| bytes)
    };
    let (a, b) = join(ask(again(&request, none())?), ask(again(&request, none())?)).await;
    web::answer(200, &[web::TEXT], [a?, b?].concat())
}
