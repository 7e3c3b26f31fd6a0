//! The part of ERPNext's interface that stock is told by: Stock Entries, items, and what bins hold.
//!
//! Answers and refusals have the shape of Frappe's REST interface. It is stricter in one thing: members
//! that the documents do not have are refused, and not passed over.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::amount::Amount;
use super::erp::Masters;
use super::reply::Reply;
use super::request::{Call, decoded};

/// Members of a Stock Entry that may be told.
const ENTRY: [&str; 18] = [
    "doctype",
    "naming_series",
    "stock_entry_type",
    "docstatus",
    "company",
    "posting_date",
    "posting_time",
    "set_posting_time",
    "inspection_required",
    "apply_putaway_rule",
    "from_warehouse",
    "to_warehouse",
    "work_order",
    "project",
    "is_opening",
    "remarks",
    "letter_head",
    "items",
];

/// Members of one of its lines.
const LINE: [&str; 17] = [
    "doctype",
    "barcode",
    "s_warehouse",
    "t_warehouse",
    "item_code",
    "qty",
    "uom",
    "conversion_factor",
    "basic_rate",
    "allow_zero_valuation_rate",
    "serial_no",
    "batch_no",
    "use_serial_batch_fields",
    "expense_account",
    "cost_center",
    "project",
    "description",
];

/// ERPNext.
#[derive(Debug, Default)]
pub(super) struct ErpNext {
    masters: Masters,
    entries: Vec<Value>,
    bins: BTreeMap<(String, String), Amount>,
}

/// What a line does to bins.
struct Leg {
    item: String,
    quantity: Amount,
    from: Option<String>,
    to: Option<String>,
}

fn refused(status: u16, kind: &str, why: &str) -> Reply {
    let exception = format!("frappe.exceptions.{kind}: {why}");
    Reply::json(status, &json!({ "exception": exception, "exc_type": kind }))
}

fn invalid(why: &str) -> Reply {
    refused(417, "ValidationError", why)
}

impl ErpNext {
    pub(super) fn know(&mut self, masters: Masters) {
        self.masters = masters;
    }

    /// Answers `call`, whose path below the system's is `path`; whoever asks shows `token`.
    pub(super) fn answer(&mut self, path: &str, call: &Call, token: &str) -> Reply {
        if call.header("authorization") != Some(&format!("token {token}")) {
            return refused(401, "AuthenticationError", "no token, or one that is not known");
        }
        let path = decoded(path);
        let Some(resource) = path.strip_prefix("api/resource/") else {
            return refused(404, "DoesNotExistError", "there is no such thing here");
        };
        let answer = match (call.method.as_str(), resource) {
            ("GET", "Stock Entry") => list(call, &self.entries),
            ("GET", "Item") => list(call, &self.items()),
            ("GET", "Bin") => list(call, &self.stock()),
            ("POST", "Stock Entry") => self.post(call),
            ("GET", other) => match other.strip_prefix("Stock Entry/") {
                Some(name) => self.entry(name),
                None => Err(refused(404, "DoesNotExistError", "there is no such document")),
            },
            _ => Err(refused(405, "ValidationError", "this is not done here")),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    fn items(&self) -> Vec<Value> {
        let item = |part: &super::erp::Part| json!({ "name": part.id, "item_name": part.description, "stock_uom": uom(&part.unit) });
        self.masters.parts.iter().map(item).collect()
    }

    fn stock(&self) -> Vec<Value> {
        let bins = self.bins.iter();
        bins.map(|((item, warehouse), quantity)| {
            let quantity = quantity.value();
            json!({ "item_code": item, "warehouse": warehouse, "actual_qty": quantity })
        })
        .collect()
    }

    fn entry(&self, name: &str) -> Result<Reply, Reply> {
        let found = self.entries.iter().find(|entry| entry["name"] == name);
        let found = found.map(|entry| Reply::json(200, &json!({ "data": entry })));
        found.ok_or_else(|| refused(404, "DoesNotExistError", "there is no such document"))
    }

    fn post(&mut self, call: &Call) -> Result<Reply, Reply> {
        let body: Map<String, Value> =
            serde_json::from_slice(&call.body).map_err(|_| invalid("the body is no JSON"))?;
        known(&body, &ENTRY)?;
        let legs = self.legs(&body)?;
        let is_submitted = match body.get("docstatus").map(Value::as_u64) {
            None | Some(Some(0)) => false,
            Some(Some(1)) => true,
            _ => return Err(invalid("a new document is a draft or submitted")),
        };
        if is_submitted {
            self.bins = self.moved(&legs)?;
        }
        let mut entry = body;
        let name = format!("MAT-STE-2026-{:05}", self.entries.len() + 1);
        entry.insert("name".to_owned(), json!(name));
        entry.insert("docstatus".to_owned(), json!(u8::from(is_submitted)));
        self.entries.push(Value::Object(entry.clone()));
        Ok(Reply::json(200, &json!({ "data": entry })))
    }

    /// What the bins hold afterwards; nothing where one would be below nothing.
    fn moved(&self, legs: &[Leg]) -> Result<BTreeMap<(String, String), Amount>, Reply> {
        let mut bins = self.bins.clone();
        for leg in legs {
            if let Some(from) = &leg.from {
                let bin = bins.entry((leg.item.clone(), from.clone())).or_default();
                if *bin < leg.quantity {
                    return Err(refused(417, "NegativeStockError", "there is not enough in it"));
                }
                *bin = bin.less(leg.quantity);
            }
            if let Some(to) = &leg.to {
                let bin = bins.entry((leg.item.clone(), to.clone())).or_default();
                *bin = bin.plus(leg.quantity);
            }
        }
        bins.retain(|_, quantity| quantity.0 > 0);
        Ok(bins)
    }

    fn legs(&self, body: &Map<String, Value>) -> Result<Vec<Leg>, Reply> {
        let (needs_from, needs_to) = match body.get("stock_entry_type").and_then(Value::as_str) {
            Some("Material Receipt") => (false, true),
            Some("Material Issue") => (true, false),
            Some("Material Transfer") => (true, true),
            Some(_) => return Err(refused(417, "LinkValidationError", "no such type of entry")),
            None => return Err(refused(417, "MandatoryError", "stock_entry_type is needed")),
        };
        let lines = body.get("items").and_then(Value::as_array).filter(|it| !it.is_empty());
        let lines = lines.ok_or_else(|| refused(417, "MandatoryError", "items are needed"))?;
        let mut legs = Vec::new();
        for line in lines {
            let line = line.as_object().ok_or_else(|| invalid("an item is a table"))?;
            known(line, &LINE)?;
            let leg = self.leg(line)?;
            if leg.from.is_some() != needs_from || leg.to.is_some() != needs_to {
                return Err(invalid("source and target do not fit the type of entry"));
            }
            legs.push(leg);
        }
        Ok(legs)
    }

    fn leg(&self, line: &Map<String, Value>) -> Result<Leg, Reply> {
        let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        let missing = |what: &str| refused(417, "LinkValidationError", what);
        let item = text("item_code").ok_or_else(|| refused(417, "MandatoryError", "item_code"))?;
        let part = self.masters.parts.iter().find(|part| part.id == item);
        let part = part.ok_or_else(|| missing("there is no such item"))?;
        if text("uom").is_some_and(|unit| unit != uom(&part.unit)) {
            return Err(missing("there is no such UOM"));
        }
        let quantity = line.get("qty").filter(|qty| qty.is_number()).and_then(Amount::read);
        let quantity = quantity.filter(|qty| qty.0 > 0).ok_or_else(|| invalid("qty is needed"))?;
        let (from, to) = (text("s_warehouse"), text("t_warehouse"));
        for warehouse in from.iter().chain(&to) {
            if !self.masters.locations.iter().any(|place| place.warehouse == *warehouse) {
                return Err(missing("there is no such warehouse"));
            }
        }
        if from.is_some() && from == to {
            return Err(invalid("source and target are the same"));
        }
        Ok(Leg { item, quantity, from, to })
    }
}

/// What ERPNext calls a unit.
fn uom(unit: &str) -> &str {
    if unit == "EA" { "Nos" } else { unit }
}

fn known(body: &Map<String, Value>, members: &[&str]) -> Result<(), Reply> {
    match body.keys().find(|name| !members.contains(&name.as_str())) {
        Some(name) => Err(invalid(&format!("the documentation knows no member {name}"))),
        None => Ok(()),
    }
}

/// A list: the fields that are asked for, of those that pass the filters.
fn list(call: &Call, rows: &[Value]) -> Result<Reply, Reply> {
    let parameters = ["fields", "filters", "order_by", "limit_page_length", "limit_start", "limit"];
    if let Some(name) = call.query.keys().find(|name| !parameters.contains(&name.as_str())) {
        return Err(invalid(&format!("the documentation knows no parameter {name}")));
    }
    let json = |name: &str, usual: Value| match call.query.get(name) {
        Some(text) => {
            serde_json::from_str(text).map_err(|_| invalid(&format!("{name} is no JSON")))
        }
        None => Ok(usual),
    };
    let fields = json("fields", json!(["name"]))?;
    let fields: Vec<String> =
        serde_json::from_value(fields).map_err(|_| invalid("fields is no list of names"))?;
    let filters = json("filters", json!([]))?;
    let filters: Vec<(String, String, Value)> =
        serde_json::from_value(filters).map_err(|_| invalid("filters is no list of three each"))?;
    if let Some((_, operator, _)) = filters.iter().find(|(_, operator, _)| operator != "=") {
        return Err(invalid(&format!("the simulator does not filter by {operator}")));
    }
    let passes = |row: &&Value| filters.iter().all(|(name, _, value)| row[name] == *value);
    let asked = |name: &str| call.query.get(name).and_then(|it| it.parse().ok());
    let (start, most) = (asked("limit_start").unwrap_or(0), asked("limit_page_length"));
    let page = rows.iter().filter(passes).skip(start).take(most.unwrap_or(20));
    let shown = |row: &Value| -> Value {
        fields.iter().map(|name| (name.clone(), row[name].clone())).collect::<Map<_, _>>().into()
    };
    Ok(Reply::json(200, &json!({ "data": page.map(shown).collect::<Vec<_>>() })))
}
