//! Which tables and columns of a dump somebody wants, and how a statement's columns map to them.

use super::error::DumpFault;

/// A table to deliver. Every table of a selection must be in the dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    /// Its name, compared without regard to case.
    pub name: &'static str,
    /// The columns to deliver, in the order of a row's values. Others are skipped unread.
    pub columns: &'static [ColumnSpec],
}

/// A column to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name, compared without regard to case.
    pub name: &'static str,
    /// Whether a dump without it is refused; else its values are [`super::Value::Absent`].
    pub required: bool,
}

/// A column the migration cannot do without.
pub const fn required(name: &'static str) -> ColumnSpec {
    ColumnSpec { name, required: true }
}

/// A column that some versions of the legacy database lack.
pub const fn optional(name: &'static str) -> ColumnSpec {
    ColumnSpec { name, required: false }
}

/// For each column of a statement, in its order: the place in the delivered row, if wanted.
pub(super) type Slots = Vec<Option<usize>>;

/// Maps the columns `names` of a statement to the places of `spec`.
///
/// A column whose name says that it holds a secret never gets a place, whatever a selection asks
/// for: its values are skipped byte by byte and exist nowhere.
pub(super) fn slots(spec: &TableSpec, names: &[String]) -> Result<Slots, DumpFault> {
    let slots: Slots = names
        .iter()
        .map(|name| {
            let wanted = |column: &ColumnSpec| column.name.eq_ignore_ascii_case(name);
            spec.columns.iter().position(wanted).filter(|_| !is_secret(name))
        })
        .collect();
    match (0..spec.columns.len())
        .find(|slot| spec.columns[*slot].required && !slots.contains(&Some(*slot)))
    {
        Some(slot) => Err(DumpFault::MissingColumn { column: spec.columns[slot].name }),
        None => Ok(slots),
    }
}

/// Whether a column of this name holds a PIN, a password or the like.
pub(in crate::legacy) fn is_secret(name: &str) -> bool {
    let letters: String =
        name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    ["password", "passwd", "pwd", "secret", "pincode", "pinhash", "userpin", "badgepin"]
        .iter()
        .any(|secret| letters.contains(secret))
        || words.into_iter().any(|word| word.eq_ignore_ascii_case("pin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name_and_harmless_names_are_not() {
        for secret in ["Pin", "PIN", "user_pin", "UserPin", "Password", "pwd_hash", "Pass-wd"] {
            assert!(is_secret(secret), "{secret}");
        }
        for harmless in ["Pinned", "Shipping", "PartID", "Spindle", "Mapping", "Full Name"] {
            assert!(!is_secret(harmless), "{harmless}");
        }
    }

    #[test]
    fn a_secret_column_gets_no_place_even_when_asked_for() {
        const SPEC: TableSpec =
            TableSpec { name: "u", columns: &[required("User"), optional("Pin")] };
        let names = ["Pin".to_owned(), "User".to_owned()];
        assert_eq!(slots(&SPEC, &names).unwrap(), [None, Some(0)]);
    }
}
