//! This file has the types of docs:people/registry.

record! { Person { name: String, age: u8, email: Option<String>, tags: Vec<String> } }
variant! { Error { NotFound(id: u32), WrongHint(names: Vec<String>), Zero } }
