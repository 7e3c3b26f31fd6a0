//! The form in which answers are kept under their keys.
//!
//! Answers are most of what a key costs for thirty days, and say every code several times. They
//! are kept as a version byte and a tape: numbers in as few bytes as they need, every text once,
//! and no movement id, because a movement is its command and its position. Whatever does not fit
//! that shape is kept as JSON, so that a replay is always equal to the first answer.

mod tape;
mod verdict;

#[cfg(test)]
mod tests;

use mtm_core::code::Code;
use mtm_core::outcome::Verdict;
use mtm_core::rejection::Rejection;

use self::tape::{Reader, Writer};
use super::failure::Failure;

const JSON: u8 = 0;
const TAPE: u8 = 1;

/// The bytes to keep.
pub(crate) fn encode(verdicts: &[Verdict]) -> Result<Vec<u8>, Failure> {
    let mut tape = Writer::new(TAPE);
    if verdict::write_all(&mut tape, verdicts).is_some() {
        return Ok(tape.finish());
    }
    let mut bytes = vec![JSON];
    serde_json::to_writer(&mut bytes, verdicts)
        .map_err(|error| Failure::Broken(format!("an answer cannot be kept: {error}")))?;
    Ok(bytes)
}

/// The answer that `bytes` keep.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Verdict>, Failure> {
    let unreadable = |why: &str| Failure::Broken(format!("a kept answer cannot be read: {why}"));
    match bytes.split_first() {
        Some((&TAPE, tape)) => {
            let mut tape = Reader::new(tape);
            let verdicts = verdict::read_all(&mut tape).ok_or_else(|| unreadable("the tape"))?;
            if tape.is_at_end() { Ok(verdicts) } else { Err(unreadable("its end")) }
        }
        Some((&JSON, json)) => {
            serde_json::from_slice(json).map_err(|error| unreadable(&error.to_string()))
        }
        // The key stands for a request: nothing was booked under it, and nothing will be.
        Some((&b'{', _)) => {
            let message = "a second person was asked under this key; nothing is booked by it";
            Err(Rejection::new(Code::ApprovalRequired, None, message).into())
        }
        _ => Err(unreadable("its version")),
    }
}
