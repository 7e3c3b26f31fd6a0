//! The envelope that documents come in: a verb and its noun, and the elements around them.

use super::{Scanner, Tag, Unreadable};

/// The verbs that bring something.
const BRINGING: [&str; 4] = ["Show", "Process", "Change", "Sync"];
/// Those that ask, answer or take away.
const OTHERS: [&str; 4] = ["Get", "Acknowledge", "Respond", "Cancel"];
/// The uses of material that a segment makes.
const MADE: [&str; 3] = ["Produced", "Material Produced", "Yield Produced"];

/// How a root element brings nouns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bringing {
    /// It is one.
    Itself,
    /// As a transaction with one of the verbs that bring something.
    Transaction,
    /// Not: its verb asks, answers or takes away.
    Nothing,
    /// Not: it is something else.
    Other,
}

/// How the root element `name` brings what `is_noun` knows.
pub(super) fn bringing(name: &str, is_noun: fn(&str) -> bool) -> Bringing {
    let of = |verbs: &[&str]| verbs.iter().any(|verb| name.strip_prefix(verb).is_some_and(is_noun));
    if is_noun(name) {
        Bringing::Itself
    } else if of(&BRINGING) {
        Bringing::Transaction
    } else if of(&OTHERS) {
        Bringing::Nothing
    } else {
        Bringing::Other
    }
}

/// Whether an element of a data area is the verb of one that brings something.
pub(super) fn is_verb(name: &str) -> bool {
    BRINGING.contains(&name)
}

/// Whether a use of material is that it is made.
pub(super) fn is_made(used: &str) -> bool {
    MADE.contains(&used)
}

/// Within a verb: what a document says to remove is not brought by it. `instead` says what to do.
pub(super) fn refuse_deletions(scanner: &mut Scanner<'_>, instead: &str) -> Result<(), Unreadable> {
    while let Some(criteria) = scanner.child()? {
        if criteria.name != "ActionCriteria" {
            scanner.skip()?;
            continue;
        }
        while let Some(expression) = scanner.child()? {
            if expression.attribute("actionCode").is_some_and(|code| code == "Delete") {
                return Err(scanner.unreadable(format!("the document deletes; {instead}")));
            }
            scanner.skip()?;
        }
    }
    Ok(())
}

/// The text of an element that may stand there once.
pub(super) fn once(
    scanner: &mut Scanner<'_>,
    tag: &Tag,
    slot: &mut Option<String>,
) -> Result<(), Unreadable> {
    let text = scanner.text()?;
    if slot.is_some() {
        scanner.fault_of(tag, "it stands there twice; keep one");
    } else {
        *slot = Some(text);
    }
    Ok(())
}
