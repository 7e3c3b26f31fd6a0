//! Which lists of a mapping are an ERP's books, and what each has to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use mtm_core::erp::protocol::Table;

use crate::rest::{List, Mapping, Paging, PagingKind};

/// The list that is its ledger.
pub(super) const LEDGER: &str = "transactions";

/// Members of a row of the ledger, in the order of
/// [`TRANSACTIONS`](mtm_core::erp::protocol::TRANSACTIONS).
const TRANSACTION: [&str; 20] = [
    "id",
    "direction",
    "class",
    "quantity",
    "moment",
    "created",
    "warehouse",
    "location",
    "part",
    "user",
    "purchase_order",
    "purchase_line",
    "customer_order",
    "work_order_type",
    "work_order",
    "work_order_lot",
    "work_order_split",
    "work_order_sub",
    "operation",
    "transfer_of",
];
/// Of them, those that no row can be understood without.
const NEEDED: [&str; 6] = ["id", "quantity", "moment", "part", "warehouse", "location"];

const PART: [&str; 8] =
    ["part", "description", "unit", "fabricated", "purchased", "stocked", "on_hand", "status"];
const LOCATION: [&str; 5] =
    ["warehouse", "location", "description", "warehouse_description", "site"];
const ON_HAND: [&str; 4] = ["part", "warehouse", "location", "quantity"];
const WORK_ORDER: [&str; 9] = [
    "work_order_type",
    "work_order",
    "work_order_lot",
    "work_order_split",
    "work_order_sub",
    "part",
    "desired",
    "received",
    "status",
];
const OPERATION: [&str; 9] = [
    "work_order_type",
    "work_order",
    "work_order_lot",
    "work_order_split",
    "work_order_sub",
    "operation",
    "resource",
    "completed",
    "status",
];
const PURCHASE_LINE: [&str; 10] = [
    "order",
    "line",
    "vendor",
    "status",
    "ordered_on",
    "promised_on",
    "part",
    "ordered",
    "received",
    "line_status",
];

/// A row of a list, member by member.
pub(super) type Row = BTreeMap<String, String>;
/// A row as it is said: a text for each column.
pub(super) type Texts = Vec<Option<String>>;

/// Why an ERP cannot be read by a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lists.{list}: {what}. {next_step}")]
pub struct Gap {
    /// The list.
    pub list: String,
    /// What is missing.
    pub what: String,
    /// What would be right.
    pub next_step: String,
}

/// The lists of a mapping by which an ERP is read. Clones are the same.
#[derive(Debug, Clone)]
pub struct Lists(Arc<Mapping>);

impl Lists {
    /// Those of `mapping`; everything that it lacks is told at once.
    pub fn of(mapping: Arc<Mapping>) -> Result<Self, Vec<Gap>> {
        let mut gaps = Vec::new();
        match mapping.list(LEDGER) {
            Some((list, paging)) => ledger(list, paging, &mut gaps),
            // On hand by itself can be compared as well.
            None if mapping.list(name(Table::OnHand)).is_some() => {}
            None => gaps.push(Gap {
                list: LEDGER.to_owned(),
                what: "it is missing, and so is on-hand".to_owned(),
                next_step: "Say how its ledger is read, by id, or what it says is on hand."
                    .to_owned(),
            }),
        }
        for table in Table::ALL {
            if let Some((list, paging)) = mapping.list(name(table)) {
                lacks(name(table), list, needed(table), &mut gaps);
                if table == Table::OnHand && paging.kind != PagingKind::None && !list.is_named() {
                    gaps.push(Gap {
                        list: name(table).to_owned(),
                        what:
                            "nothing names its rows, and one that is told twice would count twice"
                                .to_owned(),
                        next_step: "Say with id which members name a row.".to_owned(),
                    });
                }
            }
        }
        if gaps.is_empty() { Ok(Self(mapping)) } else { Err(gaps) }
    }

    /// The mapping.
    pub(super) fn mapping(&self) -> &Arc<Mapping> {
        &self.0
    }

    /// Whether it says how the ledger is read.
    pub fn has_ledger(&self) -> bool {
        self.list(LEDGER).is_some()
    }

    /// Whether it says how this table is read.
    pub fn has(&self, table: Table) -> bool {
        self.list(name(table)).is_some()
    }

    pub(super) fn list(&self, name: &str) -> Option<(&List, &Paging)> {
        self.0.list(name)
    }

    /// Whether the page that `next` follows is the last of the ledger. A page that is shorter than was asked
    /// for is not: only one that is empty, or of which the system itself says so.
    pub(super) fn is_last(&self, rows: usize, next: Option<&str>) -> bool {
        let says = self.list(LEDGER).is_some_and(|(_, paging)| paging.next.is_some());
        rows == 0 || says && next.is_none()
    }

    /// A row of the ledger as it is said.
    pub(super) fn transaction(&self, row: &Row) -> Texts {
        let mut texts = texts(row, &TRANSACTION);
        if self.list(LEDGER).is_some_and(|(list, _)| list.has("direction")) {
            once(&mut texts);
        } else {
            by_sign(&mut texts);
        }
        texts.push(row.get("document").or_else(|| row.get("reference")).cloned());
        texts
    }
}

/// The list of a table.
pub(super) const fn name(table: Table) -> &'static str {
    match table {
        Table::Parts => "parts",
        Table::Locations => "locations",
        Table::OnHand => "on-hand",
        Table::WorkOrders => "work-orders",
        Table::Operations => "operations",
        Table::PurchaseLines => "purchase-lines",
    }
}

/// Members of a row of a table, in the order of its columns.
const fn members(table: Table) -> &'static [&'static str] {
    match table {
        Table::Parts => &PART,
        Table::Locations => &LOCATION,
        Table::OnHand => &ON_HAND,
        Table::WorkOrders => &WORK_ORDER,
        Table::Operations => &OPERATION,
        Table::PurchaseLines => &PURCHASE_LINE,
    }
}

const fn needed(table: Table) -> &'static [&'static str] {
    match table {
        Table::Parts => &["part"],
        Table::Locations => &["warehouse", "location"],
        Table::OnHand => &ON_HAND,
        Table::WorkOrders => &["work_order"],
        Table::Operations => &["work_order", "operation"],
        Table::PurchaseLines => &["order", "line"],
    }
}

/// A row of a table as it is said.
pub(super) fn row(table: Table, row: &Row) -> Texts {
    texts(row, members(table))
}

fn texts(row: &Row, members: &[&str]) -> Texts {
    members.iter().map(|member| row.get(*member).cloned()).collect()
}

/// Where a system says no direction, a quantity below nothing went out.
fn by_sign(texts: &mut Texts) {
    let [_, direction, _, quantity, ..] = texts.as_mut_slice() else { return };
    let out = quantity.as_deref().and_then(|text| text.trim().strip_prefix('-')).map(str::to_owned);
    *direction = Some(if out.is_some() { "O" } else { "I" }.to_owned());
    if out.is_some() {
        *quantity = out;
    }
}

/// Where a system says a direction, a quantity below nothing would say it once more, or the other way round:
/// nobody knows, so that it is flagged and moves no sum.
fn once(texts: &mut Texts) {
    if let Some(quantity) = texts.get_mut(3)
        && quantity.as_deref().is_some_and(|text| text.trim().starts_with('-'))
    {
        *quantity = None;
    }
}

fn ledger(list: &List, paging: &Paging, gaps: &mut Vec<Gap>) {
    lacks(LEDGER, list, &NEEDED, gaps);
    let by_id = paging.kind == PagingKind::After && paging.last.as_deref() == list.place("id");
    if !by_id {
        let what =
            "its pages do not follow each other by id, so that it cannot be read from any id on";
        let next = "Write kind = \"after\" into its paging, and as last the place of its id.";
        gaps.push(Gap {
            list: LEDGER.to_owned(),
            what: what.to_owned(),
            next_step: next.to_owned(),
        });
    }
}

fn lacks(name: &str, list: &List, needed: &[&str], gaps: &mut Vec<Gap>) {
    for member in needed.iter().filter(|member| !list.has(member)) {
        let what = format!("its rows have no {member}");
        let next_step = "Say in fields where it stands, or in fixed what it always is.".to_owned();
        gaps.push(Gap { list: name.to_owned(), what, next_step });
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::erp::protocol::{TRANSACTIONS, WORDED};

    use super::*;
    use crate::rest::Ready;

    #[test]
    fn every_column_has_a_member() {
        assert_eq!(TRANSACTION.len(), TRANSACTIONS.len());
        assert_eq!(WORDED[..TRANSACTIONS.len()], TRANSACTIONS);
        for table in Table::ALL {
            assert_eq!(members(table).len(), table.columns().len(), "{table:?}");
            assert!(needed(table).iter().all(|it| members(table).contains(it)), "{table:?}");
        }
    }

    #[test]
    fn a_sign_is_a_direction_where_none_is_said() {
        let check = |quantity: &str, direction: &str, left: &str| {
            let mut texts: Texts = vec![None; 4];
            texts[3] = Some(quantity.to_owned());
            by_sign(&mut texts);
            assert_eq!((texts[1].as_deref(), texts[3].as_deref()), (Some(direction), Some(left)));
        };
        check("-2.5", "O", "2.5");
        check("2.5", "I", "2.5");
        check("0", "I", "0");
        check("many", "I", "many");
    }

    #[test]
    fn a_sign_beside_a_direction_moves_no_sum() {
        for (quantity, left) in [("-2.5", None), ("2.5", Some("2.5"))] {
            let mut texts: Texts = vec![None; 4];
            texts[3] = Some(quantity.to_owned());
            once(&mut texts);
            assert_eq!(texts[3].as_deref(), left);
        }
    }

    #[test]
    fn what_a_mapping_lacks_is_told_at_once() {
        let of = |text: &str| {
            let mapping = Mapping::parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"));
            Lists::of(Arc::new(mapping))
        };
        let ready = Ready::named("mock-erp").unwrap().text;
        let lists = of(ready).unwrap();
        assert!(lists.has_ledger());
        for on_hand_only in ["inventree", "erpnext"] {
            let lists = of(Ready::named(on_hand_only).unwrap().text).unwrap();
            assert!(!lists.has_ledger() && lists.has(Table::OnHand) && lists.has(Table::Parts));
        }
        let parts =
            "[lists.parts]\npath = \"p\"\nitems = \"/x\"\n[lists.parts.fields]\npart = \"/a\"";
        assert_eq!(of(parts).unwrap_err().len(), 1);
        assert!(lists.has(Table::OnHand) && !lists.has(Table::Operations));
        let told = |text: &str| -> Vec<String> {
            of(text).unwrap_err().iter().map(ToString::to_string).collect()
        };
        let offset = ready.replace("kind = \"after\"", "kind = \"offset\"");
        assert!(told(&offset)[0].contains("do not follow each other by id"), "{:?}", told(&offset));
        let other = ready.replace("last = \"/id\"", "last = \"/document\"");
        assert_eq!(told(&other).len(), 1);
        let less = ready.replace("moment = \"/moment\"\n", "").replace(
            "[lists.on-hand.fields]\npart = \"/part\"\nwarehouse = \"/warehouse\"",
            "[lists.on-hand.fields]\npart = \"/part\"\nward = \"/warehouse\"",
        );
        let less = less.replace("id = [\"part\", \"warehouse\", \"location\"]", "id = \"part\"");
        let told = told(&less);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("lists.transactions: its rows have no moment."), "{told:?}");
        assert!(told[1].starts_with("lists.on-hand: its rows have no warehouse."), "{told:?}");
    }
}
