// This file is a small command for WASI 0.3: it greets, by name when it is given
// names. Its run is an async function, and what it prints goes through a stream.
//
// build: --crate-type cdylib

use wasip3::cli::{environment, stdout};
use wasip3::wit_stream;

struct Hello;

wasip3::cli::command::export!(Hello);

impl wasip3::exports::cli::run::Guest for Hello {
    async fn run() -> Result<(), ()> {
        // Whoever has the one end reads while we write to the other.
        let (mut tx, rx) = wit_stream::new();
        let written = stdout::write_via_stream(rx);
        let names = environment::get_arguments().split_off(1);
        if names.is_empty() {
            tx.write_all(b"Hello from wasm32-wasip3!\n".to_vec()).await;
        }
        for name in names {
            let line = format!("Hello, {name}, from wasm32-wasip3!\n");
            tx.write_all(line.into_bytes()).await;
        }
        drop(tx);
        written.await.map_err(|_| ())
    }
}
