//! Keeping parts as another system has them, in words of whoever looks after master data.

use mtm_app::master_sync::{Change, Conflict, Difference, DifferenceRow, Field, Mode, NewParts};

/// An attribute.
pub(super) const fn field(field: Field) -> &'static str {
    match field {
        Field::Part => "Part",
        Field::Description => "Description",
        Field::ItemType => "Item type",
        Field::Retired => "Retired",
        Field::Unit => "Unit",
    }
}

/// Who changed it.
pub(super) const fn change(change: Change) -> &'static str {
    match change {
        Change::Theirs => "they did",
        Change::Ours => "somebody here did",
        Change::Both => "both did, differently",
        Change::First => "nobody knows: they never agreed",
    }
}

/// Who acts on differences.
pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "Parts are not compared.",
        Mode::Shadow => "Parts are compared. What differs is listed, and nothing is taken over.",
        Mode::Worklist => "People decide what is taken over.",
        Mode::Automatic => {
            "What is theirs is taken over. Where it was changed here, people decide as configured."
        }
    }
}

/// What becomes of what was changed here.
pub(super) const fn conflict(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Theirs => "theirs counts",
        Conflict::Ask => "somebody decides",
    }
}

/// Which parts are made here.
pub(super) const fn new(new: NewParts) -> &'static str {
    match new {
        NewParts::All => "every one",
        NewParts::Stocked => "those that they keep in stock",
        NewParts::None => "none",
    }
}

/// What differs, in a line.
pub(super) fn what(row: &DifferenceRow) -> String {
    let is_new = |it: &Difference| it.field == Field::Part;
    if row.differences.iter().any(is_new) {
        return "new there".to_owned();
    }
    if row.gone {
        return "gone there".to_owned();
    }
    let fields = row.differences.iter().map(|it| field(it.field).to_lowercase());
    fields.collect::<Vec<_>>().join(", ")
}

/// Why what was to be taken was not.
pub(super) fn cause(code: &str) -> String {
    match code {
        "" => String::new(),
        "in_use" => "There is stock of it here. It can be retired when none is left.".to_owned(),
        "too_many_gone" => {
            "Many parts are gone there at once. Look there first: their list may not be whole."
                .to_owned()
        }
        "unknown_item_type" => "There is no such item type here: add it first.".to_owned(),
        "invalid_body" => {
            "It cannot stand here as it is there: it is too long, or holds what no code has."
                .to_owned()
        }
        code => format!("It was refused here ({code})."),
    }
}
