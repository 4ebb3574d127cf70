// This file copies stdin to stdout in upper case, and says on stderr how many
// lines and bytes there were. A failed write is exit 1.
// build: -C opt-level=s -C lto=fat -C panic=abort

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

fn filter() -> io::Result<(usize, usize)> {
    let mut input = io::stdin().lock();
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut line = String::new();
    let (mut lines, mut bytes) = (0, 0);
    loop {
        line.clear();
        let n = input.read_line(&mut line)?;
        if n == 0 {
            break;
        }
        lines += 1;
        bytes += n;
        output.write_all(line.to_uppercase().as_bytes())?;
    }
    output.flush()?;
    Ok((lines, bytes))
}

fn main() -> ExitCode {
    match filter() {
        Ok((lines, bytes)) => {
            eprintln!("{lines} lines, {bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(err) => {
            eprintln!("filter: {err}");
            ExitCode::FAILURE
        }
    }
}
