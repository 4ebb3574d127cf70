//! This file is the component `consumer`: it asks docs:people/registry.

use std::fmt::Write;

#[path = "abi.rs"]
#[macro_use]
mod abi;
#[path = "people.rs"]
mod people;
use people::{Error, Person};

import! { "docs:people/registry@1.0.0", "find",
    fn find((u32, String)) -> Result<Person, Error> = (id: i32, p: i32, n: i32) -> ptr }
import! { "docs:people/registry@1.0.0", "add",
    fn add(Person) -> u32 = (a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32) -> i32 }
import! { "docs:people/registry@1.0.0", "list", fn list(()) -> Vec<Person> = () -> ptr }

fn line(p: &Person) -> String {
    let mut s = format!("{}, {}", p.name, p.age);
    if let Some(email) = &p.email {
        write!(s, " <{email}>").unwrap();
    }
    for tag in &p.tags {
        write!(s, " #{tag}").unwrap();
    }
    s
}

fn describe(id: u32, hint: &str) -> Result<String, String> {
    match find((id, hint.to_string())) {
        Ok(p) => Ok(line(&p)),
        Err(Error::NotFound(id)) => Err(format!("nobody has id {id}")),
        Err(Error::WrongHint(names)) => Err(format!("{hint:?} is in {names:?}")),
        Err(Error::Zero) => Err("id 0 is nobody's".into()),
    }
}

fn run() -> String {
    let mut out = String::new();
    for (id, hint) in [(1, ""), (2, "Grace"), (1, "Z"), (99, ""), (0, "")] {
        match describe(id, hint) {
            Ok(s) => writeln!(out, "{id}: {s}").unwrap(),
            Err(s) => writeln!(out, "{id}! {s}").unwrap(),
        }
    }
    let new = Person { name: "Alan Turing".into(), age: 41, email: None, tags: vec!["machines".into()] };
    let before = list(()).len();
    let id = add(new.clone());
    let same = find((id, String::new())) == Ok(new);
    let after = list(()).len();
    writeln!(out, "added: {}, the same: {same}, one more: {}", id != 0, after == before + 1).unwrap();
    out
}

export! { "run", () -> ptr = |_: ()| run() }
export! { "describe", (id: i32, p: i32, n: i32) -> ptr = |(id, hint): (u32, String)| describe(id, &hint) }
