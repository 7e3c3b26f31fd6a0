//! Everything a ledger answers, as one JSON document.

use mtm_core::word::LotNumber;
use mtm_store::Ledger;
use mtm_store::query::{
    AuditQuery, ExplainQuery, GroupBy, HistoryQuery, LegacyQuery, PageRequest, StockQuery,
};
use serde::Serialize;
use serde_json::{Value, json};

/// What `ledger` answers to every question that reads rows.
pub(crate) async fn of(ledger: &Ledger) -> Value {
    let mut lots = ledger.lots_like("0", 1_000).await.unwrap();
    lots.extend(ledger.lots_like("OWN", 1_000).await.unwrap());
    let mut sheets = Vec::new();
    let mut numbers = Vec::new();
    for hint in &lots {
        sheets.push(ledger.lot_sheet(hint.lot.clone()).await.unwrap());
        numbers.push(explained(ledger, &hint.lot).await);
    }
    let mut buttons = Vec::new();
    let users = ledger.users().await.unwrap();
    for user in &users {
        buttons.push(ledger.quick_buttons(user.row).await.unwrap());
    }
    let stock = StockQuery { page: all(), ..StockQuery::default() };
    let by_part = ledger.stock_groups(stock.clone(), vec![GroupBy::Part]).await.unwrap();
    let history = HistoryQuery { page: all(), ..HistoryQuery::default() };
    let audit = AuditQuery { page: all(), ..AuditQuery::default() };
    let legacy = LegacyQuery { page: all(), ..LegacyQuery::default() };
    let imports = ledger.imports(all()).await.unwrap();
    json!({
        "stock": value(ledger.stock(stock).await.unwrap()),
        "by_part": value(by_part),
        "movements": value(ledger.history(history).await.unwrap()),
        "audit": value(ledger.audit_rows(audit).await.unwrap()),
        "legacy": value(ledger.legacy_movements(legacy).await.unwrap()),
        "holds": value(ledger.holds(false, all()).await.unwrap()),
        "events": value(ledger.events_after(0, Vec::new(), 1_000).await.unwrap()),
        "lots": value(lots),
        "sheets": value(sheets),
        "explained": numbers,
        "users": value(users),
        "tokens": value(ledger.tokens().await.unwrap()),
        "buttons": value(buttons),
        "imports": imports.items.iter().map(|import| json!({
            "id": import.id.to_string(), "file": import.file_name, "rows": import.rows,
        })).collect::<Vec<_>>(),
        "counts": value(ledger.counts().await.unwrap()),
    })
}

async fn explained(ledger: &Ledger, lot: &LotNumber) -> Value {
    let query = ExplainQuery { lot: Some(lot.clone()), page: all(), ..ExplainQuery::default() };
    let told = ledger.explain(query).await.unwrap();
    json!({ "quantity": value(told.quantity), "items": value(told.items) })
}

fn all() -> PageRequest {
    PageRequest { limit: 1_000, cursor: None, count: true }
}

fn value(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

/// Whether everything of `old` is in `new`, which may say more about each thing. Gives the place
/// of the first difference.
pub(crate) fn difference(old: &Value, new: &Value, place: &str) -> Option<String> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old.iter().find_map(|(name, old)| {
            difference(old, new.get(name).unwrap_or(&Value::Null), &format!("{place}.{name}"))
        }),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut pairs = old.iter().zip(new).enumerate();
            pairs.find_map(|(at, (old, new))| difference(old, new, &format!("{place}[{at}]")))
        }
        _ if old == new => None,
        _ => Some(format!("{place} was {old} and is {new}")),
    }
}
