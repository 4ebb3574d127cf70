// This file is what the guests that check something have in common.
#![allow(dead_code)]

use std::fmt::Debug;
use std::future::Future;
use std::panic::Location;

use crate::tasks;

/// What was wrong, and where.
pub struct Failure(pub String);

impl<E: Debug> From<E> for Failure {
    #[track_caller]
    fn from(e: E) -> Self {
        let at = Location::caller();
        Failure(format!("{}:{}: {e:?}", at.file(), at.line()))
    }
}

pub type Outcome<T = ()> = Result<T, Failure>;

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

/// Checks says of each check on stdout that it is fine, or on stderr why not. With
/// names, it leaves out the checks whose names contain none of them.
pub struct Checks {
    only: Vec<String>,
    failed: bool,
}

impl Checks {
    pub fn new(only: impl IntoIterator<Item = String>) -> Checks {
        Checks { only: only.into_iter().collect(), failed: false }
    }

    pub async fn run(&mut self, name: &str, check: impl Future<Output = Outcome>) {
        if !self.only.is_empty() && !self.only.iter().any(|o| name.contains(o.as_str())) {
            return;
        }
        match check.await {
            Ok(()) => tasks::out(format!("ok {name}\n")).await,
            Err(Failure(e)) => {
                tasks::err(format!("{name}: {e}\n")).await;
                self.failed = true;
            }
        }
    }

    /// end is the result of run: whether all was well.
    pub fn end(self) -> Result<(), ()> {
        if self.failed { Err(()) } else { Ok(()) }
    }
}
