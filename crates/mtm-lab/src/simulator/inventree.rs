//! The part of `InvenTree`'s interface that stock is told by: parts, locations, stock items, tracking.
//!
//! It does what the real one does, also where that is odd: what is taken beyond what there is leaves
//! nothing and is a yes, an item of which nothing is left is gone, a part of an item that is moved is an
//! item of its own with the same link. It is stricter in one thing: parameters and members that the
//! documentation does not know are refused, and not passed over.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::amount::Amount;
use super::erp::Masters;
use super::reply::Reply;
use super::request::Call;

/// What a stock item may be made with.
const ITEM: [&str; 22] = [
    "part",
    "quantity",
    "serial",
    "batch",
    "location",
    "belongs_to",
    "build",
    "consumed_by",
    "customer",
    "delete_on_deplete",
    "expiry_date",
    "is_building",
    "link",
    "notes",
    "owner",
    "packaging",
    "purchase_order",
    "sales_order",
    "status",
    "supplier_part",
    "tags",
    "use_pack_size",
];

/// A stock item.
#[derive(Debug, Clone)]
struct Item {
    pk: u64,
    part: u64,
    location: u64,
    batch: Option<String>,
    link: Option<String>,
    quantity: Amount,
}

/// What happened to one.
#[derive(Debug, Clone)]
struct Track {
    pk: u64,
    item: u64,
    part: u64,
    kind: u64,
    notes: String,
    quantity: Amount,
}

/// `InvenTree`.
#[derive(Debug, Default)]
pub(super) struct InvenTree {
    masters: Masters,
    items: Vec<Item>,
    tracks: Vec<Track>,
    made: u64,
}

/// A refusal by member, as Django's REST framework has it.
fn refused(member: &str, why: &str) -> Reply {
    Reply::json(400, &json!({ member: [why] }))
}

/// The number of a thing that is told in a body or a query.
fn number(value: Option<&Value>) -> Option<u64> {
    value.and_then(|it| it.as_u64().or_else(|| it.as_str().and_then(|it| it.parse().ok())))
}

impl InvenTree {
    pub(super) fn know(&mut self, masters: Masters) {
        self.masters = masters;
    }

    /// Answers `call`, whose path below the system's is `path`; whoever asks shows `token`.
    pub(super) fn answer(&mut self, path: &str, call: &Call, token: &str) -> Reply {
        if call.header("authorization") != Some(&format!("Token {token}")) {
            let told = json!({ "detail": "no token, or one that is not known" });
            return Reply::json(401, &told).header("www-authenticate", "Token");
        }
        let paged = ["limit", "offset", "ordering", "search"];
        match (call.method.as_str(), path) {
            ("GET", "api/part/") => list(call, &[&paged[..], &["IPN"]].concat(), self.parts()),
            ("GET", "api/stock/location/") => {
                let known = [&paged[..], &["name", "cascade", "parent", "top_level"]].concat();
                list(call, &known, self.places())
            }
            ("GET", "api/stock/") => {
                let filters =
                    ["part", "location", "batch", "cascade", "include_variants", "in_stock"];
                let details = ["part_detail", "location_detail"];
                list(call, &[&paged[..], &filters, &details].concat(), self.stock(call))
            }
            ("GET", "api/stock/track/") => {
                list(call, &[&paged[..], &["item", "part"]].concat(), self.tracking())
            }
            ("POST", path) => self.post(path, call).unwrap_or_else(|refusal| refusal),
            _ => Reply::json(404, &json!({ "detail": "there is no such thing here" })),
        }
    }

    fn post(&mut self, path: &str, call: &Call) -> Result<Reply, Reply> {
        let body: Map<String, Value> = serde_json::from_slice(&call.body)
            .map_err(|_| Reply::json(400, &json!({ "detail": "the body is no table of JSON" })))?;
        match path {
            "api/stock/" => self.create(&body),
            "api/stock/add/" => self.adjust(&body, 11, Amount::plus),
            "api/stock/remove/" => self.adjust(&body, 12, Amount::less),
            "api/stock/transfer/" => self.transfer(&body),
            _ => Err(Reply::json(404, &json!({ "detail": "there is no such thing here" }))),
        }
    }

    fn parts(&self) -> Vec<Value> {
        let parts = (1_u64..).zip(&self.masters.parts);
        parts
            .map(|(pk, part)| {
                let name = if part.description.is_empty() { &part.id } else { &part.description };
                json!({ "pk": pk, "IPN": part.id, "name": name, "description": part.description })
            })
            .collect()
    }

    fn places(&self) -> Vec<Value> {
        let places = (1_u64..).zip(&self.masters.locations);
        places
            .map(|(pk, place)| {
                let way = format!("{}/{}", place.warehouse, place.location);
                json!({ "pk": pk, "name": place.location, "pathstring": way })
            })
            .collect()
    }

    /// Stock items; with what is asked for of their parts and locations.
    fn stock(&self, call: &Call) -> Vec<Value> {
        let wanted = |name: &str| call.query.get(name).is_some_and(|it| it == "true");
        let (parts, places) = (self.parts(), self.places());
        let of = |all: &[Value], pk: u64| {
            all.iter().find(|it| it["pk"] == pk).cloned().unwrap_or(Value::Null)
        };
        let shown = |item: &Item| {
            let mut value = item.value();
            if wanted("part_detail") {
                value["part_detail"] = of(&parts, item.part);
            }
            if wanted("location_detail") {
                value["location_detail"] = of(&places, item.location);
            }
            value
        };
        self.items.iter().map(shown).collect()
    }

    fn tracking(&self) -> Vec<Value> {
        let newest_first = self.tracks.iter().rev();
        newest_first
            .map(|it| {
                json!({
                    "pk": it.pk, "item": it.item, "part": it.part, "tracking_type": it.kind,
                    "notes": it.notes, "deltas": { "quantity": it.quantity.value() },
                })
            })
            .collect()
    }

    fn create(&mut self, body: &Map<String, Value>) -> Result<Reply, Reply> {
        known(body, &ITEM)?;
        let count = |all: usize, pk: Option<u64>| pk.filter(|pk| (1..=all as u64).contains(pk));
        let part = count(self.masters.parts.len(), number(body.get("part")));
        let part = part.ok_or_else(|| refused("part", "there is no such part"))?;
        let location = count(self.masters.locations.len(), number(body.get("location")));
        let location = location.ok_or_else(|| refused("location", "there is no such location"))?;
        let quantity = body.get("quantity").and_then(Amount::read).filter(|it| it.0 > 0);
        let quantity = quantity.ok_or_else(|| refused("quantity", "a valid number is needed"))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        if text("link").is_some_and(|link| !link.starts_with("http")) {
            return Err(refused("link", "this is no URL"));
        }
        self.made += 1;
        let (pk, batch, link) = (self.made, text("batch"), text("link"));
        let item = Item { pk, part, location, batch, link, quantity };
        let told = vec![item.value()];
        self.track(&item, 1, "", quantity);
        self.items.push(item);
        Ok(Reply::json(201, &told))
    }

    fn track(&mut self, item: &Item, kind: u64, notes: &str, quantity: Amount) {
        let pk = self.tracks.len() as u64 + 1;
        let (item, part, notes) = (item.pk, item.part, notes.to_owned());
        self.tracks.push(Track { pk, item, part, kind, notes, quantity });
    }

    fn adjust(
        &mut self,
        body: &Map<String, Value>,
        kind: u64,
        change: impl Fn(Amount, Amount) -> Amount,
    ) -> Result<Reply, Reply> {
        known(body, &["items", "notes"])?;
        for (at, quantity) in self.lines(body)? {
            let item = &mut self.items[at];
            item.quantity = change(item.quantity, quantity);
            let changed = item.clone();
            self.track(&changed, kind, notes(body), quantity);
        }
        self.items.retain(|item| item.quantity.0 > 0);
        Ok(Reply::json(201, body))
    }

    fn transfer(&mut self, body: &Map<String, Value>) -> Result<Reply, Reply> {
        known(body, &["items", "notes", "location"])?;
        let places = 1..=self.masters.locations.len() as u64;
        let location = number(body.get("location")).filter(|it| places.contains(it));
        let location = location.ok_or_else(|| refused("location", "there is no such location"))?;
        for (at, quantity) in self.lines(body)? {
            if quantity < self.items[at].quantity {
                self.items[at].quantity = self.items[at].quantity.less(quantity);
                self.made += 1;
                let part = Item { pk: self.made, location, quantity, ..self.items[at].clone() };
                self.track(&part, 42, notes(body), quantity);
                self.items.push(part);
            } else {
                self.items[at].location = location;
                let moved = self.items[at].clone();
                self.track(&moved, 20, notes(body), moved.quantity);
            }
        }
        Ok(Reply::json(201, body))
    }

    /// The items of a body with their quantities, all of them right.
    fn lines(&self, body: &Map<String, Value>) -> Result<Vec<(usize, Amount)>, Reply> {
        let list = body.get("items").and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| refused("items", "a list of stock items is needed"))?;
        let wrong =
            |member: &str, why: &str| Reply::json(400, &json!({ "items": [{ member: [why] }] }));
        let mut lines = Vec::new();
        for line in list {
            let line = line.as_object().ok_or_else(|| wrong("pk", "a table is needed"))?;
            known(line, &["pk", "quantity", "batch", "status", "packaging", "merge"])?;
            let pk = number(line.get("pk"));
            let at = self.items.iter().position(|item| Some(item.pk) == pk);
            let at = at.ok_or_else(|| wrong("pk", "there is no such stock item"))?;
            let quantity = line.get("quantity").and_then(Amount::read).filter(|it| it.0 > 0);
            lines
                .push((at, quantity.ok_or_else(|| wrong("quantity", "a valid number is needed"))?));
        }
        Ok(lines)
    }
}

impl Item {
    fn value(&self) -> Value {
        json!({
            "pk": self.pk, "part": self.part, "location": self.location, "batch": self.batch,
            "link": self.link, "quantity": self.quantity.value(), "in_stock": self.quantity.0 > 0,
        })
    }
}

fn notes(body: &Map<String, Value>) -> &str {
    body.get("notes").and_then(Value::as_str).unwrap_or_default()
}

/// Members that the documentation does not know are refused; the real one passes over them.
fn known(body: &Map<String, Value>, members: &[&str]) -> Result<(), Reply> {
    match body.keys().find(|name| !members.contains(&name.as_str())) {
        Some(name) => Err(refused(name, "the documentation knows no such member")),
        None => Ok(()),
    }
}

/// A list, filtered as its parameters say; in pages where `limit` says so.
fn list(call: &Call, parameters: &[&str], rows: Vec<Value>) -> Reply {
    if let Some(name) = call.query.keys().find(|name| !parameters.contains(&name.as_str())) {
        return refused(name, "the documentation knows no such parameter");
    }
    let rows: Vec<Value> = rows.into_iter().filter(|row| passes(&call.query, row)).collect();
    let asked = |name: &str| call.query.get(name).and_then(|it| it.parse::<usize>().ok());
    let Some(limit) = asked("limit") else { return Reply::json(200, &rows) };
    let offset = asked("offset").unwrap_or(0).min(rows.len());
    let end = offset.saturating_add(limit).min(rows.len());
    let address = format!("{}?limit={limit}&offset={end}", call.path);
    let next = (end < rows.len()).then_some(address);
    let page = json!({ "count": rows.len(), "next": next, "results": &rows[offset..end] });
    Reply::json(200, &page)
}

fn passes(query: &BTreeMap<String, String>, row: &Value) -> bool {
    let text = |name: &str| match &row[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    query.iter().all(|(name, value)| match name.as_str() {
        "IPN" | "name" | "part" | "location" | "item" | "in_stock" => text(name) == *value,
        "batch" => text(name).eq_ignore_ascii_case(value),
        "search" => text("notes").to_lowercase().contains(&value.to_lowercase()),
        _ => true,
    })
}
