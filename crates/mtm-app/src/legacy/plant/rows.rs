//! The rows of each legacy table.

use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, UserName,
    WorkOrder,
};

use super::cells::Cells;
use super::reading::{LocalTime, Reading, is_placeholder};
use super::{LegacyError, LegacyPlant};

/// A part of the master data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyPart {
    /// Row id.
    pub id: i64,
    /// Part number.
    pub code: Reading<PartCode>,
    /// Customer, unless the field holds a placeholder.
    pub customer: Option<String>,
    /// Description, unless the field holds a placeholder.
    pub description: Option<String>,
    /// Whether its lots should carry a colour code.
    pub requires_color: bool,
    /// Item type.
    pub item_type: Reading<ItemType>,
    /// Routing: operations in order; empty where the part has none.
    pub operations: Vec<Reading<OperationCode>>,
    /// The routing's text where it is no list of operations.
    pub unreadable_operations: Option<String>,
}

/// A record of master data that has a code only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyCode<C> {
    /// Row id, where the table has one.
    pub id: Option<i64>,
    /// Its code.
    pub code: Reading<C>,
}

/// A place of the master data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyLocation {
    /// Row id.
    pub id: i64,
    /// Its code.
    pub code: Reading<LocationCode>,
    /// Building it stands in.
    pub building: Option<String>,
}

/// Stock of one lot in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockRow {
    /// Row id.
    pub id: i64,
    /// Part.
    pub part: Reading<PartCode>,
    /// Place.
    pub location: Reading<LocationCode>,
    /// Operation; `N/A` where the legacy field is empty.
    pub operation: Reading<OperationCode>,
    /// Pieces as stored, whatever their sign.
    pub quantity: i64,
    /// Item type.
    pub item_type: Reading<ItemType>,
    /// When it was received.
    pub received: LocalTime,
    /// When the row was last written.
    pub updated: LocalTime,
    /// Who entered the lot.
    pub user: Reading<UserName>,
    /// Lot number.
    pub lot: Reading<LotNumber>,
    /// Notes.
    pub notes: Reading<Note>,
    /// Colour code.
    pub color: Reading<ColorCode>,
    /// Work order.
    pub work_order: Reading<WorkOrder>,
}

/// What a row of the legacy log says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogKind {
    /// `IN`
    In,
    /// `OUT`
    Out,
    /// `TRANSFER`
    Transfer,
    /// Anything else.
    Other,
}

impl LogKind {
    fn from_text(text: &str) -> Self {
        match text.trim().to_ascii_uppercase().as_str() {
            "IN" => Self::In,
            "OUT" => Self::Out,
            "TRANSFER" => Self::Transfer,
            _ => Self::Other,
        }
    }
}

/// A row of the legacy log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Row id.
    pub id: i64,
    /// What happened.
    pub kind: LogKind,
    /// The kind as stored.
    pub kind_text: Box<str>,
    /// Lot number.
    pub lot: Reading<LotNumber>,
    /// Part.
    pub part: Reading<PartCode>,
    /// Where the pieces left; filled on `OUT` and `TRANSFER`.
    pub from: Reading<LocationCode>,
    /// Where they arrived; filled on `IN` and `TRANSFER`.
    pub to: Reading<LocationCode>,
    /// Operation; `N/A` where the legacy field is empty.
    pub operation: Reading<OperationCode>,
    /// Pieces as stored.
    pub quantity: i64,
    /// Notes.
    pub notes: Reading<Note>,
    /// Colour code.
    pub color: Reading<ColorCode>,
    /// Work order.
    pub work_order: Reading<WorkOrder>,
    /// The user on the row. On `OUT` rows that is who entered the lot, not who took it.
    pub user: Reading<UserName>,
    /// Item type.
    pub item_type: Reading<ItemType>,
    /// When it happened (`ReceiveDate`).
    pub at: LocalTime,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyUser {
    /// Row id.
    pub id: i64,
    /// Login name.
    pub name: Reading<UserName>,
    /// Name as people say it.
    pub full_name: Option<String>,
    /// Shift as the legacy system names it.
    pub shift: Option<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyRole {
    /// Row id.
    pub id: i64,
    /// Name.
    pub name: String,
}

/// A user's shortcut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickButton {
    /// Row id.
    pub id: i64,
    /// Whose.
    pub user: Reading<UserName>,
    /// Part.
    pub part: Reading<PartCode>,
    /// Operation; `N/A` where the legacy field is empty.
    pub operation: Reading<OperationCode>,
    /// Pieces.
    pub quantity: i64,
    /// When it was last used.
    pub used: LocalTime,
    /// Position as stored; often the same for many.
    pub position: i64,
}

impl LegacyPlant {
    /// Takes one row into its table; the answer is the row's id where the table has one.
    pub(super) fn take(&mut self, mut cells: Cells<'_>) -> Result<Option<i64>, LegacyError> {
        let id = match cells.table() {
            "md_color_codes" | "inv_inventory_batch_seq" | "sys_user_roles" => None,
            _ => Some(cells.number("ID")?),
        };
        let row = id.unwrap_or_default();
        match cells.table() {
            "md_part_ids" => self.parts.push(part(row, &mut cells)?),
            "md_locations" => self.locations.push(LegacyLocation {
                id: row,
                code: Reading::code(cells.text("Location")?),
                building: free_text(cells.text("Building")?),
            }),
            "md_operation_numbers" => {
                let code = Reading::code(cells.text("Operation")?);
                self.operations.push(LegacyCode { id, code });
            }
            "md_item_types" => {
                let code = Reading::attribute(cells.text("ItemType")?);
                self.item_types.push(LegacyCode { id, code });
            }
            "md_color_codes" => {
                let code = Reading::attribute(cells.text("ColorCode")?);
                self.colors.push(LegacyCode { id, code });
            }
            "inv_inventory" => self.stock.push(stock(row, &mut cells)?),
            "inv_transaction" => self.log.push(log(row, &mut cells)?),
            "inv_inventory_batch_seq" => {
                let last = u64::try_from(cells.number("last_batch_number")?).unwrap_or(0);
                self.last_lot = self.last_lot.max(Some(last));
            }
            "sys_last_10_transactions" => {
                self.quick_buttons.push(quick_button(row, &mut cells)?);
            }
            "usr_users" => self.users.push(LegacyUser {
                id: row,
                name: Reading::code(cells.text("User")?),
                full_name: free_text(cells.text("Full Name")?),
                shift: free_text(cells.text("Shift")?),
            }),
            "sys_roles" => self
                .roles
                .push(LegacyRole { id: row, name: cells.text("RoleName")?.unwrap_or_default() }),
            "sys_user_roles" => {
                self.user_roles.push((cells.number("UserID")?, cells.number("RoleID")?));
            }
            _ => {}
        }
        Ok(id)
    }
}

fn part(id: i64, cells: &mut Cells<'_>) -> Result<LegacyPart, LegacyError> {
    let code = Reading::code(cells.text("PartID")?);
    let (operations, unreadable_operations) = match cells.text("Operations")? {
        Some(json) => match routing(&json) {
            Some(operations) => (operations, None),
            None => (Vec::new(), Some(json)),
        },
        None => (Vec::new(), None),
    };
    Ok(LegacyPart {
        id,
        code,
        customer: free_text(cells.text("Customer")?),
        description: free_text(cells.text("Description")?),
        requires_color: cells.integer("RequiresColorCode")?.unwrap_or(0) != 0,
        item_type: Reading::attribute(cells.text("ItemType")?),
        operations,
        unreadable_operations,
    })
}

/// The operations of a routing written as a JSON list of numbers or texts.
fn routing(json: &str) -> Option<Vec<Reading<OperationCode>>> {
    if json.trim().is_empty() {
        return Some(Vec::new());
    }
    let list: Option<Vec<serde_json::Value>> = serde_json::from_str(json).ok()?;
    list.unwrap_or_default()
        .into_iter()
        .map(|step| match step {
            serde_json::Value::String(text) => Some(Reading::code(Some(text))),
            serde_json::Value::Number(number) => Some(Reading::code(Some(number.to_string()))),
            _ => None,
        })
        .collect()
}

fn stock(id: i64, cells: &mut Cells<'_>) -> Result<StockRow, LegacyError> {
    Ok(StockRow {
        id,
        part: Reading::code(cells.text("PartID")?),
        location: Reading::code(cells.text("Location")?),
        operation: operation(cells)?,
        quantity: cells.pieces("Quantity")?,
        item_type: Reading::attribute(cells.text("ItemType")?),
        received: LocalTime::new(cells.text("ReceiveDate")?),
        updated: LocalTime::new(cells.text("LastUpdated")?),
        user: Reading::attribute(cells.text("User")?),
        lot: Reading::code(cells.text("BatchNumber")?),
        notes: Reading::free_text(cells.text("Notes")?),
        color: Reading::attribute(cells.text("ColorCode")?),
        work_order: Reading::attribute(cells.text("WorkOrder")?),
    })
}

fn log(id: i64, cells: &mut Cells<'_>) -> Result<LogRow, LegacyError> {
    let kind_text = cells.text("TransactionType")?.unwrap_or_default();
    Ok(LogRow {
        id,
        kind: LogKind::from_text(&kind_text),
        kind_text: kind_text.into(),
        lot: Reading::code(cells.text("BatchNumber")?),
        part: Reading::code(cells.text("PartID")?),
        from: Reading::code(cells.text("FromLocation")?),
        to: Reading::code(cells.text("ToLocation")?),
        operation: operation(cells)?,
        quantity: cells.pieces("Quantity")?,
        notes: Reading::free_text(cells.text("Notes")?),
        color: Reading::attribute(cells.text("ColorCode")?),
        work_order: Reading::attribute(cells.text("WorkOrder")?),
        user: Reading::attribute(cells.text("User")?),
        item_type: Reading::attribute(cells.text("ItemType")?),
        at: LocalTime::new(cells.text("ReceiveDate")?),
    })
}

fn quick_button(id: i64, cells: &mut Cells<'_>) -> Result<QuickButton, LegacyError> {
    Ok(QuickButton {
        id,
        user: Reading::attribute(cells.text("User")?),
        part: Reading::code(cells.text("PartID")?),
        operation: operation(cells)?,
        quantity: cells.pieces("Quantity")?,
        used: LocalTime::new(cells.text("ReceiveDate")?),
        position: cells.integer("Position")?.unwrap_or(i64::MAX),
    })
}

fn operation(cells: &mut Cells<'_>) -> Result<Reading<OperationCode>, LegacyError> {
    let reading = Reading::attribute(cells.text("Operation")?);
    Ok(reading.or(OperationCode::not_applicable()))
}

/// Text for people, unless it is empty or a program's placeholder.
fn free_text(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty() && !is_placeholder(text))
}
