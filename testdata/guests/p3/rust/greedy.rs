// This file asks its host for too much, or leaves it with much to do:
//
//   greedy huge stdout|file|tcp PORT  one write of 2^28-1 bytes, the most that there is
//   greedy tiny N                     N writes of one byte to standard output
//   greedy left exit|trap|end PORT URL  ends while the host accepts, connects, reads,
//                                     waits for a clock, asks for a URL and for a name
//
// PORT is of a server on 127.0.0.1. What was written is told on stderr.
//
// build: --crate-type cdylib

#[path = "lib/tasks.rs"]
mod tasks;
#[path = "lib/web.rs"]
mod web;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use wasip3::cli::{environment, exit, stdin, stdout};
use wasip3::clocks::monotonic_clock;
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip3::sockets::ip_name_lookup::resolve_addresses;
use wasip3::sockets::types::{
    IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, TcpSocket, UdpSocket,
};
use wasip3::wit_bindgen::StreamWriter;
use wasip3::wit_stream;

struct Greedy;

wasip3::cli::command::export!(Greedy);

impl wasip3::exports::cli::run::Guest for Greedy {
    async fn run() -> Result<(), ()> {
        let args = environment::get_arguments();
        let args: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
        match args[..] {
            ["huge", ..] => huge(&args[1..]).await,
            ["tiny", n] => tiny(n.parse().map_err(|_| ())?).await,
            ["left", how, addr, url] => left(how, address(addr)?, url).await,
            _ => Err(()),
        }
    }
}

fn address(port: &str) -> Result<IpSocketAddress, ()> {
    let port = port.parse().map_err(|_| ())?;
    Ok(IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (127, 0, 0, 1) }))
}

/// write makes one write of all that fits into one, and then writes what is left.
async fn write(mut to: StreamWriter<u8>) {
    let all = vec![b'x'; (1 << 28) - 1];
    let (result, rest) = to.write(all).await;
    let at_once = (1 << 28) - 1 - rest.remaining();
    let mut left = rest.into_vec();
    if !left.is_empty() {
        left = to.write_all(left).await;
    }
    tasks::err(format!("{result:?} {}, {} left\n", at_once > 0, left.len())).await;
}

async fn huge(args: &[&str]) -> Result<(), ()> {
    let (tx, rx) = wit_stream::new();
    match args {
        ["stdout"] => {
            let done = stdout::write_via_stream(rx);
            write(tx).await;
            done.await.map_err(|_| ())
        }
        ["file"] => {
            let (dir, _) = preopens::get_directories().into_iter().next().ok_or(())?;
            let flags = DescriptorFlags::WRITE;
            let file = dir.open_at(PathFlags::empty(), "huge".into(), OpenFlags::CREATE, flags);
            let file = file.await.map_err(|_| ())?;
            let done = file.write_via_stream(rx, 0);
            write(tx).await;
            done.await.map_err(|_| ())
        }
        ["tcp", port] => {
            let socket = TcpSocket::create(IpAddressFamily::Ipv4).map_err(|_| ())?;
            socket.connect(address(port)?).await.map_err(|_| ())?;
            let done = socket.send(rx);
            write(tx).await;
            done.await.map_err(|_| ())
        }
        _ => Err(()),
    }
}

async fn tiny(n: usize) -> Result<(), ()> {
    let (mut tx, rx) = wit_stream::new();
    let done = stdout::write_via_stream(rx);
    for _ in 0..n {
        if !tx.write_all(vec![b'x']).await.is_empty() {
            return Err(());
        }
    }
    drop(tx);
    done.await.map_err(|_| ())
}

/// left has everything begin, and ends.
async fn left(how: &str, deaf: IpSocketAddress, url: &str) -> Result<(), ()> {
    let listener = TcpSocket::create(IpAddressFamily::Ipv4).map_err(|_| ())?;
    listener.bind(address("0")?).map_err(|_| ())?;
    let mut coming = listener.listen().map_err(|_| ())?;
    let client = TcpSocket::create(IpAddressFamily::Ipv4).map_err(|_| ())?;
    let datagrams = UdpSocket::create(IpAddressFamily::Ipv4).map_err(|_| ())?;
    datagrams.bind(address("0")?).map_err(|_| ())?;
    let (mut input, _read) = stdin::read_via_stream();
    let mut all: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = vec![
        Box::pin(async { _ = coming.next().await }),
        Box::pin(async { _ = datagrams.receive().await }),
        Box::pin(async { _ = input.next().await }),
        Box::pin(async { _ = resolve_addresses("silent.example".into()).await }),
        Box::pin(async { _ = web::get(url).await }),
        Box::pin(async {
            if client.connect(deaf).await.is_ok() {
                let (mut bytes, _received) = client.receive();
                _ = bytes.next().await;
            }
        }),
    ];
    for _ in 0..100 {
        all.push(Box::pin(monotonic_clock::wait_for(3_600_000_000_000)));
    }
    let begin = poll_fn(|cx| {
        for f in &mut all {
            assert!(f.as_mut().poll(cx).is_pending());
        }
        Poll::Ready(())
    });
    begin.await;
    // The host has some time to be in the middle of it.
    monotonic_clock::wait_for(10_000_000).await;
    match how {
        "exit" => exit::exit(Err(())),
        "trap" => core::arch::wasm32::unreachable(),
        _ => {}
    }
    Ok(())
}
