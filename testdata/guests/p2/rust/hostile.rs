// This file tries to get what it was not given, some 200 times and in some 200
// ways. Each attempt is a line: "N denied CODE: WHAT" or "N ESCAPED: WHAT".
// "N no attempt: WHAT" is one that could not be made. Exit status 1 if any
// escaped. Each argument is KEY=VALUE; see the README for the directories and
// servers that it wants.

#[path = "lib/web.rs"]
mod web;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wasip2::cli::environment;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags as D, ErrorCode as FsError, NewTimestamp, OpenFlags as O,
    PathFlags as P,
};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::poll::{poll, Pollable};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode as NetError, IpAddressFamily as Family, IpSocketAddress as Address,
    Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;
use wasip2::sockets::udp_create_socket::create_udp_socket;

/// What an attempt came to: Err has the code of the refusal.
type Attempt = Result<(), String>;

struct Run {
    n: u32,
    escaped: u32,
    args: HashMap<String, String>,
}

impl Run {
    fn report(&mut self, what: &str, attempt: Attempt) {
        self.n += 1;
        match attempt {
            Err(code) => println!("{} denied {code}: {what}", self.n),
            Ok(()) => {
                self.escaped += 1;
                println!("{} ESCAPED: {what}", self.n);
            }
        }
    }

    fn skip(&mut self, what: &str) {
        self.n += 1;
        println!("{} no attempt: {what}", self.n);
    }

    fn arg(&self, key: &str) -> Option<String> {
        self.args.get(key).cloned()
    }
}

// ---- files

fn none() -> P {
    P::empty()
}

const FOLLOW: P = P::SYMLINK_FOLLOW;

fn rw() -> D {
    D::READ | D::WRITE
}

fn code(e: FsError) -> String {
    e.name().to_string()
}

fn directory(name: &str) -> Option<Descriptor> {
    get_directories().into_iter().find(|(_, n)| n == name).map(|(d, _)| d)
}

/// secret says whether the file has the text that nobody was to read.
fn secret(f: &Descriptor) -> Attempt {
    match f.read(64, 0) {
        Ok((b, _)) if b.starts_with(b"SECRET") => Ok(()),
        Ok(_) => Err("nothing-secret".into()),
        Err(e) => Err(code(e)),
    }
}

type Op = (&'static str, fn(&Descriptor, &str) -> Attempt);

fn now() -> NewTimestamp {
    NewTimestamp::Now
}

/// What may be tried with a path whose way leads out.
const OPS: [Op; 12] = [
    ("read", |d, p| d.open_at(FOLLOW, p, O::empty(), D::READ).map_err(code).and_then(|f| secret(&f))),
    ("open directory", |d, p| d.open_at(FOLLOW, p, O::DIRECTORY, D::READ).map(drop).map_err(code)),
    ("create", |d, p| d.open_at(FOLLOW, p, O::CREATE, rw()).map(drop).map_err(code)),
    ("truncate", |d, p| d.open_at(FOLLOW, p, O::CREATE | O::TRUNCATE, rw()).map(drop).map_err(code)),
    ("stat", |d, p| d.stat_at(FOLLOW, p).map(drop).map_err(code)),
    ("set times", |d, p| d.set_times_at(FOLLOW, p, now(), now()).map_err(code)),
    ("hash", |d, p| d.metadata_hash_at(FOLLOW, p).map(drop).map_err(code)),
    ("link from", |d, p| d.link_at(none(), p, d, "taken").map_err(code)),
    ("rename from", |d, p| d.rename_at(p, d, "taken").map_err(code)),
    ("unlink", |d, p| d.unlink_file_at(p).map_err(code)),
    ("make directory", |d, p| d.create_directory_at(p).map_err(code)),
    ("symlink", |d, p| d.symlink_at("x", p).map_err(code)),
];

/// Ops that follow a symlink at the end of the path.
const FOLLOWING: usize = 7;

fn paths(run: &mut Run) {
    let (Some(d), Some(file)) = (directory("/rw"), run.arg("secret")) else {
        return run.skip("paths: no /rw or no secret=");
    };
    let _ = d.create_directory_at("d");
    let _ = d.create_directory_at("d/e");
    // Symlinks that a guest may make: they are relative.
    for (target, name) in [
        ("..", "up"),
        ("../..", "d/upper"),
        ("up", "chain1"),
        ("chain1", "chain2"),
        ("./chain2/.", "chain3"),
        ("d/e/../../..", "winding"),
    ] {
        let _ = d.symlink_at(target, name);
    }
    let _ = d.symlink_at(&format!("../{file}"), "final");
    let _ = d.symlink_at("final", "final2");
    let _ = d.symlink_at(&format!("d/upper/{file}"), "final3");
    let ways = [
        "..", "./..", "d/../..", "d/e/../../..", "up", "chain3", "winding", "d/upper", "up/.",
        "//..", "d/./../..//.", "d/../up",
    ];
    for (i, way) in ways.iter().enumerate() {
        let path = format!("{way}/{file}");
        // All operations by the first ways, the first few by each.
        let ops = if i < 4 { &OPS[..] } else { &OPS[..4] };
        for (what, op) in ops {
            run.report(&format!("{what} {path}"), op(&d, &path));
        }
    }
    for path in ["final", "final2", "final3", "final/", "./final"] {
        for (what, op) in &OPS[..FOLLOWING] {
            run.report(&format!("{what} {path}"), op(&d, path));
        }
    }
    outside(run, &d, &file);
    moved(run, &d, &file);
}

// outside uses names that the host's own system would understand.
fn outside(run: &mut Run, d: &Descriptor, file: &str) {
    let mut absolute = vec!["/".to_string(), "/etc/passwd".into(), format!("/{file}")];
    absolute.push(format!("{}etc/passwd", "../".repeat(60)));
    absolute.push("/proc/self/root/etc/passwd".into());
    absolute.push("/dev/stdin".into());
    if let Some(host) = run.arg("host") {
        absolute.push(format!("{host}/{file}"));
        absolute.push(format!("//{host}/{file}"));
        let link = d.symlink_at(&format!("{host}/{file}"), "absolute");
        run.report("symlink with an absolute target", link.map_err(code).and_then(|()| OPS[0].1(d, "absolute")));
        // The test may have put these two there, as a host would.
        run.report("read by a host's absolute symlink", OPS[0].1(d, &format!("host-abs/{file}")));
        run.report("create by a host's absolute symlink", OPS[2].1(d, "host-abs/created"));
        run.report("read by a host's relative symlink", OPS[0].1(d, &format!("host-up/{file}")));
        run.report("truncate by a host's symlink to a file", OPS[3].1(d, "host-file"));
    }
    for path in absolute {
        for (what, op) in &OPS[..5] {
            run.report(&format!("{what} {}", &path[..path.len().min(60)]), op(d, &path));
        }
    }
    for path in ["..", "../", "d/../..", "."] {
        if path != "." {
            run.report(&format!("remove directory {path}"), d.remove_directory_at(path).map_err(code));
            run.report(&format!("rename to {path}"), d.rename_at("d", d, path).map_err(code));
        }
        let to = format!("{path}/../{file}-new");
        run.report(&format!("rename to {to}"), d.rename_at("d/e", d, &to).map_err(code));
        run.report(&format!("link to {to}"), d.link_at(none(), "d/e", d, &to).map_err(code));
    }
    run.report("follow a link while linking", d.link_at(FOLLOW, "final", d, "taken").map_err(code).and_then(
        |()| d.open_at(none(), "taken", O::empty(), D::READ).map_err(code).and_then(|f| secret(&f)),
    ));
}

// moved takes what is harmless in one place to another.
fn moved(run: &mut Run, d: &Descriptor, file: &str) {
    let _ = d.symlink_at(&format!("../{file}"), "d/inner");
    let got = d.rename_at("d/inner", d, "inner").map_err(code).and_then(|()| OPS[0].1(d, "inner"));
    run.report("rename a symlink up and read", got);
    let open = d.open_at(none(), "d/e", O::DIRECTORY, D::READ | D::MUTATE_DIRECTORY);
    let Ok(e) = open else { return run.skip("open d/e") };
    for path in ["..", "../..", "../../..", "../../up"] {
        run.report(&format!("read {path} from below"), OPS[0].1(&e, &format!("{path}/{file}")));
    }
    let _ = d.rename_at("d/e", d, "e");
    run.report("read from a directory that moved", OPS[0].1(&e, &format!("../{file}")));
    run.report("create from a directory that moved", OPS[2].1(&e, "../../created"));
    let _ = d.remove_directory_at("e");
    run.report("create in a removed directory", OPS[2].1(&e, "created"));
    run.report("up from a removed directory", OPS[0].1(&e, &format!("../../{file}")));
    let f = d.open_at(none(), "plain", O::CREATE, rw());
    if let Ok(f) = f {
        run.report("read through a file as a directory", OPS[0].1(&f, &format!("../../{file}")));
        run.report("open a file's \"..\"", OPS[1].1(&f, ".."));
        let far = f.read(u64::MAX, 0).map_err(code);
        run.report("read 2^64-1 bytes", far.and_then(|(b, _)| if b.len() > 64 { Ok(()) } else { Err("bounded".into()) }));
        run.report("write at 2^64-1", f.write(b"x", u64::MAX).map(drop).map_err(code));
        run.report("size 2^64-1", f.set_size(u64::MAX).map_err(code));
    }
    let long = "d/../".repeat(20_000) + "../" + file;
    run.report("read by a path of 100,000 characters", OPS[0].1(d, &long));
    run.report("read by a path with a NUL", OPS[0].1(d, &format!("../{file}\0x")));
    run.report("create with a NUL", OPS[2].1(d, "a\0/../../x"));
}

fn read_only(run: &mut Run) {
    let Some(d) = directory("/ro") else { return run.skip("read-only: no /ro") };
    let to = directory("/rw");
    let open = |flags, d_flags| d.open_at(none(), "file", flags, d_flags).map(drop).map_err(code);
    run.report("ro: open to write", open(O::empty(), D::WRITE));
    run.report("ro: open to read and write", open(O::empty(), rw()));
    run.report("ro: truncate", open(O::TRUNCATE, D::READ));
    run.report("ro: create", d.open_at(none(), "new", O::CREATE, D::READ).map(drop).map_err(code));
    run.report("ro: create exclusively", d.open_at(none(), "new", O::CREATE | O::EXCLUSIVE, rw()).map(drop).map_err(code));
    run.report("ro: make directory", d.create_directory_at("new").map_err(code));
    run.report("ro: unlink", d.unlink_file_at("file").map_err(code));
    run.report("ro: remove directory", d.remove_directory_at("sub").map_err(code));
    run.report("ro: rename", d.rename_at("file", &d, "other").map_err(code));
    run.report("ro: symlink", d.symlink_at("file", "l").map_err(code));
    run.report("ro: link", d.link_at(none(), "file", &d, "l").map_err(code));
    run.report("ro: set times", d.set_times_at(none(), "file", now(), now()).map_err(code));
    run.report("ro: set its own times", d.set_times(now(), now()).map_err(code));
    let sub = d.open_at(none(), "sub", O::DIRECTORY, D::READ | D::MUTATE_DIRECTORY).map_err(code);
    run.report("ro: mutable subdirectory", sub.and_then(|s| s.create_directory_at("new").map_err(code)));
    let sub = d.open_at(none(), "sub", O::DIRECTORY, D::READ).map_err(code);
    run.report("ro: create in a subdirectory", sub.and_then(|s| OPS[2].1(&s, "new")));
    match d.open_at(none(), "file", O::empty(), D::READ) {
        Err(e) => run.skip(&format!("ro: open file to read: {e}")),
        Ok(f) => {
            run.report("ro: write", f.write(b"x", 0).map(drop).map_err(code));
            run.report("ro: set size", f.set_size(0).map_err(code));
            run.report("ro: set times of a file", f.set_times(now(), now()).map_err(code));
            let stream = |s: Result<wasip2::io::streams::OutputStream, FsError>| match s {
                Err(e) => Err(code(e)),
                Ok(s) => s.blocking_write_and_flush(b"x").map_err(|e| format!("{e}")),
            };
            run.report("ro: write stream", stream(f.write_via_stream(0)));
            run.report("ro: append stream", stream(f.append_via_stream()));
        }
    }
    let Some(to) = to else { return };
    run.report("ro: rename out", d.rename_at("file", &to, "from-ro").map_err(code));
    run.report("ro: link out", d.link_at(none(), "file", &to, "from-ro").map_err(code).and_then(|()| {
        to.open_at(none(), "from-ro", O::empty(), rw()).map(drop).map_err(code)
    }));
    drop(to.open_at(none(), "mine", O::CREATE, rw()));
    run.report("ro: rename in", to.rename_at("mine", &d, "mine").map_err(code));
    run.report("ro: link in", to.link_at(none(), "mine", &d, "mine").map_err(code));
}

// race opens what another process keeps turning from a directory into a symlink
// that leads out, and back.
fn race(run: &mut Run) {
    let (Some(d), Some(file), Some(ms)) = (directory("/rw"), run.arg("secret"), run.arg("race")) else {
        return run.skip("race: no race=MILLISECONDS");
    };
    let end = Instant::now() + Duration::from_millis(ms.parse().unwrap_or(0));
    let path = format!("race/{file}");
    let (mut tries, mut inside, mut read, mut created, mut linked) = (0u32, 0u32, 0, 0, 0);
    while Instant::now() < end {
        tries += 1;
        read += u32::from(OPS[0].1(&d, &path).is_ok());
        // What is made must be in one of the two places inside: never outside.
        if d.open_at(FOLLOW, "race/created", O::CREATE, rw()).is_ok() {
            inside += 1;
        }
        let _ = d.unlink_file_at("race/created");
        if d.rename_at(&path, &d, "taken").is_ok() {
            let f = d.open_at(none(), "taken", O::empty(), D::READ);
            created += u32::from(f.is_ok_and(|f| secret(&f).is_ok()));
            let _ = d.rename_at("taken", &d, &path);
        }
        if d.link_at(none(), &path, &d, "linked").is_ok() {
            let f = d.open_at(none(), "linked", O::empty(), D::READ);
            linked += u32::from(f.is_ok_and(|f| secret(&f).is_ok()));
            let _ = d.unlink_file_at("linked");
        }
    }
    let outcome = |n: u32| if n > 0 { Ok(()) } else { Err(format!("in-{}-tries", if tries > 0 { "all" } else { "no" })) };
    run.report("race: read", outcome(read));
    run.report("race: rename out", outcome(created));
    run.report("race: link", outcome(linked));
    eprintln!("race: {tries} tries, {inside} files made");
}

// ---- sockets

fn wait<T>(p: Pollable, mut f: impl FnMut() -> Result<T, NetError>) -> Result<T, String> {
    let late = subscribe_duration(3_000_000_000);
    loop {
        match f() {
            Err(NetError::WouldBlock) if !late.ready() => drop(poll(&[&p, &late])),
            Ok(t) => return Ok(t),
            Err(e) => return Err(e.name().to_string()),
        }
    }
}

fn net(e: NetError) -> String {
    e.name().to_string()
}

fn address(text: &str) -> Option<Address> {
    Some(match text.parse::<std::net::SocketAddr>().ok()? {
        std::net::SocketAddr::V4(a) => {
            let [x, y, z, w] = a.ip().octets();
            Address::Ipv4(Ipv4SocketAddress { port: a.port(), address: (x, y, z, w) })
        }
        std::net::SocketAddr::V6(a) => {
            let [a0, a1, a2, a3, a4, a5, a6, a7] = a.ip().segments();
            let address = (a0, a1, a2, a3, a4, a5, a6, a7);
            Address::Ipv6(Ipv6SocketAddress { port: a.port(), flow_info: 0, address, scope_id: 0 })
        }
    })
}

fn family(a: Address) -> Family {
    if matches!(a, Address::Ipv4(_)) { Family::Ipv4 } else { Family::Ipv6 }
}

fn connect(a: Address) -> Attempt {
    let s = create_tcp_socket(family(a)).map_err(net)?;
    s.start_connect(&instance_network(), a).map_err(net)?;
    wait(s.subscribe(), || s.finish_connect()).map(drop)
}

fn listen(a: Address) -> Attempt {
    let s = create_tcp_socket(family(a)).map_err(net)?;
    s.start_bind(&instance_network(), a).map_err(net)?;
    wait(s.subscribe(), || s.finish_bind())?;
    s.start_listen().map_err(net)?;
    wait(s.subscribe(), || s.finish_listen())
}

fn udp_bind(a: Address) -> Attempt {
    let s = create_udp_socket(family(a)).map_err(net)?;
    s.start_bind(&instance_network(), a).map_err(net)?;
    wait(s.subscribe(), || s.finish_bind())
}

// udp_send tries from a socket bound to from, with or without connecting.
fn udp_send(from: Address, to: Address, connected: bool) -> Attempt {
    let s = create_udp_socket(family(to)).map_err(net)?;
    s.start_bind(&instance_network(), from).map_err(net)?;
    wait(s.subscribe(), || s.finish_bind())?;
    let (_in, out) = s.stream(connected.then_some(to)).map_err(net)?;
    out.check_send().map_err(net)?;
    let remote_address = (!connected).then_some(to);
    match out.send(&[OutgoingDatagram { data: b"SECRET".to_vec(), remote_address }]) {
        Ok(0) => Err("nothing-sent".into()),
        Ok(_) => Ok(()),
        Err(e) => Err(net(e)),
    }
}

fn sockets(run: &mut Run) {
    let Some(port) = run.arg("tcp").and_then(|a| a.rsplit_once(':').map(|(_, p)| p.to_string())) else {
        return run.skip("sockets: no tcp=ADDRESS");
    };
    let spellings = [
        format!("127.0.0.1:{port}"),
        format!("127.0.0.2:{port}"),
        format!("127.255.255.254:{port}"),
        format!("0.0.0.0:{port}"),
        format!("[::1]:{port}"),
        format!("[::]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("[::127.0.0.1]:{port}"),
        format!("[64:ff9b::7f00:1]:{port}"),
        format!("[fe80::1]:{port}"),
        "169.254.169.254:80".into(),
        "10.0.0.1:22".into(),
        "192.168.0.1:80".into(),
        "255.255.255.255:9".into(),
        "224.0.0.1:9".into(),
        "[ff02::1]:9".into(),
        "127.0.0.1:0".into(),
        "127.0.0.1:22".into(),
    ];
    for a in &spellings {
        let Some(to) = address(a) else { continue };
        run.report(&format!("tcp connect {a}"), connect(to));
    }
    for a in ["0.0.0.0:0", "127.0.0.1:0", "127.0.0.1:80", "[::]:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
        let Some(at) = address(a) else { continue };
        run.report(&format!("tcp listen {a}"), listen(at));
    }
    // Port 0 of all addresses is what a socket that only sends is bound to.
    for a in ["0.0.0.0:5353", "127.0.0.1:0", "127.0.0.1:53", "[::]:5353", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
        let Some(at) = address(a) else { continue };
        run.report(&format!("udp bind {a}"), udp_bind(at));
    }
    // A socket that never was bound may not listen on a port of the host's choice.
    run.report("tcp listen unbound", create_tcp_socket(Family::Ipv4).and_then(|s| s.start_listen()).map_err(net));
    if let Some(to) = run.arg("udp").and_then(|a| address(&a)) {
        for from in ["127.0.0.1:0", "0.0.0.0:0"] {
            let Some(from_a) = address(from) else { continue };
            run.report(&format!("udp send from {from}"), udp_send(from_a, to, false));
            run.report(&format!("udp send connected from {from}"), udp_send(from_a, to, true));
        }
    }
    // Next to what is allowed.
    if let Some(a) = run.arg("allowed").and_then(|a| a.parse::<std::net::SocketAddr>().ok()) {
        for near in [a.port().wrapping_sub(1), a.port().wrapping_add(1)] {
            let to = address(&format!("{}:{near}", a.ip())).expect("an address");
            run.report("tcp connect to a port next to the allowed", connect(to));
        }
        run.report("tcp connect to the allowed port, mapped", connect(address(&format!("[::ffff:{}]:{}", a.ip(), a.port())).expect("an address")));
        run.report("tcp listen where connecting is allowed", listen(address(&a.to_string()).expect("an address")));
        let any = address("127.0.0.1:0").expect("an address");
        run.report("udp to the allowed tcp port", udp_send(any, address(&a.to_string()).expect("an address"), false));
    }
    for name in ["localhost", "LOCALHOST", "localhost.", "example.com", "metadata.google.internal", "a.b.invalid"] {
        run.report(&format!("resolve {name}"), resolve(name));
    }
    if let Some(name) = run.arg("name") {
        for name in [name.clone(), name.to_uppercase(), format!("{name}."), format!("www.{name}")] {
            run.report(&format!("resolve {name}"), resolve(&name));
        }
    }
    // A name that is granted must not lead to an address of the inside.
    if let Some(name) = run.arg("rebind") {
        for _ in 0..3 {
            run.report("connect by a name that changes", rebind(&name, &port));
        }
    }
}

fn resolve(name: &str) -> Attempt {
    let s = resolve_addresses(&instance_network(), name).map_err(net)?;
    match wait(s.subscribe(), || s.resolve_next_address())? {
        Some(_) => Ok(()),
        None => Err("no-address".into()),
    }
}

fn rebind(name: &str, port: &str) -> Attempt {
    let s = resolve_addresses(&instance_network(), name).map_err(net)?;
    let mut last = "no-address".to_string();
    while let Some(a) = wait(s.subscribe(), || s.resolve_next_address())? {
        let wasip2::sockets::network::IpAddress::Ipv4(address) = a else { continue };
        let port = port.parse().unwrap_or(0);
        match connect(Address::Ipv4(Ipv4SocketAddress { port, address })) {
            Ok(()) => return Ok(()),
            Err(e) => last = e,
        }
    }
    Err(last)
}

// ---- HTTP

fn send(r: OutgoingRequest) -> Result<String, String> {
    let body = r.body().map_err(|()| "body")?;
    let coming = outgoing_handler::handle(r, None).map_err(web::name)?;
    OutgoingBody::finish(body, None).map_err(web::name)?;
    let response = web::wait(&coming).map_err(web::name)?;
    Ok(web::receive(response)?.text)
}

fn ask(scheme: Option<&Scheme>, authority: &str, path: &str) -> Result<String, String> {
    let r = OutgoingRequest::new(Fields::new());
    r.set_scheme(scheme).map_err(|()| "scheme")?;
    r.set_authority(Some(authority)).map_err(|()| "authority")?;
    r.set_path_with_query(Some(path)).map_err(|()| "path")?;
    send(r)
}

fn http_hosts(run: &mut Run) {
    let Some(denied) = run.arg("http") else { return run.skip("http: no http=ADDRESS") };
    let port = denied.rsplit_once(':').map_or("80", |(_, p)| p).to_string();
    let mut authorities = vec![
        denied.clone(),
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("localhost.:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f000001:{port}"),
        format!("0177.0.0.1:{port}"),
        format!("127.1:{port}"),
        format!("0:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        "169.254.169.254".into(),
        "metadata.google.internal".into(),
    ];
    if let Some(ok) = run.arg("allowed") {
        authorities.push(format!("{ok}@{denied}"));
        authorities.push(format!("user:pass@{denied}"));
        authorities.push(format!("{denied}#@{ok}"));
        authorities.push(format!("{denied}/@{ok}"));
        authorities.push(format!("{denied}?@{ok}"));
        authorities.push(format!("{denied}\\@{ok}"));
        authorities.push(format!("{ok},{denied}"));
        authorities.push(format!("{denied}\0{ok}"));
    }
    for a in authorities {
        run.report(&format!("http {a:?}"), ask(Some(&Scheme::Http), &a, "/").map(drop));
    }
    run.report("http without a scheme", ask(None, &denied, "/").map(drop));
    run.report("https", ask(Some(&Scheme::Https), &denied, "/").map(drop));
    for s in ["file", "unix", "ftp", "HTTP"] {
        run.report(&format!("scheme {s}"), ask(Some(&Scheme::Other(s.into())), &denied, "/etc/passwd").map(drop));
    }
}

/// injected says whether the server saw a header or a request of the guest's making.
fn injected(answer: Result<String, String>) -> Attempt {
    match answer?.to_lowercase().contains("x-injected") {
        true => Ok(()),
        false => Err("not-seen".into()),
    }
}

fn http_smuggling(run: &mut Run) {
    let Some(ok) = run.arg("allowed") else { return run.skip("http: no allowed=ADDRESS") };
    let evil = "\r\nx-injected: yes\r\n";
    let http = Some(&Scheme::Http);
    for path in [
        format!("/ HTTP/1.1{evil}"),
        format!("/{evil}"),
        "/ HTTP/1.1\nx-injected: yes\n".into(),
        "/ HTTP/1.1\r\n\r\nGET /x-injected HTTP/1.1\r\n\r\n".into(),
        "/\rx-injected: yes".into(),
        "/\0x-injected".into(),
    ] {
        run.report(&format!("path {path:?}"), injected(ask(http, &ok, &path)));
    }
    let denied = run.arg("http").unwrap_or_default();
    for path in [format!("http://{denied}/"), format!("//{denied}/"), format!("@{denied}/"), format!(":80@{denied}/"), format!("\\\\{denied}\\")] {
        // The allowed server answers, or nobody.
        let got = ask(http, &ok, &path).and_then(|t| match t.contains("SECRET") {
            true => Ok(()),
            false => Err("not-there".into()),
        });
        run.report(&format!("path {path:?}"), got);
    }
    run.report("authority with a header", injected(ask(http, &format!("{ok}{evil}"), "/")));
    for method in [format!("GET / HTTP/1.1{evil}"), "GET\nx-injected: yes".into(), "A B".into(), "CONNECT".into()] {
        let got = || -> Attempt {
            let r = OutgoingRequest::new(Fields::new());
            let m = if method == "CONNECT" { Method::Connect } else { Method::Other(method.clone()) };
            r.set_method(&m).map_err(|()| "method")?;
            r.set_scheme(http).map_err(|()| "scheme")?;
            r.set_authority(Some(&ok)).map_err(|()| "authority")?;
            injected(send(r))
        };
        run.report(&format!("method {method:?}"), got());
    }
    for (name, value) in [
        ("x-a", &b"1\r\nx-injected: yes"[..]),
        ("x-a", b"1\nx-injected: yes"),
        ("x-a", b"1\rx-injected: yes"),
        ("x-a", b"1\r\n x-injected: yes"),
        ("x-a\r\nx-injected", b"yes"),
        ("x-a: 1\r\nx-injected", b"yes"),
        ("x-injected ", b"yes"),
        (" x-injected", b"yes"),
        ("x-a\0", b"x-injected"),
    ] {
        let got = || -> Attempt {
            let f = Fields::new();
            f.append(name, value).map_err(|e| e.to_string())?;
            let r = OutgoingRequest::new(f);
            r.set_scheme(http).map_err(|()| "scheme")?;
            r.set_authority(Some(&ok)).map_err(|()| "authority")?;
            injected(send(r))
        };
        run.report(&format!("header {name:?} {:?}", String::from_utf8_lossy(value)), got());
    }
    forbidden(run);
}

fn forbidden(run: &mut Run) {
    for name in [
        "connection", "Keep-Alive", "proxy-authenticate", "PROXY-AUTHORIZATION", "proxy-connection",
        "Transfer-Encoding", "upgrade", "Host", "http2-settings",
    ] {
        let value = b"x".to_vec();
        let refused = |e: wasip2::http::types::HeaderError| format!("{e:?}").replace("HeaderError::", "").to_lowercase();
        run.report(&format!("append {name}"), Fields::new().append(name, &value).map_err(refused));
        run.report(&format!("set {name}"), Fields::new().set(name, std::slice::from_ref(&value)).map_err(refused));
        run.report(&format!("from list {name}"), Fields::from_list(&[(name.into(), value)]).map(drop).map_err(refused));
    }
    let f = Fields::new();
    let mut n = 0u32;
    while n < 1_000_000 && f.append("x-a", &[b'x'; 1000]).is_ok() {
        n += 1;
    }
    run.report("a million headers", if n < 1_000_000 { Err("limited".into()) } else { Ok(()) });
}

fn ambient(run: &mut Run) {
    let env = environment::get_environment();
    let only = env.iter().all(|(k, _)| k == "GRANTED");
    run.report("environment", if only { Err("granted-only".into()) } else { Ok(()) });
    let names: Vec<String> = get_directories().into_iter().map(|(_, n)| n).collect();
    let only = names.iter().all(|n| n == "/rw" || n == "/ro");
    run.report("directories", if only { Err("granted-only".into()) } else { Ok(()) });
    let host = run.arg("host").unwrap_or("no such text".into());
    let told = environment::initial_cwd().is_some_and(|d| d.contains(&host));
    run.report("working directory", if told { Ok(()) } else { Err("not-told".into()) });
}

fn main() -> ExitCode {
    let args = std::env::args().skip(1);
    let args = args.filter_map(|a| a.split_once('=').map(|(k, v)| (k.to_string(), v.to_string()))).collect();
    let mut run = Run { n: 0, escaped: 0, args };
    ambient(&mut run);
    paths(&mut run);
    read_only(&mut run);
    race(&mut run);
    sockets(&mut run);
    http_hosts(&mut run);
    http_smuggling(&mut run);
    println!("{} attempts, {} escaped", run.n, run.escaped);
    if run.escaped > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
