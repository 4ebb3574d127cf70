// This file is what the guests that speak HTTP have in common.
#![allow(dead_code)]

use std::io::{self, Write};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, FutureTrailers, HeaderError, IncomingBody,
    IncomingResponse, Method, OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions,
    ResponseOutparam, Scheme,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

pub fn fields(list: &[(&str, &str)]) -> Result<Fields, HeaderError> {
    let list: Vec<_> = list.iter().map(|(n, v)| (n.to_string(), v.as_bytes().to_vec())).collect();
    Fields::from_list(&list)
}

/// respond sends a response's head and gives the body to write.
pub fn respond(out: ResponseOutparam, status: u16, headers: Fields) -> (OutgoingBody, OutputStream) {
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).expect("set-status-code");
    let body = response.body().expect("body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("write");
    (body, stream)
}

/// answer sends a whole response.
pub fn answer(out: ResponseOutparam, status: u16, text: &str) {
    let (body, mut stream) = respond(out, status, Fields::new());
    let written = stream.write_all(text.as_bytes()).and_then(|()| Write::flush(&mut stream));
    drop(stream);
    match written {
        Ok(()) => drop(OutgoingBody::finish(body, None)),
        Err(e) => eprintln!("answer: {e}"),
    }
}

/// Url is http://authority/path in parts.
pub struct Url<'a> {
    pub scheme: Scheme,
    pub authority: &'a str,
    pub path: &'a str,
}

pub fn url(text: &str) -> Option<Url<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.into()),
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    Some(Url { scheme, authority, path: if path.is_empty() { "/" } else { path } })
}

/// request makes a request for url; Err names the part that was refused.
pub fn request(method: &Method, to: &Url, headers: Fields) -> Result<OutgoingRequest, &'static str> {
    let r = OutgoingRequest::new(headers);
    r.set_method(method).map_err(|()| "method")?;
    r.set_scheme(Some(&to.scheme)).map_err(|()| "scheme")?;
    r.set_authority(Some(to.authority)).map_err(|()| "authority")?;
    r.set_path_with_query(Some(to.path)).map_err(|()| "path")?;
    Ok(r)
}

/// get starts a GET without a body.
pub fn get(to: &str, options: Option<RequestOptions>) -> Result<FutureIncomingResponse, String> {
    let to = url(to).ok_or("not a URL")?;
    let r = request(&Method::Get, &to, Fields::new())?;
    let body = r.body().map_err(|()| "body")?;
    let coming = outgoing_handler::handle(r, options).map_err(name)?;
    // Finishing the body is what sends the request's end.
    OutgoingBody::finish(body, None).map_err(name)?;
    Ok(coming)
}

/// wait blocks until the response is there.
pub fn wait(coming: &FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    loop {
        match coming.get() {
            Some(result) => return result.expect("the response is taken once"),
            None => coming.subscribe().block(),
        }
    }
}

pub fn wait_trailers(coming: &FutureTrailers) -> Result<Option<Fields>, ErrorCode> {
    coming.subscribe().block();
    coming.get().expect("the trailers are there").expect("the trailers are taken once")
}

/// Why a body came to no good end.
pub fn broken(e: StreamError) -> String {
    match e {
        StreamError::Closed => "closed".into(),
        StreamError::LastOperationFailed(e) => match wasip2::http::types::http_error_code(&e) {
            Some(code) => name(code),
            None => "not an error of HTTP".into(),
        },
    }
}

/// read_all reads a body to its end, keeping at most the first keep bytes; the
/// number is that of all bytes.
pub fn read_all(from: &InputStream, keep: usize) -> Result<(u64, Vec<u8>), String> {
    let (mut all, mut kept) = (0, Vec::new());
    loop {
        match from.blocking_read(1 << 16) {
            Ok(b) => {
                all += b.len() as u64;
                kept.extend_from_slice(&b[..b.len().min(keep - kept.len())]);
            }
            Err(StreamError::Closed) => return Ok((all, kept)),
            Err(e) => return Err(broken(e)),
        }
    }
}

/// fetch is get, and waits for all of the answer: status, bytes, their number
/// and the trailers. An error is its code's name in WIT.
pub fn fetch(to: &str, options: Option<RequestOptions>) -> Result<Answer, String> {
    let coming = get(to, options)?;
    let response = wait(&coming).map_err(name)?;
    receive(response)
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
    pub text: String,
    pub bytes: u64,
    pub trailers: Option<Vec<(String, Vec<u8>)>>,
}

pub fn receive(response: IncomingResponse) -> Result<Answer, String> {
    let body = response.consume().map_err(|()| "consume")?;
    let stream = body.stream().map_err(|()| "stream")?;
    let (bytes, kept) = read_all(&stream, 1 << 20)?;
    drop(stream);
    let trailers = wait_trailers(&IncomingBody::finish(body)).map_err(name)?;
    Ok(Answer {
        status: response.status(),
        headers: response.headers().entries(),
        text: String::from_utf8_lossy(&kept).into_owned(),
        bytes,
        trailers: trailers.map(|t| t.entries()),
    })
}

/// name is the error's name as WIT spells it: HTTP-response-timeout.
pub fn name(e: ErrorCode) -> String {
    let debug = format!("{e:?}");
    let camel = debug.split(['(', ' ']).next().unwrap_or("").trim_start_matches("ErrorCode::");
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out.replacen("http-", "HTTP-", 1).replacen("tls-", "TLS-", 1).replacen("dns-", "DNS-", 1)
}

/// write_line writes text and has it sent at once.
pub fn write_line(to: &mut OutputStream, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    Write::flush(to)
}
