//! `mtm lab scanner`: types codes at a terminal, as a scanner on the network does.

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use mtm_lab::scanner::{Faults, type_codes};
use serde_json::json;

use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};

const EXAMPLES: &str = "Examples:
  mtm scan receive --queue DIR --server URL --source tcp-listen:127.0.0.1:4001 …
  mtm lab scanner 127.0.0.1:4001 --script codes.txt --garble 10 --twice 10 --cut 20

The script has one code a line. Exit 0: every code was taken. Codes that are garbled on the way, or cut off, are scanned
again; a label that is read twice has to be answered `NO again` the second time.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Scanner {
    /// The terminal
    #[arg(value_name = "ADDRESS")]
    connect: SocketAddr,
    /// Codes, one a line; standard input unless set
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Garble one code of so many on the way
    #[arg(long, value_name = "N", default_value_t = 0)]
    garble: u32,
    /// Read one label of so many twice
    #[arg(long, value_name = "N", default_value_t = 0)]
    twice: u32,
    /// End the connection in the middle of one code of so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    cut: u32,
    /// The same seed has the same codes meet the same faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(call: &Call, it: &Scanner) -> Outcome {
    let codes = codes(it)?;
    let faults = Faults { seed: it.seed, garble: it.garble, twice: it.twice, cut: it.cut };
    let console = call.console;
    let tell = |code: &str, answer: &str| console.note(&format!("{code}  {answer}"));
    let account = type_codes(it.connect, codes, faults, tell).map_err(|error| {
        Failure::new("scanner_failed", exit::FAILURE, format!("not every code was taken: {error}"))
            .next("Look at what `mtm scan` says; its scanner.end has to be line, and scanner.answers on.")
    })?;
    let answer = json!({
        "taken": account.taken, "garbled": account.garbled, "twice": account.twice, "cut": account.cut,
    });
    console.answer(&answer, || {
        format!(
            "{} codes taken; {} were garbled first, {} read twice, {} cut off first",
            account.taken, account.garbled, account.twice, account.cut
        )
    })
}

/// The codes of the script, without empty lines.
fn codes(it: &Scanner) -> Outcome<Vec<String>> {
    let lines: Result<Vec<String>, std::io::Error> = match &it.script {
        Some(path) => {
            std::fs::read_to_string(path).map(|text| text.lines().map(str::to_owned).collect())
        }
        None => std::io::stdin().lock().lines().collect(),
    };
    let lines = lines.map_err(|error| {
        Failure::new("input_failed", exit::FAILURE, format!("failed to read the codes: {error}"))
            .next("Name a text file with one code a line.")
    })?;
    Ok(lines.into_iter().filter(|code| !code.trim().is_empty()).collect())
}
