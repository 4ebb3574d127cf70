// This file asks for too much: more handles, bytes and time than there can be.
// The argument names what. It prints what it got before it was refused, and
// exits with 0; where WASI says that a call traps, it does. Directory: "/", to
// be written to, with nothing in it.

use std::process::ExitCode;
use wasip2::cli::{stdin, stdout};
use wasip2::clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant};
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Advice, Descriptor, DescriptorFlags as D, NewTimestamp as T, OpenFlags as O, PathFlags as P,
};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, OutgoingRequest, OutgoingResponse, Scheme};
use wasip2::io::poll::{poll, Pollable};
use wasip2::io::streams::StreamError;
use wasip2::random::{insecure, random};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{IpAddressFamily as F, IpSocketAddress as A, Ipv4SocketAddress};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;
use wasip2::sockets::udp_create_socket::create_udp_socket;

const MAX: u64 = u64::MAX;
const MS: u64 = 1_000_000;

fn root() -> Descriptor {
    get_directories().into_iter().next().expect("a directory").0
}

fn file(name: &str) -> Descriptor {
    root().open_at(P::empty(), name, O::CREATE, D::READ | D::WRITE).expect("a file")
}

/// hoard keeps what f makes until it makes no more, and tells how much it was.
fn hoard<H, E: std::fmt::Debug>(mut f: impl FnMut(usize) -> Result<H, E>) {
    let mut kept = Vec::new();
    loop {
        match f(kept.len()) {
            Ok(h) => kept.push(h),
            Err(e) => {
                let e = format!("{e:?}");
                let name = e.split_once("name: \"").map_or(&e[..], |(_, n)| n.split('"').next().unwrap_or(n));
                return println!("{} and {name}", kept.len());
            }
        }
    }
}

/// always is for what is never refused but by a trap.
fn always<H>(h: H) -> Result<H, ()> {
    Ok(h)
}

fn handles(what: &str) {
    let net = instance_network();
    match what {
        "pollables" => hoard(|_| always(subscribe_duration(MAX))),
        "outputs" => hoard(|_| always(stdout::get_stdout())),
        "all-fields" => hoard(|_| always(Fields::new())),
        "descriptors" => {
            file("f");
            let d = root();
            hoard(|_| d.open_at(P::empty(), "f", O::empty(), D::READ));
        }
        "streams" => {
            let f = file("f");
            hoard(|_| f.write_via_stream(0));
        }
        "directories" => {
            let d = root();
            hoard(|_| d.read_directory());
        }
        "preopens" => hoard(|_| always(get_directories())),
        "sockets" => hoard(|_| create_tcp_socket(F::Ipv4)),
        "datagram-sockets" => hoard(|_| create_udp_socket(F::Ipv4)),
        "lookups" => hoard(|n| resolve_addresses(&net, &format!("n{n}.example"))),
        "addresses" => hoard(|_| resolve_addresses(&net, "127.0.0.1")),
        "fields" => hoard(|_| Fields::from_list(&[("x".into(), vec![b'x'; 100_000])])),
        "bodies" => hoard(|_| OutgoingResponse::new(Fields::new()).body()),
        "requests" => hoard(|_| {
            let r = OutgoingRequest::new(Fields::new());
            r.set_scheme(Some(&Scheme::Http)).expect("scheme");
            r.set_authority(Some(&std::env::args().nth(2).expect("a server"))).expect("authority");
            handle(r, None)
        }),
        _ => unreachable!("{what}"),
    }
}

/// many waits for a million pollables, of which one becomes ready.
fn many(what: &str) {
    let input = stdin::get_stdin();
    let s = create_udp_socket(F::Ipv4).expect("socket");
    let any = A::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });
    s.start_bind(&instance_network(), any).expect("bind");
    s.finish_bind().expect("bind");
    let (datagrams, _output) = s.stream(None).expect("stream");
    let own = match what {
        "poll-stdin" => input.subscribe(),
        "poll-timers" => subscribe_instant(MAX),
        "poll-sockets" => datagrams.subscribe(),
        _ => unreachable!("{what}"),
    };
    for soon in [0, 5 * MS] {
        let soon = subscribe_duration(soon);
        let mut list: Vec<&Pollable> = vec![&own; 1_000_000];
        list.push(&soon);
        assert_eq!(poll(&list), [1_000_000]);
    }
    println!("1");
}

fn lengths() {
    let f = file("f");
    let name = |e: wasip2::filesystem::types::ErrorCode| e.name().to_string();
    assert_eq!(f.write(b"0123456789", 0).ok(), Some(10));
    for n in [MAX, MAX - 1, 1 << 63, (1 << 63) - 1, 1 << 32] {
        assert_eq!(f.read(n, 0).expect("read").0.len(), 10);
        assert_eq!(f.read_via_stream(0).expect("stream").read(n).expect("read").len(), 10);
        assert_eq!(f.read_via_stream(0).expect("stream").blocking_read(n).expect("read").len(), 10);
        assert_eq!(f.read_via_stream(0).expect("stream").skip(n).expect("skip"), 10);
        assert_eq!(f.read_via_stream(0).expect("stream").blocking_skip(n).expect("skip"), 10);
        let to = file("to").write_via_stream(0).expect("stream");
        assert_eq!(to.splice(&f.read_via_stream(0).expect("stream"), n).expect("splice"), 10);
        assert_eq!(to.blocking_splice(&f.read_via_stream(0).expect("stream"), n).expect("splice"), 10);
        // Offsets: reading far behind the end is the end, or refused.
        let read = f.read(1, n).map(|r| r.1).map_err(name);
        let input = f.read_via_stream(n).map_err(name).and_then(|s| s.blocking_read(1).map_err(plain));
        let advise = f.advise(n, n, Advice::WillNeed).map_err(name);
        let size = if n >= (1 << 63) - 1 { f.set_size(n).map_err(name) } else { Ok(()) };
        let (write, output) = if n == 1 << 32 { (Ok(1), Ok(())) } else {
            (f.write(b"x", n).map_err(name), f.write_via_stream(n).map_err(name).and_then(|s| s.blocking_write_and_flush(b"xy").map_err(plain)))
        };
        println!("{n} {read:?} {input:?} {advise:?} {size:?} {write:?} {output:?}");
        f.set_size(10).expect("size");
    }
}

fn plain(e: StreamError) -> String {
    match e {
        StreamError::Closed => "closed".into(),
        StreamError::LastOperationFailed(e) => e.to_debug_string(),
    }
}

fn times() {
    let f = file("f");
    for seconds in [0, 1, u64::from(u32::MAX), 1 << 34, 253_402_300_800, 1 << 62, i64::MAX as u64, 1 << 63, MAX] {
        for nanoseconds in [0, 999_999_999, 1_000_000_000, u32::MAX] {
            let at = T::Timestamp(Datetime { seconds, nanoseconds });
            let open = f.set_times(at, T::NoChange);
            let named = root().set_times_at(P::empty(), "f", T::NoChange, at);
            f.stat().expect("stat");
            f.metadata_hash().expect("hash");
            println!("{seconds}.{nanoseconds} {:?} {:?}", open.map_err(|e| e.name()), named.map_err(|e| e.name()));
        }
    }
    for p in [subscribe_instant(0), subscribe_instant(now()), subscribe_duration(0)] {
        assert!(p.ready());
        p.block();
    }
    for p in [subscribe_instant(MAX), subscribe_instant(1 << 63), subscribe_duration(MAX), subscribe_duration(1 << 63)] {
        assert!(!p.ready());
        assert_eq!(poll(&[&p, &subscribe_duration(MS)]), [1]);
    }
}

/// itself moves a file to its own end, a thousand times.
fn itself() {
    let f = file("f");
    f.write(b"0123456789", 0).expect("write");
    let from = f.read_via_stream(0).expect("stream");
    let to = f.append_via_stream().expect("stream");
    let mut total = 10;
    for i in 0..1000 {
        let n = if i % 2 == 0 { to.splice(&from, MAX) } else { to.blocking_splice(&from, MAX) };
        total += n.expect("splice");
    }
    assert_eq!(f.stat().expect("stat").size, total);
    println!("{}", total >= 1000);
}

/// orphans drops what others were made of, and goes on with those.
fn orphans() {
    let f = file("f");
    let (p, q) = {
        let input = f.read_via_stream(0).expect("stream");
        let output = f.write_via_stream(0).expect("stream");
        output.check_write().expect("check-write");
        output.write(b"half").expect("write");
        (input.subscribe(), output.subscribe())
    };
    drop(f);
    assert_eq!(poll(&[&p, &q]), [0, 1]);
    let s = create_udp_socket(F::Ipv4).expect("socket");
    let any = A::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });
    s.start_bind(&instance_network(), any).expect("bind");
    s.finish_bind().expect("bind");
    let (input, output) = s.stream(None).expect("stream");
    drop(s);
    let p = input.subscribe();
    assert!(!p.ready());
    drop(input);
    drop(output);
    p.ready();
    println!("ok");
}

fn datagrams(n: usize) {
    let s = create_udp_socket(F::Ipv4).expect("socket");
    let any = A::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });
    s.start_bind(&instance_network(), any).expect("bind");
    s.finish_bind().expect("bind");
    let to = s.local_address().expect("address");
    let (input, output) = s.stream(None).expect("stream");
    assert_eq!(input.receive(MAX).expect("receive").len(), 0);
    let permit = output.check_send().expect("check-send");
    let many: Vec<_> = (0..permit as usize + n).map(|_| OutgoingDatagram { data: vec![0; 60_000], remote_address: Some(to) }).collect();
    println!("{}", output.send(&many).expect("send") > 0);
    let mut got = 0;
    while let Ok(d) = input.receive(MAX) {
        if d.is_empty() {
            break;
        }
        assert!(d.len() <= 64);
        got += d.len();
    }
    println!("{}", got > 0);
    let large = [OutgoingDatagram { data: vec![0; 1 << 20], remote_address: Some(to) }];
    output.check_send().expect("check-send");
    println!("{:?}", output.send(&large).map_err(|e| e.name()));
}

fn main() -> ExitCode {
    let what = std::env::args().nth(1).expect("what to ask for");
    match what.as_str() {
        "random" => println!("{}", random::get_random_bytes(1 << 40).len()),
        "random-max" => println!("{}", random::get_random_bytes(MAX).len()),
        "insecure" => println!("{}", insecure::get_insecure_random_bytes((64 << 20) + 1).len()),
        "random-64" => println!("{}", random::get_random_bytes(64 << 20).len()),
        "zeroes" => {
            let o = stdout::get_stdout();
            o.check_write().expect("check-write");
            println!("{:?}", o.write_zeroes(MAX));
        }
        "zeroes-blocking" => println!("{:?}", stdout::get_stdout().blocking_write_zeroes_and_flush(MAX)),
        "poll-nothing" => println!("{:?}", poll(&[])),
        "poll-stdin" | "poll-timers" | "poll-sockets" => many(&what),
        "lengths" => lengths(),
        "times" => times(),
        "itself" => itself(),
        "orphans" => orphans(),
        "datagrams" => datagrams(0),
        "datagrams-more" => datagrams(1),
        _ => handles(&what),
    }
    ExitCode::SUCCESS
}
