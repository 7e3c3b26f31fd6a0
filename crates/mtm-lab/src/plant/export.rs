//! A plant as files: a CSV table for each kind of master data, and the bookings as one JSON object
//! a line. Opening and naming the files is the caller's; this writes into what it is given.
//!
//! A line of `movements.ndjson` has the fields of a movement's body in the HTTP interface, with
//! three differences: `at` and `user` say when and by whom, and lots stand as ordinals (`lot` 17
//! is the seventeenth lot that the lines above create, `new_lots` are those that this line
//! creates), because lot numbers are the ledger's.

use std::io::{self, Write};

use mtm_core::command::Count;
use mtm_core::word::{
    LocationCode, Note, OperationCode, PartCode, Quantity, ReasonCode, Timestamp, UserName,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::booking::{Booking, Deed, Spot};
use super::{Plant, PlantItem, PlantSpec, SpecError};

/// A file of an exported plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Kinds of material.
    ItemTypes = 0,
    /// Colours.
    Colors = 1,
    /// Operations.
    Operations = 2,
    /// Locations.
    Locations = 3,
    /// Parts.
    Parts = 4,
    /// Shifts.
    Shifts = 5,
    /// People.
    Users = 6,
    /// Bookings.
    Movements = 7,
}

impl Table {
    /// Every file, in the order in which they are filled.
    pub const ALL: [Self; 8] = [
        Self::ItemTypes,
        Self::Colors,
        Self::Operations,
        Self::Locations,
        Self::Parts,
        Self::Shifts,
        Self::Users,
        Self::Movements,
    ];

    /// Its name.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::ItemTypes => "item_types.csv",
            Self::Colors => "color_codes.csv",
            Self::Operations => "operations.csv",
            Self::Locations => "locations.csv",
            Self::Parts => "parts.csv",
            Self::Shifts => "shifts.csv",
            Self::Users => "users.csv",
            Self::Movements => "movements.ndjson",
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::ItemTypes | Self::Colors => "code\n",
            Self::Operations => "code,description\n",
            Self::Locations => "code,building,type\n",
            Self::Parts => {
                "code,description,customer,item_type,operations,requires_color,\
                 requires_work_order\n"
            }
            Self::Shifts => "name,starts,ends\n",
            Self::Users => "name,display_name,role,shift\n",
            Self::Movements => "",
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportSummary {
    /// Rows or lines of each file.
    pub rows: Vec<(&'static str, u64)>,
    /// SHA-256 over all rows in order, hexadecimal: the same for the same seed and sizes.
    pub sha256: String,
}

/// Writes a plant, item by item.
pub struct Export<W> {
    writers: Vec<W>,
    rows: [u64; 8],
    line: Vec<u8>,
    digest: Digest,
}

impl<W: Write> Export<W> {
    /// Opens every file through `open` and writes the headings.
    pub fn new(mut open: impl FnMut(Table) -> io::Result<W>) -> io::Result<Self> {
        let mut writers = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            let mut writer = open(table)?;
            writer.write_all(table.header().as_bytes())?;
            writers.push(writer);
        }
        Ok(Self { writers, rows: [0; 8], line: Vec::new(), digest: Digest::default() })
    }

    /// Writes one item.
    pub fn write(&mut self, item: &PlantItem) -> io::Result<()> {
        self.line.clear();
        let table = render(item, &mut self.line)?;
        self.digest.0.update(&self.line);
        self.rows[table as usize] += 1;
        self.writers[table as usize].write_all(&self.line)
    }

    /// Flushes every file and says what was written, handing the writers back for syncing.
    pub fn finish(mut self) -> io::Result<(ExportSummary, Vec<W>)> {
        for writer in &mut self.writers {
            writer.flush()?;
        }
        let rows = Table::ALL.map(|table| (table.file_name(), self.rows[table as usize]));
        let summary = ExportSummary { rows: rows.to_vec(), sha256: self.digest.hex() };
        Ok((summary, self.writers))
    }
}

/// The fingerprint of a stream of items.
#[derive(Debug, Clone, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Adds one item.
    pub fn update(&mut self, item: &PlantItem) -> io::Result<()> {
        let mut line = Vec::new();
        render(item, &mut line)?;
        self.0.update(&line);
        Ok(())
    }

    /// The fingerprint, hexadecimal.
    pub fn hex(self) -> String {
        use std::fmt::Write as _;
        let bytes: [u8; 32] = self.0.finalize().into();
        bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// SHA-256 of the whole plant of `spec`, hexadecimal; what [`Export`] reports after writing it.
pub fn digest(spec: &PlantSpec) -> Result<String, SpecError> {
    let mut digest = Digest::default();
    let mut line = Vec::new();
    for item in Plant::new(spec)? {
        line.clear();
        // Writing into memory does not fail.
        if render(&item, &mut line).is_ok() {
            digest.0.update(&line);
        }
    }
    Ok(digest.hex())
}

/// Appends the row or line of `item` and says which file it belongs to.
fn render(item: &PlantItem, line: &mut Vec<u8>) -> io::Result<Table> {
    let table = match item {
        PlantItem::ItemType(item) => {
            row(line, &[item.code.as_str()]);
            Table::ItemTypes
        }
        PlantItem::Color(color) => {
            row(line, &[color.code.as_str()]);
            Table::Colors
        }
        PlantItem::Operation(operation) => {
            row(line, &[operation.code.as_str(), operation.description]);
            Table::Operations
        }
        PlantItem::Location(location) => {
            row(line, &[location.code.as_str(), location.building, location.kind.as_str()]);
            Table::Locations
        }
        PlantItem::Part(part) => {
            let operations: Vec<&str> = part.operations.iter().map(AsRef::as_ref).collect();
            let truth = |flag| if flag { "true" } else { "false" };
            row(
                line,
                &[
                    part.code.as_str(),
                    &part.description,
                    &part.customer,
                    part.item_type.as_str(),
                    &operations.join(" "),
                    truth(part.requires_color),
                    truth(part.requires_work_order),
                ],
            );
            Table::Parts
        }
        PlantItem::Shift(shift) => {
            row(line, &[shift.name, shift.starts, shift.ends]);
            Table::Shifts
        }
        PlantItem::User(user) => {
            row(line, &[user.name.as_str(), &user.display_name, user.role.as_str(), user.shift]);
            Table::Users
        }
        PlantItem::Booking(booking) => {
            serde_json::to_writer(&mut *line, &Line::new(booking))?;
            line.push(b'\n');
            Table::Movements
        }
    };
    Ok(table)
}

/// A CSV row. Generated texts never begin like a formula, so quoting is all there is to do.
fn row(line: &mut Vec<u8>, cells: &[&str]) {
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            line.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            line.push(b'"');
            line.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            line.push(b'"');
        } else {
            line.extend_from_slice(cell.as_bytes());
        }
    }
    line.push(b'\n');
}

/// A booking as a line; only what it says is there.
#[derive(Serialize, Default)]
struct Line<'b> {
    n: u64,
    at: Timestamp,
    user: Option<&'b UserName>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'b PartCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'b OperationCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'b LocationCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    containers: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    good: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scrap: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scrap_reason: Option<&'b ReasonCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_operation: Option<&'b OperationCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_location: Option<&'b LocationCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_order: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color_code: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'b Note>,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new_lots: Vec<u64>,
}

impl<'b> Line<'b> {
    fn new(booking: &'b Booking) -> Self {
        let deed = &booking.deed;
        let base = Self {
            n: booking.ordinal.0,
            at: booking.at,
            user: Some(&booking.user),
            new_lots: deed.new_lots().map(|lot| lot.0).collect(),
            names: deed.named_booking().map(|booking| booking.0),
            notes: deed.notes(),
            ..Self::default()
        };
        match deed {
            Deed::Receive {
                part, operation, location, quantity, containers, attributes, ..
            } => Self {
                kind: "in",
                part: Some(part),
                operation: Some(operation),
                location: Some(location),
                quantity: Some(*quantity),
                containers: (*containers > 1).then_some(*containers),
                work_order: attributes.work_order.as_ref().map(AsRef::as_ref),
                color_code: attributes.color_code.as_ref().map(AsRef::as_ref),
                ..base
            },
            Deed::Take { from, quantity, .. } => {
                Self { kind: "out", quantity: *quantity, ..base.at_spot(from) }
            }
            Deed::Move { from, quantity, to_operation, to_location, .. } => Self {
                kind: "transfer",
                quantity: *quantity,
                to_operation: to_operation.as_ref(),
                to_location: to_location.as_ref(),
                ..base.at_spot(from)
            },
            Deed::Scrap { from, quantity, reason, .. } => Self {
                kind: "scrap",
                quantity: *quantity,
                reason: Some(reason.as_str()),
                ..base.at_spot(from)
            },
            Deed::Adjust { spot, count, reason, .. } => Self {
                kind: "adjust",
                counted: if let Count::Counted(counted) = count { Some(*counted) } else { None },
                delta: if let Count::Delta(delta) = count { Some(delta.whole()) } else { None },
                reason: Some(reason.as_str()),
                ..base.at_spot(spot)
            },
            Deed::Complete { from, good, scrap, scrap_reason, to_operation } => Self {
                kind: "complete",
                good: Some(*good),
                scrap: Some(*scrap),
                scrap_reason: scrap_reason.as_ref(),
                to_operation: Some(to_operation),
                ..base.at_spot(from)
            },
            Deed::Split { from, quantity, .. } => {
                Self { kind: "split", quantity: Some(*quantity), ..base.at_spot(from) }
            }
            Deed::Hold { lot, reason, .. } => {
                Self { kind: "hold", lot: Some(lot.0), reason: Some(reason.as_str()), ..base }
            }
            Deed::Release { lot, .. } => Self { kind: "release", lot: Some(lot.0), ..base },
            Deed::Undo { reason, .. } => {
                Self { kind: "undo", reason: Some(reason.as_str()), notes: None, ..base }
            }
        }
    }

    fn at_spot(self, spot: &'b Spot) -> Self {
        Self {
            part: Some(&spot.part),
            operation: Some(&spot.operation),
            location: Some(&spot.location),
            lot: Some(spot.lot.0),
            ..self
        }
    }
}
