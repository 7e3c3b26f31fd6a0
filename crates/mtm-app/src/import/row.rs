//! From cells to what is booked: a movement body, or a master record.

use mtm_core::catalogue::LocationKind;
use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::word::{ItemType, OperationCode, Quantity};
use mtm_store::master::{MasterAttributes, MasterNoun, NewMaster};

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
const PART_COLUMNS: [&str; 6] = [
    "item_type",
    "requires_color",
    "requires_work_order",
    "max_quantity",
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
            max_quantity: self
                .whole("max_quantity", &mut errors)
                .and_then(|pieces| Quantity::pieces(pieces).ok())
                .map_or(Patch::Keep, Patch::Set),
            operations: self.parsed("operations", &mut errors, operations),
            ..MasterAttributes::default()
        };
        let code = self.text("code");
        if code.is_none() {
            errors.push(FieldError::new("code", Code::InvalidBody, "code is needed here"));
        }
        match code {
            Some(code) if errors.is_empty() => Ok(NewMaster { noun, code, attributes }),
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
