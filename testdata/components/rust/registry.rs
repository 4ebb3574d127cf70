//! This file is the component `registry`: it keeps a list of people.

use std::cell::RefCell;
use std::collections::BTreeMap;

#[path = "abi.rs"]
#[macro_use]
mod abi;
#[path = "people.rs"]
mod people;
use people::{Error, Person};

thread_local! {
    static PEOPLE: RefCell<BTreeMap<u32, Person>> = RefCell::new(first());
}

fn first() -> BTreeMap<u32, Person> {
    let person = |name: &str, age, email: Option<&str>, tags: &[&str]| Person {
        name: name.into(),
        age,
        email: email.map(str::to_string),
        tags: tags.iter().map(|t| t.to_string()).collect(),
    };
    BTreeMap::from([
        (1, person("Ada Lovelace", 36, Some("ada@example.org"), &["mathematics", "engines"])),
        (2, person("Grace Hopper", 85, None, &["compilers"])),
        (3, person("Zoë Ångström", 41, Some("zoë@example.org"), &[])),
    ])
}

fn find(id: u32, hint: String) -> Result<Person, Error> {
    if id == 0 {
        return Err(Error::Zero);
    }
    PEOPLE.with_borrow(|all| {
        let who = all.get(&id).ok_or(Error::NotFound(id))?;
        if who.name.contains(&hint) {
            return Ok(who.clone());
        }
        let fits = all.values().map(|p| &p.name).filter(|n| n.contains(&hint));
        Err(Error::WrongHint(fits.cloned().collect()))
    })
}

fn add(who: Person) -> u32 {
    PEOPLE.with_borrow_mut(|all| {
        let id = all.keys().last().map_or(1, |last| last + 1);
        all.insert(id, who);
        id
    })
}

export! { "docs:people/registry@1.0.0#find", (id: i32, p: i32, n: i32) -> ptr =
    |(id, hint): (u32, String)| find(id, hint) }
export! { "docs:people/registry@1.0.0#add",
    (a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32) -> i32 = add }
export! { "docs:people/registry@1.0.0#list", () -> ptr =
    |_: ()| PEOPLE.with_borrow(|all| all.values().cloned().collect::<Vec<_>>()) }
