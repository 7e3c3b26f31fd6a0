//! `mtm-opcua`: listens to an OPC UA server and says what its nodes showed, a line of JSON each.
//!
//! It is started by `mtm`, asked once on its standard input and answers on its standard output. It ends when its input
//! does, whatever it is doing, and says good-bye to the server first. Started by hand it prints its greeting and waits.

mod endpoint;
mod failure;
mod items;
mod line;
mod listen;
mod own;
mod tags;
mod trust;
mod value;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use mtm_core::opcua::NodeName;
use mtm_core::opcua::protocol::{
    Ask, Failed, FailedKind, Greeting, INTERVAL, LINE_MAX, NODES_MAX, Say, Server, VERSION,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;

use failure::failed;

/// Lines that wait to be written; until there is room for one more the server is asked for nothing.
const LINES: usize = 4;
/// How long saying good-bye may take, once the input is at its end.
const FAREWELL: Duration = Duration::from_secs(4);
/// The longest that a question to a server may take, in seconds.
const TIMEOUT_MAX: u32 = 20;

fn main() -> ExitCode {
    let program = format!("mtm-opcua {}", env!("CARGO_PKG_VERSION"));
    if write(&mut io::stdout().lock(), &Greeting { protocol: VERSION, program }).is_err() {
        return ExitCode::FAILURE;
    }
    let (asked, asks) = channel(1);
    let (ended, end) = watch::channel(false);
    thread::spawn(move || hear(&asked, &ended));
    let (out, lines) = channel(LINES);
    let writer = thread::spawn(move || tell(lines));
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    runtime.block_on(serve(asks, end, out));
    // Until the last line is written, or nobody reads any more.
    match writer.join() {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Hands the question on, and says when there will be nobody any more. Then the program ends, whatever hangs.
fn hear(asked: &Sender<Result<Ask, String>>, ended: &watch::Sender<bool>) {
    let mut input = BufReader::new(io::stdin());
    loop {
        let mut line = Vec::new();
        let most = u64::try_from(LINE_MAX).unwrap_or(u64::MAX);
        let read = input.by_ref().take(most).read_until(b'\n', &mut line);
        if read.is_err() || line.last() != Some(&b'\n') {
            break;
        }
        // What is wrong with a line is not repeated: it may hold the password.
        let ask = serde_json::from_slice(&line).map_err(|error| {
            format!("not a question of this protocol (column {})", error.column())
        });
        if asked.blocking_send(ask).is_err() {
            break;
        }
    }
    ended.send_replace(true);
    thread::sleep(FAREWELL);
    std::process::exit(0);
}

/// Writes what is said, until nothing will be any more.
fn tell(mut lines: Receiver<Say>) -> io::Result<()> {
    while let Some(say) = lines.blocking_recv() {
        write(&mut io::stdout().lock(), &say)?;
    }
    Ok(())
}

async fn serve(
    mut asks: Receiver<Result<Ask, String>>,
    mut end: watch::Receiver<bool>,
    out: Sender<Say>,
) {
    let Some(ask) = asks.recv().await else { return };
    let checked = ask.map_err(|why| failed(FailedKind::Question, &why)).and_then(|ask| {
        check(&ask)?;
        Ok(ask)
    });
    let stop = async {
        // The one who says so is gone: the same.
        let _ = end.wait_for(|is_ended| *is_ended).await;
    };
    let ended = match checked {
        Ok(Ask::Listen { server, nodes, interval }) => {
            Box::pin(listen::listen(&server, &nodes, interval, &out, stop)).await
        }
        Ok(Ask::Tags { server, below }) => Box::pin(tags::say(&server, &below, &out, stop)).await,
        Err(failed) => Some(failed),
    };
    if let Some(failed) = ended {
        let _ = out.send(Say::Failed { failed }).await;
    }
}

/// Whether the question can be meant.
fn check(ask: &Ask) -> Result<(), Failed> {
    let wrong = |why: &str| Err(failed(FailedKind::Question, why));
    let (Server { url, timeout, .. }, names) = match ask {
        Ask::Listen { server, nodes, .. } => (server, nodes),
        Ask::Tags { server, below } => (server, below),
    };
    if !url.starts_with("opc.tcp://") {
        return wrong("the address of a server begins with opc.tcp://");
    }
    if !(1..=TIMEOUT_MAX).contains(timeout) {
        return wrong(&format!("a question may take 1 to {TIMEOUT_MAX} seconds"));
    }
    if names.len() > NODES_MAX {
        return wrong(&format!("at most {NODES_MAX} nodes are listened to"));
    }
    for name in names {
        if let Err(why) = NodeName::parse(name) {
            return wrong(&format!("{name:?}: {why}"));
        }
    }
    if let Ask::Listen { nodes, interval, .. } = ask {
        if nodes.is_empty() {
            return wrong("there is no node to listen to");
        }
        if !INTERVAL.contains(interval) {
            return wrong("the interval is 50 ms to 60 s");
        }
    }
    Ok(())
}

fn write(out: &mut impl Write, line: &impl serde::Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    out.write_all(&text)?;
    out.flush()
}
