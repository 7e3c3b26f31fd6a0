//! The database answers.

use std::time::Duration;

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "database",
    title: "Database",
    checks: "the database answers a question, and the file of an embedded one is where it was",
    often: "every 2 s",
    red: "nothing can be booked, or the file was taken away under the program",
    cure: "start the database server, or look at the way to it; `/readyz` and the log say what it answered",
    scope: Scope::Here,
};

const CURE: &str = "Start the database server, or look at the way to it. Clients book again by \
    themselves when it answers.";

/// So many questions have to stay without an answer. After a cut, connections that nobody used meanwhile
/// are cut still when the database is back, and say nothing about it; one more than there are usually.
const TRIES: u32 = 5;
/// Between two of them.
const BREATH: Duration = Duration::from_millis(50);

pub(in crate::truth) struct Database;

impl Check for Database {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            if let Some(path) = app.ledger().path().filter(|path| !path.exists()) {
                let finding = Finding::red(
                    "The file of the database is not there any more; what is booked now is lost \
                     when the program ends.",
                    "Stop booking and do not stop the program: as long as it runs, file and log can \
                     be copied from its open files (/proc/PID/fd on Linux). Then restore them.",
                );
                return finding.about(vec![OffendingKey::new("path", path.display())]);
            }
            let mut tries = 1;
            loop {
                match app.ledger().newest_event().await {
                    Ok(_) => return Finding::green("It answers."),
                    Err(_) if tries < TRIES => tokio::time::sleep(BREATH).await,
                    Err(error) => {
                        return Finding::red(format!("It does not answer: {error}."), CURE);
                    }
                }
                tries += 1;
            }
        })
    }

    fn late(&self) -> Finding {
        Finding::red("It does not answer.", CURE)
    }
}
