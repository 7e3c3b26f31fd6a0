//! What is wrong or odd in the legacy data, and what the migration does about it.
//!
//! Nothing is corrected silently: every decision of the plan that changes, merges, drops or adds
//! something appears here, with the rows it concerns.

mod codes;
mod people;
mod repeats;
mod rows;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::classify::Lots;
use super::plan::MigrationPlan;
use super::plant::LegacyPlant;

/// Row ids listed for one subject; the count tells of the rest.
const IDS_LISTED: usize = 20;

/// One kind of fault and everything it was found on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code.
    pub code: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What the migration does about it.
    pub decision: &'static str,
    /// Rows concerned.
    pub rows: u64,
    /// Pieces concerned, where pieces are at stake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<i64>,
    /// What exactly, one entry per subject.
    pub items: Vec<FindingItem>,
}

/// One subject of a finding: a code, a lot, a pair of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingItem {
    /// What it is about.
    pub subject: String,
    /// The legacy table.
    pub table: &'static str,
    /// Rows of that table.
    pub rows: u64,
    /// Pieces of these rows, where pieces are at stake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<i64>,
    /// Ids of these rows, the first twenty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<i64>,
}

/// The unchanging part of a finding.
#[derive(Clone, Copy)]
struct Kind {
    code: &'static str,
    title: &'static str,
    decision: &'static str,
}

/// Gathers rows by table and subject.
#[derive(Default)]
struct Gathered(BTreeMap<(&'static str, String), FindingItem>);

impl Gathered {
    /// One row about `subject`, without pieces at stake.
    fn add(&mut self, table: &'static str, subject: impl Into<String>, id: Option<i64>) {
        self.gather(table, subject.into(), id.as_slice(), 1, None);
    }

    /// One row about `subject` with its pieces.
    fn add_pieces(
        &mut self,
        table: &'static str,
        subject: impl Into<String>,
        id: i64,
        pieces: i64,
    ) {
        self.gather(table, subject.into(), &[id], 1, Some(pieces));
    }

    /// Several rows about `subject` with their pieces together.
    fn add_rows(&mut self, table: &'static str, subject: String, ids: &[i64], pieces: i64) {
        self.gather(table, subject, ids, ids.len() as u64, Some(pieces));
    }

    fn gather(
        &mut self,
        table: &'static str,
        subject: String,
        ids: &[i64],
        rows: u64,
        pieces: Option<i64>,
    ) {
        let item = self.0.entry((table, subject.clone())).or_insert_with(|| FindingItem {
            subject,
            table,
            rows: 0,
            pieces: None,
            ids: Vec::new(),
        });
        item.rows += rows;
        if let Some(pieces) = pieces {
            *item.pieces.get_or_insert(0) += pieces;
        }
        let room = IDS_LISTED.saturating_sub(item.ids.len());
        item.ids.extend(ids.iter().take(room));
    }

    fn finding(self, kind: Kind) -> Option<Finding> {
        Finding::new(kind, self.0.into_values().collect())
    }
}

impl Finding {
    /// The finding of `items`; none if there are none.
    fn new(kind: Kind, items: Vec<FindingItem>) -> Option<Self> {
        let pieces = items.iter().filter_map(|item| item.pieces);
        let pieces = pieces.fold(None, |sum: Option<i64>, more| Some(sum.unwrap_or(0) + more));
        (!items.is_empty()).then(|| Self {
            code: kind.code,
            title: kind.title,
            decision: kind.decision,
            rows: items.iter().map(|item| item.rows).sum(),
            pieces,
            items,
        })
    }
}

/// Everything wrong or odd in `plant`, gravest first: pieces, then rows, codes, people, the file.
pub fn find(
    plant: &LegacyPlant,
    lots: &Lots,
    plan: &MigrationPlan,
    zone: &TimeZone,
) -> Vec<Finding> {
    let mut findings = repeats::findings(plant);
    findings.extend(rows::findings(plant, lots, plan, zone));
    findings.extend(codes::findings(plant, plan));
    findings.extend(people::findings(plant, plan));
    findings.extend(unproved_end(plant));
    findings
}

fn unproved_end(plant: &LegacyPlant) -> Option<Finding> {
    let last = plant.source.tables.last().filter(|_| !plant.source.end_proved)?;
    let item = FindingItem {
        subject: "the dump carries no end mark; compare its row counts with the database".into(),
        table: last.table,
        rows: last.rows,
        pieces: None,
        ids: Vec::new(),
    };
    let kind = Kind {
        code: "end_not_marked",
        title: "The dump does not mark its end",
        decision: "Accepted: every table is there and the last statement looks like a last one.",
    };
    Finding::new(kind, vec![item])
}
