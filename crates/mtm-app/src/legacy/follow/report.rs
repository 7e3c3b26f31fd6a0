//! What became of a round, and of the whole parallel run: as data for programs, as text for people.

use std::fmt::Write as _;

use mtm_core::word::Timestamp;
use mtm_store::integrity::VerifyReport;
use serde::Serialize;

use crate::legacy::plant::Source;
use crate::legacy::report::{ClassReport, Classes};

/// Differences listed for people, those with most pieces first.
const LISTED: usize = 20;

/// Why stock differs between the systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Somebody booked the lot here while it is followed: it is left alone.
    BookedHere,
    /// A hold placed here keeps the lot where it is.
    Held,
    /// The ledger refuses what happened there.
    Refused,
    /// A lot that only this ledger knows.
    OnlyHere,
    /// A row of the legacy stock table that is no stock: without part or place, or below zero.
    SetAside,
    /// Anything else.
    Unexplained,
}

impl Class {
    /// Every class, gravest first.
    pub const ALL: [Self; 6] = [
        Self::Unexplained,
        Self::BookedHere,
        Self::Held,
        Self::Refused,
        Self::OnlyHere,
        Self::SetAside,
    ];

    const fn meaning(self) -> &'static str {
        match self {
            Self::BookedHere => "booked here while the legacy system is followed",
            Self::Held => "kept here by a hold",
            Self::Refused => "refused by this ledger",
            Self::OnlyHere => "known here only",
            Self::SetAside => "legacy rows that are no stock",
            Self::Unexplained => "unexplained",
        }
    }
}

/// One bucket that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Lot.
    pub lot: String,
    /// Part.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Pieces there.
    pub legacy: i64,
    /// Pieces here.
    pub ledger: i64,
    /// Why.
    pub why: String,
}

/// The differences of one class.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ClassDifferences {
    /// Buckets that differ.
    pub buckets: u64,
    /// Pieces by which they differ, all signs alike.
    pub pieces: i64,
    /// Each.
    pub items: Vec<Difference>,
}

/// Every difference, each in one class.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "named as their classes")]
pub struct Differences {
    pub unexplained: ClassDifferences,
    pub booked_here: ClassDifferences,
    pub held: ClassDifferences,
    pub refused: ClassDifferences,
    pub only_here: ClassDifferences,
    pub set_aside: ClassDifferences,
}

impl Differences {
    /// The differences of `class`.
    pub const fn of(&self, class: Class) -> &ClassDifferences {
        match class {
            Class::Unexplained => &self.unexplained,
            Class::BookedHere => &self.booked_here,
            Class::Held => &self.held,
            Class::Refused => &self.refused,
            Class::OnlyHere => &self.only_here,
            Class::SetAside => &self.set_aside,
        }
    }

    pub(super) fn add(&mut self, class: Class, difference: Difference) {
        let of = match class {
            Class::Unexplained => &mut self.unexplained,
            Class::BookedHere => &mut self.booked_here,
            Class::Held => &mut self.held,
            Class::Refused => &mut self.refused,
            Class::OnlyHere => &mut self.only_here,
            Class::SetAside => &mut self.set_aside,
        };
        of.buckets += 1;
        of.pieces += (difference.legacy - difference.ledger).abs();
        of.items.push(difference);
    }

    /// Whether both systems hold the same stock. Legacy rows that are no stock are not counted:
    /// they never can be.
    pub fn is_equal(&self) -> bool {
        Class::ALL
            .iter()
            .filter(|class| **class != Class::SetAside)
            .all(|class| self.of(*class).buckets == 0)
    }
}

/// How much stands in one system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Side {
    /// Lots.
    pub lots: u64,
    /// Buckets.
    pub buckets: u64,
    /// Pieces.
    pub pieces: i64,
}

/// What a round took over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TakenOver {
    /// Master data, added.
    pub masters: u64,
    /// People, added.
    pub users: u64,
    /// Rows of the legacy log, kept as records.
    pub records: u64,
    /// Lots whose stock changed.
    pub lots: u64,
    /// Movements booked.
    pub movements: u64,
    /// Lots that people booked here as it happened there.
    pub adopted: u64,
}

impl TakenOver {
    /// Whether there was nothing new.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The legacy log beside its stock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LogReport {
    /// Rows there.
    pub rows: u64,
    /// Rows kept here.
    pub kept: u64,
    /// The highest row id kept here.
    pub last_id: Option<i64>,
    /// Ids of this round's rows that the stock does not bear out: they moved nothing.
    pub without_stock: Vec<i64>,
    /// Lots of this round whose pieces came or went without a row: booked as count differences.
    pub stock_without_log: Vec<LotPieces>,
}

/// Pieces of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotPieces {
    /// The lot.
    pub lot: String,
    /// The pieces.
    pub pieces: i64,
}

/// What became of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowReport {
    /// What was looked at.
    pub source: Source,
    /// When.
    pub looked_at: Timestamp,
    /// How many looks were written so far.
    pub round: u64,
    /// What was new.
    pub taken_over: TakenOver,
    /// The log.
    pub log: LogReport,
    /// The stock there.
    pub legacy: Side,
    /// The stock here.
    pub ledger: Side,
    /// Whether both hold the same.
    pub equal: bool,
    /// What differs.
    pub differences: Differences,
}

/// The end of the parallel run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CutOverReport {
    /// Whether this ledger is what counts from now on.
    pub cut_over: bool,
    /// When.
    pub cut_over_at: Option<Timestamp>,
    /// The last round.
    #[serde(flatten)]
    pub last: FollowReport,
    /// What became of every lot in the legacy system.
    pub classes: Classes,
    /// Whether the ledger is what it was told, recomputed.
    pub verified: VerifyReport,
    /// What to do now.
    pub next_steps: Vec<String>,
}

impl FollowReport {
    /// The round in a line.
    pub fn line(&self) -> String {
        let new = &self.taken_over;
        let mut line = if new.is_nothing() {
            "nothing new".to_owned()
        } else {
            format!(
                "{} log rows, {} movements of {} lots, {} new masters",
                new.records, new.movements, new.lots, new.masters
            )
        };
        let stock = if self.equal { "stock is equal" } else { "stock DIFFERS" };
        // Writing into a String cannot fail.
        let _ = write!(
            line,
            "; {stock}: {} pieces there, {} here",
            self.legacy.pieces, self.ledger.pieces
        );
        for class in Class::ALL.into_iter().filter(|class| self.differences.of(*class).buckets > 0)
        {
            let of = self.differences.of(class);
            let _ = write!(line, "; {} buckets {}", of.buckets, class.meaning());
        }
        line
    }

    /// The report as text for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "Followed the legacy system\n{}\n", "=".repeat(26));
        self.facts(&mut text);
        self.list(&mut text);
        text
    }

    fn facts(&self, text: &mut String) {
        let server = self.source.server.as_deref().unwrap_or_default();
        let last = self.log.last_id.map_or_else(|| "none".to_owned(), |id| id.to_string());
        let new = &self.taken_over;
        let _ = write!(
            text,
            "Server      {server}\nLooked at   {}\nLog         {} rows there, {} kept here, last id {last}\n\
             New         {} log rows, {} movements of {} lots, {} masters, {} people, {} lots booked alike\n\n\
             {:<12}{:>10}{:>10}{:>14}\n",
            self.looked_at,
            self.log.rows,
            self.log.kept,
            new.records,
            new.movements,
            new.lots,
            new.masters,
            new.users,
            new.adopted,
            "stock",
            "lots",
            "buckets",
            "pieces",
        );
        for (name, side) in [("legacy", self.legacy), ("ledger", self.ledger)] {
            let _ = writeln!(
                text,
                "{name:<12}{:>10}{:>10}{:>14}",
                side.lots, side.buckets, side.pieces
            );
        }
        if self.equal {
            let _ = writeln!(text, "\nBoth systems hold the same stock, bucket by bucket.");
        }
        if !self.log.without_stock.is_empty() {
            let _ = writeln!(
                text,
                "\n{} log rows that the legacy stock does not bear out moved nothing.",
                self.log.without_stock.len()
            );
        }
        if !self.log.stock_without_log.is_empty() {
            let _ = writeln!(
                text,
                "\n{} lots changed without a log row; booked as count differences.",
                self.log.stock_without_log.len()
            );
        }
    }

    fn list(&self, text: &mut String) {
        for class in Class::ALL {
            let of = self.differences.of(class);
            if of.buckets == 0 {
                continue;
            }
            let _ = writeln!(
                text,
                "\nDifference: {} ({} buckets, {} pieces)",
                class.meaning(),
                of.buckets,
                of.pieces
            );
            let mut items: Vec<_> = of.items.iter().collect();
            items.sort_by_key(|item| -(item.legacy - item.ledger).abs());
            for item in items.iter().take(LISTED) {
                let _ = writeln!(
                    text,
                    "  lot {} of {} at {} / {}: {} there, {} here; {}",
                    item.lot,
                    item.part,
                    item.location,
                    item.operation,
                    item.legacy,
                    item.ledger,
                    item.why
                );
            }
            if items.len() > LISTED {
                let _ = writeln!(text, "  … {} more in the JSON report", items.len() - LISTED);
            }
        }
    }
}

impl CutOverReport {
    /// The report as text for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "Cut-over from the legacy system\n{}\n", "=".repeat(31));
        let verdict = match self.cut_over_at {
            Some(at) => format!("Cut over at {at}: this ledger is what counts from now on."),
            None => "NOT cut over: see below.".to_owned(),
        };
        let _ = writeln!(text, "{verdict}\n");
        self.last.facts(&mut text);
        let proof = if self.verified.ok {
            format!(
                "verified: {} audit entries and the stock of {} lots recomputed",
                self.verified.checked, self.verified.lots
            )
        } else {
            "NOT what it was told; run `mtm verify`".to_owned()
        };
        let _ = writeln!(text, "\nLedger      {proof}");
        self.last.list(&mut text);
        let _ = writeln!(text, "\nLots whose legacy record does not add up");
        for (name, of) in self.unresolved() {
            let _ = writeln!(text, "  {name:<16}{:>8} lots{:>12} pieces", of.lots, of.pieces);
        }
        let _ = writeln!(text, "\nWhat to do next");
        for (number, step) in self.next_steps.iter().enumerate() {
            let _ = writeln!(text, "  {}. {step}", number + 1);
        }
        text
    }

    fn unresolved(&self) -> [(&'static str, &ClassReport); 6] {
        let classes = &self.classes;
        [
            ("vanished", &classes.vanished),
            ("surplus_out", &classes.surplus_out),
            ("short_stock", &classes.short_stock),
            ("part_vanished", &classes.part_vanished),
            ("no_receipt", &classes.no_receipt),
            ("unexplained", &classes.unexplained),
        ]
    }
}
