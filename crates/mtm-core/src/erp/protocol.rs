//! What is said to the program that reads an ERP's database, and by it: a line of JSON each.
//!
//! The reading program (`mtm-odbc`) first says which protocol it speaks ([`Greeting`]). It is then asked
//! ([`Request`]), one question at a time, and answers each with [`Reply`]s of the same id: any number of
//! lines of rows, then one that ends it. It ends when its input does. No line is longer than [`LINE_MAX`].
//!
//! Values come as the database wrote them; what they mean is decided by whoever asks ([`Fields`](super::Fields)).

use serde::{Deserialize, Serialize};

use super::figures::Figures;

/// The protocol of this program. Another number is another language.
pub const VERSION: u32 = 1;
/// Longest line, in bytes, either way.
pub const LINE_MAX: usize = 1024 * 1024;
/// Most rows in a line.
pub const ROWS_MAX: usize = 200;
/// Most ids of the ledger that are asked for as a block.
pub const BLOCK_MAX: i64 = super::figures::BLOCK;
/// Most rows of the ledger in an answer.
pub const LIMIT_MAX: u32 = 10_000;

/// The first line of the reading program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The protocol it speaks.
    pub protocol: u32,
    /// What it is, with its version.
    pub program: String,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Comes back with every line of the answer.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub ask: Ask,
}

/// What can be asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Connect; answered by `opened`.
    Open {
        /// The ODBC connection string, a secret: it comes this way so that no list of processes and no
        /// file shows it.
        connection: String,
        /// The schema in which the tables (or views of their names) are, where the login's own is another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schema: Option<String>,
        /// How long connecting, and each question, may take in the database, in seconds.
        timeout: u32,
    },
    /// Whether the login may write; answered by `login`.
    Login,
    /// The greatest id in the ledger; answered by `newest`.
    Newest,
    /// Rows of one table, as [`Table::columns`] has them.
    Table {
        /// Which.
        table: Table,
    },
    /// Rows of the ledger behind an id, by id.
    Transactions {
        /// The id that was seen.
        after: i64,
        /// At most so many, up to [`LIMIT_MAX`].
        limit: u32,
    },
    /// All rows of the ledger with ids from `from` up to `upto`, both included; at most a block.
    Block {
        /// The first id.
        from: i64,
        /// The last id.
        upto: i64,
    },
    /// The figures of the rows that `block` would give; answered by `figures`.
    Figures {
        /// The first id.
        from: i64,
        /// The last id.
        upto: i64,
    },
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // The connection string is a secret.
            Self::Open { timeout, .. } => write!(f, "Open {{ timeout: {timeout} }}"),
            Self::Login => f.write_str("Login"),
            Self::Newest => f.write_str("Newest"),
            Self::Table { table } => write!(f, "Table({table:?})"),
            Self::Transactions { after, limit } => write!(f, "Transactions({after}, {limit})"),
            Self::Block { from, upto } => write!(f, "Block({from}, {upto})"),
            Self::Figures { from, upto } => write!(f, "Figures({from}, {upto})"),
        }
    }
}

/// A table that is read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Parts.
    Parts,
    /// Locations with their warehouses.
    Locations,
    /// What is on hand, by part and place.
    OnHand,
    /// Work orders.
    WorkOrders,
    /// Their steps.
    Operations,
    /// Lines of purchase orders, with the order's head.
    PurchaseLines,
}

impl Table {
    /// Every table, in the order in which they are read.
    pub const ALL: [Self; 6] = [
        Self::Parts,
        Self::Locations,
        Self::OnHand,
        Self::WorkOrders,
        Self::Operations,
        Self::PurchaseLines,
    ];

    /// The name in tables, in the API and in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parts => "parts",
            Self::Locations => "locations",
            Self::OnHand => "on_hand",
            Self::WorkOrders => "work_orders",
            Self::Operations => "operations",
            Self::PurchaseLines => "purchase_lines",
        }
    }

    /// The table of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == name)
    }

    /// The columns of a row, each with the most characters it should have.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Parts => &PARTS,
            Self::Locations => &LOCATIONS,
            Self::OnHand => &ON_HAND,
            Self::WorkOrders => &WORK_ORDERS,
            Self::Operations => &OPERATIONS,
            Self::PurchaseLines => &PURCHASE_LINES,
        }
    }
}

/// A column of an answer: its name, and the most characters that are taken of it.
pub type Column = (&'static str, usize);

/// A number or a moment, as text.
const NUMBER: usize = 48;
/// One letter of a code, with room to see that it is more.
const LETTER: usize = 4;

const PARTS: [Column; 8] = [
    ("ID", 30),
    ("DESCRIPTION", 120),
    ("STOCK_UM", 15),
    ("FABRICATED", LETTER),
    ("PURCHASED", LETTER),
    ("STOCKED", LETTER),
    ("QTY_ON_HAND", NUMBER),
    ("STATUS", LETTER),
];
const LOCATIONS: [Column; 5] = [
    ("WAREHOUSE_ID", 15),
    ("ID", 15),
    ("DESCRIPTION", 120),
    ("WAREHOUSE_DESCRIPTION", 120),
    ("SITE_ID", 15),
];
const ON_HAND: [Column; 4] =
    [("PART_ID", 30), ("WAREHOUSE_ID", 15), ("LOCATION_ID", 15), ("QTY", NUMBER)];
const WORK_ORDERS: [Column; 9] = [
    ("TYPE", LETTER),
    ("BASE_ID", 30),
    ("LOT_ID", 15),
    ("SPLIT_ID", 15),
    ("SUB_ID", 15),
    ("PART_ID", 30),
    ("DESIRED_QTY", NUMBER),
    ("RECEIVED_QTY", NUMBER),
    ("STATUS", LETTER),
];
const OPERATIONS: [Column; 9] = [
    ("WORKORDER_TYPE", LETTER),
    ("WORKORDER_BASE_ID", 30),
    ("WORKORDER_LOT_ID", 15),
    ("WORKORDER_SPLIT_ID", 15),
    ("WORKORDER_SUB_ID", 15),
    ("SEQUENCE_NO", NUMBER),
    ("RESOURCE_ID", 15),
    ("COMPLETED_QTY", NUMBER),
    ("STATUS", LETTER),
];
const PURCHASE_LINES: [Column; 10] = [
    ("PURC_ORDER_ID", 15),
    ("LINE_NO", NUMBER),
    ("VENDOR_ID", 15),
    ("STATUS", LETTER),
    ("ORDER_DATE", NUMBER),
    ("PROMISE_DATE", NUMBER),
    ("PART_ID", 30),
    ("ORDER_QTY", NUMBER),
    ("TOTAL_RECEIVED_QTY", NUMBER),
    ("LINE_STATUS", LETTER),
];

/// The columns of a row of the ledger.
pub const TRANSACTIONS: [Column; 20] = [
    ("TRANSACTION_ID", NUMBER),
    ("TYPE", LETTER),
    ("CLASS", LETTER),
    ("QTY", NUMBER),
    ("TRANSACTION_DATE", NUMBER),
    ("CREATE_DATE", NUMBER),
    ("WAREHOUSE_ID", 15),
    ("LOCATION_ID", 15),
    ("PART_ID", 30),
    ("USER_ID", 20),
    ("PURC_ORDER_ID", 15),
    ("PURC_ORDER_LINE_NO", NUMBER),
    ("CUST_ORDER_ID", 15),
    ("WORKORDER_TYPE", LETTER),
    ("WORKORDER_BASE_ID", 30),
    ("WORKORDER_LOT_ID", 15),
    ("WORKORDER_SPLIT_ID", 15),
    ("WORKORDER_SUB_ID", 15),
    ("OPERATION_SEQ_NO", NUMBER),
    ("TRANSFER_TRANS_ID", NUMBER),
];

/// The same of a system that says in words of its own what a row was for: they stand behind the others.
pub const WORDED: [Column; 21] = {
    let mut all = [("REFERENCE", 100); 21];
    let mut at = 0;
    while at < TRANSACTIONS.len() {
        all[at] = TRANSACTIONS[at];
        at += 1;
    }
    all
};

/// A line of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The question's.
    pub id: u64,
    /// What is said.
    #[serde(flatten)]
    pub say: Say,
}

/// What a line says. Everything but rows ends the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Say {
    /// Rows, at most [`ROWS_MAX`]; more lines follow.
    Rows {
        /// The rows, a text per column.
        rows: Vec<Vec<Option<String>>>,
        /// The places of rows (from 0) of which a text was cut.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cut: Vec<usize>,
    },
    /// All rows were said: so many.
    Done {
        /// How many.
        rows: u64,
    },
    /// It is connected.
    Opened {
        /// To what.
        to: Opened,
    },
    /// Whether the login may write.
    Login {
        /// What was found.
        found: Login,
    },
    /// The greatest id; 0 where the ledger is empty.
    Newest {
        /// It.
        newest: i64,
    },
    /// The figures of a block.
    Figures {
        /// They.
        figures: Figures,
    },
    /// It failed.
    Failed {
        /// How.
        failed: Failed,
    },
}

/// What the reading program is connected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The database's product, as its driver names it.
    pub product: String,
    /// The dialect that it is asked in: `sqlserver`, `mariadb`, or `sqlite`.
    pub dialect: String,
    /// The name of the database.
    pub database: String,
    /// How it is read, so that nobody who works in the ERP waits.
    pub isolation: String,
}

/// Whether a login may write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Whether it may: `Some(false)` only where that is proved.
    pub writes: Option<bool>,
    /// By what that is known, in words for people.
    pub evidence: String,
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What kind.
    pub trouble: FailedKind,
    /// What the driver said, without anything of the connection string.
    pub message: String,
}

/// Kinds of failures of the reading program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedKind {
    /// The question is none that it knows, or was asked out of turn.
    Question,
    /// The database, or the way to it, is away; it passes.
    Away,
    /// The login is refused.
    Denied,
    /// The driver is missing, or cannot be used.
    Driver,
    /// The database is none whose dialect is known.
    Dialect,
    /// A table or column is missing, or may not be read.
    Schema,
    /// It took too long.
    Slow,
    /// Something else.
    Other,
}
