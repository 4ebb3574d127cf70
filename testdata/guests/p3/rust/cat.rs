// This file moves standard input to standard output in several ways:
//
//   cat            a stream between them: each chunk as it comes
//   cat pass       gives the stream of stdin to stdout, and never sees the bytes
//   cat upper      upper case
//   cat head N     the first N bytes; then drops the stream while there is more
//   cat drop       drops the stream before it reads anything
//   cat again N    N bytes from one stream, then the rest from a second one
//   cat probe      a read of no bytes before each other read
//   cat cancel     starts a read, cancels it, and then reads on
//   cat count      counts bytes and reads
//
// build: --crate-type cdylib

#[path = "lib/tasks.rs"]
mod tasks;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasip3::cli::{environment, stdin, stdout};
use wasip3::wit_bindgen::{StreamReader, StreamResult};
use wasip3::wit_stream;

struct Cat;

wasip3::cli::command::export!(Cat);

const CHUNK: usize = 4096;

impl wasip3::exports::cli::run::Guest for Cat {
    async fn run() -> Result<(), ()> {
        let args = environment::get_arguments();
        let args: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
        match args[..] {
            [] => copy(|_| {}, false).await,
            ["upper"] => copy(<[u8]>::make_ascii_uppercase, false).await,
            ["probe"] => copy(|_| {}, true).await,
            ["pass"] => pass().await,
            ["head", n] => head(n.parse().map_err(|_| ())?).await,
            ["drop"] => unread().await,
            ["again", n] => again(n.parse().map_err(|_| ())?).await,
            ["cancel"] => cancel().await,
            ["count"] => count().await,
            _ => Err(()),
        }
    }
}

async fn copy(change: fn(&mut [u8]), probe: bool) -> Result<(), ()> {
    let (mut from, read) = stdin::read_via_stream();
    let (mut to, rx) = wit_stream::new();
    let written = stdout::write_via_stream(rx);
    let mut buf = Vec::with_capacity(CHUNK);
    loop {
        if probe {
            let (result, none) = from.read(Vec::new()).await;
            assert!(none.is_empty() && result != StreamResult::Cancelled, "{result:?}");
            if result == StreamResult::Dropped {
                break; // it is told once
            }
        }
        let (result, mut bytes) = from.read(buf).await;
        change(&mut bytes);
        let rest = to.write_all(bytes).await;
        if result == StreamResult::Dropped || !rest.is_empty() {
            break;
        }
        buf = Vec::with_capacity(CHUNK);
    }
    drop((from, to));
    read.await.map_err(|_| ())?;
    written.await.map_err(|_| ())
}

async fn pass() -> Result<(), ()> {
    let (from, read) = stdin::read_via_stream();
    let written = stdout::write_via_stream(from);
    written.await.map_err(|_| ())?;
    read.await.map_err(|_| ())
}

// take reads n bytes, or less at the end.
async fn take(from: &mut StreamReader<u8>, n: usize) -> Vec<u8> {
    let mut got = Vec::with_capacity(n);
    while got.len() < n {
        let (result, bytes) = from.read(Vec::with_capacity(n - got.len())).await;
        got.extend(bytes);
        if result == StreamResult::Dropped {
            break;
        }
    }
    got
}

async fn head(n: usize) -> Result<(), ()> {
    let (mut from, read) = stdin::read_via_stream();
    tasks::out(take(&mut from, n).await).await;
    drop(from);
    say!("\ndropped: {:?}", read.await);
    Ok(())
}

async fn unread() -> Result<(), ()> {
    let (from, read) = stdin::read_via_stream();
    drop(from);
    say!("dropped: {:?}", read.await);
    Ok(())
}

async fn again(n: usize) -> Result<(), ()> {
    let (mut from, read) = stdin::read_via_stream();
    let some = take(&mut from, n).await;
    drop(from);
    read.await.map_err(|_| ())?;
    tasks::out(some).await;
    tasks::out("|").await;
    let (from, read) = stdin::read_via_stream();
    tasks::out(from.collect().await).await;
    read.await.map_err(|_| ())
}

async fn cancel() -> Result<(), ()> {
    let (mut from, read) = stdin::read_via_stream();
    let mut got = Vec::new();
    {
        let mut reading = pin!(from.read(Vec::with_capacity(CHUNK)));
        let mut cx = Context::from_waker(Waker::noop());
        let (result, bytes) = match reading.as_mut().poll(&mut cx) {
            Poll::Ready(done) => done,
            Poll::Pending => reading.as_mut().cancel(),
        };
        got.extend(bytes);
        if result == StreamResult::Dropped {
            tasks::out(got).await;
            return read.await.map_err(|_| ());
        }
    }
    got.extend(from.collect().await);
    tasks::out(got).await;
    read.await.map_err(|_| ())
}

async fn count() -> Result<(), ()> {
    let (mut from, read) = stdin::read_via_stream();
    let mut bytes = 0;
    let mut buf = Vec::with_capacity(1 << 16);
    loop {
        let (result, mut got) = from.read(buf).await;
        bytes += got.len();
        if result == StreamResult::Dropped {
            break;
        }
        got.clear();
        buf = got;
    }
    read.await.map_err(|_| ())?;
    say!("{bytes} bytes");
    Ok(())
}
