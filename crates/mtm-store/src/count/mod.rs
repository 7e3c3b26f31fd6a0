//! Cycle counts: planned, counted blind, decided, posted.
//!
//! Planning freezes a line per bucket ([`plan`]). Entering reads what the ledger knew at the moment
//! of counting, in one statement of the entry's own transaction ([`enter`]): the stock there, without
//! what was recorded since. So no number has to wait for a place in the log, bookings go on, and a
//! difference is never what moved meanwhile. Posting books the differences of decided lines and says
//! so at the lines in one transaction ([`post`]): a line is posted if and only if its movement is in
//! the ledger, whoever posts how often, and whatever is killed.
//!
//! Nothing here changes stock by itself. Differences are commands, decided like every other.

mod accuracy;
mod close;
mod enter;
mod found;
mod plan;
mod post;
mod read;

use mtm_core::code::Code;
use mtm_core::count::CountState;
use mtm_core::rejection::Rejection;
use mtm_core::word::CountId;

use crate::record::CountRecord;
use crate::sql::Connection;
use crate::write::Failure;

/// The count of this identity, which must still be open.
fn open(connection: Connection<'_>, id: CountId) -> Result<CountRecord, Failure> {
    let count = known(connection, id)?;
    if count.state != CountState::Open {
        let message = format!("the count {} is {}", count.name, count.state.as_str());
        return Err(Rejection::new(Code::CountClosed, None, message).into());
    }
    Ok(count)
}

/// The count of this identity.
fn known(connection: Connection<'_>, id: CountId) -> Result<CountRecord, Failure> {
    read::by_id(connection, id)?
        .ok_or_else(|| Rejection::new(Code::NotFound, "id", "there is no such count").into())
}

/// The refusal of a line that is not there.
fn no_line(line: u32) -> Failure {
    Rejection::new(Code::NotFound, "line", format!("the count has no line {line}")).into()
}
