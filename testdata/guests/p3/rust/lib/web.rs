// This file makes the requests and responses of the guests that speak HTTP.
#![allow(dead_code)]

use std::future::Future;

use wasip3::http::client;
use wasip3::http::types::{
    ErrorCode, Fields, HeaderError, Method, Request, Response, Scheme, Trailers,
};
use wasip3::wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamWriter, spawn};
use wasip3::{wit_future, wit_stream};

pub const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");

/// What a message ends with.
pub type End = Result<Option<Trailers>, ErrorCode>;

/// What a message is read from: its body, and what comes after it.
pub type Body = (StreamReader<u8>, FutureReader<End>);

pub fn internal(text: impl ToString) -> ErrorCode {
    ErrorCode::InternalError(Some(text.to_string()))
}

pub fn fields(list: &[(&str, &str)]) -> Result<Fields, HeaderError> {
    let list: Vec<_> = list.iter().map(|(n, v)| (n.to_string(), v.as_bytes().to_vec())).collect();
    Fields::from_list(&list)
}

/// text has a line for each field.
pub fn text(fields: &Fields) -> String {
    let line =
        |(name, value): (String, Vec<u8>)| format!("{name}: {}\n", String::from_utf8_lossy(&value));
    fields.copy_all().into_iter().map(line).collect()
}

/// body is the body of a request that came in. The sender is told that all is well.
pub fn body(request: Request) -> Body {
    let (_, well) = wit_future::new(|| Ok(()));
    Request::consume_body(request, well)
}

pub fn response_body(response: Response) -> Body {
    let (_, well) = wit_future::new(|| Ok(()));
    Response::consume_body(response, well)
}

/// response is one whose body is yet to come, and where it is to be written to.
pub fn response(
    status: u16,
    headers: &[(&str, &str)],
) -> Result<(Response, StreamWriter<u8>, FutureWriter<End>), ErrorCode> {
    let (tx, rx) = wit_stream::new();
    let (end, ending) = wit_future::new(|| Ok(None));
    let headers = fields(headers).map_err(|e| internal(format!("headers: {e:?}")))?;
    let (response, _sent) = Response::new(headers, Some(rx), ending);
    response.set_status_code(status).map_err(|()| internal("status"))?;
    Ok((response, tx, end))
}

/// stream is a response whose body write writes, when the response is on its way.
/// What write returns are the trailers.
pub fn stream<F>(
    status: u16,
    headers: &[(&str, &str)],
    write: impl FnOnce(StreamWriter<u8>) -> F,
) -> Result<Response, ErrorCode>
where
    F: Future<Output = End> + 'static,
{
    let (response, tx, end) = response(status, headers)?;
    let writing = write(tx);
    spawn(async move {
        let ending = writing.await;
        _ = end.write(ending).await;
    });
    Ok(response)
}

pub fn answer(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Result<Response, ErrorCode> {
    let body = body.into();
    let length = body.len().to_string();
    let headers = [headers, &[("content-length", length.as_str())]].concat();
    stream(status, &headers, async move |mut tx: StreamWriter<u8>| {
        tx.write_all(body).await;
        Ok(None)
    })
}

/// request is a request for a URL, with the body and what comes after it.
pub fn request(
    method: Method,
    url: &str,
    headers: Fields,
    body: Option<Body>,
) -> Result<Request, ErrorCode> {
    let bad = |()| ErrorCode::HttpRequestUriInvalid;
    let (scheme, rest) = url.split_once("://").ok_or(()).map_err(bad)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (contents, trailers) = match body {
        Some((contents, trailers)) => (Some(contents), trailers),
        None => (None, wit_future::new(|| Ok(None)).1),
    };
    let (request, _sent) = Request::new(headers, contents, trailers, None);
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_string()),
    };
    request.set_method(&method).map_err(|()| ErrorCode::HttpRequestMethodInvalid)?;
    request.set_scheme(Some(&scheme)).map_err(bad)?;
    request.set_authority(Some(authority)).map_err(bad)?;
    request.set_path_with_query((!path.is_empty()).then_some(path)).map_err(bad)?;
    Ok(request)
}

/// get asks for a URL and has the whole answer.
pub async fn get(url: &str) -> Result<(u16, Vec<u8>), ErrorCode> {
    let response = client::send(request(Method::Get, url, Fields::new(), None)?).await?;
    let status = response.get_status_code();
    let (body, ended) = response_body(response);
    let bytes = body.collect().await;
    ended.await.map(|_| (status, bytes))
}

pub fn method_name(method: &Method) -> &str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => name,
    }
}

pub fn scheme_name(scheme: &Scheme) -> &str {
    match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
        Scheme::Other(name) => name,
    }
}
