// This file uses the files of WASI 0.3 in the first directory that it is given,
// which it leaves as it was. The arguments are the names of checks.
//
// build: --crate-type cdylib

#[path = "lib/check.rs"]
mod check;
#[path = "lib/tasks.rs"]
mod tasks;

use check::{Checks, Outcome};
use tasks::{join, join_all};
use wasip3::cli::environment;
use wasip3::clocks::system_clock::Instant;
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{
    Descriptor, DescriptorFlags as Flags, DescriptorType, ErrorCode, NewTimestamp,
    OpenFlags as Open, PathFlags,
};
use wasip3::wit_bindgen::StreamResult;
use wasip3::wit_stream;

struct Files;

wasip3::cli::command::export!(Files);

impl wasip3::exports::cli::run::Guest for Files {
    async fn run() -> Result<(), ()> {
        let mut checks = Checks::new(environment::get_arguments().into_iter().skip(1));
        let Some((root, _)) = preopens::get_directories().into_iter().next() else {
            tasks::err("filesystem: there is no directory\n").await;
            return Err(());
        };
        let dir = &root;
        checks.run("read and write", read_and_write(dir)).await;
        checks.run("append", append(dir)).await;
        checks.run("large", large(dir)).await;
        checks.run("early ends", early_ends(dir)).await;
        checks.run("stat and size", stat(dir)).await;
        checks.run("directories", directories(dir)).await;
        checks.run("names", names(dir)).await;
        checks.run("links", links(dir)).await;
        checks.run("at once", at_once(dir)).await;
        checks.run("errors", errors(dir)).await;
        checks.end()
    }
}

async fn open(
    dir: &Descriptor,
    path: &str,
    how: Open,
    flags: Flags,
) -> Result<Descriptor, ErrorCode> {
    dir.open_at(PathFlags::empty(), path.to_string(), how, flags).await
}

async fn create(dir: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    open(dir, path, Open::CREATE | Open::EXCLUSIVE, Flags::READ | Flags::WRITE).await
}

async fn unlink(dir: &Descriptor, path: &str) -> Result<(), ErrorCode> {
    dir.unlink_file_at(path.to_string()).await
}

async fn read(file: &Descriptor, offset: u64) -> Result<Vec<u8>, ErrorCode> {
    let (stream, done) = file.read_via_stream(offset);
    let bytes = stream.collect().await;
    done.await.map(|()| bytes)
}

async fn write(file: &Descriptor, offset: u64, bytes: &[u8]) -> Result<(), ErrorCode> {
    let (mut tx, rx) = wit_stream::new();
    let done = file.write_via_stream(rx, offset);
    tx.write_all(bytes.to_vec()).await;
    drop(tx);
    done.await
}

async fn read_and_write(dir: &Descriptor) -> Outcome {
    let file = create(dir, "a").await?;
    check!(read(&file, 0).await?, b"");
    write(&file, 0, b"hello").await?;
    check!(read(&file, 0).await?, b"hello");
    write(&file, 1, b"E").await?;
    check!(read(&file, 0).await?, b"hEllo");
    check!(read(&file, 3).await?, b"lo");
    check!(read(&file, 5).await?, b"");
    check!(read(&file, 500).await?, b"");
    write(&file, 7, b"!").await?;
    check!(read(&file, 0).await?, b"hEllo\0\0!");
    let (mut tx, rx) = wit_stream::new();
    let done = file.write_via_stream(rx, 0);
    for piece in [&b"one "[..], b"two ", b"three"] {
        check!(tx.write_all(piece.to_vec()).await.is_empty());
    }
    drop(tx);
    done.await?;
    check!(read(&open(dir, "a", Open::empty(), Flags::READ).await?, 0).await?, b"one two three");
    file.sync_data().await?;
    file.sync().await?;
    let cut = open(dir, "a", Open::TRUNCATE, Flags::READ | Flags::WRITE).await?;
    check!(read(&cut, 0).await?, b"");
    unlink(dir, "a").await?;
    Ok(())
}

async fn append(dir: &Descriptor) -> Outcome {
    let file = create(dir, "log").await?;
    for line in ["one\n", "two\n", ""] {
        let (mut tx, rx) = wit_stream::new();
        let done = file.append_via_stream(rx);
        tx.write_all(line.into()).await;
        drop(tx);
        done.await?;
    }
    check!(read(&file, 0).await?, b"one\ntwo\n");
    unlink(dir, "log").await?;
    Ok(())
}

// More than any buffer holds: what one end writes the other reads while it comes.
async fn large(dir: &Descriptor) -> Outcome {
    let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    let file = create(dir, "large").await?;
    write(&file, 0, &bytes).await?;
    check!(file.stat().await?.size, 3_000_000);
    check!(read(&file, 0).await? == bytes);
    // A file's stream goes straight into another file.
    let copy = create(dir, "copy").await?;
    let (stream, done) = file.read_via_stream(1_000_000);
    copy.write_via_stream(stream, 0).await?;
    done.await?;
    check!(read(&copy, 0).await? == bytes[1_000_000..]);
    unlink(dir, "large").await?;
    unlink(dir, "copy").await?;
    Ok(())
}

async fn early_ends(dir: &Descriptor) -> Outcome {
    let file = create(dir, "b").await?;
    write(&file, 0, b"0123456789").await?;
    // The reader goes after a part, or at once.
    let (mut stream, done) = file.read_via_stream(0);
    let (result, some) = stream.read(Vec::with_capacity(4)).await;
    is!(result, StreamResult::Complete(4));
    check!(some, b"0123");
    drop(stream);
    done.await?;
    let (stream, done) = file.read_via_stream(0);
    drop(stream);
    done.await?;
    // Nobody asks what became of it.
    drop(file.read_via_stream(0));
    // The writer goes without a byte.
    let (tx, rx) = wit_stream::new();
    let done = file.write_via_stream(rx, 0);
    drop(tx);
    done.await?;
    // The future goes, and the bytes are written all the same.
    let (mut tx, rx) = wit_stream::new();
    drop(file.write_via_stream(rx, 0));
    check!(tx.write_all(b"AB".to_vec()).await.is_empty());
    drop(tx);
    // A descriptor goes while its streams live on.
    let other = open(dir, "b", Open::empty(), Flags::READ).await?;
    let (stream, done) = other.read_via_stream(5);
    drop(other);
    check!(stream.collect().await, b"56789");
    done.await?;
    unlink(dir, "b").await?;
    Ok(())
}

async fn stat(dir: &Descriptor) -> Outcome {
    let file = create(dir, "c").await?;
    file.set_size(42).await?;
    let stat = file.stat().await?;
    is!(stat.type_, DescriptorType::RegularFile);
    check!((stat.size, stat.link_count), (42, 1));
    is!(dir.stat().await?.type_, DescriptorType::Directory);
    is!(file.get_type().await?, DescriptorType::RegularFile);
    check!(file.get_flags().await?.bits(), (Flags::READ | Flags::WRITE).bits());
    let at = |seconds| NewTimestamp::Timestamp(Instant { seconds, nanoseconds: 5 });
    file.set_times(at(1_000), at(2_000)).await?;
    let stat = dir.stat_at(PathFlags::empty(), "c".to_string()).await?;
    let mark = |t: Option<Instant>| t.map(|t| (t.seconds, t.nanoseconds));
    check!(mark(stat.data_access_timestamp), Some((1_000, 5)));
    check!(mark(stat.data_modification_timestamp), Some((2_000, 5)));
    let other = open(dir, "c", Open::empty(), Flags::READ).await?;
    check!(file.is_same_object(&other).await);
    check!(!file.is_same_object(dir).await);
    let (a, b) = (file.metadata_hash().await?, other.metadata_hash().await?);
    check!((a.lower, a.upper), (b.lower, b.upper));
    unlink(dir, "c").await?;
    Ok(())
}

async fn directories(dir: &Descriptor) -> Outcome {
    let make = |path: &str| dir.create_directory_at(path.to_string());
    make("d").await?;
    let d = open(dir, "d", Open::DIRECTORY, Flags::READ | Flags::MUTATE_DIRECTORY).await?;
    let list = async || -> Result<Vec<String>, ErrorCode> {
        let (stream, done) = d.read_directory();
        let entries = stream.collect().await;
        done.await?;
        let mut names: Vec<_> =
            entries.into_iter().map(|e| format!("{:?} {}", e.type_, e.name)).collect();
        names.sort();
        Ok(names)
    };
    check!(list().await?.is_empty());
    for i in 0..300 {
        create(&d, &format!("{i:03}")).await?;
    }
    d.create_directory_at("sub".to_string()).await?;
    d.symlink_at("000".to_string(), "link".to_string()).await?;
    let names = list().await?;
    check!(names.len(), 302);
    check!(names[0], "DescriptorType::Directory sub");
    check!(names[1], "DescriptorType::RegularFile 000");
    check!(names[301], "DescriptorType::SymbolicLink link");
    // Some of the entries, and then no more.
    let (mut stream, done) = d.read_directory();
    check!(stream.next().await.is_some());
    let (result, some) = stream.read(Vec::with_capacity(3)).await;
    is!(result, StreamResult::Complete(1..=3));
    check!(!some.is_empty());
    drop(stream);
    done.await?;
    for i in 0..300 {
        unlink(&d, &format!("{i:03}")).await?;
    }
    unlink(&d, "link").await?;
    is!(dir.remove_directory_at("d".to_string()).await, Err(ErrorCode::NotEmpty));
    d.remove_directory_at("sub".to_string()).await?;
    dir.remove_directory_at("d".to_string()).await?;
    Ok(())
}

async fn names(dir: &Descriptor) -> Outcome {
    let file = create(dir, "old").await?;
    write(&file, 0, b"text").await?;
    dir.rename_at("old".to_string(), dir, "new".to_string()).await?;
    is!(open(dir, "old", Open::empty(), Flags::READ).await, Err(ErrorCode::NoEntry));
    let new = open(dir, "new", Open::empty(), Flags::READ).await?;
    check!(read(&new, 0).await?, b"text");
    create(dir, "other").await?;
    dir.rename_at("new".to_string(), dir, "other".to_string()).await?;
    unlink(dir, "other").await?;
    // What has no name any more still has its bytes.
    check!(read(&new, 0).await?, b"text");
    is!(unlink(dir, "other").await, Err(ErrorCode::NoEntry));
    Ok(())
}

async fn links(dir: &Descriptor) -> Outcome {
    let file = create(dir, "target").await?;
    write(&file, 0, b"through a link").await?;
    dir.symlink_at("target".to_string(), "soft".to_string()).await?;
    check!(dir.readlink_at("soft".to_string()).await?, "target");
    let (plain, follow) = (PathFlags::empty(), PathFlags::SYMLINK_FOLLOW);
    is!(dir.stat_at(plain, "soft".to_string()).await?.type_, DescriptorType::SymbolicLink);
    is!(dir.stat_at(follow, "soft".to_string()).await?.type_, DescriptorType::RegularFile);
    let soft = dir.open_at(follow, "soft".to_string(), Open::empty(), Flags::READ).await?;
    check!(read(&soft, 0).await?, b"through a link");
    is!(open(dir, "soft", Open::empty(), Flags::READ).await, Err(ErrorCode::Loop));
    dir.link_at(plain, "target".to_string(), dir, "hard".to_string()).await?;
    check!(file.stat().await?.link_count, 2);
    for name in ["target", "soft", "hard"] {
        unlink(dir, name).await?;
    }
    is!(dir.symlink_at("/etc".to_string(), "out".to_string()).await, Err(ErrorCode::NotPermitted));
    Ok(())
}

// Several files are written, and then read, at the same time.
async fn at_once(dir: &Descriptor) -> Outcome {
    let text = |i: usize| format!("{i} ").repeat(20_000 + i).into_bytes();
    let text = &text;
    let name = |i: usize| format!("at-once-{i}");
    let written = join_all((0..16).map(async |i| -> Outcome {
        let file = create(dir, &name(i)).await?;
        Ok(write(&file, 0, &text(i)).await?)
    }))
    .await;
    written.into_iter().collect::<Outcome<Vec<()>>>()?;
    let same = join_all((0..16).map(async |i| -> Outcome {
        let file = open(dir, &name(i), Open::empty(), Flags::READ).await?;
        // Two streams of one descriptor.
        let (a, b) = join(read(&file, 0), read(&file, 7)).await;
        check!(a? == text(i));
        check!(b? == text(i)[7..]);
        Ok(unlink(dir, &name(i)).await?)
    }))
    .await;
    same.into_iter().collect::<Outcome<Vec<()>>>()?;
    Ok(())
}

async fn errors(dir: &Descriptor) -> Outcome {
    let try_open = async |path: &str| open(dir, path, Open::empty(), Flags::READ).await.err();
    is!(try_open("").await, Some(ErrorCode::NoEntry));
    is!(try_open("none").await, Some(ErrorCode::NoEntry));
    is!(try_open("/etc/passwd").await, Some(ErrorCode::NotPermitted));
    is!(try_open("..").await, Some(ErrorCode::NotPermitted));
    is!(try_open("../x").await, Some(ErrorCode::NotPermitted));
    let file = create(dir, "e").await?;
    is!(create(dir, "e").await, Err(ErrorCode::Exist));
    is!(try_open("e/f").await, Some(ErrorCode::NotDirectory));
    is!(open(dir, "e", Open::DIRECTORY, Flags::READ).await, Err(ErrorCode::NotDirectory));
    is!(dir.create_directory_at("e".to_string()).await, Err(ErrorCode::Exist));
    is!(dir.remove_directory_at("e".to_string()).await, Err(ErrorCode::NotDirectory));
    is!(file.stat_at(PathFlags::empty(), "x".to_string()).await, Err(ErrorCode::NotDirectory));
    // A future says what is wrong with a stream, and the stream ends.
    is!(read(&file, u64::MAX).await, Err(ErrorCode::Invalid));
    check!(read(dir, 0).await.is_err());
    let (stream, done) = file.read_directory();
    check!(stream.collect().await.len(), 0);
    is!(done.await, Err(ErrorCode::NotDirectory));
    let only = open(dir, "e", Open::empty(), Flags::READ).await?;
    check!(write(&only, 0, b"x").await.is_err());
    check!(read(&only, 0).await?, b"");
    unlink(dir, "e").await?;
    Ok(())
}
