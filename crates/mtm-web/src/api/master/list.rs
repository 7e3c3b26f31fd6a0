//! Lists of master data, out of memory.

use std::collections::BinaryHeap;

use mtm_app::master::MasterRow;
use mtm_app::query::{Page, PageRequest, Pattern};
use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::word::fold;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::record::Record;
use crate::api::pattern::text;
use crate::problem::Problem;

/// Which records, by whether they can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Those in use.
    #[default]
    Active,
    /// Those retired.
    Retired,
    /// Both.
    All,
}

/// What a list is narrowed by.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// In code or description; `%` and `*` are wildcards.
    q: Option<String>,
    /// Whether they can still be used; `active` unless given.
    #[param(inline)]
    state: State,
    /// Only those taken over from data that named them without defining them, or only others.
    unverified: Option<bool>,
}

impl Filter {
    fn admits<R: Record>(&self, record: &R, pattern: Option<&Pattern>) -> bool {
        let header = record.header();
        let state = match self.state {
            State::Active => header.retired_at.is_none(),
            State::Retired => header.retired_at.is_some(),
            State::All => true,
        };
        state
            && self.unverified.is_none_or(|wanted| wanted == header.unverified)
            && pattern.is_none_or(|pattern| {
                let described = header.description.as_deref().map(fold);
                pattern.matches(&fold(&record.label()))
                    || described.is_some_and(|text| pattern.matches(&text))
            })
    }
}

/// A page in order of the codes. The smallest codes behind the cursor are kept in a heap as large
/// as the page: no list of all records is made or sorted.
pub(super) fn page<R: Record>(
    catalogue: &Catalogue,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<MasterRow>, Problem> {
    let after = page.cursor.as_ref().map(|cursor| label_of(&cursor.encode())).transpose()?;
    let pattern = text(filter.q.as_deref());
    let wanted = usize::from(page.limit) + 1;
    let mut total = 0;
    let mut first: BinaryHeap<(String, i64)> = BinaryHeap::with_capacity(wanted + 1);
    for record in R::table(catalogue).iter() {
        if !filter.admits(&**record, pattern.as_ref()) {
            continue;
        }
        total += 1;
        let label = fold(&record.label());
        if after.as_ref().is_some_and(|after| label <= *after) {
            continue;
        }
        first.push((label, record.row_id()));
        if first.len() > wanted {
            first.pop();
        }
    }
    let mut first = first.into_sorted_vec();
    let more = first.len() == wanted;
    first.truncate(usize::from(page.limit));
    let next_cursor = first.last().filter(|_| more).map(|(label, _)| cursor_of(label));
    let table = R::table(catalogue);
    let items = first.iter().filter_map(|(_, id)| table.by_id(*id)).map(|r| r.row()).collect();
    Ok(Page { items, next_cursor, total: page.count.then_some(total) })
}

/// The cursor behind the record of this label.
fn cursor_of(label: &str) -> String {
    use std::fmt::Write as _;
    label.bytes().fold(String::with_capacity(label.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The label in a cursor of [`cursor_of`]; cursors of other lists decode to text that is no label
/// and do no harm.
fn label_of(cursor: &str) -> Result<String, Problem> {
    let bytes: Option<Vec<u8>> = (0..cursor.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(cursor.get(at..at + 2)?, 16).ok())
        .collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        Problem::field(Code::InvalidParameter, "cursor", "the cursor is not one of ours")
    })
}
