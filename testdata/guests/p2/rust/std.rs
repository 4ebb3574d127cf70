// This file checks what std does on WASI 0.2 beyond files: arguments, streams,
// clocks, random numbers, and TCP and UDP in both roles over loopback. The
// program is its own peer, so that it needs no thread: a connection waits in
// the listener's queue until it is accepted.

#[macro_use]
#[path = "lib/check.rs"]
mod check;

use check::Outcome;
use std::collections::HashSet;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{
    Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket,
};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn environment() -> Outcome {
    check!(env::args().next().is_some_and(|a| a.contains("std")));
    check!(env::var("GREETING")?, "hello, wörld");
    check!(env::var("EMPTY")?, "");
    check!(env::var("ABSENT").is_err());
    check!(env::vars().count() >= 2);
    Ok(())
}

fn stdin() -> Outcome {
    let mut line = String::new();
    check!(io::stdin().read_line(&mut line)?, 6);
    check!(line, "first\n");
    let mut rest = String::new();
    io::stdin().read_to_string(&mut rest)?;
    check!(rest, "second\nthird");
    check!(io::stdin().read(&mut [0; 8])?, 0);
    Ok(())
}

fn clocks() -> Outcome {
    let (start, wall) = (Instant::now(), SystemTime::now());
    thread::sleep(Duration::from_millis(30));
    let (slept, went) = (start.elapsed(), wall.elapsed()?);
    check!(slept >= Duration::from_millis(30));
    check!(slept < Duration::from_secs(20));
    check!(went >= Duration::from_millis(20));
    check!(wall.duration_since(UNIX_EPOCH)? > Duration::from_secs(1_700_000_000));
    let mut last = Instant::now();
    for _ in 0..1000 {
        let now = Instant::now();
        check!(now >= last);
        last = now;
    }
    Ok(())
}

fn random() -> Outcome {
    // The hasher's keys are random when they are made.
    let seen: HashSet<u64> = (0..4).map(|_| RandomState::new().hash_one(1)).collect();
    check!(seen.len(), 4);
    Ok(())
}

fn pair(host: impl ToSocketAddrs) -> io::Result<(TcpListener, TcpStream, TcpStream)> {
    let listener = TcpListener::bind(host)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    Ok((listener, client, server))
}

fn tcp() -> Outcome {
    let (listener, mut client, mut server) = pair((Ipv4Addr::LOCALHOST, 0))?;
    check!(client.peer_addr()?, listener.local_addr()?);
    check!(server.peer_addr()?, client.local_addr()?);
    client.write_all(b"ping")?;
    let mut b = [0; 16];
    check!(server.read(&mut b)?, 4);
    check!(&b[..4], b"ping");
    check!(server.write_vectored(&[IoSlice::new(b"po"), IoSlice::new(b"ng")])? > 0);
    check!(client.read(&mut b)? > 0);
    client.shutdown(Shutdown::Write)?;
    check!(server.read(&mut b)?, 0);
    server.write_all(b"still open")?;
    drop(server);
    let mut rest = Vec::new();
    client.read_to_end(&mut rest)?;
    check!(rest.ends_with(b"still open"));
    Ok(())
}

// The bodies are larger than all buffers on the way, so that writes have to
// wait for reads.
fn tcp_large() -> Outcome {
    const SIZE: usize = 8 << 20;
    let (_listener, mut client, mut server) = pair((Ipv4Addr::LOCALHOST, 0))?;
    client.set_nonblocking(true)?;
    server.set_nonblocking(true)?;
    let data: Vec<u8> = (0..SIZE).map(|i| (i * 7 + i / 251) as u8).collect();
    let (mut sent, mut got, mut full) = (0, Vec::with_capacity(SIZE), 0);
    let mut b = vec![0; 1 << 16];
    while got.len() < SIZE {
        if sent < SIZE {
            match client.write(&data[sent..]) {
                Ok(n) => sent += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => full += 1,
                Err(e) => return Err(e.into()),
            }
        }
        match server.read(&mut b) {
            Ok(n) => got.extend_from_slice(&b[..n]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(1)),
            Err(e) => return Err(e.into()),
        }
    }
    check!(got == data);
    let _ = full;
    Ok(())
}

fn tcp_non_blocking() -> Outcome {
    let (listener, client, mut server) = pair((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    is!(listener.accept().map_err(|e| e.kind()), Err(ErrorKind::WouldBlock));
    server.set_nonblocking(true)?;
    is!(server.read(&mut [0; 4]).map_err(|e| e.kind()), Err(ErrorKind::WouldBlock));
    drop(client);
    server.set_nonblocking(false)?;
    check!(server.read(&mut [0; 4])?, 0);
    Ok(())
}

fn tcp_errors() -> Outcome {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let a = listener.local_addr()?;
    is!(TcpListener::bind(a).map_err(|e| e.kind()), Err(ErrorKind::AddrInUse));
    drop(listener);
    is!(TcpStream::connect(a).map_err(|e| e.kind()), Err(ErrorKind::ConnectionRefused));
    Ok(())
}

fn tcp_options() -> Outcome {
    let (_listener, client, _server) = pair((Ipv4Addr::LOCALHOST, 0))?;
    client.set_ttl(42)?;
    check!(client.ttl()?, 42);
    client.set_nodelay(true)?;
    Ok(())
}

fn many() -> Outcome {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let a = listener.local_addr()?;
    let mut all = Vec::new();
    for i in 0..50u8 {
        let mut client = TcpStream::connect(a)?;
        let (mut server, from) = listener.accept()?;
        check!(from, client.local_addr()?);
        client.write_all(&[i])?;
        let mut b = [0];
        server.read_exact(&mut b)?;
        check!(b[0], i);
        all.push((client, server));
    }
    Ok(())
}

fn udp() -> Outcome {
    let a = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let b = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut buf = [0; 64];
    check!(a.send_to(b"one", b.local_addr()?)?, 3);
    check!(b.recv_from(&mut buf)?, (3, a.local_addr()?));
    check!(&buf[..3], b"one");
    check!(a.send_to(b"", b.local_addr()?)?, 0);
    check!(b.recv_from(&mut buf)?, (0, a.local_addr()?));
    a.connect(b.local_addr()?)?;
    check!(a.send(b"two")?, 3);
    check!(b.recv_from(&mut buf)?.0, 3);
    // A connected socket hears its peer only.
    let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    other.send_to(b"stranger", a.local_addr()?)?;
    b.send_to(b"friend", a.local_addr()?)?;
    check!(a.recv(&mut buf)?, 6);
    check!(&buf[..6], b"friend");
    a.set_nonblocking(true)?;
    is!(a.recv(&mut buf).map_err(|e| e.kind()), Err(ErrorKind::WouldBlock));
    Ok(())
}

fn ipv6() -> Outcome {
    // A host without IPv6 says so; then there is nothing to check.
    let (_listener, mut client, mut server) = match pair((Ipv6Addr::LOCALHOST, 0)) {
        Err(e) if e.kind() == ErrorKind::AddrNotAvailable => return Ok(()),
        other => other?,
    };
    client.write_all(b"six")?;
    let mut b = [0; 3];
    server.read_exact(&mut b)?;
    check!(&b, b"six");
    check!(client.local_addr()?.is_ipv6());
    Ok(())
}

fn names() -> Outcome {
    let all: Vec<SocketAddr> = ("localhost", 80).to_socket_addrs()?.collect();
    check!(!all.is_empty() && all.iter().all(|a| a.ip().is_loopback() && a.port() == 80));
    check!(("no-such-name.invalid", 80).to_socket_addrs().is_err());
    let numeric: Vec<SocketAddr> = "127.0.0.1:99".to_socket_addrs()?.collect();
    check!(numeric, [SocketAddr::from(([127, 0, 0, 1], 99))]);
    Ok(())
}

fn main() -> ExitCode {
    check::run(&[
        ("environment", environment),
        ("stdin", stdin),
        ("clocks", clocks),
        ("random", random),
        ("tcp", tcp),
        ("tcp with 8 MiB", tcp_large),
        ("tcp non-blocking", tcp_non_blocking),
        ("tcp errors", tcp_errors),
        ("tcp options", tcp_options),
        ("50 connections", many),
        ("udp", udp),
        ("ipv6", ipv6),
        ("names", names),
    ])
}
