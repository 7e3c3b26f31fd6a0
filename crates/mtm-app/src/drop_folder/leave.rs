//! Movements left for others to fetch.
//!
//! A file holds what came after the one before it, in the order of the log, and is named after the first
//! and last place of it: `movements-000000000101-000000000200.csv`. It appears whole. Whoever has it takes
//! it away, and so says that they have it; what nobody takes stays. Before a file is left it is written down
//! what it will hold, so that a program that was killed leaves the same one again, under the same name, and
//! leaves nothing out.

use std::fs;
use std::path::{Path, PathBuf};

use mtm_platform::durable::{self, Access};
use mtm_platform::{Cause, FileError, Operation};
use mtm_store::Fault;
use mtm_store::query::{HistoryQuery, MovementRow, ReadError, SortOrder};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::place::Place;
use super::{DropError, DropFolder, listing};
use crate::export::csv_file;

/// Most movements of one file.
const ROWS: usize = 10_000;
/// Most files that may wait to be fetched; no more are left until some were. The movements wait in the log.
const WAITING: usize = 1_000;
/// Where it is written down what was left. Hidden, so that nobody fetches it.
const POSITION: &str = ".position.json";

/// What was left so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The place in the log up to which movements were left.
    after: u64,
    /// The place up to which the next file goes, where it is being left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
}

impl DropFolder {
    /// Leaves what happened since the last file, when it is time to.
    pub(super) async fn leave(&mut self) -> Result<(), DropError> {
        let Some(every) = self.place.leaves_every() else { return Ok(()) };
        if self.left.is_some_and(|at| at.elapsed() < every) {
            return Ok(());
        }
        let out = self.place.out();
        let Some(mut position) = read(&self.place, &out).await? else {
            // Told from now on, like everybody who is told of events.
            let after = self.app.ledger().newest_sequence().await.map_err(fault)?;
            return write(&self.place, &out, Position { after, to: None }).await;
        };
        while self.place.look_into(out.clone()).await?.len() < WAITING {
            // What was to be left before a kill: more may have come since.
            let again = position.to.is_some();
            let rows = self.after(position).await?;
            let Some(last) = rows.last().and_then(|row| row.sequence) else { break };
            write(&self.place, &out, Position { to: Some(last), ..position }).await?;
            put(&self.place, &out, (position.after + 1, last), csv_file(&rows)?).await?;
            position = Position { after: last, to: None };
            write(&self.place, &out, position).await?;
            if rows.len() < ROWS && !again {
                break;
            }
        }
        self.left = Some(Instant::now());
        Ok(())
    }

    /// The next movements: as many as were to be left, or as fit a file.
    async fn after(&self, position: Position) -> Result<Vec<MovementRow>, Fault> {
        let query = HistoryQuery {
            after_sequence: Some(position.after),
            sort: SortOrder::Oldest,
            ..HistoryQuery::default()
        };
        let (chunks, mut received) = mpsc::channel(1);
        let read = self.app.ledger().history_stream(query, chunks);
        let gather = async move {
            let mut rows = Vec::new();
            while let Some(chunk) = received.recv().await {
                let wanted = chunk.into_iter().filter(|row: &MovementRow| row.sequence.is_some());
                let within =
                    |row: &MovementRow| position.to.is_none_or(|to| row.sequence <= Some(to));
                rows.extend(wanted.take_while(within).take(ROWS - rows.len()));
                let last = rows.last().and_then(|row: &MovementRow| row.sequence);
                if rows.len() == ROWS || position.to.is_some() && last == position.to {
                    break;
                }
            }
            rows
        };
        let (read, rows) = tokio::join!(read, gather);
        read.map_err(fault)?;
        Ok(rows)
    }
}

async fn read(place: &Place, out: &Path) -> Result<Option<Position>, DropError> {
    let path = out.join(POSITION);
    let named = path.clone();
    let text = place
        .aside(move || match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(Operation::Read, &path, error)),
        })
        .await?;
    let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
    parsed.map_err(|error| {
        // To begin anew would leave movements out, or leave them twice.
        let message = format!(
            "{} does not say what was left: {error}; write {{\"after\": N}} into it, N being the last \
             place of the log that others have",
            named.display()
        );
        Fault::Permanent(message).into()
    })
}

async fn write(place: &Place, out: &Path, position: Position) -> Result<(), DropError> {
    let path = out.join(POSITION);
    let text =
        serde_json::to_vec(&position).map_err(|error| Fault::Permanent(error.to_string()))?;
    place.aside(move || durable::replace(&path, &text, Access::Inherited)).await
}

/// Puts a file where others fetch it; one of that name is the same one.
async fn put(
    place: &Place,
    out: &Path,
    (first, last): (u64, u64),
    bytes: Vec<u8>,
) -> Result<(), DropError> {
    let path: PathBuf = out.join(format!("movements-{first:012}-{last:012}.csv"));
    place
        .aside(move || match durable::create(&path, &bytes, Access::Inherited) {
            Err(error) if error.cause() == Cause::AlreadyExists => Ok(()),
            put => put,
        })
        .await
}

/// How many files wait to be fetched.
pub(super) fn waiting(out: &Path) -> Result<usize, FileError> {
    Ok(listing::files(out)?.len())
}

/// What went wrong; such a question is never refused.
fn fault(error: ReadError) -> Fault {
    match error {
        ReadError::Fault(fault) => fault,
        ReadError::Refused(refusal) => Fault::Permanent(refusal.to_string()),
    }
}
