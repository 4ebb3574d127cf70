// This file calls every function of wasi:filesystem and checks what it answers,
// in the first directory that it is given. It leaves nothing behind.

#[macro_use]
#[path = "lib/check.rs"]
mod check;

use check::Outcome;
use std::collections::BTreeSet;
use std::process::ExitCode;
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    filesystem_error_code, Advice, Descriptor, DescriptorFlags as D, DescriptorType, ErrorCode,
    NewTimestamp, OpenFlags as O, PathFlags as P,
};
use wasip2::io::streams::StreamError;

// root is the directory, without what a check that failed may have left there.
fn root() -> Descriptor {
    for entry in std::fs::read_dir("/").into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir_all(&path));
    }
    get_directories().swap_remove(0).0
}

fn rw() -> D {
    D::READ | D::WRITE
}

fn no() -> P {
    P::empty()
}

fn has(flags: D, want: D) -> bool {
    flags & want == want
}

const FOLLOW: P = P::SYMLINK_FOLLOW;

fn create(at: &Descriptor, name: &str, text: &[u8]) -> Outcome<Descriptor> {
    let f = at.open_at(no(), name, O::CREATE | O::EXCLUSIVE, rw())?;
    check!(f.write(text, 0)?, text.len() as u64);
    Ok(f)
}

fn preopens() -> Outcome {
    let all = get_directories();
    check!(all.len(), 1);
    check!(all[0].1, "/");
    let root = &all[0].0;
    is!(root.get_type()?, DescriptorType::Directory);
    check!(has(root.get_flags()?, D::READ | D::MUTATE_DIRECTORY));
    is!(root.stat()?.type_, DescriptorType::Directory);
    check!(root.is_same_object(&get_directories()[0].0));
    let dot = root.open_at(no(), ".", O::DIRECTORY, D::READ)?;
    check!(dot.is_same_object(root));
    Ok(())
}

fn open() -> Outcome {
    let root = root();
    is!(root.open_at(no(), "f", O::empty(), D::READ), Err(ErrorCode::NoEntry));
    drop(create(&root, "f", b"text")?);
    is!(root.open_at(no(), "f", O::CREATE | O::EXCLUSIVE, rw()), Err(ErrorCode::Exist));
    is!(root.open_at(no(), "f", O::DIRECTORY, D::READ), Err(ErrorCode::NotDirectory));
    is!(root.open_at(no(), "", O::empty(), D::READ), Err(_));
    is!(root.open_at(no(), "f/g", O::CREATE, rw()), Err(ErrorCode::NotDirectory));
    is!(root.open_at(no(), "no/g", O::CREATE, rw()), Err(ErrorCode::NoEntry));
    is!(root.open_at(no(), "f/", O::empty(), D::READ), Err(ErrorCode::NotDirectory));
    let f = root.open_at(no(), "f", O::empty(), D::READ)?;
    check!(f.get_flags()?, D::READ);
    is!(f.get_type()?, DescriptorType::RegularFile);
    is!(f.write(b"x", 0), Err(ErrorCode::BadDescriptor | ErrorCode::NotPermitted));
    check!(f.read(10, 0)?.0, b"text");
    let w = root.open_at(no(), "f", O::CREATE, D::WRITE)?;
    check!(w.get_flags()?, D::WRITE);
    is!(w.read(10, 0), Err(ErrorCode::BadDescriptor | ErrorCode::NotPermitted));
    check!(w.write(b"T", 0)?, 1);
    let t = root.open_at(no(), "f", O::TRUNCATE, rw())?;
    check!(t.get_flags()?, rw());
    check!(t.stat()?.size, 0);
    root.create_directory_at("d")?;
    is!(root.open_at(no(), "d", O::empty(), rw()), Err(ErrorCode::IsDirectory));
    let d = root.open_at(no(), "d", O::empty(), D::READ)?;
    is!(d.get_type()?, DescriptorType::Directory);
    is!(d.read(1, 0), Err(ErrorCode::IsDirectory | ErrorCode::BadDescriptor));
    root.unlink_file_at("f")?;
    root.remove_directory_at("d")?;
    Ok(())
}

fn reading() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"0123456789")?;
    check!(f.read(4, 3)?.0, b"3456");
    check!(f.read(100, 8)?.0, b"89");
    check!(f.read(10, 10)?, (vec![], true));
    check!(f.read(10, 1 << 40)?, (vec![], true));
    check!(f.read(0, 0)?.0, b"");
    check!(f.write(b"ab", 12)?, 2);
    check!(f.read(100, 9)?.0, b"9\0\0ab");
    check!(f.write(b"", 100)?, 0);
    check!(f.stat()?.size, 14);
    let r = f.read_via_stream(12)?;
    check!(r.blocking_read(100)?, b"ab");
    is!(r.blocking_read(1), Err(StreamError::Closed));
    let r = f.read_via_stream(1 << 40)?;
    is!(r.blocking_read(1), Err(StreamError::Closed));
    // Streams have places of their own, and outlive their descriptor.
    let (one, two) = (f.read_via_stream(0)?, f.read_via_stream(5)?);
    check!(one.blocking_read(2)?, b"01");
    check!(two.blocking_read(2)?, b"56");
    drop(f);
    check!(one.blocking_read(2)?, b"23");
    root.unlink_file_at("f")?;
    check!(two.blocking_read(2)?, b"78");
    Ok(())
}

fn writing() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"0123456789")?;
    let w = f.write_via_stream(2)?;
    w.blocking_write_and_flush(b"ab")?;
    w.blocking_write_and_flush(b"c")?;
    check!(f.read(100, 0)?.0, b"01abc56789");
    let a = f.append_via_stream()?;
    a.blocking_write_and_flush(b"+")?;
    f.write(b"XYZ", 11)?;
    a.blocking_write_and_flush(b"-")?;
    check!(f.read(100, 0)?.0, b"01abc56789+XYZ-");
    w.blocking_write_and_flush(b"d")?;
    check!(f.read(6, 0)?.0, b"01abcd");
    f.sync_data()?;
    f.sync()?;
    root.unlink_file_at("f")?;
    Ok(())
}

fn sizes() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"0123456789")?;
    f.set_size(4)?;
    check!(f.read(100, 0)?.0, b"0123");
    f.set_size(6)?;
    check!(f.read(100, 0)?.0, b"0123\0\0");
    f.set_size(1 << 33)?;
    check!(f.stat()?.size, 1 << 33);
    check!(root.stat_at(no(), "f")?.size, 1 << 33);
    f.set_size(0)?;
    is!(f.set_size(u64::MAX), Err(ErrorCode::Invalid | ErrorCode::FileTooLarge | ErrorCode::Overflow));
    let r = root.open_at(no(), "f", O::empty(), D::READ)?;
    is!(r.set_size(1), Err(ErrorCode::BadDescriptor | ErrorCode::Invalid | ErrorCode::NotPermitted));
    is!(root.set_size(1), Err(ErrorCode::BadDescriptor | ErrorCode::IsDirectory | ErrorCode::Invalid));
    root.unlink_file_at("f")?;
    Ok(())
}

fn advice() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"0123456789")?;
    for a in [
        Advice::Normal,
        Advice::Sequential,
        Advice::Random,
        Advice::WillNeed,
        Advice::DontNeed,
        Advice::NoReuse,
    ] {
        f.advise(0, 0, a)?;
        f.advise(3, 4, a)?;
        f.advise(100, 1000, a)?;
    }
    is!(root.advise(0, 0, Advice::Normal), Err(ErrorCode::BadDescriptor));
    root.unlink_file_at("f")?;
    Ok(())
}

fn time(seconds: u64, nanoseconds: u32) -> Datetime {
    Datetime { seconds, nanoseconds }
}

fn pair(d: Option<Datetime>) -> (u64, u32) {
    d.map_or((0, 0), |d| (d.seconds, d.nanoseconds))
}

fn times() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"x")?;
    let (a, m) = (time(1_000_000_000, 123_456_000), time(1_500_000_000, 0));
    f.set_times(NewTimestamp::Timestamp(a), NewTimestamp::Timestamp(m))?;
    let s = f.stat()?;
    check!(pair(s.data_access_timestamp), (1_000_000_000, 123_456_000));
    check!(pair(s.data_modification_timestamp), (1_500_000_000, 0));
    check!(pair(s.status_change_timestamp).0 > 1_700_000_000);
    f.set_times(NewTimestamp::NoChange, NewTimestamp::Now)?;
    let s = f.stat()?;
    check!(pair(s.data_access_timestamp).0, 1_000_000_000);
    check!(pair(s.data_modification_timestamp).0 > 1_700_000_000);
    root.symlink_at("f", "l")?;
    root.set_times_at(FOLLOW, "l", NewTimestamp::NoChange, NewTimestamp::Timestamp(m))?;
    check!(pair(f.stat()?.data_modification_timestamp), (1_500_000_000, 0));
    root.set_times_at(no(), "l", NewTimestamp::Timestamp(a), NewTimestamp::Timestamp(a))?;
    check!(pair(root.stat_at(no(), "l")?.data_modification_timestamp).0, 1_000_000_000);
    check!(pair(root.stat_at(FOLLOW, "l")?.data_modification_timestamp).0, 1_500_000_000);
    is!(root.set_times_at(no(), "no", NewTimestamp::Now, NewTimestamp::Now), Err(ErrorCode::NoEntry));
    root.unlink_file_at("l")?;
    root.unlink_file_at("f")?;
    Ok(())
}

fn directories() -> Outcome {
    let root = root();
    root.create_directory_at("d")?;
    is!(root.create_directory_at("d"), Err(ErrorCode::Exist));
    is!(root.create_directory_at("no/d"), Err(ErrorCode::NoEntry));
    let d = root.open_at(no(), "d", O::DIRECTORY, D::READ | D::MUTATE_DIRECTORY)?;
    check!(has(d.get_flags()?, D::MUTATE_DIRECTORY));
    let mut names = BTreeSet::new();
    for i in 0..300 {
        names.insert(format!("file-{i}"));
        drop(create(&d, &format!("file-{i}"), b"")?);
    }
    d.create_directory_at("sub")?;
    d.symlink_at("file-0", "link")?;
    let stream = d.read_directory()?;
    let mut seen = BTreeSet::new();
    while let Some(e) = stream.read_directory_entry()? {
        check!(e.name != "." && e.name != "..");
        let want = match e.name.as_str() {
            "sub" => DescriptorType::Directory,
            "link" => DescriptorType::SymbolicLink,
            _ => DescriptorType::RegularFile,
        };
        check!(e.type_, want);
        check!(seen.insert(e.name));
    }
    check!(stream.read_directory_entry()?.is_none());
    check!(seen.len(), 302);
    check!(names.is_subset(&seen));
    drop(stream);
    let (one, two) = (d.read_directory()?, d.read_directory()?);
    check!(one.read_directory_entry()?.is_some() && two.read_directory_entry()?.is_some());
    drop((one, two));
    let f = d.open_at(no(), "file-1", O::empty(), D::READ)?;
    is!(f.read_directory(), Err(ErrorCode::NotDirectory | ErrorCode::BadDescriptor));
    is!(f.create_directory_at("x"), Err(ErrorCode::NotDirectory | ErrorCode::BadDescriptor));
    is!(f.open_at(no(), "x", O::CREATE, rw()), Err(ErrorCode::NotDirectory | ErrorCode::BadDescriptor));
    is!(root.remove_directory_at("d"), Err(ErrorCode::NotEmpty));
    is!(d.remove_directory_at("file-1"), Err(ErrorCode::NotDirectory));
    is!(d.unlink_file_at("sub"), Err(ErrorCode::IsDirectory | ErrorCode::NotPermitted));
    is!(d.unlink_file_at("none"), Err(ErrorCode::NoEntry));
    for n in &names {
        d.unlink_file_at(n)?;
    }
    d.unlink_file_at("link")?;
    d.remove_directory_at("sub")?;
    root.remove_directory_at("d")?;
    // The directory is gone; its descriptor is not.
    is!(d.create_directory_at("x"), Err(ErrorCode::NoEntry));
    Ok(())
}

fn links() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"text")?;
    root.symlink_at("f", "l")?;
    check!(root.readlink_at("l")?, "f");
    is!(root.readlink_at("f"), Err(ErrorCode::Invalid));
    is!(root.readlink_at("no"), Err(ErrorCode::NoEntry));
    is!(root.symlink_at("f", "l"), Err(ErrorCode::Exist));
    is!(root.stat_at(no(), "l")?.type_, DescriptorType::SymbolicLink);
    is!(root.stat_at(FOLLOW, "l")?.type_, DescriptorType::RegularFile);
    is!(root.open_at(no(), "l", O::empty(), D::READ), Err(ErrorCode::Loop));
    let l = root.open_at(FOLLOW, "l", O::empty(), D::READ)?;
    check!(l.is_same_object(&f));
    check!(l.read(9, 0)?.0, b"text");
    root.symlink_at("x", "y")?;
    root.symlink_at("y", "x")?;
    is!(root.stat_at(FOLLOW, "x"), Err(ErrorCode::Loop));
    is!(root.open_at(FOLLOW, "x/f", O::empty(), D::READ), Err(ErrorCode::Loop));
    root.symlink_at("absent", "dangling")?;
    is!(root.stat_at(FOLLOW, "dangling"), Err(ErrorCode::NoEntry));
    is!(root.open_at(FOLLOW, "dangling", O::CREATE | O::EXCLUSIVE, rw()), Err(ErrorCode::Exist));
    root.link_at(no(), "f", &root, "hard")?;
    check!(root.stat_at(no(), "hard")?.link_count, 2);
    check!(root.open_at(no(), "hard", O::empty(), D::READ)?.is_same_object(&f));
    is!(root.link_at(no(), "f", &root, "hard"), Err(ErrorCode::Exist));
    is!(root.link_at(no(), "no", &root, "h"), Err(ErrorCode::NoEntry));
    root.unlink_file_at("f")?;
    check!(f.stat()?.link_count, 1);
    for n in ["hard", "l", "x", "y", "dangling"] {
        root.unlink_file_at(n)?;
    }
    check!(f.read(9, 0)?.0, b"text");
    Ok(())
}

fn renames() -> Outcome {
    let root = root();
    drop(create(&root, "f", b"one")?);
    drop(create(&root, "g", b"two")?);
    root.rename_at("f", &root, "g")?;
    is!(root.stat_at(no(), "f"), Err(ErrorCode::NoEntry));
    check!(root.open_at(no(), "g", O::empty(), D::READ)?.read(9, 0)?.0, b"one");
    root.create_directory_at("d")?;
    let d = root.open_at(no(), "d", O::DIRECTORY, D::READ | D::MUTATE_DIRECTORY)?;
    root.rename_at("g", &d, "h")?;
    check!(d.stat_at(no(), "h")?.size, 3);
    check!(root.stat_at(no(), "d/h")?.size, 3);
    root.create_directory_at("e")?;
    is!(root.rename_at("e", &root, "d"), Err(ErrorCode::NotEmpty | ErrorCode::Exist));
    is!(root.rename_at("d", &d, "into-itself"), Err(ErrorCode::Invalid));
    is!(root.rename_at("d/h", &root, "e"), Err(ErrorCode::IsDirectory));
    is!(root.rename_at("e", &d, "h"), Err(ErrorCode::NotDirectory));
    is!(root.rename_at("no", &root, "x"), Err(ErrorCode::NoEntry));
    root.rename_at("d", &root, "e")?;
    check!(d.stat_at(no(), "h")?.size, 3);
    root.unlink_file_at("e/h")?;
    root.remove_directory_at("e")?;
    Ok(())
}

fn hashes() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"one")?;
    drop(create(&root, "g", b"one")?);
    let sum = |h: wasip2::filesystem::types::MetadataHashValue| (h.lower, h.upper);
    let one = sum(f.metadata_hash()?);
    check!(sum(root.metadata_hash_at(no(), "f")?), one);
    check!(sum(f.metadata_hash()?), one);
    check!(sum(root.metadata_hash_at(no(), "g")?) != one);
    root.symlink_at("f", "l")?;
    check!(sum(root.metadata_hash_at(FOLLOW, "l")?), one);
    check!(sum(root.metadata_hash_at(no(), "l")?) != one);
    is!(root.metadata_hash_at(no(), "no").map(|_| ()), Err(ErrorCode::NoEntry));
    for n in ["f", "g", "l"] {
        root.unlink_file_at(n)?;
    }
    Ok(())
}

// Ways out: each is refused, and as not permitted.
fn confined() -> Outcome {
    let root = root();
    root.create_directory_at("d")?;
    for path in ["/", "/f", "..", "../f", "d/../../f", "./../f", "d/../.."] {
        is!(root.open_at(no(), path, O::empty(), D::READ), Err(ErrorCode::NotPermitted));
        is!(root.open_at(no(), path, O::CREATE, rw()), Err(ErrorCode::NotPermitted));
        is!(root.stat_at(no(), path), Err(ErrorCode::NotPermitted));
        is!(root.readlink_at(path), Err(ErrorCode::NotPermitted));
    }
    for path in ["/f", "../f", "d/../../f"] {
        is!(root.create_directory_at(path), Err(ErrorCode::NotPermitted));
        is!(root.unlink_file_at(path), Err(ErrorCode::NotPermitted));
        is!(root.remove_directory_at(path), Err(ErrorCode::NotPermitted));
        is!(root.rename_at("d", &root, path), Err(ErrorCode::NotPermitted));
        is!(root.rename_at(path, &root, "g"), Err(ErrorCode::NotPermitted));
        is!(root.link_at(no(), path, &root, "g"), Err(ErrorCode::NotPermitted));
        is!(root.symlink_at("x", path), Err(ErrorCode::NotPermitted));
    }
    check!(root.stat_at(no(), "d/../d/.")?.type_ == DescriptorType::Directory);
    is!(root.symlink_at("/etc/passwd", "abs"), Err(ErrorCode::NotPermitted));
    root.symlink_at("../../f", "out")?;
    is!(root.open_at(FOLLOW, "out", O::empty(), D::READ), Err(ErrorCode::NotPermitted));
    is!(root.open_at(FOLLOW, "out", O::CREATE, rw()), Err(ErrorCode::NotPermitted));
    is!(root.stat_at(FOLLOW, "out"), Err(ErrorCode::NotPermitted));
    check!(root.readlink_at("out")?, "../../f");
    root.unlink_file_at("out")?;
    root.remove_directory_at("d")?;
    Ok(())
}

fn errors() -> Outcome {
    let root = root();
    let f = create(&root, "f", b"x")?;
    // Where no file can be: the host may say so at once, or when it is written.
    for at in [u64::MAX, i64::MAX as u64] {
        let Ok(w) = f.write_via_stream(at) else { continue };
        match w.blocking_write_and_flush(b"x") {
            Err(StreamError::LastOperationFailed(e)) => {
                let code = filesystem_error_code(&e);
                is!(code, Some(ErrorCode::Invalid | ErrorCode::FileTooLarge | ErrorCode::Overflow));
            }
            other => return Err(check::Failure(format!("writing far out: {other:?}"))),
        }
    }
    is!(root.open_at(no(), &"x".repeat(300), O::CREATE, rw()), Err(ErrorCode::NameTooLong));
    is!(root.open_at(no(), "a\0b", O::CREATE, rw()), Err(_));
    root.unlink_file_at("f")?;
    Ok(())
}

fn main() -> ExitCode {
    check::run(&[
        ("preopens", preopens),
        ("open flags", open),
        ("read", reading),
        ("write", writing),
        ("size", sizes),
        ("advise", advice),
        ("times", times),
        ("directories", directories),
        ("links", links),
        ("rename", renames),
        ("metadata hash", hashes),
        ("no way out", confined),
        ("errors", errors),
    ])
}
