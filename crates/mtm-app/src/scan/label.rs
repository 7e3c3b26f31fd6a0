//! Labels that say several things: which of their words exist here, and what is to be known of the others.

use mtm_core::scan::{Disagreement, Document, Kind, Patterns, Remark, Scan, Standard, Word};
use mtm_core::scan::{Hints, classify_by, disagreements};
use mtm_core::word::fold;

use super::{ScanAnswer, ScanCandidate, ScanField, ScanWarning, is_as_written};
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
        let as_whole = self.existing_as_whole(&document, &text).await?;
        // A code that exists as a whole is that, whatever else could be read into it.
        if !as_whole.is_empty() {
            return Ok(ScanAnswer::any_of(text, as_whole));
        }
        let mut found = Found::default();
        for kind in Kind::ALL {
            self.resolve(&document, kind, &mut found).await?;
        }
        found.check_lot();
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
    async fn existing_as_whole(
        &self,
        document: &Document,
        text: &str,
    ) -> Result<Vec<ScanCandidate>, AppError> {
        let mut existing = Vec::new();
        let whole = fold(text);
        for candidate in &document.plain {
            let is_looked_up = !matches!(candidate.kind(), Kind::WorkOrder | Kind::Quantity);
            if is_looked_up && candidate.text() == whole {
                existing.extend(self.existing(candidate, None).await?);
            }
        }
        Ok(existing)
    }

    /// What the label says of one kind: one word, choices, or a warning that it does not exist.
    ///
    /// What it says first is what it means. Where that is not here, or cannot be read, nothing else of that kind stands in
    /// for it: an unknown part of ours is not the supplier's part of another number.
    async fn resolve(
        &self,
        document: &Document,
        kind: Kind,
        found: &mut Found,
    ) -> Result<(), AppError> {
        let is_unusable =
            |it: &Remark| matches!(it, Remark::Unusable { kind: of, .. } if *of == kind);
        if document.remarks.iter().any(is_unusable) {
            return Ok(());
        }
        let mut named = Vec::new();
        let mut existing: Vec<ScanCandidate> = Vec::new();
        let mut leading: Option<(&str, bool)> = None;
        for word in document.words.iter().filter(|word| word.candidate.kind() == kind) {
            let one = if is_here_as_written(document, word) {
                self.existing(&word.candidate, Some(&word.identifier)).await?
            } else {
                None
            };
            let (first, is_here) = leading.get_or_insert((word.identifier.as_str(), false));
            if *first == word.identifier {
                named.push(format!("{} ({})", word.candidate.text(), word.identifier));
                *is_here |= one.is_some();
            }
            existing.extend(one.filter(|one| existing.iter().all(|it| it.value != one.value)));
        }
        let name = kind.as_str();
        let Some((_, is_here)) = leading else { return Ok(()) };
        match existing.len() {
            _ if !is_here => {
                let message = format!("there is no {name} {} here", named.join(" or "));
                found.warnings.push(warning("not_here", Some(kind), message));
            }
            0 | 1 => found.words.append(&mut existing),
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

impl Found {
    /// A lot of another part than the label names is not the lot that is meant, or the part is not: neither counts.
    fn check_lot(&mut self) {
        let of = |kind: Kind| self.words.iter().find(|it| it.kind == kind.as_str());
        let Some((part, lot)) = of(Kind::Part).zip(of(Kind::Lot)) else { return };
        let Some(here) = lot.detail.as_ref().filter(|here| **here != part.value) else { return };
        let message = format!(
            "the lot {} is one of part {here} here, and the label says part {}; look at the label",
            lot.value, part.value
        );
        self.warnings.push(warning("not_here", Some(Kind::Lot), message));
        let both = [Kind::Part.as_str(), Kind::Lot.as_str()];
        self.words.retain(|it| !both.contains(&it.kind));
    }
}

/// Whether what a label of somebody else names is called here as it is written there. What a pattern of the site finds is
/// written as the site writes it.
fn is_here_as_written(document: &Document, word: &Word) -> bool {
    let mut fields = document.fields.iter().filter(|field| field.identifier == word.identifier);
    document.standard == Standard::Pattern
        || fields.any(|field| is_as_written(&word.candidate, &field.value))
}

/// What `scan` says otherwise than the codes `before`, which were scanned from the same label.
pub(super) fn compared(scan: &Scan, before: &[String], patterns: &Patterns) -> Vec<ScanWarning> {
    let mut warnings: Vec<ScanWarning> = Vec::new();
    for code in before {
        let other = classify_by(code, Hints::default(), patterns);
        for it in disagreements(scan, &other) {
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
