//! Reading what is looked for: pages of rows, until the question is answered, within bounds.

use serde_json::Value;

use super::json::{decimal_of, is_same};
use super::paging::{End, Paging};
use super::path::with_query;
use super::posting::Search;
use crate::peer::{CallFailed, Peer, Request, Response};

const JSON: &str = "application/json";

/// Bytes that are read for one question.
const MOST_BYTES: usize = 32 << 20;

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// There was no answer, or one that says that the system is not well.
    Failed(CallFailed),
    /// The answer is not what the mapping says.
    Odd(&'static str),
}

impl From<CallFailed> for NoAnswer {
    fn from(failed: CallFailed) -> Self {
        Self::Failed(failed)
    }
}

impl From<NoAnswer> for CallFailed {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::Failed(failed) => failed,
            NoAnswer::Odd(why) => Self::Unreadable(why),
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Hit {
    /// What is wanted of the row that counts.
    Value(Value),
    /// None counts.
    None,
    /// Rows are what was looked for, and none has enough.
    TooLittle,
    /// Several count.
    Several,
}

/// A page that was read.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) rows: Vec<Value>,
    /// Where the next begins.
    pub(super) next: Option<String>,
    bytes: usize,
}

/// Reads one page.
pub(super) async fn page(
    peer: &Peer,
    paging: &Paging,
    path: &str,
    items: Option<&str>,
    (position, ends): (Option<&str>, End),
) -> Result<Leaf, NoAnswer> {
    let path = with_query(path, &paging.parameters(position));
    let response = peer.call(&Request::reading(&path, Some(JSON))).await?;
    if !response.is_success() {
        return Err(CallFailed::Unwell(response.status).into());
    }
    leaf(paging, &response, items, (position, ends))
}

fn leaf(
    paging: &Paging,
    response: &Response,
    items: Option<&str>,
    (position, ends): (Option<&str>, End),
) -> Result<Leaf, NoAnswer> {
    let bytes = response.body.len();
    let answer: Value =
        serde_json::from_slice(&response.body).map_err(|_| NoAnswer::Odd("it is no JSON"))?;
    let Some(items) = items else {
        return Ok(Leaf { rows: vec![answer], next: None, bytes });
    };
    let Some(rows) = answer.pointer(items).and_then(Value::as_array) else {
        return Err(NoAnswer::Odd("there is no list where the mapping says"));
    };
    if rows.len() > paging.most_items as usize {
        return Err(NoAnswer::Odd("a page holds more than may be read"));
    }
    let next = paging.following(position, &answer, rows, ends).map_err(NoAnswer::Odd)?;
    Ok(Leaf { rows: rows.clone(), next, bytes })
}

/// Looks for what `search` says, in which nothing is left to be looked up. It reads no further than it has
/// to, and no further than may be.
pub(super) async fn search(peer: &Peer, paging: &Paging, search: &Search) -> Result<Hit, NoAnswer> {
    let mut found: Vec<Value> = Vec::new();
    let mut has_too_little = false;
    let (mut position, mut items, mut bytes) = (None, 0, 0);
    for _ in 0..paging.most_pages.max(1) {
        let from = (position.as_deref(), End::Short);
        let read = page(peer, paging, &search.path, search.items.as_deref(), from);
        let leaf = match read.await {
            Err(NoAnswer::Failed(CallFailed::Unwell(status)))
                if search.absent.contains(&status) =>
            {
                return Ok(Hit::None);
            }
            read => read?,
        };
        items += leaf.rows.len();
        bytes += leaf.bytes;
        for row in leaf.rows.iter().filter(|row| search.is_meant(row)) {
            if search.is_enough(row) {
                let place = search.value.as_deref().unwrap_or_default();
                let value = row.pointer(place).filter(|value| !value.is_null());
                let Some(value) = value else {
                    return Err(NoAnswer::Odd("a row has no value where the mapping says"));
                };
                if !found.contains(value) {
                    found.push(value.clone());
                }
            } else {
                has_too_little = true;
            }
        }
        match search.several {
            super::Several::First if !found.is_empty() => break,
            super::Several::Refuse if found.len() > 1 => return Ok(Hit::Several),
            _ => {}
        }
        if leaf.next.is_none() {
            return Ok(match found.into_iter().next() {
                Some(value) => Hit::Value(value),
                None if has_too_little => Hit::TooLittle,
                None => Hit::None,
            });
        }
        if items > paging.most_items as usize || bytes > MOST_BYTES {
            break;
        }
        position = leaf.next;
    }
    match (search.several, found.into_iter().next()) {
        (super::Several::First, Some(value)) => Ok(Hit::Value(value)),
        _ => Err(NoAnswer::Odd("there is more than may be read")),
    }
}

impl Search {
    /// Whether a row is what was asked for: a system that does not know a filter passes over it.
    fn is_meant(&self, row: &Value) -> bool {
        let mut conditions = self.rows.iter();
        conditions.all(|(place, value)| row.pointer(place).is_some_and(|it| is_same(value, it)))
    }

    fn is_enough(&self, row: &Value) -> bool {
        let mut conditions = self.least.iter();
        conditions.all(|(place, least)| {
            let there = row.pointer(place).and_then(decimal_of);
            there.zip(decimal_of(least)).is_some_and(|(there, least)| there >= least)
        })
    }
}
