// This file calls every function of wasi:io, wasi:clocks, wasi:random and
// wasi:cli that the crate has, and checks what they answer against what WASI
// says. "io trap NAME" does what WASI says must trap; "io exit NAME" ends.
// Standard input is to be "0123456789abcdef".

#[macro_use]
#[path = "lib/check.rs"]
mod check;

use check::Outcome;
use std::process::ExitCode;
use wasip2::cli::{
    environment, exit, stderr, stdin, stdout, terminal_stderr, terminal_stdin, terminal_stdout,
};
use wasip2::clocks::{monotonic_clock as mono, wall_clock};
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip2::io::poll::{poll, Pollable};
use wasip2::io::streams::StreamError;
use wasip2::random::{insecure, insecure_seed, random};

const MS: u64 = 1_000_000;

fn input() -> Outcome {
    let s = stdin::get_stdin();
    let p = s.subscribe();
    p.block();
    check!(p.ready());
    check!(s.read(0)?, b"");
    check!(s.blocking_read(4)?, b"0123");
    check!(s.blocking_skip(2)?, 2);
    check!(s.blocking_skip(0)?, 0);
    p.block();
    let b = s.read(3)?;
    check!(!b.is_empty() && b"678".starts_with(&b));
    let mut rest = b;
    loop {
        match s.blocking_read(u64::MAX >> 1) {
            Ok(b) => rest.extend_from_slice(&b),
            Err(StreamError::Closed) => break,
            Err(e) => return Err(e.into()),
        }
    }
    check!(rest, b"6789abcdef");
    is!(s.read(1), Err(StreamError::Closed));
    is!(s.read(0), Err(StreamError::Closed));
    is!(s.skip(1), Err(StreamError::Closed));
    is!(s.blocking_skip(1), Err(StreamError::Closed));
    p.block();
    check!(p.ready());
    drop(p);
    // A second handle is of the same stream.
    is!(stdin::get_stdin().blocking_read(1), Err(StreamError::Closed));
    Ok(())
}

fn output() -> Outcome {
    let s = stdout::get_stdout();
    let p = s.subscribe();
    p.block();
    let n = s.check_write()?;
    check!(n > 0);
    s.write(b"")?;
    check!(s.check_write()? > 0);
    s.write(b"written\n")?;
    s.flush()?;
    p.block();
    s.blocking_flush()?;
    check!(s.check_write()? > 0);
    s.blocking_write_and_flush(b"written and flushed\n")?;
    s.blocking_write_and_flush(b"")?;
    // Two handles, one stream: nothing overtakes.
    for _ in 0..3 {
        let other = stdout::get_stdout();
        other.blocking_write_and_flush(b".")?;
        s.blocking_write_and_flush(b":")?;
    }
    s.blocking_write_and_flush(b"\n")?;
    let e = stderr::get_stderr();
    check!(e.check_write()? > 0);
    e.blocking_write_and_flush(b"on stderr\n")?;
    Ok(())
}

fn file(name: &str) -> Outcome<wasip2::filesystem::types::Descriptor> {
    let (root, _) = &preopens::get_directories()[0];
    let rw = DescriptorFlags::READ | DescriptorFlags::WRITE;
    Ok(root.open_at(PathFlags::empty(), name, OpenFlags::CREATE | OpenFlags::TRUNCATE, rw)?)
}

fn remove(name: &str) -> Outcome {
    Ok(preopens::get_directories()[0].0.unlink_file_at(name)?)
}

fn splices() -> Outcome {
    let f = file("a")?;
    let w = f.write_via_stream(0)?;
    w.blocking_write_and_flush(b"one two three")?;
    let n = w.check_write()?;
    check!(n >= 4096);
    w.write_zeroes(3)?;
    w.blocking_flush()?;
    w.blocking_write_zeroes_and_flush(4)?;
    drop(w);
    check!(f.stat()?.size, 20);
    check!(f.read(100, 10)?.0, b"ree\0\0\0\0\0\0\0");
    let (r, to) = (f.read_via_stream(4)?, file("b")?);
    let w = to.write_via_stream(2)?;
    check!(w.blocking_splice(&r, 3)?, 3);
    r.subscribe().block();
    while w.check_write()? == 0 {
        w.subscribe().block();
    }
    let n = w.splice(&r, 2)?;
    check!(n <= 2);
    let mut moved = n;
    for _ in 0..1000 {
        match w.blocking_splice(&r, u64::MAX) {
            Ok(n) => moved += n,
            Err(_) => break,
        }
    }
    check!(moved, 13);
    is!(w.blocking_splice(&r, 1), Err(StreamError::Closed));
    w.blocking_flush()?;
    check!(to.read(100, 0)?.0, b"\0\0two three\0\0\0\0\0\0\0");
    remove("a")?;
    remove("b")
}

fn big() -> Outcome {
    let f = file("a")?;
    let w = f.write_via_stream(0)?;
    let mut at = 0;
    let data: Vec<u8> = (0..1_000_000u32).map(|i| (i * 31 >> 3) as u8).collect();
    while at < data.len() {
        let n = w.check_write()? as usize;
        if n == 0 {
            w.subscribe().block();
            continue;
        }
        let n = n.min(data.len() - at);
        w.write(&data[at..at + n])?;
        at += n;
    }
    w.blocking_flush()?;
    let r = f.read_via_stream(0)?;
    let mut back = Vec::new();
    while let Ok(b) = r.blocking_read(77_777) {
        check!(!b.is_empty() && b.len() <= 77_777);
        back.extend_from_slice(&b);
    }
    check!(back == data);
    remove("a")
}

fn failing() -> Outcome {
    let f = file("a")?;
    // Where no file can be: the host may say so at once, or when it is written.
    if let Ok(w) = f.write_via_stream(u64::MAX) {
        let e = match w.blocking_write_and_flush(b"x") {
            Err(StreamError::LastOperationFailed(e)) => e,
            other => return Err(check::Failure(format!("writing far out: {other:?}"))),
        };
        check!(!e.to_debug_string().is_empty());
        check!(wasip2::filesystem::types::filesystem_error_code(&e).is_some());
        // The stream is closed by its error.
        is!(w.check_write(), Err(StreamError::Closed));
        w.subscribe().block();
    }
    check!(f.stat()?.size, 0);
    remove("a")
}

fn polls() -> Outcome {
    let start = mono::now();
    let far = mono::subscribe_duration(3600_000 * MS);
    let soon = mono::subscribe_duration(10 * MS);
    check!(!far.ready());
    check!(poll(&[&far, &soon, &far]), [1]);
    check!(mono::now() - start >= 10 * MS);
    check!(soon.ready());
    check!(poll(&[&soon, &far, &soon]), [0, 2]);
    let now = mono::subscribe_instant(0);
    check!(now.ready());
    now.block();
    check!(mono::subscribe_duration(0).ready());
    let past = mono::subscribe_instant(start);
    let many: Vec<Pollable> = (0..1000).map(|_| mono::subscribe_duration(3600_000 * MS)).collect();
    let mut list: Vec<&Pollable> = many.iter().collect();
    list.push(&past);
    check!(poll(&list), [1000]);
    let end = mono::subscribe_duration(u64::MAX);
    check!(!end.ready());
    check!(!mono::subscribe_instant(u64::MAX).ready());
    Ok(())
}

fn clocks() -> Outcome {
    check!(mono::resolution() > 0 && mono::resolution() < 1_000 * MS);
    let (start, wall) = (mono::now(), wall_clock::now());
    let at = mono::subscribe_instant(start + 20 * MS);
    at.block();
    let end = mono::now();
    check!(end >= start + 20 * MS);
    let later = wall_clock::now();
    check!(later.nanoseconds < 1_000_000_000);
    check!(wall.seconds > 1_700_000_000);
    check!((later.seconds, later.nanoseconds) >= (wall.seconds, wall.nanoseconds));
    let r = wall_clock::resolution();
    check!(r.seconds == 0 && r.nanoseconds > 0 && r.nanoseconds < 1_000_000_000);
    Ok(())
}

fn randoms() -> Outcome {
    for n in [0, 1, 7, 32, 4096, 100_000] {
        check!(random::get_random_bytes(n).len() as u64, n);
        check!(insecure::get_insecure_random_bytes(n).len() as u64, n);
    }
    check!(random::get_random_bytes(32) != random::get_random_bytes(32));
    check!(insecure::get_insecure_random_bytes(32) != insecure::get_insecure_random_bytes(32));
    check!(random::get_random_u64() != random::get_random_u64());
    check!(insecure::get_insecure_random_u64() != insecure::get_insecure_random_u64());
    let b = random::get_random_bytes(100_000);
    let ones: u32 = b.iter().map(|b| b.count_ones()).sum();
    check!((390_000..410_000).contains(&ones));
    let _ = insecure_seed::insecure_seed();
    Ok(())
}

fn cli() -> Outcome {
    check!(environment::get_arguments().first().is_some_and(|a| a.starts_with("io")));
    let env = environment::get_environment();
    check!(env.contains(&("GREETING".into(), "hello, wörld".into())));
    check!(env.contains(&("EMPTY".into(), "".into())));
    check!(env.contains(&("EQUALS".into(), "a=b=c".into())));
    check!(env.len(), 3);
    check!(environment::initial_cwd().is_none_or(|d| !d.is_empty()));
    Ok(())
}

fn terminals() -> Outcome {
    // The tests run with pipes and files.
    check!(terminal_stdin::get_terminal_stdin().is_none());
    check!(terminal_stdout::get_terminal_stdout().is_none());
    check!(terminal_stderr::get_terminal_stderr().is_none());
    Ok(())
}

fn trap(name: &str) -> Outcome {
    let out = stdout::get_stdout();
    match name {
        "poll" => drop(poll(&[])),
        "write" => {
            let n = out.check_write()?;
            out.write(&vec![b'x'; n as usize + 1])?;
        }
        "zeroes" => {
            let n = out.check_write()?;
            out.write_zeroes(n + 1)?;
        }
        "4097" => out.blocking_write_and_flush(&[b'x'; 4097])?,
        "4097 zeroes" => out.blocking_write_zeroes_and_flush(4097)?,
        _ => return Err(check::Failure(format!("no such trap: {name}"))),
    }
    println!("{name}: no trap");
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["trap", name] => return check::run_one(|| trap(name)),
        ["exit", "ok"] => exit::exit(Ok(())),
        ["exit", "err"] => exit::exit(Err(())),
        _ => {}
    }
    check::run(&[
        ("input", input),
        ("output", output),
        ("splice and zeroes", splices),
        ("a million bytes", big),
        ("a stream that fails", failing),
        ("poll", polls),
        ("clocks", clocks),
        ("random", randoms),
        ("cli", cli),
        ("terminals", terminals),
    ])
}
