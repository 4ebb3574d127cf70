// This file calls the functions of WASI 0.2.12 that are behind feature gates or
// newer than the crate's bindings: by their names in the canonical ABI. The
// resources that it hands them come from interfaces of version 0.2.9.
// "unstable exit N" exits with N.
//
// world: unstable

#[macro_use]
#[path = "lib/check.rs"]
mod check;

use check::{Failure, Outcome};
use std::process::ExitCode;
use wasip2::clocks::{monotonic_clock::subscribe_duration, wall_clock};
use wasip2::io::poll::{poll, Pollable};
use wasip2::io::streams::StreamError;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

#[link(wasm_import_module = "wasi:cli/exit@0.2.12")]
unsafe extern "C" {
    #[link_name = "exit-with-code"]
    fn exit_with_code(code: u32);
}

#[link(wasm_import_module = "wasi:clocks/timezone@0.2.12")]
unsafe extern "C" {
    #[link_name = "display"]
    fn display(seconds: u64, nanoseconds: u32, out: *mut Display);
    #[link_name = "utc-offset"]
    fn utc_offset(seconds: u64, nanoseconds: u32) -> i32;
}

#[link(wasm_import_module = "wasi:sockets/network@0.2.12")]
unsafe extern "C" {
    #[link_name = "network-error-code"]
    fn network_error_code(error: u32, out: *mut [u8; 2]);
}

#[repr(C)]
struct Display {
    utc_offset: i32,
    name: *mut u8,
    name_len: usize,
    daylight_saving: u8,
}

fn timezone() -> Outcome {
    let now = wall_clock::now();
    for seconds in [0, 1_000_000_000, now.seconds] {
        let mut d = Display { utc_offset: i32::MIN, name: std::ptr::null_mut(), name_len: 0, daylight_saving: 9 };
        let offset = unsafe {
            display(seconds, 0, &mut d);
            utc_offset(seconds, 0)
        };
        check!(d.utc_offset, offset);
        check!(offset.abs() < 86_400);
        check!(d.daylight_saving <= 1);
        let name = unsafe { String::from_raw_parts(d.name, d.name_len, d.name_len) };
        check!(!name.is_empty());
        check!(name != "UTC" || offset == 0);
    }
    Ok(())
}

fn until<T>(p: Pollable, mut f: impl FnMut() -> Result<T, ErrorCode>) -> Result<T, ErrorCode> {
    let late = subscribe_duration(10_000_000_000);
    loop {
        match f() {
            Err(ErrorCode::WouldBlock) if !late.ready() => drop(poll(&[&p, &late])),
            other => return other,
        }
    }
}

fn code(e: &wasip2::io::error::Error) -> Option<u8> {
    let mut out = [9, 0];
    unsafe { network_error_code(e.handle(), &mut out) };
    (out[0] == 1).then_some(out[1])
}

// A connection whose other end was closed with unread data is reset.
fn network_error() -> Outcome {
    let net = instance_network();
    let (listener, client) = (create_tcp_socket(IpAddressFamily::Ipv4)?, create_tcp_socket(IpAddressFamily::Ipv4)?);
    listener.start_bind(&net, IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) }))?;
    until(listener.subscribe(), || listener.finish_bind())?;
    listener.start_listen()?;
    until(listener.subscribe(), || listener.finish_listen())?;
    client.start_connect(&net, listener.local_address()?)?;
    let (input, output) = until(client.subscribe(), || client.finish_connect())?;
    let (server, server_in, server_out) = until(listener.subscribe(), || listener.accept())?;
    output.blocking_write_and_flush(b"unread")?;
    server_in.subscribe().block();
    drop((server_in, server_out, server));
    match input.blocking_read(1) {
        Err(StreamError::LastOperationFailed(e)) => {
            check!(code(&e), Some(ErrorCode::ConnectionReset as u8));
            Ok(())
        }
        other => Err(Failure(format!("reading from a reset connection: {other:?}"))),
    }
}

// An error of another kind has no code of the network's.
fn other_error() -> Outcome {
    use wasip2::filesystem::types::{DescriptorFlags as D, OpenFlags, PathFlags};
    let (root, _) = &wasip2::filesystem::preopens::get_directories()[0];
    let f = root.open_at(PathFlags::empty(), "f", OpenFlags::CREATE, D::READ | D::WRITE)?;
    if let Ok(w) = f.write_via_stream(u64::MAX) {
        if let Err(StreamError::LastOperationFailed(e)) = w.blocking_write_and_flush(b"x") {
            check!(code(&e), None);
        }
    }
    Ok(root.unlink_file_at("f")?)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if let ["exit", n] = args.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        unsafe { exit_with_code(n.parse().unwrap_or(0)) };
    }
    check::run(&[("timezone", timezone), ("network error", network_error), ("other error", other_error)])
}
