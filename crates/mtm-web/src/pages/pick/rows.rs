//! The rows that a form sent back: `row.N.lot`, `row.N.quantity` and so on.

use std::collections::BTreeMap;

use mtm_app::FieldError;
use mtm_core::code::Code;

use crate::pages::form::Form;

/// Rows of one form at most; more come from no page of ours.
const MOST_ROWS: usize = 1_000;

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) lot: String,
    pub(super) part: String,
    pub(super) operation: String,
    pub(super) location: String,
    /// Pieces that the page showed.
    pub(super) on_hand: i64,
    /// The quantity as it was typed.
    pub(super) typed: String,
    /// The quantity typed, where it is a number.
    pub(super) quantity: Option<i64>,
    /// Ticked, or a quantity was typed.
    pub(super) picked: bool,
    /// What is wrong with the quantity.
    pub(super) wrong: Option<FieldError>,
}

impl Row {
    /// The pieces asked for: all that were shown, unless some were typed.
    pub(super) fn pieces(&self) -> i64 {
        self.quantity.unwrap_or(self.on_hand)
    }
}

/// The rows of `form`, in the order of their numbers.
pub(super) fn read(form: &Form) -> Vec<Row> {
    let mut rows: BTreeMap<usize, Row> = BTreeMap::new();
    for (name, value) in form.iter() {
        let Some((number, column)) =
            name.strip_prefix("row.").and_then(|rest| rest.split_once('.'))
        else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else { continue };
        if rows.len() >= MOST_ROWS && !rows.contains_key(&number) {
            continue;
        }
        let row = rows.entry(number).or_default();
        let value = value.trim();
        match column {
            "lot" => value.clone_into(&mut row.lot),
            "part" => value.clone_into(&mut row.part),
            "operation" => value.clone_into(&mut row.operation),
            "location" => value.clone_into(&mut row.location),
            "on_hand" => row.on_hand = value.parse().unwrap_or_default(),
            "quantity" => value.clone_into(&mut row.typed),
            "pick" => row.picked |= value == "1",
            _ => {}
        }
    }
    let mut rows: Vec<Row> = rows.into_values().filter(|row| !row.lot.is_empty()).collect();
    let mut picked = 0;
    for row in &mut rows {
        judge(row, picked);
        picked += usize::from(row.picked);
    }
    rows
}

/// Reads the typed quantity. `item` is the row's number among the picked ones, by which a refusal
/// names it.
fn judge(row: &mut Row, item: usize) {
    if row.typed.is_empty() {
        return;
    }
    row.picked = true;
    let digits = row.typed.bytes().all(|byte| byte.is_ascii_digit());
    row.quantity = digits.then(|| row.typed.parse().ok()).flatten();
    if row.quantity.is_none() {
        let message = format!("{:?} is not a whole number; write digits only", row.typed);
        let field = format!("items[{item}].quantity");
        row.wrong = Some(FieldError::new(field, Code::InvalidBody, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_quantity_picks_its_row() {
        let form = Form::parse(
            "row.1.lot=B&row.1.on_hand=7&row.1.quantity=&row.1.pick=1&row.0.lot=A&row.0.on_hand=9\
             &row.0.quantity=4&row.2.lot=C&row.2.on_hand=1&row.3.lot=D&row.3.quantity=x&row.x.lot=E",
        )
        .unwrap();
        let rows = read(&form);
        let seen: Vec<_> =
            rows.iter().map(|row| (row.lot.as_str(), row.picked, row.pieces())).collect();
        assert_eq!(seen, [("A", true, 4), ("B", true, 7), ("C", false, 1), ("D", true, 0)]);
        assert_eq!(rows[3].wrong.as_ref().unwrap().field, "items[2].quantity");
    }
}
