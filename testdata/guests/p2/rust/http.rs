// This file checks wasi:http as a client and as a maker of messages. Without
// arguments it does what needs no network; "http URL" asks the service at URL,
// which is service.wasm or answers as that does; "http denied URL" asks for
// what is not granted. What is left, the server's side, is in service.rs.

#[macro_use]
#[path = "lib/check.rs"]
mod check;
#[path = "lib/web.rs"]
mod web;

use check::{Failure, Outcome};
use std::process::ExitCode;
use std::sync::OnceLock;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    Fields, HeaderError, Method, OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions,
    Scheme,
};
use wasip2::io::streams::StreamError;

static BASE: OnceLock<String> = OnceLock::new();

fn at(path: &str) -> String {
    format!("{}{path}", BASE.get().map_or("", String::as_str))
}

fn text(e: impl std::fmt::Display) -> Failure {
    Failure(e.to_string())
}

fn fields() -> Outcome {
    let f = Fields::new();
    check!(f.entries().is_empty());
    check!(!f.has("x-a"));
    check!(f.get("x-a").is_empty());
    f.append("x-a", b"1")?;
    f.append("X-A", b"2")?;
    check!(f.get("x-A"), [b"1", b"2"]);
    check!(f.has("X-a"));
    f.set("x-b", &[b"one".to_vec(), b"two".to_vec()])?;
    f.set("X-B", &[b"three".to_vec()])?;
    check!(f.get("x-b"), [b"three"]);
    f.append("x-bytes", &[0x80, 0xff, b' ', 0x80])?;
    check!(f.get("x-bytes"), [[0x80, 0xff, b' ', 0x80]]);
    f.append("x-empty", b"")?;
    check!(f.get("x-empty"), [b""]);
    check!(f.entries().len(), 5);
    let copy = f.clone();
    f.delete("x-a")?;
    f.delete("x-absent")?;
    check!(!f.has("x-a"));
    check!(copy.has("x-a"));
    check!(copy.entries().len(), 5);
    f.set("x-b", &[])?;
    check!(!f.has("x-b"));
    let list = [("x-one".to_string(), b"1".to_vec()), ("x-one".to_string(), b"2".to_vec())];
    check!(Fields::from_list(&list)?.get("x-one").len(), 2);
    Ok(())
}

fn bad_fields() -> Outcome {
    let f = Fields::new();
    for name in ["", " ", "a b", "a:b", "a\r\nb", "a\0b", "é", "a\n", ":path", "(a)"] {
        is!(f.append(name, b"x"), Err(HeaderError::InvalidSyntax));
        is!(f.set(name, &[b"x".to_vec()]), Err(HeaderError::InvalidSyntax));
        is!(f.delete(name), Err(HeaderError::InvalidSyntax));
        check!(!f.has(name));
        check!(f.get(name).is_empty());
        is!(
            Fields::from_list(&[(name.to_string(), b"x".to_vec())]).map(|_| ()),
            Err(HeaderError::InvalidSyntax)
        );
    }
    for value in [&b"a\r\nb: c"[..], b"a\nb", b"\r", b"a\0b", b"\x7f"] {
        is!(f.append("x-a", value), Err(HeaderError::InvalidSyntax));
        is!(f.set("x-a", &[b"fine".to_vec(), value.to_vec()]), Err(HeaderError::InvalidSyntax));
        is!(
            Fields::from_list(&[("x-a".to_string(), value.to_vec())]).map(|_| ()),
            Err(HeaderError::InvalidSyntax)
        );
    }
    for name in [
        "connection", "Keep-Alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "Transfer-Encoding", "upgrade", "Host", "http2-settings",
    ] {
        is!(f.append(name, b"x"), Err(HeaderError::Forbidden));
        is!(f.set(name, &[b"x".to_vec()]), Err(HeaderError::Forbidden));
        is!(f.delete(name), Err(HeaderError::Forbidden));
        is!(
            Fields::from_list(&[(name.to_string(), b"x".to_vec())]).map(|_| ()),
            Err(HeaderError::Forbidden)
        );
    }
    check!(f.entries().is_empty());
    Ok(())
}

fn requests() -> Outcome {
    let r = OutgoingRequest::new(web::fields(&[("x-a", "1")])?);
    is!(r.method(), Method::Get);
    check!(r.path_with_query().is_none() && r.authority().is_none() && r.scheme().is_none());
    for m in [
        Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete, Method::Connect,
        Method::Options, Method::Trace, Method::Patch, Method::Other("PROPFIND".into()),
    ] {
        check!(r.set_method(&m).is_ok());
        check!(format!("{:?}", r.method()), format!("{m:?}"));
    }
    for m in ["", "A B", "GET / HTTP/1.1\r\nx: y\r\n\r\n", "é", "a\0"] {
        check!(r.set_method(&Method::Other(m.into())).is_err());
    }
    for s in [Scheme::Http, Scheme::Https, Scheme::Other("ws".into())] {
        check!(r.set_scheme(Some(&s)).is_ok());
        check!(format!("{:?}", r.scheme()), format!("Some({s:?})"));
    }
    for s in ["", "1a", "a b", "http://x", "a\r\n"] {
        check!(r.set_scheme(Some(&Scheme::Other(s.into()))).is_err());
    }
    for a in ["example.com", "example.com:8080", "127.0.0.1:80", "[::1]:80"] {
        check!(r.set_authority(Some(a)).is_ok());
        check!(r.authority().as_deref(), Some(a));
    }
    for a in ["a b", "a/b", "a\r\nx: y", "a?b", "a#b", "a:99999", "[::1", "a\0"] {
        check!(r.set_authority(Some(a)).is_err());
    }
    for p in ["/", "/a/b?c=d&e=%20", "/?", "/a?b?c"] {
        check!(r.set_path_with_query(Some(p)).is_ok());
        check!(r.path_with_query().as_deref(), Some(p));
    }
    for p in ["/a b", "/a\r\nx: y", "/\0", "/\n"] {
        check!(r.set_path_with_query(Some(p)).is_err());
    }
    check!(r.set_path_with_query(None).is_ok());
    check!(r.set_scheme(None).is_ok() && r.set_authority(None).is_ok());
    let h = r.headers();
    check!(h.get("x-a"), [b"1"]);
    is!(h.append("x-b", b"2"), Err(HeaderError::Immutable));
    is!(h.set("x-b", &[b"2".to_vec()]), Err(HeaderError::Immutable));
    is!(h.delete("x-a"), Err(HeaderError::Immutable));
    h.clone().append("x-b", b"2")?;
    let body = r.body();
    check!(body.is_ok());
    check!(r.body().is_err());
    let body = body.map_err(|()| text("body"))?;
    let w = body.write();
    check!(w.is_ok());
    check!(body.write().is_err());
    Ok(())
}

fn options() -> Outcome {
    let o = RequestOptions::new();
    check!(o.connect_timeout().is_none());
    check!(o.first_byte_timeout().is_none());
    check!(o.between_bytes_timeout().is_none());
    check!(o.set_connect_timeout(Some(1)).is_ok());
    check!(o.set_first_byte_timeout(Some(2_000_000_000)).is_ok());
    check!(o.set_between_bytes_timeout(Some(u64::MAX)).is_ok());
    check!(o.connect_timeout(), Some(1));
    check!(o.first_byte_timeout(), Some(2_000_000_000));
    check!(o.between_bytes_timeout(), Some(u64::MAX));
    check!(o.set_connect_timeout(None).is_ok());
    check!(o.connect_timeout().is_none());
    Ok(())
}

fn responses() -> Outcome {
    let r = OutgoingResponse::new(Fields::new());
    check!(r.status_code(), 200);
    for s in [200, 204, 404, 599] {
        check!(r.set_status_code(s).is_ok());
        check!(r.status_code(), s);
    }
    for s in [0, 99, 1000, u16::MAX] {
        check!(r.set_status_code(s).is_err());
    }
    check!(r.status_code(), 599);
    is!(r.headers().append("x", b"y"), Err(HeaderError::Immutable));
    let body = r.body().map_err(|()| text("body"))?;
    check!(r.body().is_err());
    let w = body.write().map_err(|()| text("write"))?;
    check!(body.write().is_err());
    drop(w);
    check!(OutgoingBody::finish(body, None).is_ok());
    Ok(())
}

// A body that is not as long as its content-length says is an error.
fn lengths() -> Outcome {
    for (said, written) in [("5", 3), ("5", 0), ("0", 1)] {
        let r = OutgoingRequest::new(web::fields(&[("content-length", said)])?);
        let body = r.body().map_err(|()| text("body"))?;
        let w = body.write().map_err(|()| text("write"))?;
        let wrote = w.blocking_write_and_flush(&b"xxxxx"[..written]);
        drop(w);
        let finished = OutgoingBody::finish(body, None);
        check!(wrote.is_err() || finished.is_err());
        if let Err(e) = finished {
            check!(web::name(e), "HTTP-request-body-size");
        }
    }
    Ok(())
}

fn denied() -> Outcome {
    check!(refused(&at("/"), None), "HTTP-request-denied");
    Ok(())
}

fn get() -> Outcome {
    let a = web::fetch(&at("/hello"), None).map_err(text)?;
    check!(a.status, 200);
    check!(a.text, "hello\n");
    check!(web::fetch(&at("/status/404"), None).map_err(text)?.status, 404);
    check!(web::fetch(&at("/body/100000"), None).map_err(text)?.bytes, 100_000);
    let t = web::fetch(&at("/request"), None).map_err(text)?.text;
    check!(t.starts_with("Method::Get\n"));
    Ok(())
}

fn trailers() -> Outcome {
    let a = web::fetch(&at("/trailers"), None).map_err(text)?;
    check!(a.text, "body\n");
    let t = a.trailers.ok_or_else(|| text("no trailers"))?;
    check!(t.iter().any(|(n, v)| n == "x-sum" && v == b"5"));
    check!(t.iter().filter(|(n, _)| n == "x-two").count(), 2);
    Ok(())
}

fn once() -> Outcome {
    let coming = web::get(&at("/hello"), None).map_err(text)?;
    let response = web::wait(&coming).map_err(|e| text(web::name(e)))?;
    check!(matches!(coming.get(), Some(Err(()))));
    check!(coming.subscribe().ready());
    is!(response.headers().append("x", b"y"), Err(HeaderError::Immutable));
    let body = response.consume().map_err(|()| text("consume"))?;
    check!(response.consume().is_err());
    let stream = body.stream().map_err(|()| text("stream"))?;
    check!(body.stream().is_err());
    check!(web::read_all(&stream, 9).map_err(text)?.0, 6);
    is!(stream.blocking_read(1), Err(StreamError::Closed));
    drop(stream);
    let trailers = wasip2::http::types::IncomingBody::finish(body);
    check!(web::wait_trailers(&trailers).map_err(|e| text(web::name(e)))?.is_none());
    check!(matches!(trailers.get(), Some(Err(()))));
    Ok(())
}

// The answer comes while the request's body is still being written.
fn both_ways() -> Outcome {
    let to = at("/upper");
    let to = web::url(&to).ok_or_else(|| text("not a URL"))?;
    let r = web::request(&Method::Post, &to, Fields::new()).map_err(text)?;
    let body = r.body().map_err(|()| text("body"))?;
    let coming = handle(r, None).map_err(|e| text(web::name(e)))?;
    let w = body.write().map_err(|()| text("write"))?;
    w.blocking_write_and_flush(b"first ")?;
    let response = web::wait(&coming).map_err(|e| text(web::name(e)))?;
    let answer = response.consume().map_err(|()| text("consume"))?;
    let stream = answer.stream().map_err(|()| text("stream"))?;
    let mut got = stream.blocking_read(100)?;
    w.blocking_write_and_flush(b"second")?;
    drop(w);
    OutgoingBody::finish(body, None).map_err(|e| text(web::name(e)))?;
    let rest = web::read_all(&stream, 100).map_err(text)?;
    got.extend(rest.1);
    check!(got, b"FIRST SECOND");
    Ok(())
}

fn upload() -> Outcome {
    let to = at("/request-trailers");
    let to = web::url(&to).ok_or_else(|| text("not a URL"))?;
    let r = web::request(&Method::Put, &to, web::fields(&[("trailer", "x-t")])?).map_err(text)?;
    let body = r.body().map_err(|()| text("body"))?;
    let coming = handle(r, None).map_err(|e| text(web::name(e)))?;
    let w = body.write().map_err(|()| text("write"))?;
    for _ in 0..256 {
        w.blocking_write_and_flush(&[b'x'; 4096])?;
    }
    drop(w);
    let t = web::fields(&[("x-t", "yes")])?;
    OutgoingBody::finish(body, Some(t)).map_err(|e| text(web::name(e)))?;
    let response = web::wait(&coming).map_err(|e| text(web::name(e)))?;
    let a = web::receive(response).map_err(text)?;
    check!(a.text, "1048576 bytes\nx-t: yes\n");
    Ok(())
}

fn refused(to: &str, o: Option<RequestOptions>) -> String {
    web::fetch(to, o).err().unwrap_or_else(|| "answered".into())
}

fn failures() -> Outcome {
    check!(refused("http://127.0.0.1:1/", None), "connection-refused");
    let o = RequestOptions::new();
    check!(o.set_first_byte_timeout(Some(50_000_000)).is_ok());
    let e = refused(&at("/late/3000"), Some(o));
    check!(["HTTP-response-timeout", "connection-read-timeout"].contains(&e.as_str()));
    let o = RequestOptions::new();
    check!(o.set_between_bytes_timeout(Some(100_000_000)).is_ok());
    let e = refused(&at("/slow/3000/3"), Some(o));
    check!(["HTTP-response-timeout", "connection-read-timeout"].contains(&e.as_str()));
    let e = refused(&at("/too-little"), None);
    check!(["HTTP-response-incomplete", "connection-terminated"].contains(&e.as_str()));
    Ok(())
}

// A request that is given up in the middle is no error for the next.
fn dropped() -> Outcome {
    for path in ["/hello", "/body/10000000", "/late/1000", "/slow/100/100"] {
        let coming = web::get(&at(path), None).map_err(text)?;
        drop(coming);
        let coming = web::get(&at(path), None).map_err(text)?;
        let p = coming.subscribe();
        drop(coming);
        drop(p);
    }
    let coming = web::get(&at("/body/10000000"), None).map_err(text)?;
    let response = web::wait(&coming).map_err(|e| text(web::name(e)))?;
    let body = response.consume().map_err(|()| text("consume"))?;
    let stream = body.stream().map_err(|()| text("stream"))?;
    check!(!stream.blocking_read(10)?.is_empty());
    drop(body);
    drop(response);
    drop(stream);
    get()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (checks, base): (&[check::Check], &str) = match &args[..] {
        [] => (
            &[
                ("fields", fields),
                ("bad fields", bad_fields),
                ("requests", requests),
                ("options", options),
                ("responses", responses),
                ("lengths", lengths),
            ],
            "",
        ),
        [mode, url] if mode == "denied" => (&[("denied", denied)], url),
        [url, ..] => (
            &[
                ("get", get),
                ("trailers", trailers),
                ("once", once),
                ("both ways", both_ways),
                ("upload", upload),
                ("failures", failures),
                ("dropped", dropped),
            ],
            url,
        ),
    };
    let _ = BASE.set(base.trim_end_matches('/').to_string());
    let only: Vec<String> = args.iter().skip(1).filter(|a| *a != base).cloned().collect();
    check::run_only(checks, &only)
}
