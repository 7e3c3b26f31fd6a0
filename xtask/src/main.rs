//! Developer commands, run as `cargo xtask COMMAND`.
//!
//! They need nothing but Rust, so that a fresh clone can run them; what else a command could use
//! it finds, installs or names as missing.

mod proof;
mod test;
mod tidy;
mod tool;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  test [--quick]   everything that proves the project: format, lints, documentation, house rules,
                   dependencies, all tests; installs or names what is missing. --quick leaves out
                   the tests that need a database server or a browser
  proof [ID [--seed N]]
                   a proof at full size, minutes to an hour, its result recorded in
                   docs/evidence; without ID the list of them
  tidy             the house rules that no compiler checks
  help             this text

Environment:
  MTM_REQUIRE_ALL=1   a suite that cannot run on this machine is a failure, not a skip
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["test"] => root().and_then(|root| test::run(&root, test::Extent::Full)),
        ["test", "--quick"] => root().and_then(|root| test::run(&root, test::Extent::Quick)),
        ["proof", ref rest @ ..] => match proof::Request::parse(rest) {
            Ok(request) => root().and_then(|root| proof::run(&root, &request)),
            Err(message) => {
                eprintln!("{message}\n\n{HELP}");
                return ExitCode::from(2);
            }
        },
        ["tidy"] => root().and_then(|root| tidy::run(&root)),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(true)
        }
        _ => {
            eprint!("unknown command: {}\n\n{HELP}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's directory.
fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("run it as `cargo xtask`")?;
    let manifest = PathBuf::from(manifest);
    manifest.parent().map(PathBuf::from).context("xtask has no parent directory")
}
