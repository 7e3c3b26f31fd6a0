//! From cells to what is booked: a movement body, or a master record.

use mtm_core::catalogue::LocationKind;
use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::word::{ItemType, OperationCode, Quantity};
use mtm_store::master::{MasterAttributes, MasterNoun, NewMaster};

use super::preview::field_of;
use crate::error::FieldError;
use crate::movement::{BookingType, MovementBody, PickBody};

const MOVEMENT_COLUMNS: [&str; 18] = [
    "type",
    "part",
    "operation",
    "location",
    "quantity",
    "containers",
    "lot",
    "item_type",
    "work_order",
    "color_code",
    "notes",
    "to_operation",
    "to_location",
    "reason",
    "counted",
    "delta",
    "pick",
    "occurred_at",
];

const MASTER_COLUMNS: [&str; 2] = ["code", "description"];
const LOCATION_COLUMNS: [&str; 2] = ["building", "type"];
const PART_COLUMNS: [&str; 7] = [
    "item_type",
    "requires_color",
    "requires_work_order",
    "max_quantity",
    "minimum_stock",
    "operations",
    "customer",
];

/// Which columns a movement file may have.
pub(super) fn movement_columns() -> Vec<&'static str> {
    MOVEMENT_COLUMNS.to_vec()
}

/// Which columns a file of master data may have.
pub(super) fn master_columns(noun: MasterNoun) -> Vec<&'static str> {
    let own: &[&str] = match noun {
        MasterNoun::Part => &PART_COLUMNS,
        MasterNoun::Location => &LOCATION_COLUMNS,
        _ => &[],
    };
    MASTER_COLUMNS.iter().chain(own).copied().collect()
}

/// A row by column name; blank cells do not exist.
pub(super) struct Cells<'t> {
    pub(super) headers: &'t [String],
    pub(super) cells: &'t [String],
}

impl Cells<'_> {
    pub(super) fn text(&self, column: &str) -> Option<String> {
        let at = self.headers.iter().position(|header| header == column)?;
        let cell = self.cells.get(at)?.trim();
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    pub(super) fn parsed<T>(
        &self,
        column: &str,
        errors: &mut Vec<FieldError>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(&self.text(column)?) {
            Ok(value) => Some(value),
            Err(message) => {
                errors.push(FieldError::new(column, Code::InvalidBody, message));
                None
            }
        }
    }

    fn whole(&self, column: &str, errors: &mut Vec<FieldError>) -> Option<i64> {
        self.parsed(column, errors, |text| {
            text.parse().map_err(|_| format!("{text} is not a whole number"))
        })
    }

    fn pieces(&self, column: &str, errors: &mut Vec<FieldError>) -> Option<Quantity> {
        self.parsed(column, errors, |text| {
            let pieces = text.parse().map_err(|_| format!("{text} is not a whole number"))?;
            Quantity::pieces(pieces).map_err(|error| error.to_string())
        })
    }

    /// The movement body of this row. Rows without a type are receipts.
    pub(super) fn movement(&self) -> Result<MovementBody, Vec<FieldError>> {
        let mut errors = Vec::new();
        let kind = self.parsed("type", &mut errors, booking_type);
        let body = MovementBody {
            kind: Some(kind.unwrap_or(BookingType::In)),
            part: self.text("part"),
            operation: self.text("operation"),
            location: self.text("location"),
            quantity: self.whole("quantity", &mut errors),
            containers: self.parsed("containers", &mut errors, |text| {
                text.parse().map_err(|_| format!("{text} is not a number of containers"))
            }),
            lot: self.text("lot"),
            item_type: self.text("item_type"),
            work_order: self.text("work_order"),
            color_code: self.text("color_code"),
            notes: self.text("notes"),
            to_operation: self.text("to_operation"),
            to_location: self.text("to_location"),
            reason: self.text("reason"),
            counted: self.whole("counted", &mut errors),
            delta: self.whole("delta", &mut errors),
            pick: self.parsed("pick", &mut errors, |text| match text.to_lowercase().as_str() {
                "fifo" => Ok(PickBody::Fifo),
                _ => Err(format!("{text} is no way to pick; use fifo or nothing")),
            }),
            occurred_at: self.text("occurred_at"),
            ..MovementBody::default()
        };
        if errors.is_empty() { Ok(body) } else { Err(errors) }
    }

    /// The master record of this row.
    pub(super) fn master(&self, noun: MasterNoun) -> Result<NewMaster, Vec<FieldError>> {
        let mut errors = Vec::new();
        let set = |text: Option<String>| text.map_or(Patch::Keep, Patch::Set);
        let set_pieces = |pieces: Option<Quantity>| pieces.map_or(Patch::Keep, Patch::Set);
        let attributes = MasterAttributes {
            description: set(self.text("description")),
            building: set(self.text("building")),
            customer: set(self.text("customer")),
            kind: self
                .parsed("type", &mut errors, |text| {
                    LocationKind::from_name(&text.to_lowercase().replace(' ', "_"))
                        .ok_or_else(|| format!("{text} is no kind of place"))
                })
                .map_or(Patch::Keep, Patch::Set),
            item_type: self
                .parsed("item_type", &mut errors, |text| {
                    ItemType::parse(text).map_err(|error| error.to_string())
                })
                .map_or(Patch::Keep, Patch::Set),
            requires_color: self.parsed("requires_color", &mut errors, yes_or_no),
            requires_work_order: self.parsed("requires_work_order", &mut errors, yes_or_no),
            max_quantity: set_pieces(self.pieces("max_quantity", &mut errors)),
            minimum_stock: set_pieces(self.pieces("minimum_stock", &mut errors)),
            operations: self.parsed("operations", &mut errors, operations),
            ..MasterAttributes::default()
        };
        let code = self.text("code");
        if code.is_none() {
            errors.push(FieldError::new("code", Code::InvalidBody, "code is needed here"));
        }
        match code {
            Some(code) if errors.is_empty() => {
                let new = NewMaster { noun, code, attributes };
                match new.check_code() {
                    Ok(()) => Ok(new),
                    Err(refusal) => Err(vec![field_of(refusal)]),
                }
            }
            _ => Err(errors),
        }
    }
}

fn booking_type(text: &str) -> Result<BookingType, String> {
    match text.to_lowercase().as_str() {
        "in" => Ok(BookingType::In),
        "out" => Ok(BookingType::Out),
        "transfer" => Ok(BookingType::Transfer),
        "scrap" => Ok(BookingType::Scrap),
        "adjust" => Ok(BookingType::Adjust),
        _ => Err(format!("{text} is no type; use in, out, transfer, scrap or adjust")),
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "x" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err(format!("{text} is neither yes nor no")),
    }
}

fn operations(text: &str) -> Result<Vec<OperationCode>, String> {
    text.split([',', ' ', ';', '/'])
        .filter(|step| !step.is_empty())
        .map(|step| OperationCode::parse(step).map_err(|error| error.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bound: &str, minimum: &str) -> Result<NewMaster, Vec<FieldError>> {
        let headers = ["code", "max_quantity", "minimum_stock"].map(str::to_owned);
        let cells = ["A-100", bound, minimum].map(str::to_owned);
        Cells { headers: &headers, cells: &cells }.master(MasterNoun::Part)
    }

    #[test]
    fn quantities_of_a_part_are_whole_pieces_or_wrong() {
        let set = |pieces| Patch::Set(Quantity::pieces(pieces).unwrap());
        let new = part("5000", " 40 ").unwrap().attributes;
        assert_eq!((new.max_quantity, new.minimum_stock), (set(5_000), set(40)));
        let new = part("", "").unwrap().attributes;
        assert_eq!((new.max_quantity, new.minimum_stock), (Patch::Keep, Patch::Keep));
        for (bound, minimum, wrong) in [
            ("", "-1", "minimum_stock"),
            ("", "some", "minimum_stock"),
            ("-5", "1", "max_quantity"),
        ] {
            let errors = part(bound, minimum).unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].field, wrong);
        }
    }
}
