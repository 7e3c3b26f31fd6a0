//! Labels that say several things: which of their words exist here, and what is to be known of the others.

use mtm_core::scan::{Disagreement, Document, Kind, Patterns, Reading, Remark, classify_by};
use mtm_core::scan::{Hints, disagreements};

use super::{ScanAnswer, ScanCandidate, ScanField, ScanWarning};
use crate::App;
use crate::error::AppError;

/// The kind of an answer about a label.
const LABEL: &str = "label";

impl App {
    /// What `document`, which `text` was read as, says of what exists here.
    pub(super) async fn scanned_label(
        &self,
        document: Document,
        text: String,
    ) -> Result<ScanAnswer, AppError> {
        let as_whole = self.existing_as_whole(&document).await?;
        let mut found = Found::default();
        for kind in Kind::ALL {
            self.resolve(&document, kind, &mut found).await?;
        }
        // A code that exists as a whole may be meant as that: a person chooses.
        if !as_whole.is_empty() {
            let all = as_whole.into_iter().chain(found.words).chain(found.choices).collect();
            return Ok(ScanAnswer::any_of(text, all));
        }
        let message = (found.words.is_empty() && found.choices.is_empty())
            .then(|| format!("the label names nothing that exists here: {text}"));
        let remarks = document.remarks.iter().map(warning_of);
        Ok(ScanAnswer {
            kind: LABEL,
            value: None,
            text,
            candidates: found.choices,
            words: found.words,
            fields: self.shown(&document),
            standard: Some(document.standard.as_str()),
            warnings: remarks.chain(found.warnings).collect(),
            message,
        })
    }

    /// What of that text exists as a plain code. Work orders and quantities always do, and say nothing.
    async fn existing_as_whole(&self, document: &Document) -> Result<Vec<ScanCandidate>, AppError> {
        let mut existing = Vec::new();
        for candidate in &document.plain {
            if !matches!(candidate.kind(), Kind::WorkOrder | Kind::Quantity) {
                existing.extend(self.existing(candidate, None).await?);
            }
        }
        Ok(existing)
    }

    /// What the label says of one kind: one word, choices, or a warning that nothing of it exists.
    async fn resolve(
        &self,
        document: &Document,
        kind: Kind,
        found: &mut Found,
    ) -> Result<(), AppError> {
        let mut named = Vec::new();
        let mut existing: Vec<ScanCandidate> = Vec::new();
        for word in document.words.iter().filter(|word| word.candidate.kind() == kind) {
            named.push(format!("{} ({})", word.candidate.text(), word.identifier));
            let one = self.existing(&word.candidate, Some(&word.identifier)).await?;
            existing.extend(one.filter(|one| existing.iter().all(|it| it.value != one.value)));
        }
        let name = kind.as_str();
        match existing.len() {
            0 if named.is_empty() => {}
            0 => {
                let message = format!("there is no {name} {} here", named.join(" or "));
                found.warnings.push(warning("not_here", Some(kind), message));
            }
            1 => found.words.append(&mut existing),
            _ => {
                let all: Vec<&str> = existing.iter().map(|it| it.value.as_str()).collect();
                let message =
                    format!("the label names more than one {name}: {}; choose one", all.join(", "));
                found.warnings.push(warning("ambiguous", Some(kind), message));
                found.choices.append(&mut existing);
            }
        }
        Ok(())
    }

    /// The fields, for people.
    fn shown(&self, document: &Document) -> Vec<ScanField> {
        let now = self.clock().now().civil();
        let year = now.map_or(2000, |now| now.to_zoned(self.site().zone.clone()).year());
        let fields = document.fields.iter();
        fields
            .map(|field| ScanField {
                identifier: field.identifier.clone(),
                meaning: field.meaning.clone(),
                value: field.value.chars().filter(|c| !c.is_control()).collect(),
                kind: field.kind.map(Kind::as_str),
                date: field.dated.and_then(|dated| dated.day(&field.value, year)),
            })
            .collect()
    }
}

/// What of a label exists here.
#[derive(Default)]
struct Found {
    words: Vec<ScanCandidate>,
    choices: Vec<ScanCandidate>,
    warnings: Vec<ScanWarning>,
}

/// What `reading` says otherwise than the codes `before`, which were scanned from the same label.
pub(super) fn compared(
    reading: &Reading,
    before: &[String],
    patterns: &Patterns,
) -> Vec<ScanWarning> {
    let mut warnings: Vec<ScanWarning> = Vec::new();
    for code in before {
        let other = classify_by(code, Hints::default(), patterns).reading;
        for it in disagreements(reading, &other) {
            let warning = disagreement(it);
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

fn disagreement(it: Disagreement) -> ScanWarning {
    let what = it.kind.map_or("value", Kind::as_str);
    let message = format!(
        "this code says {what} {} ({}), another code of the label says {}; look at the label",
        it.here, it.identifier, it.there
    );
    ScanWarning {
        code: "codes_disagree",
        kind: it.kind.map(Kind::as_str),
        identifier: Some(it.identifier),
        message,
    }
}

fn warning(code: &'static str, kind: Option<Kind>, message: String) -> ScanWarning {
    ScanWarning { code, kind: kind.map(Kind::as_str), identifier: None, message }
}

fn warning_of(remark: &Remark) -> ScanWarning {
    let identifier = remark.identifier().map(str::to_owned);
    ScanWarning { identifier, ..warning(remark.code(), remark.kind(), remark.to_string()) }
}
