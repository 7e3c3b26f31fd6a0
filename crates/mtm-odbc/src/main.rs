//! `mtm-odbc`: reads an ERP's database over ODBC and says what it read, a line of JSON each.
//!
//! It is started by `mtm`, asked on its standard input and answers on its standard output; it ends when its
//! input does, also in the middle of a question. Started by hand it prints its greeting and waits.

mod database;
mod failure;
mod login;
mod rows;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use mtm_core::erp::protocol::{
    Ask, Failed, FailedKind, Greeting, LINE_MAX, Reply, Request, Say, VERSION,
};

use database::Database;

fn main() -> ExitCode {
    let (hand_on, requests) = sync_channel(1);
    thread::spawn(move || listen(&hand_on));
    match serve(&requests, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever asked is gone.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Hands requests on, and ends the program when there will be no more: a driver that hangs is left to the
/// operating system.
fn listen(hand_on: &SyncSender<Result<Request, String>>) {
    let mut input = BufReader::new(io::stdin());
    loop {
        let mut line = Vec::new();
        let most = u64::try_from(LINE_MAX).unwrap_or(u64::MAX);
        let read = input.by_ref().take(most).read_until(b'\n', &mut line);
        if read.is_err() || line.last() != Some(&b'\n') {
            // The end, half a line, or one that is too long: there is no going on behind it.
            std::process::exit(0);
        }
        // What is wrong with a line is not repeated: it may hold the connection string.
        let request = serde_json::from_slice(&line)
            .map_err(|error| format!("not a request of this protocol (column {})", error.column()));
        if hand_on.send(request).is_err() {
            return;
        }
    }
}

fn serve(requests: &Receiver<Result<Request, String>>, out: &mut impl Write) -> io::Result<()> {
    let program = format!("mtm-odbc {}", env!("CARGO_PKG_VERSION"));
    write(out, &Greeting { protocol: VERSION, program })?;
    let mut database: Option<Database> = None;
    while let Ok(request) = requests.recv() {
        let (id, say) = match request {
            Err(message) => (0, failed(FailedKind::Question, message)),
            Ok(Request { id, ask }) => {
                let mut tell = |rows: Say| write(out, &Reply { id, say: rows });
                (id, answer(&mut database, ask, &mut tell)?)
            }
        };
        write(out, &Reply { id, say })?;
    }
    Ok(())
}

/// Answers a question: rows through `tell`, the end as what is given.
fn answer(
    database: &mut Option<Database>,
    ask: Ask,
    tell: &mut dyn FnMut(Say) -> io::Result<()>,
) -> io::Result<Say> {
    if let Ask::Open { connection, schema, timeout } = ask {
        // The one before is let go of first.
        *database = None;
        return Ok(match Database::open(&connection, schema.as_deref(), timeout) {
            Ok((opened, to)) => {
                *database = Some(opened);
                Say::Opened { to }
            }
            Err(failed) => Say::Failed { failed },
        });
    }
    let Some(database) = database else {
        return Ok(failed(FailedKind::Question, "nothing is open".to_owned()));
    };
    database.answer(&ask, tell)
}

fn failed(trouble: FailedKind, message: String) -> Say {
    Say::Failed { failed: Failed { trouble, message } }
}

fn write(out: &mut impl Write, line: &impl serde::Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    out.write_all(&text)?;
    out.flush()
}
