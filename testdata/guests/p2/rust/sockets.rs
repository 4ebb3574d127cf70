// This file calls every function of wasi:sockets that the crate has and checks
// states, error codes and data, over loopback. It is its own peer.
// "sockets trap" sends more datagrams than were permitted, which is a trap.

#[macro_use]
#[path = "lib/check.rs"]
mod check;

use check::Outcome;
use std::process::ExitCode;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::{poll, Pollable};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily as Family, IpSocketAddress as Address,
    Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::{OutgoingDatagram, UdpSocket};
use wasip2::sockets::udp_create_socket::create_udp_socket;

const SECOND: u64 = 1_000_000_000;

fn v4(a: u8, b: u8, c: u8, d: u8, port: u16) -> Address {
    Address::Ipv4(Ipv4SocketAddress { port, address: (a, b, c, d) })
}

fn v6(address: (u16, u16, u16, u16, u16, u16, u16, u16), port: u16) -> Address {
    Address::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 })
}

const ANY6: (u16, u16, u16, u16, u16, u16, u16, u16) = (0, 0, 0, 0, 0, 0, 0, 0);
const ONE6: (u16, u16, u16, u16, u16, u16, u16, u16) = (0, 0, 0, 0, 0, 0, 0, 1);
const MAPPED: (u16, u16, u16, u16, u16, u16, u16, u16) = (0, 0, 0, 0, 0, 0xffff, 0x7f00, 1);

fn port(a: Address) -> u16 {
    match a {
        Address::Ipv4(a) => a.port,
        Address::Ipv6(a) => a.port,
    }
}

fn same(a: Address, b: Address) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

// until waits for the end of an operation that was started, ten seconds at most.
fn until<T>(p: Pollable, mut finish: impl FnMut() -> Result<T, ErrorCode>) -> Result<T, ErrorCode> {
    let late = subscribe_duration(10 * SECOND);
    loop {
        match finish() {
            Err(ErrorCode::WouldBlock) if !late.ready() => {
                poll(&[&p, &late]);
            }
            other => return other,
        }
    }
}

fn bind(s: &TcpSocket, a: Address) -> Result<(), ErrorCode> {
    s.start_bind(&instance_network(), a)?;
    until(s.subscribe(), || s.finish_bind())
}

fn listen(a: Address) -> Result<TcpSocket, ErrorCode> {
    let family = if matches!(a, Address::Ipv4(_)) { Family::Ipv4 } else { Family::Ipv6 };
    let s = create_tcp_socket(family)?;
    bind(&s, a)?;
    s.start_listen()?;
    until(s.subscribe(), || s.finish_listen())?;
    Ok(s)
}

fn connect(s: &TcpSocket, a: Address) -> Result<(InputStream, OutputStream), ErrorCode> {
    s.start_connect(&instance_network(), a)?;
    until(s.subscribe(), || s.finish_connect())
}

struct End {
    input: InputStream,
    output: OutputStream,
    socket: TcpSocket,
}

// pair is a listener and the two ends of a connection.
fn pair(a: Address) -> Result<(TcpSocket, End, End), ErrorCode> {
    let listener = listen(a)?;
    let socket = create_tcp_socket(listener.address_family())?;
    let (input, output) = connect(&socket, listener.local_address()?)?;
    let client = End { input, output, socket };
    let (socket, input, output) = until(listener.subscribe(), || listener.accept())?;
    Ok((listener, client, End { input, output, socket }))
}

fn loopback() -> Address {
    v4(127, 0, 0, 1, 0)
}

fn tcp_unbound() -> Outcome {
    let s = create_tcp_socket(Family::Ipv4)?;
    is!(s.address_family(), Family::Ipv4);
    is!(create_tcp_socket(Family::Ipv6)?.address_family(), Family::Ipv6);
    check!(!s.is_listening());
    is!(s.finish_bind(), Err(ErrorCode::NotInProgress));
    is!(s.finish_listen(), Err(ErrorCode::NotInProgress));
    is!(s.finish_connect().map(|_| ()), Err(ErrorCode::NotInProgress));
    is!(s.start_listen(), Err(ErrorCode::InvalidState));
    is!(s.accept().map(|_| ()), Err(ErrorCode::InvalidState));
    is!(s.local_address(), Err(ErrorCode::InvalidState));
    is!(s.remote_address(), Err(ErrorCode::InvalidState));
    is!(s.shutdown(ShutdownType::Both), Err(ErrorCode::InvalidState));
    Ok(())
}

fn tcp_bind() -> Outcome {
    let net = instance_network();
    let s = create_tcp_socket(Family::Ipv4)?;
    is!(s.start_bind(&net, v6(ONE6, 0)), Err(ErrorCode::InvalidArgument));
    is!(s.start_bind(&net, v4(224, 0, 0, 1, 0)), Err(ErrorCode::InvalidArgument));
    is!(s.start_bind(&net, v4(255, 255, 255, 255, 0)), Err(ErrorCode::InvalidArgument));
    let six = create_tcp_socket(Family::Ipv6)?;
    is!(six.start_bind(&net, loopback()), Err(ErrorCode::InvalidArgument));
    is!(six.start_bind(&net, v6(MAPPED, 0)), Err(ErrorCode::InvalidArgument));
    is!(bind(&s, v4(192, 0, 2, 1, 0)), Err(ErrorCode::AddressNotBindable));
    s.start_bind(&net, loopback())?;
    is!(s.start_bind(&net, loopback()), Err(ErrorCode::ConcurrencyConflict | ErrorCode::InvalidState));
    is!(s.start_listen(), Err(ErrorCode::ConcurrencyConflict | ErrorCode::InvalidState));
    until(s.subscribe(), || s.finish_bind())?;
    is!(s.finish_bind(), Err(ErrorCode::NotInProgress));
    is!(s.start_bind(&net, loopback()), Err(ErrorCode::InvalidState));
    let a = s.local_address()?;
    check!(port(a) != 0 && same(a, v4(127, 0, 0, 1, port(a))));
    is!(s.remote_address(), Err(ErrorCode::InvalidState));
    is!(s.accept().map(|_| ()), Err(ErrorCode::InvalidState));
    Ok(())
}

fn tcp_listen() -> Outcome {
    let net = instance_network();
    let s = listen(loopback())?;
    let a = s.local_address()?;
    check!(s.is_listening());
    is!(s.accept().map(|_| ()), Err(ErrorCode::WouldBlock));
    let p = s.subscribe();
    check!(!p.ready());
    is!(s.start_listen(), Err(ErrorCode::InvalidState));
    is!(s.start_bind(&net, loopback()), Err(ErrorCode::InvalidState));
    is!(s.start_connect(&net, a), Err(ErrorCode::InvalidState));
    is!(s.finish_listen(), Err(ErrorCode::NotInProgress));
    is!(s.shutdown(ShutdownType::Both), Err(ErrorCode::InvalidState));
    is!(s.set_listen_backlog_size(0), Err(ErrorCode::InvalidArgument));
    is!(s.set_listen_backlog_size(10), Ok(()) | Err(ErrorCode::NotSupported));
    let second = create_tcp_socket(Family::Ipv4)?;
    is!(bind(&second, a), Err(ErrorCode::AddressInUse));
    let client = create_tcp_socket(Family::Ipv4)?;
    let ends = connect(&client, a)?;
    poll(&[&p, &subscribe_duration(10 * SECOND)]);
    check!(p.ready());
    let (server, _i, _o) = s.accept()?;
    check!(!server.is_listening());
    check!(same(server.remote_address()?, client.local_address()?));
    check!(same(server.local_address()?, a));
    drop(ends);
    is!(s.accept().map(|_| ()), Err(ErrorCode::WouldBlock));
    Ok(())
}

fn tcp_connect() -> Outcome {
    let net = instance_network();
    let s = create_tcp_socket(Family::Ipv4)?;
    is!(s.start_connect(&net, v6(ONE6, 80)), Err(ErrorCode::InvalidArgument));
    is!(s.start_connect(&net, v4(0, 0, 0, 0, 80)), Err(ErrorCode::InvalidArgument));
    is!(s.start_connect(&net, v4(127, 0, 0, 1, 0)), Err(ErrorCode::InvalidArgument));
    is!(s.start_connect(&net, v4(224, 0, 0, 1, 80)), Err(ErrorCode::InvalidArgument));
    let six = create_tcp_socket(Family::Ipv6)?;
    is!(six.start_connect(&net, v6(MAPPED, 80)), Err(ErrorCode::InvalidArgument));
    is!(six.start_connect(&net, v6(ANY6, 80)), Err(ErrorCode::InvalidArgument));
    // Nobody listens on the port of a socket that is only bound.
    let bound = create_tcp_socket(Family::Ipv4)?;
    bind(&bound, loopback())?;
    is!(connect(&s, bound.local_address()?).map(|_| ()), Err(ErrorCode::ConnectionRefused));
    is!(s.start_connect(&net, bound.local_address()?), Err(ErrorCode::InvalidState));
    is!(s.finish_connect().map(|_| ()), Err(ErrorCode::NotInProgress | ErrorCode::InvalidState));
    // A socket that was bound first connects from there.
    let (listener, _c, _s) = pair(loopback())?;
    let from = bound.local_address()?;
    let ends = connect(&bound, listener.local_address()?)?;
    check!(same(bound.local_address()?, from));
    is!(bound.start_connect(&net, listener.local_address()?), Err(ErrorCode::InvalidState));
    is!(bound.start_listen(), Err(ErrorCode::InvalidState));
    is!(bound.start_bind(&net, loopback()), Err(ErrorCode::InvalidState));
    is!(bound.finish_connect().map(|_| ()), Err(ErrorCode::NotInProgress));
    is!(bound.accept().map(|_| ()), Err(ErrorCode::InvalidState));
    is!(bound.set_listen_backlog_size(5), Err(ErrorCode::InvalidState));
    drop(ends);
    Ok(())
}

fn read_all(s: &InputStream) -> Result<Vec<u8>, StreamError> {
    let mut all = Vec::new();
    loop {
        match s.blocking_read(1 << 16) {
            Ok(b) => all.extend_from_slice(&b),
            Err(StreamError::Closed) => return Ok(all),
            Err(e) => return Err(e),
        }
    }
}

fn tcp_data() -> Outcome {
    let (_listener, client, server) = pair(loopback())?;
    check!(client.input.read(10)?, b"");
    let p = client.input.subscribe();
    check!(!p.ready());
    server.output.blocking_write_and_flush(b"hello")?;
    p.block();
    check!(client.input.read(2)?, b"he");
    check!(client.input.blocking_skip(1)?, 1);
    check!(client.input.blocking_read(10)?, b"lo");
    check!(!p.ready());
    server.output.blocking_write_zeroes_and_flush(3)?;
    check!(client.input.blocking_read(10)?.len() > 0);
    // The server's end echoes with splice.
    client.output.blocking_write_and_flush(b"there and back")?;
    let mut n = server.output.blocking_splice(&server.input, 100)?;
    while n < 14 {
        n += server.output.blocking_splice(&server.input, 100)?;
    }
    server.output.blocking_flush()?;
    server.socket.shutdown(ShutdownType::Send)?;
    check!(read_all(&client.input)?.ends_with(b"there and back"));
    is!(server.output.check_write(), Err(StreamError::Closed));
    is!(server.output.blocking_write_and_flush(b"x"), Err(StreamError::Closed));
    // The other direction is still open.
    client.output.blocking_write_and_flush(b"more")?;
    check!(server.input.blocking_read(10)?, b"more");
    client.socket.shutdown(ShutdownType::Both)?;
    check!(read_all(&server.input)?, b"");
    is!(client.input.blocking_read(1), Err(StreamError::Closed));
    Ok(())
}

// One end writes until the other would have to read: then nothing is permitted,
// and the pollable is not ready until there is room again.
fn tcp_pressure() -> Outcome {
    let (_listener, client, server) = pair(loopback())?;
    let (mut sent, p) = (0u64, client.output.subscribe());
    loop {
        match client.output.check_write()? {
            0 if !poll(&[&p, &subscribe_duration(SECOND / 5)]).contains(&0) => break,
            0 => {}
            n => {
                let n = n.min(1 << 16);
                client.output.write(&vec![7; n as usize])?;
                sent += n;
            }
        }
        check!(sent < 1 << 30);
    }
    check!(!p.ready());
    let mut got = 0;
    while got < sent {
        let b = server.input.blocking_read(1 << 20)?;
        check!(b.iter().all(|&b| b == 7));
        got += b.len() as u64;
    }
    p.block();
    check!(client.output.check_write()? > 0);
    client.output.blocking_flush()?;
    // Dropped ends are the end of the stream.
    drop(p);
    drop(client);
    check!(read_all(&server.input)?, b"");
    Ok(())
}

fn tcp_reset() -> Outcome {
    let (_listener, client, server) = pair(loopback())?;
    // A socket that is closed with unread data resets its connection.
    client.output.blocking_write_and_flush(b"unread")?;
    server.input.subscribe().block();
    drop(server);
    match read_all(&client.input) {
        Err(StreamError::LastOperationFailed(e)) => check!(!e.to_debug_string().is_empty()),
        Ok(b) => check!(b, b""),
        Err(e) => return Err(e.into()),
    }
    Ok(())
}

fn tcp_options() -> Outcome {
    let s = create_tcp_socket(Family::Ipv4)?;
    is!(s.set_listen_backlog_size(0), Err(ErrorCode::InvalidArgument));
    s.set_listen_backlog_size(7)?;
    check!(!s.keep_alive_enabled()?);
    s.set_keep_alive_enabled(true)?;
    check!(s.keep_alive_enabled()?);
    is!(s.set_keep_alive_idle_time(0), Err(ErrorCode::InvalidArgument));
    s.set_keep_alive_idle_time(77 * SECOND)?;
    check!(s.keep_alive_idle_time()?, 77 * SECOND);
    is!(s.set_keep_alive_interval(0), Err(ErrorCode::InvalidArgument));
    s.set_keep_alive_interval(33 * SECOND)?;
    check!(s.keep_alive_interval()?, 33 * SECOND);
    // Less than a second is a second, more than the host can is its most.
    s.set_keep_alive_interval(1)?;
    check!(s.keep_alive_interval()? > 0);
    s.set_keep_alive_idle_time(u64::MAX)?;
    check!(s.keep_alive_idle_time()? >= 77 * SECOND);
    is!(s.set_keep_alive_count(0), Err(ErrorCode::InvalidArgument));
    s.set_keep_alive_count(5)?;
    check!(s.keep_alive_count()?, 5);
    s.set_keep_alive_count(u32::MAX)?;
    check!(s.keep_alive_count()? >= 5);
    is!(s.set_hop_limit(0), Err(ErrorCode::InvalidArgument));
    s.set_hop_limit(42)?;
    check!(s.hop_limit()?, 42);
    is!(s.set_receive_buffer_size(0), Err(ErrorCode::InvalidArgument));
    s.set_receive_buffer_size(20_000)?;
    check!(s.receive_buffer_size()? >= 20_000);
    is!(s.set_send_buffer_size(0), Err(ErrorCode::InvalidArgument));
    s.set_send_buffer_size(20_000)?;
    check!(s.send_buffer_size()? >= 20_000);
    s.set_send_buffer_size(u64::MAX)?;
    check!(s.send_buffer_size()? > 0);
    // What a listener has, its connections inherit.
    bind(&s, loopback())?;
    s.start_listen()?;
    until(s.subscribe(), || s.finish_listen())?;
    let client = create_tcp_socket(Family::Ipv4)?;
    let _ends = connect(&client, s.local_address()?)?;
    let (server, _i, _o) = until(s.subscribe(), || s.accept())?;
    check!(server.keep_alive_enabled()?);
    check!(server.keep_alive_count()?, s.keep_alive_count()?);
    check!(server.hop_limit()?, 42);
    Ok(())
}

fn tcp_six() -> Outcome {
    let (_listener, client, server) = match pair(v6(ONE6, 0)) {
        Err(ErrorCode::AddressNotBindable) => return Ok(()), // no IPv6 here
        other => other?,
    };
    client.output.blocking_write_and_flush(b"six")?;
    check!(server.input.blocking_read(9)?, b"six");
    is!(server.socket.remote_address()?, Address::Ipv6(_));
    // A socket for IPv6 takes no connections over IPv4.
    let any = listen(v6(ANY6, 0))?;
    let four = create_tcp_socket(Family::Ipv4)?;
    let to = v4(127, 0, 0, 1, port(any.local_address()?));
    is!(connect(&four, to).map(|_| ()), Err(ErrorCode::ConnectionRefused));
    Ok(())
}

fn tcp_children() -> Outcome {
    // Streams and connections outlive what they came from.
    let (listener, client, server) = pair(loopback())?;
    drop(listener);
    let End { input, output, socket } = client;
    drop(socket);
    output.blocking_write_and_flush(b"one")?;
    check!(server.input.blocking_read(9)?, b"one");
    server.output.blocking_write_and_flush(b"two")?;
    check!(input.blocking_read(9)?, b"two");
    drop(output);
    drop(input);
    check!(read_all(&server.input)?, b"");
    Ok(())
}

fn udp_socket(a: Address) -> Result<UdpSocket, ErrorCode> {
    let s = create_udp_socket(if matches!(a, Address::Ipv4(_)) { Family::Ipv4 } else { Family::Ipv6 })?;
    s.start_bind(&instance_network(), a)?;
    until(s.subscribe(), || s.finish_bind())?;
    Ok(s)
}

fn to(data: &[u8], remote_address: Option<Address>) -> OutgoingDatagram {
    OutgoingDatagram { data: data.to_vec(), remote_address }
}

fn udp_states() -> Outcome {
    let net = instance_network();
    let s = create_udp_socket(Family::Ipv4)?;
    is!(s.address_family(), Family::Ipv4);
    is!(s.finish_bind(), Err(ErrorCode::NotInProgress));
    is!(s.local_address(), Err(ErrorCode::InvalidState));
    is!(s.remote_address(), Err(ErrorCode::InvalidState));
    is!(s.stream(None).map(|_| ()), Err(ErrorCode::InvalidState));
    is!(s.start_bind(&net, v6(ONE6, 0)), Err(ErrorCode::InvalidArgument));
    s.start_bind(&net, loopback())?;
    is!(s.start_bind(&net, loopback()), Err(ErrorCode::ConcurrencyConflict | ErrorCode::InvalidState));
    until(s.subscribe(), || s.finish_bind())?;
    is!(s.start_bind(&net, loopback()), Err(ErrorCode::InvalidState));
    is!(s.finish_bind(), Err(ErrorCode::NotInProgress));
    check!(port(s.local_address()?) != 0);
    is!(udp_socket(s.local_address()?).map(|_| ()), Err(ErrorCode::AddressInUse));
    is!(udp_socket(v4(192, 0, 2, 1, 0)).map(|_| ()), Err(ErrorCode::AddressNotBindable));
    is!(s.stream(Some(v6(ONE6, 9))).map(|_| ()), Err(ErrorCode::InvalidArgument));
    is!(s.stream(Some(v4(127, 0, 0, 1, 0))).map(|_| ()), Err(ErrorCode::InvalidArgument));
    is!(s.stream(Some(v4(0, 0, 0, 0, 9))).map(|_| ()), Err(ErrorCode::InvalidArgument));
    Ok(())
}

fn udp_data() -> Outcome {
    let (a, b) = (udp_socket(loopback())?, udp_socket(loopback())?);
    let (at_a, at_b) = (a.local_address()?, b.local_address()?);
    let (a_in, a_out) = a.stream(None)?;
    let (b_in, b_out) = b.stream(None)?;
    check!(b_in.receive(10)?.len(), 0);
    check!(b_in.receive(0)?.len(), 0);
    let p = b_in.subscribe();
    check!(!p.ready());
    a_out.subscribe().block();
    check!(a_out.check_send()? >= 1);
    check!(a_out.send(&[])?, 0);
    let mut sent = 0;
    let list = [to(b"one", Some(at_b)), to(b"", Some(at_b)), to(&[9; 2000], Some(at_b))];
    while sent < 3 {
        let n = (a_out.check_send()? as usize).min(3 - sent);
        check!(n > 0);
        sent += a_out.send(&list[sent..sent + n])? as usize;
    }
    p.block();
    let mut got = Vec::new();
    while got.len() < 3 {
        p.block();
        let some = b_in.receive(2)?;
        check!(some.len() <= 2);
        got.extend(some);
    }
    check!(got.iter().map(|d| d.data.len()).collect::<Vec<_>>(), [3, 0, 2000]);
    check!(got.iter().all(|d| same(d.remote_address, at_a)));
    let errors = [
        (to(b"x", None), "no address"),
        (to(b"x", Some(v6(ONE6, 9))), "family"),
        (to(b"x", Some(v4(127, 0, 0, 1, 0))), "port 0"),
        (to(b"x", Some(v4(0, 0, 0, 0, 9))), "any"),
    ];
    for (datagram, what) in errors {
        a_out.check_send()?;
        match a_out.send(&[datagram]) {
            Err(ErrorCode::InvalidArgument) => {}
            other => return Err(check::Failure(format!("send with {what}: {other:?}"))),
        }
    }
    a_out.check_send()?;
    is!(a_out.send(&[to(&[0; 70_000], Some(at_b))]), Err(ErrorCode::DatagramTooLarge));
    b_out.check_send()?;
    check!(b_out.send(&[to(b"back", Some(at_a))])?, 1);
    a_in.subscribe().block();
    check!(a_in.receive(1)?[0].data, b"back");
    Ok(())
}

fn udp_connected() -> Outcome {
    let (a, b, c) = (udp_socket(loopback())?, udp_socket(loopback())?, udp_socket(loopback())?);
    let (at_a, at_b) = (a.local_address()?, b.local_address()?);
    let ((_, b_out), (_, c_out)) = (b.stream(None)?, c.stream(None)?);
    is!(a.remote_address(), Err(ErrorCode::InvalidState));
    let (a_in, a_out) = a.stream(Some(at_b))?;
    check!(same(a.remote_address()?, at_b));
    // Only its peer is heard.
    c_out.check_send()?;
    check!(c_out.send(&[to(b"stranger", Some(at_a))])?, 1);
    b_out.check_send()?;
    check!(b_out.send(&[to(b"friend", Some(at_a))])?, 1);
    a_in.subscribe().block();
    let got = a_in.receive(10)?;
    check!(got.len(), 1);
    check!(got[0].data, b"friend");
    a_out.check_send()?;
    check!(a_out.send(&[to(b"implied", None)])?, 1);
    a_out.check_send()?;
    check!(a_out.send(&[to(b"said", Some(at_b))])?, 1);
    a_out.check_send()?;
    is!(a_out.send(&[to(b"x", Some(c.local_address()?))]), Err(ErrorCode::InvalidArgument));
    drop((a_in, a_out));
    let (a_in, _a_out) = a.stream(None)?;
    is!(a.remote_address(), Err(ErrorCode::InvalidState));
    c_out.check_send()?;
    check!(c_out.send(&[to(b"now", Some(at_a))])?, 1);
    a_in.subscribe().block();
    check!(a_in.receive(10)?[0].data, b"now");
    Ok(())
}

fn udp_options() -> Outcome {
    let s = create_udp_socket(Family::Ipv4)?;
    is!(s.set_unicast_hop_limit(0), Err(ErrorCode::InvalidArgument));
    s.set_unicast_hop_limit(42)?;
    check!(s.unicast_hop_limit()?, 42);
    is!(s.set_receive_buffer_size(0), Err(ErrorCode::InvalidArgument));
    s.set_receive_buffer_size(20_000)?;
    check!(s.receive_buffer_size()? >= 20_000);
    is!(s.set_send_buffer_size(0), Err(ErrorCode::InvalidArgument));
    s.set_send_buffer_size(20_000)?;
    check!(s.send_buffer_size()? >= 20_000);
    Ok(())
}

fn resolve(name: &str) -> Result<Vec<IpAddress>, ErrorCode> {
    let stream = resolve_addresses(&instance_network(), name)?;
    let mut all = Vec::new();
    while let Some(a) = until(stream.subscribe(), || stream.resolve_next_address())? {
        all.push(a);
    }
    Ok(all)
}

fn names() -> Outcome {
    is!(resolve("127.0.0.1")?.as_slice(), [IpAddress::Ipv4((127, 0, 0, 1))]);
    is!(resolve("::1")?.as_slice(), [IpAddress::Ipv6(ONE6)]);
    let all = resolve("localhost")?;
    check!(!all.is_empty());
    for a in all {
        is!(a, IpAddress::Ipv4((127, _, _, _)) | IpAddress::Ipv6(ONE6));
    }
    is!(resolve("no-such-name.invalid"), Err(
        ErrorCode::NameUnresolvable
            | ErrorCode::TemporaryResolverFailure
            | ErrorCode::PermanentResolverFailure
    ));
    for bad in ["", "a b", "exa\0mple", "http://localhost", "localhost:80"] {
        is!(resolve(bad), Err(ErrorCode::InvalidArgument | ErrorCode::NameUnresolvable));
    }
    Ok(())
}

fn trap() -> Outcome {
    let s = udp_socket(loopback())?;
    let at = s.local_address()?;
    let (_in, out) = s.stream(None)?;
    let n = out.check_send()? as usize;
    let list: Vec<_> = (0..=n).map(|_| to(b"x", Some(at))).collect();
    out.send(&list)?;
    println!("no trap");
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("trap") {
        return check::run_one(trap);
    }
    check::run(&[
        ("tcp unbound", tcp_unbound),
        ("tcp bind", tcp_bind),
        ("tcp listen", tcp_listen),
        ("tcp connect", tcp_connect),
        ("tcp data", tcp_data),
        ("tcp pressure", tcp_pressure),
        ("tcp reset", tcp_reset),
        ("tcp options", tcp_options),
        ("tcp ipv6", tcp_six),
        ("tcp children", tcp_children),
        ("udp states", udp_states),
        ("udp data", udp_data),
        ("udp connected", udp_connected),
        ("udp options", udp_options),
        ("names", names),
    ])
}
