// This file checks std::fs, std::io and std::time, in the directory that is
// its root "/". It leaves nothing behind.
// build: -C opt-level=s -C lto=fat

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

type Outcome = Result<(), Box<dyn Error>>;

/// Says where a check failed instead of panicking.
macro_rules! check {
    ($cond:expr) => {
        if !$cond {
            return Err(format!("{}:{}: {}", file!(), line!(), stringify!($cond)).into());
        }
    };
    ($left:expr, $right:expr) => {
        match (&$left, &$right) {
            (left, right) if left != right => {
                let (file, line, what) = (file!(), line!(), stringify!($left));
                return Err(format!("{file}:{line}: {what} is {left:?}, want {right:?}").into());
            }
            _ => {}
        }
    };
}

fn read_write() -> Outcome {
    fs::write("/f", "one\ntwo\n")?;
    let mut f = OpenOptions::new().append(true).open("/f")?;
    f.write_all(b"three\n")?;
    drop(f);
    let lines: Vec<String> = BufReader::new(File::open("/f")?).lines().collect::<Result<_, _>>()?;
    check!(lines, ["one", "two", "three"]);
    let mut f = OpenOptions::new().read(true).write(true).open("/f")?;
    check!(f.seek(SeekFrom::End(-6))?, 8);
    let mut tail = String::new();
    f.read_to_string(&mut tail)?;
    check!(tail, "three\n");
    f.rewind()?;
    f.write_all(b"ONE")?;
    check!(f.stream_position()?, 3);
    f.set_len(5)?;
    f.sync_all()?;
    check!(fs::read("/f")?, b"ONE\nt");
    f.set_len(8)?;
    check!(fs::read("/f")?, b"ONE\nt\0\0\0");
    check!(fs::copy("/f", "/g")?, 8);
    check!(fs::read("/g")?, fs::read("/f")?);
    fs::remove_file("/f")?;
    fs::remove_file("/g")?;
    Ok(())
}

fn create_new() -> Outcome {
    let new = || OpenOptions::new().write(true).create_new(true).open("/f");
    drop(new()?);
    check!(new().unwrap_err().kind(), ErrorKind::AlreadyExists);
    check!(File::open("/none").unwrap_err().kind(), ErrorKind::NotFound);
    check!(fs::read_dir("/f").unwrap_err().kind(), ErrorKind::NotADirectory);
    check!(File::open("/f/x").unwrap_err().kind(), ErrorKind::NotADirectory);
    check!(fs::exists("/f")? && !fs::exists("/none")?);
    fs::remove_file("/f")?;
    check!(fs::remove_file("/f").unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

fn directories() -> Outcome {
    fs::create_dir_all("/d/a/b/c")?;
    check!(fs::create_dir("/d").unwrap_err().kind(), ErrorKind::AlreadyExists);
    let mut want = HashSet::new();
    for i in 0..1000 {
        let name = format!("entry number {i}");
        fs::write(format!("/d/{name}"), &name)?;
        want.insert(name);
    }
    want.insert("a".into());
    let mut dirs = 0;
    for entry in fs::read_dir("/d")? {
        let entry = entry?;
        dirs += usize::from(entry.file_type()?.is_dir());
        let name = entry.file_name().into_string().unwrap();
        if !want.remove(&name) {
            return Err(format!("{name} is listed twice, or was never made").into());
        }
    }
    check!(want.len(), 0);
    check!(dirs, 1);
    check!(fs::remove_dir("/d").is_err());
    fs::rename("/d/a", "/d/z")?;
    check!(fs::metadata("/d/z/b/c")?.is_dir());
    fs::remove_dir_all("/d")?;
    check!(!fs::exists("/d")?);
    Ok(())
}

#[allow(deprecated)] // the only stable way to make a symlink on this target
fn links() -> Outcome {
    fs::create_dir("/d")?;
    fs::write("/d/f", "text")?;
    fs::hard_link("/d/f", "/h")?;
    fs::soft_link("d/f", "/s")?;
    check!(fs::read_link("/s")?.to_str(), Some("d/f"));
    check!(fs::read_to_string("/s")?, "text");
    fs::write("/s", "through the link")?;
    check!(fs::read_to_string("/h")?, "through the link");
    check!(fs::symlink_metadata("/s")?.is_symlink());
    check!(fs::metadata("/s")?.len(), 16);
    fs::soft_link("loop", "/loop")?;
    check!(fs::read("/loop").is_err());
    fs::remove_file("/d/f")?;
    check!(fs::read("/s").unwrap_err().kind(), ErrorKind::NotFound);
    check!(fs::read_to_string("/h")?, "through the link");
    for name in ["/h", "/s", "/loop"] {
        fs::remove_file(name)?;
    }
    fs::remove_dir("/d")?;
    Ok(())
}

fn times() -> Outcome {
    let f = File::create("/f")?;
    let accessed = UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    let modified = UNIX_EPOCH + Duration::new(1_000_000_001, 987_654_321);
    f.set_times(FileTimes::new().set_accessed(accessed).set_modified(modified))?;
    check!(fs::metadata("/f")?.accessed()?, accessed);
    check!(fs::metadata("/f")?.modified()?, modified);
    // What is not given is left alone.
    f.set_modified(UNIX_EPOCH + Duration::from_nanos(1))?;
    check!(f.metadata()?.modified()?, UNIX_EPOCH + Duration::from_nanos(1));
    check!(f.metadata()?.accessed()?, accessed);
    let before = SystemTime::now() - Duration::from_secs(2);
    fs::write("/f", "now")?;
    let now = fs::metadata("/f")?.modified()?;
    check!(now >= before && now <= before + Duration::from_secs(62));
    fs::remove_file("/f")?;
    Ok(())
}

fn big_file() -> Outcome {
    let block: Vec<u8> = (0..1 << 20).map(|i: u32| (i ^ (i >> 8)) as u8).collect();
    let mut f = File::create_new("/big")?;
    for _ in 0..16 {
        f.write_all(&block)?;
    }
    drop(f);
    let mut f = File::open("/big")?;
    check!(f.metadata()?.len(), 16 << 20);
    let mut back = Vec::new();
    f.read_to_end(&mut back)?;
    check!(back.len(), 16 << 20);
    check!(back.chunks(1 << 20).all(|c| c == block));
    fs::remove_file("/big")?;
    Ok(())
}

fn clocks() -> Outcome {
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    check!(start.elapsed() >= Duration::from_millis(20));
    check!(SystemTime::now() > UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    // Random keys, and a map that works with them.
    let map: HashMap<u32, u32> = (0..1000).map(|i| (i, i * i)).collect();
    check!((0..1000).all(|i| map[&i] == i * i));
    Ok(())
}

fn main() -> ExitCode {
    let tests: [(&str, fn() -> Outcome); 7] = [
        ("read write append seek", read_write),
        ("create new", create_new),
        ("directories", directories),
        ("links", links),
        ("times", times),
        ("16 MiB", big_file),
        ("clocks", clocks),
    ];
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    for (name, test) in tests {
        if !chosen.is_empty() && !chosen.iter().any(|c| name.contains(c.as_str())) {
            continue;
        }
        if let Err(err) = test() {
            eprintln!("FAIL {name}: {err}");
            return ExitCode::FAILURE;
        }
        println!("ok {name}");
    }
    ExitCode::SUCCESS
}
