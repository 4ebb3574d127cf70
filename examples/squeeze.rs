// This file is the command line of squeeze, a compressor for files, pipes and
// directories. It uses Rust's std only, and is what a small real tool looks
// like when it is built for wasm32-wasip1.
// build: -C lto=fat -C panic=abort

use frame::{Kind, Packer, Unpacker};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[path = "squeeze/archive.rs"]
mod archive;
#[path = "squeeze/frame.rs"]
mod frame;
#[path = "squeeze/lz.rs"]
mod lz;
#[path = "squeeze/range.rs"]
mod range;

const USAGE: &str = "\
squeeze makes files smaller, and restores them.

usage: squeeze [-c | -d | -t | -l] [-o OUT] [-f] [-q] [FILE...]

  -c        compress (default): FILE becomes FILE.sqz, a directory becomes an
            archive of all below it
  -d        decompress: FILE.sqz becomes FILE; an archive is restored in the
            current directory, or in the directory OUT
  -t        test: read everything and check it
  -l        list: sizes before and after
  -o OUT    write to OUT; - is standard output
  -f        overwrite files that exist
  -q        say nothing unless something is wrong
  -h        this help

Without FILE, or if it is -, squeeze reads standard input and writes standard
output. The original is never removed.
";

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Compress,
    Decompress,
    Test,
    List,
}

struct Options {
    mode: Mode,
    out: Option<String>,
    force: bool,
    quiet: bool,
    files: Vec<String>,
}

fn parse(args: impl Iterator<Item = String>) -> Result<Options, String> {
    let (mode, files) = (Mode::Compress, Vec::new());
    let mut o = Options { mode, out: None, force: false, quiet: false, files };
    let mut args = args;
    let mut only_files = false;
    while let Some(arg) = args.next() {
        if only_files || arg == "-" || !arg.starts_with('-') {
            o.files.push(arg);
            continue;
        }
        match arg.as_str() {
            "--" => only_files = true,
            "-c" => o.mode = Mode::Compress,
            "-d" => o.mode = Mode::Decompress,
            "-t" => o.mode = Mode::Test,
            "-l" => o.mode = Mode::List,
            "-f" => o.force = true,
            "-q" => o.quiet = true,
            "-o" => o.out = Some(args.next().ok_or("-o needs a name")?),
            _ => return Err(format!("there is no option {arg}")),
        }
    }
    if o.files.is_empty() {
        o.files.push("-".into());
    }
    if o.out.is_some() && o.files.len() > 1 {
        return Err("-o takes one FILE only".into());
    }
    Ok(o)
}

fn open(name: &str) -> io::Result<Box<dyn Read>> {
    match name {
        "-" => Ok(Box::new(io::stdin().lock())),
        _ => Ok(Box::new(BufReader::with_capacity(1 << 16, File::open(name)?))),
    }
}

/// Output is a file that is removed again if it is not finished.
struct Output {
    to: Box<dyn Write>,
    unfinished: Option<PathBuf>,
}

impl Output {
    fn create(name: &str, force: bool) -> io::Result<Output> {
        if name == "-" {
            return Ok(Output { to: Box::new(io::stdout().lock()), unfinished: None });
        }
        let file = if force { File::create(name) } else { File::create_new(name) };
        let file = file.map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => {
                io::Error::new(e.kind(), format!("{name} exists; -f overwrites it"))
            }
            _ => io::Error::new(e.kind(), format!("{name}: {e}")),
        })?;
        let to = Box::new(BufWriter::with_capacity(1 << 16, file));
        Ok(Output { to, unfinished: Some(name.into()) })
    }

    fn finish(mut self) -> io::Result<()> {
        self.to.flush()?;
        self.unfinished = None;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(path) = self.unfinished.take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// What to call a file in messages.
fn title(name: &str) -> &str {
    if name == "-" { "standard input" } else { name }
}

/// "1000 -> 250 bytes, 25.0 %".
fn sizes(before: u64, after: u64) -> String {
    let percent = if before == 0 { 100.0 } else { after as f64 * 100.0 / before as f64 };
    format!("{before} -> {after} bytes, {percent:.1} %")
}

fn compress(name: &str, o: &Options) -> io::Result<String> {
    let path = Path::new(name.trim_end_matches('/'));
    let is_dir = name != "-" && fs::metadata(path)?.is_dir();
    let out = match (&o.out, name) {
        (Some(out), _) => out.clone(),
        (None, "-") => "-".into(),
        (None, _) => format!("{}.sqz", path.display()),
    };
    // Opened first, so that a missing input leaves no output.
    let input = if is_dir { None } else { Some(open(name)?) };
    let mut output = Output::create(&out, o.force)?;
    let kind = if is_dir { Kind::Archive } else { Kind::File };
    let mut packer = Packer::new(&mut output.to, kind)?;
    let mut note = String::new();
    match input {
        Some(mut input) => {
            io::copy(&mut input, &mut packer)?;
        }
        None => {
            let counts = archive::store(&mut packer, path)?;
            note = format!(", {} files in {} directories", counts.files, counts.directories);
            if counts.left_out > 0 {
                note += &format!(", {} left out that are neither", counts.left_out);
            }
        }
    }
    let (before, after) = packer.finish()?;
    output.finish()?;
    Ok(format!("{}: {}{note}", title(name), sizes(before, after)))
}

fn decompress(name: &str, o: &Options) -> io::Result<String> {
    let mut unpacker = Unpacker::new(open(name)?)?;
    if unpacker.kind == Kind::Archive {
        let root = Path::new(o.out.as_deref().unwrap_or("."));
        let counts = archive::restore(&mut unpacker, Some(root))?;
        return Ok(format!("{name}: restored {} files in {}", counts.files, root.display()));
    }
    let out = match (&o.out, name.strip_suffix(".sqz")) {
        (Some(out), _) => out.clone(),
        (None, Some(stem)) if !stem.is_empty() => stem.into(),
        (None, _) if name == "-" => "-".into(),
        _ => {
            let what = "its name does not end in .sqz; say where to with -o";
            return Err(io::Error::new(ErrorKind::InvalidInput, what));
        }
    };
    let mut output = Output::create(&out, o.force)?;
    io::copy(&mut unpacker, &mut output.to)?;
    output.finish()?;
    Ok(format!("{}: {}", title(name), sizes(unpacker.packed, unpacker.total)))
}

fn test(name: &str, mode: Mode) -> io::Result<String> {
    let mut unpacker = Unpacker::new(open(name)?)?;
    let what = match unpacker.kind {
        Kind::File => {
            io::copy(&mut unpacker, &mut io::sink())?;
            "a file".to_owned()
        }
        Kind::Archive => {
            let counts = archive::restore(&mut unpacker, None)?;
            format!("{} files in {} directories", counts.files, counts.directories)
        }
    };
    match mode {
        Mode::List => Ok(format!("{}: {}, {what}", title(name), sizes(unpacker.total, unpacker.packed))),
        _ => Ok(format!("{}: ok", title(name))),
    }
}

fn run(name: &str, o: &Options) -> io::Result<()> {
    let message = match o.mode {
        Mode::Compress => compress(name, o)?,
        Mode::Decompress => decompress(name, o)?,
        mode => test(name, mode)?,
    };
    if o.mode == Mode::List {
        return writeln!(io::stdout(), "{message}");
    }
    if !o.quiet {
        eprintln!("{message}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|a| a == "-h" || a == "--help") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match parse(args.into_iter()) {
        Ok(options) => options,
        Err(what) => {
            eprintln!("squeeze: {what}; squeeze -h tells more");
            return ExitCode::from(2);
        }
    };
    let mut code = ExitCode::SUCCESS;
    for name in &options.files {
        if let Err(e) = run(name, &options) {
            eprintln!("squeeze: {}: {e}", title(name));
            code = ExitCode::FAILURE;
        }
    }
    code
}
