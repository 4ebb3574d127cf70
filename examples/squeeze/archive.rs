// This file stores a directory in a packed stream and restores it.
//
// An entry is a byte (1 directory, 2 file), the length of its path (u16), the
// path with "/" between its parts, and for files the time of modification (u64
// seconds since 1970, u32 nanoseconds), the size (u64) and the contents. A 0 byte ends
// the archive. Symbolic links and other things are left out, and counted.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DIRECTORY: u8 = 1;
const FILE: u8 = 2;

pub struct Counts {
    pub directories: u64,
    pub files: u64,
    pub left_out: u64,
}

/// Adds the file name to an error, once.
fn at(path: &str, e: io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("{path}: {e}"))
}

fn header(out: &mut impl Write, kind: u8, path: &str) -> io::Result<()> {
    let Ok(len) = u16::try_from(path.len()) else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path is too long"));
    };
    out.write_all(&[kind])?;
    out.write_all(&len.to_le_bytes())?;
    out.write_all(path.as_bytes())
}

/// The time since 1970; what is older becomes 1970.
fn since_1970(t: SystemTime) -> Duration {
    t.duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn store_file(out: &mut impl Write, path: &Path, name: &str) -> io::Result<()> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    let time = since_1970(meta.modified()?);
    header(out, FILE, name)?;
    out.write_all(&time.as_secs().to_le_bytes())?;
    out.write_all(&time.subsec_nanos().to_le_bytes())?;
    out.write_all(&meta.len().to_le_bytes())?;
    if io::copy(&mut file.take(meta.len()), out)? != meta.len() {
        return Err(io::Error::other("it became shorter while it was read"));
    }
    Ok(())
}

fn store_directory(
    out: &mut impl Write,
    path: &Path,
    name: &str,
    counts: &mut Counts,
) -> io::Result<()> {
    header(out, DIRECTORY, name)?;
    counts.directories += 1;
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|e| e.file_name());
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let Ok(last) = entry.file_name().into_string() else {
            let what = format!("{}: the name is not UTF-8", path.display());
            return Err(io::Error::new(ErrorKind::InvalidData, what));
        };
        let name = format!("{name}/{last}");
        if kind.is_dir() {
            store_directory(out, &path, &name, counts)?;
        } else if kind.is_file() {
            store_file(out, &path, &name).map_err(|e| at(&name, e))?;
            counts.files += 1;
        } else {
            counts.left_out += 1;
        }
    }
    Ok(())
}

/// Stores a directory and all below it, under its own name.
pub fn store(out: &mut impl Write, path: &Path) -> io::Result<Counts> {
    let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
        return Err(io::Error::new(ErrorKind::InvalidInput, "a directory needs a name"));
    };
    let mut counts = Counts { directories: 0, files: 0, left_out: 0 };
    store_directory(out, path, name, &mut counts)?;
    out.write_all(&[0])?;
    Ok(counts)
}

fn take<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Whether the path stays below the directory it is restored in.
fn is_safe(path: &str) -> bool {
    let special = |c| c == '\0' || cfg!(windows) && (c == '\\' || c == ':');
    path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(special))
}

fn restore_file(input: &mut impl Read, path: &str, out: Option<&Path>) -> io::Result<()> {
    let seconds = Duration::from_secs(u64::from_le_bytes(take(input)?));
    let nanos = Duration::from_nanos(u32::from_le_bytes(take(input)?).into());
    let size = u64::from_le_bytes(take(input)?);
    let mut data = input.take(size);
    let copied = match out {
        None => io::copy(&mut data, &mut io::sink())?,
        Some(root) => {
            let mut file = File::create_new(root.join(path))?;
            let copied = io::copy(&mut data, &mut file)?;
            let time = seconds.checked_add(nanos).and_then(|d| UNIX_EPOCH.checked_add(d));
            if let Some(time) = time {
                file.set_modified(time)?;
            }
            copied
        }
    };
    match copied == size {
        true => Ok(()),
        false => Err(io::Error::new(ErrorKind::InvalidData, "damaged: the file is cut short")),
    }
}

/// Restores an archive below a directory, or only reads it to its end. It
/// never overwrites a file.
pub fn restore(input: &mut impl Read, out: Option<&Path>) -> io::Result<Counts> {
    let mut counts = Counts { directories: 0, files: 0, left_out: 0 };
    loop {
        let [kind] = take(input)?;
        if kind == 0 {
            break;
        }
        let mut path = vec![0; u16::from_le_bytes(take(input)?).into()];
        input.read_exact(&mut path)?;
        let path = String::from_utf8(path).unwrap_or_default();
        if !is_safe(&path) {
            let what = format!("the path {path:?} leads elsewhere");
            return Err(io::Error::new(ErrorKind::InvalidData, what));
        }
        match kind {
            DIRECTORY => {
                counts.directories += 1;
                if let Some(root) = out {
                    fs::create_dir_all(root.join(&path)).map_err(|e| at(&path, e))?;
                }
            }
            FILE => {
                counts.files += 1;
                restore_file(input, &path, out).map_err(|e| at(&path, e))?;
            }
            _ => return Err(io::Error::new(ErrorKind::InvalidData, "made by a newer squeeze")),
        }
    }
    // The frame checks its own end.
    io::copy(input, &mut io::sink())?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_stay_inside() {
        for good in ["a", "a/b.c", "..a/b..", "...", "é"] {
            assert!(super::is_safe(good), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/..", "a\0"] {
            assert!(!super::is_safe(bad), "{bad}");
        }
    }
}
