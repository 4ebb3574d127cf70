// This file greets through a stream of WASI 0.3, and ends in each of the ways that
// a command can end:
//
//   hello [NAME...]   a greeting, or one for each NAME; two streams at once
//   hello ok | err    run returns ok or err
//   hello exit ok     exit(ok), and exit err: exit(err); nothing after it runs
//   hello trap        traps after the first line
//
// build: --crate-type cdylib

#[path = "lib/tasks.rs"]
mod tasks;

use wasip3::cli::{environment, exit};

struct Hello;

wasip3::cli::command::export!(Hello);

impl wasip3::exports::cli::run::Guest for Hello {
    async fn run() -> Result<(), ()> {
        let args = environment::get_arguments();
        let args: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
        match args[..] {
            ["ok"] => return Ok(()),
            ["err"] => return Err(()),
            ["exit", how] => {
                say!("exit {how}");
                exit::exit(if how == "ok" { Ok(()) } else { Err(()) });
                unreachable!("exit has returned");
            }
            ["trap"] => {
                say!("trap");
                core::arch::wasm32::unreachable();
            }
            [] => say!("hello from rust"),
            _ => {
                for name in args {
                    say!("hello {name}");
                }
            }
        }
        tasks::join(tasks::out("bye\n"), tasks::err("bye on stderr\n")).await;
        Ok(())
    }
}
