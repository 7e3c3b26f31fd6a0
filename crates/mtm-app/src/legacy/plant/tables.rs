//! The legacy tables and the columns that are read. Whatever is not named here is skipped.

use crate::legacy::dump::{TableSpec, optional, required};

/// Every table of the inventory database. `Pin` of `usr_users` is absent on purpose.
pub(super) const TABLES: &[TableSpec] = &[
    TableSpec {
        name: "md_part_ids",
        columns: &[
            required("ID"),
            required("PartID"),
            optional("Customer"),
            optional("Description"),
            optional("RequiresColorCode"),
            optional("ItemType"),
            optional("Operations"),
        ],
    },
    TableSpec {
        name: "md_locations",
        columns: &[required("ID"), required("Location"), optional("Building")],
    },
    TableSpec { name: "md_operation_numbers", columns: &[required("ID"), required("Operation")] },
    TableSpec { name: "md_item_types", columns: &[required("ID"), required("ItemType")] },
    TableSpec { name: "md_color_codes", columns: &[required("ColorCode")] },
    TableSpec {
        name: "inv_inventory",
        columns: &[
            required("ID"),
            required("PartID"),
            required("Location"),
            required("Operation"),
            required("Quantity"),
            optional("ItemType"),
            required("ReceiveDate"),
            optional("LastUpdated"),
            required("User"),
            required("BatchNumber"),
            optional("Notes"),
            optional("ColorCode"),
            optional("WorkOrder"),
        ],
    },
    TableSpec { name: "inv_inventory_batch_seq", columns: &[required("last_batch_number")] },
    TableSpec {
        name: "inv_transaction",
        columns: &[
            required("ID"),
            required("TransactionType"),
            required("BatchNumber"),
            required("PartID"),
            required("FromLocation"),
            required("ToLocation"),
            required("Operation"),
            required("Quantity"),
            optional("Notes"),
            optional("ColorCode"),
            optional("WorkOrder"),
            required("User"),
            optional("ItemType"),
            required("ReceiveDate"),
        ],
    },
    TableSpec {
        name: "sys_last_10_transactions",
        columns: &[
            required("ID"),
            required("User"),
            required("PartID"),
            required("Operation"),
            required("Quantity"),
            optional("ReceiveDate"),
            optional("Position"),
        ],
    },
    TableSpec {
        name: "usr_users",
        columns: &[required("ID"), required("User"), optional("Full Name"), optional("Shift")],
    },
    TableSpec { name: "sys_roles", columns: &[required("ID"), required("RoleName")] },
    TableSpec { name: "sys_user_roles", columns: &[required("UserID"), required("RoleID")] },
];
