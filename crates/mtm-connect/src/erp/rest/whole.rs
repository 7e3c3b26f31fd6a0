//! Reading a list whole: each row once, and an end whatever is answered.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use mtm_core::erp::protocol::Table;

use super::Side;
use super::lists::{self, Row, Texts};
use crate::erp::ErpError;
use crate::rest::PagingKind;

/// Most rows of a list.
const MOST_ROWS: usize = 500_000;
/// Most pages of a list.
const MOST_PAGES: usize = 20_000;

/// A list on its way. What it remembers is bounded by the two numbers above, whatever is answered.
#[derive(Debug)]
pub(super) struct Whole {
    table: Table,
    /// Where the next page begins.
    position: Option<String>,
    /// Where pages began.
    positions: HashSet<u64>,
    /// What rows said, by what names them.
    named: HashMap<u128, u64>,
    /// What the page before said.
    before: Option<u64>,
    /// What its last row said.
    last: Option<u64>,
    rows: usize,
}

impl Whole {
    /// The list of this table, from its beginning.
    pub(super) fn of(table: Table) -> Self {
        Self {
            table,
            position: None,
            positions: HashSet::new(),
            named: HashMap::new(),
            before: None,
            last: None,
            rows: 0,
        }
    }
}

impl Side {
    /// The next page of a list; the second is what is left of it.
    pub(super) async fn whole(
        &self,
        mut whole: Whole,
    ) -> Result<(Vec<Texts>, Option<Whole>), ErpError> {
        let name = lists::name(whole.table);
        let Some((list, paging)) = self.lists.list(name) else { return Ok((Vec::new(), None)) };
        let by_offset = paging.kind == PagingKind::Offset;
        let page = self.page(name, whole.position.as_deref(), |_| Ok(())).await?;
        let said = digest(&page.rows);
        let overlaps = by_offset && whole.last.is_some();
        // Each page begins with the last row of the one before: where it does not, something was put in or
        // taken out before it, and a row may have been passed over.
        if overlaps && page.rows.first().map(digest) != whole.last {
            return Err(ErpError::Moved);
        }
        let fresh = &page.rows[usize::from(overlaps)..];
        if overlaps && fresh.is_empty() {
            return Ok((Vec::new(), None));
        }
        let mut rows = Vec::with_capacity(fresh.len());
        for row in fresh {
            let named = list.name(row);
            if whole.is_new(named.as_deref(), row)? {
                rows.push(lists::row(whole.table, row));
            }
        }
        whole.rows += rows.len();
        let Some(next) = page.next else { return Ok((rows, None)) };
        if rows.is_empty() || whole.before == Some(said) || !whole.positions.insert(digest(&next)) {
            return Err(ErpError::Answer("its pages lead back to what was read".to_owned()));
        }
        if whole.rows > MOST_ROWS || whole.positions.len() > MOST_PAGES {
            let why = format!("it has more than {MOST_ROWS} rows or {MOST_PAGES} pages");
            return Err(ErpError::Answer(why));
        }
        whole.last = page.rows.last().map(digest);
        (whole.before, whole.position) = (Some(said), Some(from(next, by_offset)));
        Ok((rows, Some(whole)))
    }
}

impl Whole {
    /// Whether a row was not told before. While a list is read, what stands in it moves from page to page.
    fn is_new(&mut self, name: Option<&str>, row: &Row) -> Result<bool, ErpError> {
        let Some(name) = name else { return Ok(true) };
        let said = digest(row);
        match self.named.insert(wide(name), said) {
            None => Ok(true),
            Some(before) if before == said => Ok(false),
            // It changed while the list was read.
            Some(_) => Err(ErpError::Moved),
        }
    }
}

/// Where the next page begins; by offset with the last row of this one.
fn from(next: String, by_offset: bool) -> String {
    let offset = next.parse::<u64>().ok().filter(|_| by_offset);
    offset.map_or(next, |offset| offset.saturating_sub(1).to_string())
}

fn digest<T: Hash + ?Sized>(it: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    it.hash(&mut hasher);
    hasher.finish()
}

/// Wide enough that two names are not taken for one.
fn wide(name: &str) -> u128 {
    u128::from(digest(&(0_u8, name))) << 64 | u128::from(digest(&(1_u8, name)))
}
