// This file is a program of both generations: Rust's std, which is WASI 0.2, and the
// crate wasip3 beside it, over the same files, streams, clocks and environment. It has
// a main, too, which is the run of 0.2: who finds both takes that of 0.3.

#[path = "lib/check.rs"]
mod check;
#[path = "lib/tasks.rs"]
mod tasks;

use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io};

use check::{Checks, Outcome};
use wasip3::cli::{environment, stdin};
use wasip3::clocks::{monotonic_clock, system_clock};
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{DescriptorFlags as Flags, OpenFlags as Open, PathFlags};
use wasip3::random::random;
use wasip3::wit_bindgen::StreamResult;
use wasip3::wit_stream;

struct Mixed;

wasip3::cli::command::export!(Mixed);

fn main() {
    println!("the run of 0.2");
    // What does not wait works here as well.
    assert_eq!(random::get_random_bytes(5).len(), 5);
    assert_eq!(environment::get_arguments(), env::args().collect::<Vec<_>>());
}

impl wasip3::exports::cli::run::Guest for Mixed {
    async fn run() -> Result<(), ()> {
        let mut checks = Checks::new(env::args().skip(1));
        checks.run("environment", environment_of_both()).await;
        checks.run("output", output()).await;
        checks.run("input", input()).await;
        checks.run("clocks", clocks()).await;
        checks.run("files", files()).await;
        checks.end()
    }
}

async fn environment_of_both() -> Outcome {
    check!(environment::get_arguments(), env::args().collect::<Vec<_>>());
    let (mut three, mut two) = (environment::get_environment(), env::vars().collect::<Vec<_>>());
    three.sort();
    two.sort();
    check!(three, two);
    Ok(())
}

// Lines come in the order in which they were written, whoever wrote them.
async fn output() -> Outcome {
    for i in 0..3 {
        println!("0.2: {i}");
        io::stdout().flush()?;
        say!("0.3: {i}");
    }
    print!("one ");
    io::stdout().flush()?;
    tasks::out("line\n").await;
    Ok(())
}

// What the one does not read the other does.
async fn input() -> Outcome {
    let (mut stream, done) = stdin::read_via_stream();
    let mut got = Vec::new();
    while got.len() < 5 {
        let (result, bytes) = stream.read(Vec::with_capacity(5 - got.len())).await;
        got.extend(bytes);
        is!(result, StreamResult::Complete(_));
    }
    drop(stream);
    done.await?;
    check!(got, b"three");
    let mut rest = String::new();
    io::stdin().read_to_string(&mut rest)?;
    check!(rest, " two");
    Ok(())
}

async fn clocks() -> Outcome {
    let (two, three) = (Instant::now(), monotonic_clock::now());
    std::thread::sleep(Duration::from_millis(2));
    monotonic_clock::wait_for(2_000_000).await;
    check!(two.elapsed() >= Duration::from_millis(4));
    check!(monotonic_clock::now() - three >= 4_000_000);
    let two = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() as i64;
    check!((system_clock::now().seconds - two).abs() <= 1);
    Ok(())
}

async fn files() -> Outcome {
    let (dir, path) = preopens::get_directories().into_iter().next().ok_or("no directory")?;
    let name = |n: &str| format!("{}/{n}", path.trim_end_matches('/'));
    // Written by the one, read by the other.
    fs::write(name("two"), "by 0.2")?;
    let open = async |name: &str, how: Open, flags: Flags| {
        dir.open_at(PathFlags::empty(), name.to_string(), how, flags).await
    };
    let file = open("two", Open::empty(), Flags::READ).await?;
    let (stream, done) = file.read_via_stream(0);
    check!(stream.collect().await, b"by 0.2");
    done.await?;
    let file = open("three", Open::CREATE, Flags::WRITE).await?;
    let (mut tx, rx) = wit_stream::new();
    let done = file.write_via_stream(rx, 0);
    tx.write_all(b"by 0.3".to_vec()).await;
    // It is there before the stream has an end.
    check!(fs::read(name("three"))?, b"by 0.3");
    drop(tx);
    done.await?;
    // Both have it open.
    let mut two = fs::OpenOptions::new().append(true).open(name("three"))?;
    two.write_all(b", and by 0.2")?;
    check!(file.stat().await?.size, 18);
    dir.unlink_file_at("three".to_string()).await?;
    check!(fs::metadata(name("three")).is_err());
    fs::remove_file(name("two"))?;
    Ok(())
}
