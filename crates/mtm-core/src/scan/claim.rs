//! Do two codes of one label say the same?
//!
//! A label carries the same facts as a two-dimensional code, as bar codes, and for people; printed from two
//! systems, they may differ. Compared is only what codes claim by an identifier: a plain code claims nothing, and
//! our own labels are nobody's second code.

use std::collections::HashMap;

use super::{Kind, Reading, Scan, identifier, plain};
use crate::word::fold;

/// Two codes that say different things of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What of ours it is about, where it is.
    pub kind: Option<Kind>,
    /// The identifier in the code that is read now.
    pub identifier: String,
    /// What that says.
    pub here: String,
    /// What the code before says.
    pub there: String,
}

/// What one identifier of a code says.
struct Claim {
    identifier: String,
    kind: Option<Kind>,
    /// Ways to write what it says.
    values: Vec<String>,
}

impl Claim {
    fn agrees(&self, other: &Self) -> bool {
        self.values.iter().any(|value| other.values.contains(value))
    }

    fn said(&self) -> String {
        self.values.first().cloned().unwrap_or_default()
    }
}

/// What `now` and `before`, codes of one label, say differently.
///
/// The same identifier is compared with itself. What names the same kind by another identifier is compared
/// where the other code says nothing under this one.
///
/// ```
/// use mtm_core::scan::{Hints, classify, disagreements};
///
/// let read = |raw| classify(raw, Hints::default());
/// let label = read("[)>\u{1e}06\u{1d}P4711\u{1d}Q50\u{1e}\u{4}");
/// assert!(disagreements(&read("P4711"), &label).is_empty());
/// let differs = disagreements(&read("Q60"), &label);
/// assert_eq!((&*differs[0].here, &*differs[0].there), ("60", "50"));
/// ```
pub fn disagreements(now: &Scan, before: &Scan) -> Vec<Disagreement> {
    let (here, there) = (claims(now), claims(before));
    let by_name: HashMap<&str, &Claim> =
        there.iter().map(|claim| (claim.identifier.as_str(), claim)).collect();
    let of_ours: Vec<&Claim> = there.iter().filter(|claim| claim.kind.is_some()).collect();
    let mut found = Vec::new();
    for claim in &here {
        let others: Vec<&Claim> = match by_name.get(claim.identifier.as_str()) {
            Some(same) => vec![*same],
            None if claim.kind.is_none() => continue,
            None => of_ours.iter().copied().filter(|other| other.kind == claim.kind).collect(),
        };
        if let Some(other) = others.first()
            && !others.iter().any(|other| claim.agrees(other))
        {
            found.push(Disagreement {
                kind: claim.kind,
                identifier: claim.identifier.clone(),
                here: claim.said(),
                there: other.said(),
            });
        }
    }
    found
}

fn claims(scan: &Scan) -> Vec<Claim> {
    match &scan.reading {
        Reading::Document(document) => document
            .fields
            .iter()
            .filter(|field| !field.value.trim().is_empty())
            .map(|field| {
                let words = document.words.iter().filter(|it| it.identifier == field.identifier);
                let mut values: Vec<String> = words.map(|it| it.candidate.text()).collect();
                let kind = field.kind.filter(|_| !values.is_empty());
                values.push(fold(&field.value));
                Claim { identifier: field.identifier.clone(), kind, values }
            })
            .collect(),
        // Of what was scanned: a word that was completed claims something else.
        Reading::Plain(_) => of_plain(&fold(&scan.text)).into_iter().collect(),
        Reading::Label(_) | Reading::Sheet(_) | Reading::Unreadable(_) => Vec::new(),
    }
}

/// A bar code that begins with a data identifier. Words do as well, so something of it must be a digit.
fn of_plain(text: &str) -> Option<Claim> {
    let (code, value) = identifier::split(text)?;
    let known = identifier::find(code)?;
    if !value.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let word = plain::identified(text).map(|(_, candidate)| candidate);
    let kind = word.as_ref().map(super::Candidate::kind);
    let values = word.map(|word| word.text()).into_iter().chain([fold(value)]).collect();
    Some(Claim { identifier: known.code.to_owned(), kind, values })
}
