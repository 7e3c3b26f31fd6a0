//! An ERP: parts, places, and a ledger that only grows.
//!
//! It is strict where real ones are: it knows its own parts and places only, refuses members that it does not
//! know and whatever would leave less than nothing, wants a key for every posting, and answers a key that it
//! has seen as it did the first time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::identity::Person;
use super::reply::Reply;
use super::request::Call;

/// Most things of one page.
const PAGE: usize = 1_000;

/// A part that the ERP knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its number.
    pub id: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// What it is counted in.
    #[serde(default = "pieces")]
    pub unit: String,
}

/// A place that the ERP knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The warehouse.
    pub warehouse: String,
    /// The place in it.
    pub location: String,
}

/// What the ERP knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masters {
    /// Parts.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Places.
    #[serde(default)]
    pub locations: Vec<Location>,
    /// People who can sign in. They are the identity provider's, in the same file.
    #[serde(default)]
    pub people: Vec<Person>,
}

/// A line of the ERP's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place in the ledger, from 1.
    pub id: u64,
    /// `I` or `O`.
    #[serde(rename = "type")]
    pub direction: String,
    /// `receipt`, `issue`, `transfer` or `adjust`.
    pub class: String,
    /// The part.
    pub part: String,
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// Pieces, never less than one.
    pub quantity: i64,
    /// The document that it belongs to.
    pub document: String,
    /// What whoever posted it said.
    pub reference: Option<String>,
    /// When it was posted (RFC 3339).
    pub moment: String,
    /// The other line of a transfer.
    pub transfer_of: Option<u64>,
}

/// What somebody wants posted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    class: Class,
    part: String,
    quantity: i64,
    #[serde(default)]
    from: Option<Location>,
    #[serde(default)]
    to: Option<Location>,
    #[serde(default)]
    reference: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Class {
    Receipt,
    Issue,
    Transfer,
    Adjust,
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Issue => "issue",
            Self::Transfer => "transfer",
            Self::Adjust => "adjust",
        }
    }
}

/// What was answered to a key, and to which request.
#[derive(Debug, Clone)]
struct Posted {
    body: Vec<u8>,
    reply: Reply,
}

/// The ERP.
#[derive(Debug, Default)]
pub(super) struct Erp {
    masters: Masters,
    lines: Vec<Line>,
    documents: u64,
    posted: BTreeMap<String, Posted>,
}

fn pieces() -> String {
    "EA".to_owned()
}

impl Erp {
    /// From now on it knows this, and nothing else; the ledger stays.
    pub(super) fn know(&mut self, masters: Masters) {
        self.masters = masters;
    }

    /// Answers `call`, whose path below the ERP's is `path`.
    pub(super) fn answer(&mut self, path: &str, call: &Call) -> Reply {
        match (call.method.as_str(), path) {
            ("GET", "parts") => page(call, &self.masters.parts, |part| part.id.clone()),
            ("GET", "locations") => page(call, &self.masters.locations, |place| {
                format!("{}/{}", place.warehouse, place.location)
            }),
            ("GET", "on-hand") => self.on_hand(call),
            ("GET", "transactions") => self.transactions(call),
            ("POST", "transactions") => self.post(call),
            ("GET", path) => match path.strip_prefix("documents/") {
                Some(key) => self.document(key),
                None => Reply::problem(404, "not_found", "there is no such thing here"),
            },
            _ => Reply::problem(405, "method_not_allowed", "this is not done here"),
        }
    }

    /// What stands where: what came in less what went out.
    fn balances(&self) -> BTreeMap<(String, Location), i64> {
        let mut balances = BTreeMap::new();
        for line in &self.lines {
            let signed = if line.direction == "I" { line.quantity } else { -line.quantity };
            *balances.entry((line.part.clone(), line.location.clone())).or_insert(0) += signed;
        }
        balances
    }

    fn on_hand(&self, call: &Call) -> Reply {
        let rows: Vec<_> = self
            .balances()
            .into_iter()
            .filter(|(_, quantity)| *quantity != 0)
            .map(|((part, place), quantity)| {
                json!({
                    "part": part, "warehouse": place.warehouse, "location": place.location,
                    "quantity": quantity,
                })
            })
            .collect();
        let text =
            |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or("").to_owned();
        page(call, &rows, |row| {
            ["part", "warehouse", "location"].map(|name| text(row, name)).join("\u{1}")
        })
    }

    fn transactions(&self, call: &Call) -> Reply {
        let after = call.query.get("after").and_then(|it| it.parse().ok()).unwrap_or(0_u64);
        let rest: Vec<&Line> = self.lines.iter().filter(|line| line.id > after).collect();
        let items = &rest[..rest.len().min(limit(call))];
        let next = (items.len() < rest.len()).then(|| items.last().map(|line| line.id)).flatten();
        Reply::json(200, &json!({ "items": items, "next": next }))
    }

    /// What became of a posting whose answer somebody did not get.
    fn document(&self, key: &str) -> Reply {
        match self.posted.get(&super::request::decoded(key)) {
            Some(posted) => Reply { status: 200, ..posted.reply.clone() },
            None => Reply::problem(404, "not_found", "nothing was posted under this key"),
        }
    }

    fn post(&mut self, call: &Call) -> Reply {
        let Some(key) = call.header("idempotency-key").map(str::to_owned) else {
            return Reply::problem(400, "key_required", "a posting needs an Idempotency-Key");
        };
        if let Some(posted) = self.posted.get(&key) {
            if posted.body != call.body {
                let detail = "this key was used for another posting";
                return Reply::problem(422, "key_reused", detail);
            }
            let replayed = Reply { status: 200, ..posted.reply.clone() };
            return replayed.header("idempotent-replayed", "true");
        }
        let reply = self.try_post(&call.body);
        if reply.status < 300 {
            self.posted.insert(key, Posted { body: call.body.clone(), reply: reply.clone() });
        }
        reply
    }

    fn try_post(&mut self, body: &[u8]) -> Reply {
        let order: Order = match serde_json::from_slice(body) {
            Ok(order) => order,
            Err(error) => return Reply::problem(400, "invalid_body", error.to_string()),
        };
        let legs = match legs(&order) {
            Ok(legs) => legs,
            Err(detail) => return Reply::problem(400, "invalid_body", detail),
        };
        if let Some(refusal) = self.refusal(&order, &legs) {
            return refusal;
        }
        self.documents += 1;
        let document = format!("DOC-{:06}", self.documents);
        let moment = jiff::Timestamp::now().to_string();
        let (first, many) = (self.lines.len() as u64 + 1, legs.len() as u64);
        for (id, (direction, place)) in (first..).zip(legs) {
            let other = if id == first { first + 1 } else { first };
            self.lines.push(Line {
                id,
                direction: direction.to_owned(),
                class: order.class.name().to_owned(),
                part: order.part.clone(),
                location: place.clone(),
                quantity: order.quantity.abs(),
                document: document.clone(),
                reference: order.reference.clone(),
                moment: moment.clone(),
                transfer_of: (many == 2).then_some(other),
            });
        }
        let ids: Vec<u64> = (first..first + many).collect();
        Reply::json(201, &json!({ "document": document, "transactions": ids }))
    }

    fn refusal(&self, order: &Order, legs: &[(&str, &Location)]) -> Option<Reply> {
        if !self.masters.parts.iter().any(|part| part.id == order.part) {
            let detail = format!("there is no part {}", order.part);
            return Some(Reply::problem(422, "unknown_part", detail));
        }
        for (direction, place) in legs {
            if !self.masters.locations.contains(place) {
                let detail = format!("there is no place {} {}", place.warehouse, place.location);
                return Some(Reply::problem(422, "unknown_location", detail));
            }
            let bucket = (order.part.clone(), (*place).clone());
            let there = self.balances().get(&bucket).copied().unwrap_or(0);
            if *direction == "O" && there < order.quantity.abs() {
                let detail = format!("there are {there} pieces");
                return Some(Reply::problem(409, "insufficient_quantity", detail));
            }
        }
        None
    }
}

/// Where pieces leave and where they come.
fn legs(order: &Order) -> Result<Vec<(&'static str, &Location)>, String> {
    let Order { class, quantity, from, to, .. } = order;
    if *quantity == 0 || *quantity < 0 && *class != Class::Adjust {
        return Err("a quantity is at least 1".to_owned());
    }
    match (class, from, to) {
        (Class::Receipt, None, Some(to)) => Ok(vec![("I", to)]),
        (Class::Issue, Some(from), None) => Ok(vec![("O", from)]),
        (Class::Transfer, Some(from), Some(to)) => Ok(vec![("O", from), ("I", to)]),
        (Class::Adjust, None, Some(to)) if *quantity > 0 => Ok(vec![("I", to)]),
        (Class::Adjust, None, Some(to)) => Ok(vec![("O", to)]),
        _ => Err("a receipt or adjustment has `to`, an issue `from`, a transfer both".to_owned()),
    }
}

fn limit(call: &Call) -> usize {
    let asked = call.query.get("limit").and_then(|it| it.parse().ok()).unwrap_or(100);
    usize::clamp(asked, 1, PAGE)
}

/// A page of `all`, which stand in the order of `key`: those after the one that `after` names.
fn page<T: Serialize>(call: &Call, all: &[T], key: impl Fn(&T) -> String) -> Reply {
    let after = call.query.get("after");
    let mut sorted: Vec<(String, &T)> = all.iter().map(|it| (key(it), it)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted.retain(|(key, _)| after.is_none_or(|after| key > after));
    let items = &sorted[..sorted.len().min(limit(call))];
    let next = (items.len() < sorted.len()).then(|| items.last().map(|(key, _)| key)).flatten();
    let values: Vec<&T> = items.iter().map(|(_, value)| *value).collect();
    Reply::json(200, &json!({ "items": values, "next": next }))
}
