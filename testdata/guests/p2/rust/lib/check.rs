// This file is what the guests that check something have in common.

use std::error::Error;
use std::panic::Location;
use std::process::ExitCode;

/// What was wrong, and where.
pub struct Failure(pub String);

impl<E: Error> From<E> for Failure {
    #[track_caller]
    fn from(e: E) -> Self {
        let at = Location::caller();
        Failure(format!("{}:{}: {e} ({e:?})", at.file(), at.line()))
    }
}

pub type Outcome<T = ()> = Result<T, Failure>;
pub type Check = (&'static str, fn() -> Outcome);

/// Ends the check with an error that says where, what came and what was wanted.
#[macro_export]
macro_rules! check {
    ($cond:expr) => {
        if !$cond {
            let (file, line, what) = (file!(), line!(), stringify!($cond));
            return Err($crate::check::Failure(format!("{file}:{line}: not {what}")));
        }
    };
    ($left:expr, $right:expr) => {
        match (&$left, &$right) {
            (left, right) if left != right => {
                let (file, line, what) = (file!(), line!(), stringify!($left));
                let text = format!("{file}:{line}: {what} is {left:?}, want {right:?}");
                return Err($crate::check::Failure(text));
            }
            _ => {}
        }
    };
}

/// Ends the check unless the value matches the pattern.
#[macro_export]
macro_rules! is {
    ($value:expr, $pattern:pat) => {
        match $value {
            $pattern => {}
            #[allow(unreachable_patterns)]
            other => {
                let (file, line, what) = (file!(), line!(), stringify!($value));
                let want = stringify!($pattern);
                let text = format!("{file}:{line}: {what} is {other:?}, want {want}");
                return Err($crate::check::Failure(text));
            }
        }
    };
}

/// run calls the checks, or those whose names contain one of the arguments.
#[allow(dead_code)]
pub fn run(checks: &[Check]) -> ExitCode {
    run_only(checks, &std::env::args().skip(1).collect::<Vec<_>>())
}

/// run_only calls the checks whose names contain one of only, or all if that is
/// empty, and says on stdout which are fine and on stderr which are not, and why.
#[allow(dead_code)]
pub fn run_only(checks: &[Check], only: &[String]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for (name, check) in checks {
        if !only.is_empty() && !only.iter().any(|o| name.contains(o.as_str())) {
            continue;
        }
        match check() {
            Ok(()) => println!("ok {name}"),
            Err(Failure(e)) => {
                eprintln!("{name}: {e}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// run_one is run for something that is no check: it prints nothing when all
/// is well.
#[allow(dead_code)]
pub fn run_one(f: impl FnOnce() -> Outcome) -> ExitCode {
    match f() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(e)) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
