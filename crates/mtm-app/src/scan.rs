//! What was scanned: the grammar's candidates, checked against what exists.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::scan::{self, Candidate, Hints, Kind, Reading, Sheet};
use serde::Serialize;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// The kind of a count sheet.
const COUNT: &str = "count";

/// One thing that the code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanCandidate {
    /// What it is.
    pub kind: &'static str,
    /// The word, as bookings take it.
    pub value: String,
    /// What tells it apart: a part's description, a location's building, a lot's part.
    pub detail: Option<String>,
}

/// What a scan is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanAnswer {
    /// The likeliest kind, or `unknown`: nothing of that text exists.
    pub kind: &'static str,
    /// Its word, where known.
    pub value: Option<String>,
    /// The content of the symbol without what scanners add.
    pub text: String,
    /// Everything of that text that exists, likeliest first; more than one is for a person to
    /// choose from.
    pub candidates: Vec<ScanCandidate>,
    /// Why it cannot be used, where it cannot.
    pub message: Option<String>,
}

impl App {
    /// Says what was scanned. `expected` is what the field in focus takes.
    pub async fn scan(
        &self,
        who: &Principal,
        raw: &str,
        expected: Option<Kind>,
    ) -> Result<ScanAnswer, AppError> {
        who.require(Deed::Look)?;
        let scan = scan::classify(raw, Hints { expected });
        let (named, labelled) = match scan.reading {
            Reading::Sheet(sheet) => return self.scanned_sheet(sheet, scan.text).await,
            Reading::Label(candidate) => (vec![candidate], true),
            Reading::Plain(candidates) => (candidates, false),
            Reading::Unreadable(fault) => {
                return Err(AppError::field("data", Code::InvalidBody, fault.to_string()));
            }
        };
        let mut candidates = Vec::new();
        for candidate in named {
            candidates.extend(self.existing(&candidate).await?);
        }
        let first = candidates.first();
        Ok(ScanAnswer {
            kind: first.map_or("unknown", |candidate| candidate.kind),
            value: first.map(|candidate| candidate.value.clone()),
            message: first.is_none().then(|| {
                let what = if labelled { "the label names" } else { "the code is" };
                format!("{what} nothing that exists here: {}", scan.text)
            }),
            text: scan.text,
            candidates,
        })
    }

    /// A count sheet that was scanned: its value is the count, with `/` and the line where the code names
    /// one.
    async fn scanned_sheet(&self, sheet: Sheet, text: String) -> Result<ScanAnswer, AppError> {
        let Some(count) = self.ledger().stock_count(sheet.count).await? else {
            let message = Some(format!("there is no such count: {text}"));
            return Ok(ScanAnswer {
                kind: "unknown",
                value: None,
                text,
                candidates: Vec::new(),
                message,
            });
        };
        let value = match sheet.line {
            Some(line) => format!("{}/{line}", sheet.count),
            None => sheet.count.to_string(),
        };
        let detail = Some(count.name);
        let candidate = ScanCandidate { kind: COUNT, value: value.clone(), detail };
        Ok(ScanAnswer {
            kind: COUNT,
            value: Some(value),
            text,
            candidates: vec![candidate],
            message: None,
        })
    }

    /// The candidate with what tells it apart, if it exists. Work orders and quantities are taken
    /// at their word: they live outside this system.
    async fn existing(&self, candidate: &Candidate) -> Result<Option<ScanCandidate>, AppError> {
        let catalogue = self.catalogue();
        let (value, detail) = match candidate {
            Candidate::Part(code) => match catalogue.part(code) {
                None => return Ok(None),
                Some(part) => (part.code.to_string(), part.header.description.clone()),
            },
            Candidate::Operation(code) => match catalogue.operation(code) {
                None => return Ok(None),
                Some(operation) => {
                    (operation.code.to_string(), operation.header.description.clone())
                }
            },
            Candidate::Location(code) => match catalogue.location(code) {
                None => return Ok(None),
                Some(location) => (location.code.to_string(), location.building.clone()),
            },
            Candidate::Lot(lot) => match self.ledger().lot_sheet(lot.clone()).await? {
                None => return Ok(None),
                Some(sheet) => (sheet.lot.to_string(), Some(sheet.part.to_string())),
            },
            Candidate::WorkOrder(_) | Candidate::Quantity(_) => (candidate.text(), None),
        };
        Ok(Some(ScanCandidate { kind: candidate.kind().as_str(), value, detail }))
    }
}
