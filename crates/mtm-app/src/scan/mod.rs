//! What was scanned: the grammar's candidates, checked against what exists.

mod answer;
mod label;

use std::sync::Arc;

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::scan::{self, Candidate, Hints, Kind, MAX_RAW, Patterns, Reading, Sheet};
use mtm_core::word::fold;

pub use self::answer::{ScanAnswer, ScanCandidate, ScanField, ScanWarning};
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// The kind of a count sheet.
const COUNT: &str = "count";

/// Most codes of one label that are compared: more are on none.
const SAME_LABEL: usize = 16;

/// A scan, and what is known besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scanned<'s> {
    /// Everything the scanner sent.
    pub data: &'s str,
    /// What the field in focus takes.
    pub expected: Option<Kind>,
    /// What was scanned from the same label before; compared with this.
    pub same_label: &'s [String],
}

impl App {
    /// Says what was scanned.
    pub async fn scan(
        &self,
        who: &Principal,
        scanned: Scanned<'_>,
    ) -> Result<ScanAnswer, AppError> {
        who.require(Deed::Look)?;
        check(scanned.same_label)?;
        let (patterns, hints) = (self.scan_patterns(), Hints { expected: scanned.expected });
        let scan = scan::classify_by(scanned.data, hints, &patterns);
        let differs = label::compared(&scan, scanned.same_label, &patterns);
        let mut answer = match scan.reading {
            Reading::Sheet(sheet) => self.scanned_sheet(sheet, scan.text).await?,
            Reading::Label(candidate) => self.named(vec![candidate], true, scan.text).await?,
            Reading::Plain(candidates) => self.named(candidates, false, scan.text).await?,
            Reading::Document(document) => self.scanned_label(document, scan.text).await?,
            Reading::Unreadable(fault) => {
                return Err(AppError::field("data", Code::InvalidBody, fault.to_string()));
            }
        };
        answer.warnings.splice(..0, differs);
        Ok(answer)
    }

    /// What codes of this site alone look like, from now on.
    pub fn set_scan_patterns(&self, patterns: Patterns) {
        self.store_scan_patterns(Arc::new(patterns));
    }

    /// What of `named` exists, where any of it may be meant.
    async fn named(
        &self,
        named: Vec<Candidate>,
        labelled: bool,
        text: String,
    ) -> Result<ScanAnswer, AppError> {
        let behind = scan::identified(&text).filter(|_| !labelled);
        let mut candidates = Vec::new();
        for candidate in named {
            let identifier = behind.as_ref().filter(|(_, word)| *word == candidate);
            let identifier = identifier.map(|(identifier, _)| *identifier);
            // What stands behind the identifier on somebody else's label is not completed.
            let written = identifier.and_then(|it| text.get(it.len()..)).unwrap_or_default();
            if identifier.is_some() && !is_as_written(&candidate, written) {
                continue;
            }
            candidates.extend(self.existing(&candidate, identifier).await?);
        }
        // What exists as a whole is that, and no identifier begins it.
        let is_whole = |it: &ScanCandidate| it.identifier.is_none() && is_looked_up(it);
        if candidates.iter().any(is_whole) {
            candidates.retain(|it| it.identifier.is_none());
        }
        if candidates.is_empty() {
            let what = if labelled { "the label names" } else { "the code is" };
            let message = format!("{what} nothing that exists here: {text}");
            return Ok(ScanAnswer::unknown(text, message));
        }
        Ok(ScanAnswer::any_of(text, candidates))
    }

    /// A count sheet that was scanned: its value is the count, with `/` and the line where the code names
    /// one.
    async fn scanned_sheet(&self, sheet: Sheet, text: String) -> Result<ScanAnswer, AppError> {
        let Some(count) = self.ledger().stock_count(sheet.count).await? else {
            let message = format!("there is no such count: {text}");
            return Ok(ScanAnswer::unknown(text, message));
        };
        let value = match sheet.line {
            Some(line) => format!("{}/{line}", sheet.count),
            None => sheet.count.to_string(),
        };
        let detail = Some(count.name);
        let candidate = ScanCandidate { kind: COUNT, value, detail, identifier: None };
        Ok(ScanAnswer::any_of(text, vec![candidate]))
    }

    /// The candidate with what tells it apart, if it exists. Work orders and quantities are taken
    /// at their word: they live outside this system.
    async fn existing(
        &self,
        candidate: &Candidate,
        identifier: Option<&str>,
    ) -> Result<Option<ScanCandidate>, AppError> {
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
        let (kind, identifier) = (candidate.kind().as_str(), identifier.map(str::to_owned));
        Ok(Some(ScanCandidate { kind, value, detail, identifier }))
    }
}

/// Whether a lot is written as it is called here. Others pad theirs differently: batch 77 of a supplier is not the lot
/// 0000000077.
fn is_as_written(candidate: &Candidate, written: &str) -> bool {
    candidate.kind() != Kind::Lot || fold(written) == candidate.text()
}

/// Whether it exists here; work orders and quantities are taken at their word.
fn is_looked_up(candidate: &ScanCandidate) -> bool {
    ![Kind::WorkOrder, Kind::Quantity].iter().any(|kind| kind.as_str() == candidate.kind)
}

/// Bounds what is compared.
fn check(same_label: &[String]) -> Result<(), AppError> {
    let refuse = |message| AppError::field("context.same_label", Code::InvalidBody, message);
    if same_label.len() > SAME_LABEL {
        return Err(refuse(format!("at most {SAME_LABEL} codes of one label are compared")));
    }
    if same_label.iter().any(|code| code.len() > MAX_RAW) {
        return Err(refuse(format!("a code has more than {MAX_RAW} bytes")));
    }
    Ok(())
}
