//! What machines count, on its way to stock.
//!
//! A *counter* says what the counts of a machine's tag are: pieces of a part, at a place, for a booking (`counter`). What a
//! machine says comes in batches (`batch`): one transaction judges the totals by [`mtm_core::machine::counter`], adds the
//! pieces to *proposals* (`grow`), and keeps the machine's position with them, so that nothing is counted twice or lost by a
//! kill. A proposal waits for somebody, or for the rule of its counter (`confirm`), and is booked by whoever asks for
//! what was confirmed (`book`): marked before the ledger is asked, and under a key that follows from its number and version, so
//! that one that is found so after a kill is booked once.
//!
//! Counted pieces are kept: over the proposals of a counter there are as many as its totals said, whoever confirms, drops
//! or looks away meanwhile. Only what was asked of a person, a question, is none of them.
//!
//! Deliberately absent: stock. Nothing here is on hand, and no row here changes because a movement is undone.

mod batch;
mod book;
mod confirm;
mod counter;
mod counters;
mod grow;
mod list;
mod row;
mod setting;
mod standing;

#[cfg(test)]
mod tests;

pub use crate::deed::DeedRow;
pub use batch::{Heard, Taken};
pub use book::DueProposal;
pub use confirm::{Confirmation, Dismissal};
pub use counter::{CounterRow, CounterSetting, CounterSheet};
pub use counters::{CounterChange, NewCounter};
pub use list::{ProposalQuery, ProposalSheet, ProposalTotal};
pub use row::ProposalRow;
pub use standing::{Listening, MachineRow, MachineStanding};

use mtm_core::code::Code;
use mtm_core::machine::Value;
use mtm_core::word::UserId;

use crate::sql::{Connection, Error, OptionalExtension as _, params};
use crate::write::WriteContext;

/// The most pieces of a proposal: where no container says when it is full, it is so then.
pub const MOST_PIECES: u64 = 1_000_000_000;
/// The most proposals that one reading may fill, or that pieces which somebody did not see may.
const MOST_FULL: u64 = 10_000;

/// How what does not wait for anybody any more is refused.
const SETTLED: Code = Code::PostingSettled;

/// What a deed is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Counter(i64),
    Proposal(i64),
}

/// Writes down what became of something.
fn write_down(
    context: &WriteContext<'_>,
    about: About,
    what: &str,
    by: Option<UserId>,
    note: Option<&str>,
) -> Result<(), Error> {
    let (counter, proposal) = match about {
        About::Counter(id) => (Some(id), None),
        About::Proposal(id) => (None, Some(id)),
    };
    context.sql().execute(
        "INSERT INTO machine_deed (counter_id, proposal_id, what, at, user_id, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![counter, proposal, what, context.now().micros(), by.map(|by| by.0), note],
    )?;
    Ok(())
}

/// Has a proposal take no more pieces before it is full: what it has is a person's to look at, whatever the rule says.
fn close(context: &WriteContext<'_>, proposal: i64, why: &str) -> Result<(), Error> {
    context.sql().execute(
        "UPDATE machine_proposal SET grows_for = NULL, by_rule = 0, version = version + 1 WHERE id = ?1",
        params![proposal],
    )?;
    write_down(context, About::Proposal(proposal), "closed", None, Some(why))
}

/// The proposal that takes the pieces of this counter.
fn growing(connection: Connection<'_>, counter: i64) -> Result<Option<i64>, Error> {
    connection
        .prepare_cached("SELECT id FROM machine_proposal WHERE grows_for = ?1")?
        .query_row(params![counter], |row| row.get(0))
        .optional()
}

/// A number as tables keep it: none of ours is so large.
fn kept(number: u64) -> i64 {
    number.min(Value::MOST).cast_signed()
}

/// What others said, as far as it is kept.
fn cut(text: &str) -> String {
    text.chars().take(500).collect()
}
