// This file asks for URLs with WASI 0.3's HTTP, one after the other, and prints what
// comes: status, headers, body, trailers or an error code. Options come before the
// URLs that they are for:
//
//   client [-X METHOD] [-H NAME:VALUE]... [-d BODY] [-t NAME:VALUE] [-p] URL...
//
// -d has a body written in two pieces, -t a trailer after it; with -p all that
// follow are asked for at once, and one line is printed of each.
//
// build: --crate-type cdylib

#[path = "lib/tasks.rs"]
mod tasks;
#[path = "lib/web.rs"]
mod web;

use tasks::{join, join_all};
use wasip3::cli::environment;
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Method, Request};
use wasip3::wit_bindgen::FutureReader;
use wasip3::{wit_future, wit_stream};

struct Client;

wasip3::cli::command::export!(Client);

#[derive(Default)]
struct Ask {
    method: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
    trailers: Vec<(String, Vec<u8>)>,
}

impl wasip3::exports::cli::run::Guest for Client {
    async fn run() -> Result<(), ()> {
        let mut args = environment::get_arguments().into_iter().skip(1);
        let mut ask = Ask::default();
        let mut well = true;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-X" => ask.method = args.next(),
                "-H" => ask.headers.push(field(args.next())?),
                "-t" => ask.trailers.push(field(args.next())?),
                "-d" => ask.body = args.next().map(String::into_bytes),
                "-p" => {
                    let urls: Vec<String> = args.by_ref().collect();
                    for line in join_all(urls.iter().map(|url| one_line(url))).await {
                        tasks::out(line).await;
                    }
                }
                url => {
                    let result = print(url, &ask).await;
                    if let Err(e) = &result {
                        say!("{e:?}");
                    }
                    well &= result.is_ok();
                }
            }
        }
        if well { Ok(()) } else { Err(()) }
    }
}

fn field(arg: Option<String>) -> Result<(String, Vec<u8>), ()> {
    let arg = arg.ok_or(())?;
    let (name, value) = arg.split_once(':').ok_or(())?;
    Ok((name.to_string(), value.trim().as_bytes().to_vec()))
}

async fn one_line(url: &str) -> String {
    match web::get(url).await {
        Ok((status, bytes)) => format!("{status} {} bytes\n", bytes.len()),
        Err(e) => format!("{e:?}\n"),
    }
}

async fn print(url: &str, ask: &Ask) -> Result<(), ErrorCode> {
    let (request, sent) = request(url, ask)?;
    let response = match client::send(request).await {
        Ok(response) => response,
        Err(e) => {
            // What became of the request is the same.
            say!("sent: {:?}", sent.await);
            return Err(e);
        }
    };
    say!("{}", response.get_status_code());
    tasks::out(web::text(&response.get_headers()) + "\n").await;
    let (body, ended) = web::response_body(response);
    let ((), sent) =
        join(async { tasks::out(body.collect().await).await }, async { sent.await }).await;
    let ended = ended.await;
    say!("sent: {sent:?}");
    if let Some(trailers) = ended? {
        tasks::out(web::text(&trailers)).await;
    }
    Ok(())
}

fn request(
    url: &str,
    ask: &Ask,
) -> Result<(Request, FutureReader<Result<(), ErrorCode>>), ErrorCode> {
    let made = web::request(Method::Get, url, Fields::new(), None)?;
    let list =
        |l: &[(String, Vec<u8>)]| Fields::from_list(l).map_err(|e| web::internal(format!("{e:?}")));
    let (contents, ending) = match &ask.body {
        None => (None, wit_future::new(|| Ok(None)).1),
        Some(body) => {
            let (mut tx, rx) = wit_stream::new();
            let (end, ending) = wit_future::new(|| Ok(None));
            let (body, trailers) = (body.clone(), list(&ask.trailers)?);
            let some = !ask.trailers.is_empty();
            wasip3::wit_bindgen::spawn(async move {
                let (first, second) = body.split_at(body.len() / 2);
                for piece in [first, second] {
                    tx.write_all(piece.to_vec()).await;
                }
                drop(tx);
                _ = end.write(Ok(some.then_some(trailers))).await;
            });
            (Some(rx), ending)
        }
    };
    let (request, sent) = Request::new(list(&ask.headers)?, contents, ending, None);
    let method = ask.method.as_deref().unwrap_or(if ask.body.is_some() { "POST" } else { "GET" });
    let method = Method::Other(method.to_string());
    request.set_method(&method).map_err(|()| ErrorCode::HttpRequestMethodInvalid)?;
    let bad = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(made.get_scheme().as_ref()).map_err(bad)?;
    request.set_authority(made.get_authority().as_deref()).map_err(bad)?;
    request.set_path_with_query(made.get_path_with_query().as_deref()).map_err(bad)?;
    Ok((request, sent))
}
