//! What one client asks next, and what it learns from the answer.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::connection::Reply;
use super::material::Material;
use super::scenario::Scenario;
use super::tally::Effect;

/// A request to be sent.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) path: String,
    /// Empty for reads.
    pub(super) body: Bytes,
    pub(super) effect: Effect,
    /// Whether the client wants to read the answer.
    pub(super) keep: bool,
    intent: Intent,
}

/// What the client does with the answer.
#[derive(Debug, Clone)]
enum Intent {
    Forget,
    /// A new lot stands there.
    Remember {
        part: usize,
        operation: usize,
        location: usize,
        quantity: u32,
    },
    /// A lot has gone elsewhere.
    Place(Own),
}

/// A lot that this client received.
#[derive(Debug, Clone)]
struct Own {
    lot: String,
    part: usize,
    operation: usize,
    location: usize,
    quantity: u32,
}

/// Codes as JSON texts, encoded once.
#[derive(Debug)]
pub(super) struct Vocabulary {
    parts: Vec<String>,
    operations: Vec<String>,
    locations: Vec<String>,
    /// Part numbers as they stand in an address.
    part_queries: Vec<String>,
    /// Beginnings of part numbers, as people type them.
    typed: Vec<String>,
    /// Lots as they stand in an address.
    lots: Vec<String>,
}

impl Vocabulary {
    pub(super) fn new(material: &Material) -> Self {
        let json = |codes: &[String]| {
            codes.iter().map(|code| serde_json::Value::from(code.as_str()).to_string()).collect()
        };
        Self {
            parts: json(&material.parts),
            operations: json(&material.operations),
            locations: json(&material.locations),
            part_queries: material.parts.iter().map(|code| percent_encoded(code)).collect(),
            typed: material
                .parts
                .iter()
                .map(|code| percent_encoded(&code.chars().take(4).collect::<String>()))
                .collect(),
            lots: material.lots.iter().map(|lot| percent_encoded(lot)).collect(),
        }
    }
}

/// The bucket that everybody takes from, ready for use in a body.
#[derive(Debug, Clone)]
pub(super) struct HotBucket {
    pub(super) lot: String,
}

/// One client's part of a scenario.
#[derive(Debug)]
pub(super) struct Work {
    scenario: Scenario,
    words: Arc<Vocabulary>,
    hot: Option<HotBucket>,
    batch: u16,
    rng: ChaCha8Rng,
    own: VecDeque<Own>,
}

/// Lots a client remembers at most; the oldest are left where they stand.
const REMEMBERED: usize = 256;
/// Lots a client wants before it moves or takes one.
const ENOUGH: usize = 4;
/// Every booking insists: the guard against repetition is for people, and a load generator
/// repeats itself.
const CONFIRM: &str = r#""confirm":["possible_duplicate","implausible_quantity"]"#;

#[derive(Deserialize)]
struct Booked {
    lots: Vec<String>,
}

impl Work {
    pub(super) fn new(
        scenario: Scenario,
        words: Arc<Vocabulary>,
        hot: Option<HotBucket>,
        batch: u16,
        seed: u64,
        client: usize,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(client as u64);
        Self { scenario, words, hot, batch, rng, own: VecDeque::new() }
    }

    /// The next request.
    pub(super) fn next(&mut self) -> Ask {
        match self.scenario {
            Scenario::Receive => {
                let (body, effect, _) = self.receipt();
                write("/api/v1/movements", body, effect, Intent::Forget)
            }
            Scenario::Mixed => self.mixed(),
            Scenario::HotTake => {
                let lot = self.hot.as_ref().map_or("", |hot| hot.lot.as_str());
                let body = format!(r#"{{"type":"out","lot":"{lot}","quantity":1,{CONFIRM}}}"#);
                let effect = Effect { movements: 1, pieces: -1 };
                write("/api/v1/movements", body, effect, Intent::Forget)
            }
            Scenario::Batch => self.receipts(),
            Scenario::Stock => {
                let part = self.any_part();
                let words = &self.words;
                // Half know the part number, half type what they remember of it.
                if self.rng.random_bool(0.5) {
                    look(format!("/api/v1/stock?part={}&limit=50", words.part_queries[part]))
                } else {
                    look(format!("/api/v1/stock?q=%25{}%25&limit=50", words.typed[part]))
                }
            }
            Scenario::History => {
                let part = self.any_part();
                if self.rng.random_bool(0.5) {
                    look("/api/v1/movements?limit=50".to_owned())
                } else {
                    let part = &self.words.part_queries[part];
                    look(format!("/api/v1/movements?part={part}&limit=50"))
                }
            }
            Scenario::Suggest => {
                let part = self.any_part();
                look(format!("/api/v1/suggest?kind=part&q={}&limit=10", self.words.typed[part]))
            }
            Scenario::Explain => {
                let part = self.any_part();
                let part = &self.words.part_queries[part];
                look(format!("/api/v1/stock/explain?part={part}&limit=50"))
            }
            Scenario::Lot => {
                let lot = self.rng.random_range(0..self.words.lots.len().max(1));
                let lot = self.words.lots.get(lot).map_or("", String::as_str);
                look(format!("/api/v1/lots/{lot}"))
            }
        }
    }

    /// Takes note of an accepted request.
    pub(super) fn learn(&mut self, ask: Ask, reply: &Reply) {
        match ask.intent {
            Intent::Forget => {}
            Intent::Remember { part, operation, location, quantity } => {
                let booked = serde_json::from_slice::<Booked>(&reply.body);
                if let Some(lot) = booked.ok().and_then(|booked| booked.lots.into_iter().next()) {
                    self.own.push_back(Own { lot, part, operation, location, quantity });
                }
            }
            Intent::Place(own) => self.own.push_back(own),
        }
        if self.own.len() > REMEMBERED {
            self.own.pop_front();
        }
    }

    fn any_part(&mut self) -> usize {
        self.rng.random_range(0..self.words.parts.len())
    }

    /// A receipt's body, its effect, and what it is about.
    fn receipt(&mut self) -> (String, Effect, Intent) {
        let (part, operation, location) = (
            self.any_part(),
            self.rng.random_range(0..self.words.operations.len()),
            self.rng.random_range(0..self.words.locations.len()),
        );
        let quantity: u32 = self.rng.random_range(1..=1_000);
        let words = &self.words;
        let body = format!(
            r#"{{"type":"in","part":{},"operation":{},"location":{},"quantity":{quantity},{CONFIRM}}}"#,
            words.parts[part], words.operations[operation], words.locations[location],
        );
        let effect = Effect { movements: 1, pieces: quantity.into() };
        (body, effect, Intent::Remember { part, operation, location, quantity })
    }

    fn receipts(&mut self) -> Ask {
        let mut body = String::with_capacity(usize::from(self.batch) * 200);
        body.push_str(r#"{"atomic":true,"items":["#);
        let mut effect = Effect::default();
        for nth in 0..self.batch {
            let (item, one, _) = self.receipt();
            let comma = if nth == 0 { "" } else { "," };
            // Writing into a text does not fail.
            let _ = write!(body, "{comma}{item}");
            effect.movements += one.movements;
            effect.pieces += one.pieces;
        }
        body.push_str("]}");
        write("/api/v1/movements/batch", body, effect, Intent::Forget)
    }

    /// Of ten requests about five receive, two move, three take.
    fn mixed(&mut self) -> Ask {
        let draw = self.rng.random_range(0..10);
        let own = if draw >= 5 && self.own.len() >= ENOUGH { self.own.pop_front() } else { None };
        let Some(own) = own else {
            let (body, effect, intent) = self.receipt();
            return Ask { keep: true, ..write("/api/v1/movements", body, effect, intent) };
        };
        let words = &self.words;
        let from = format!(
            r#""lot":"{}","part":{},"operation":{},"location":{}"#,
            own.lot,
            words.parts[own.part],
            words.operations[own.operation],
            words.locations[own.location],
        );
        if draw < 7 && words.locations.len() > 1 {
            let step = self.rng.random_range(1..words.locations.len());
            let location = (own.location + step) % words.locations.len();
            let there = &words.locations[location];
            let body = format!(r#"{{"type":"transfer",{from},"to_location":{there},{CONFIRM}}}"#);
            let effect = Effect { movements: 1, pieces: 0 };
            return write(
                "/api/v1/movements",
                body,
                effect,
                Intent::Place(Own { location, ..own }),
            );
        }
        let body = format!(r#"{{"type":"out",{from},{CONFIRM}}}"#);
        let effect = Effect { movements: 1, pieces: -i64::from(own.quantity) };
        write("/api/v1/movements", body, effect, Intent::Forget)
    }
}

fn write(path: &str, body: String, effect: Effect, intent: Intent) -> Ask {
    Ask { path: path.to_owned(), body: body.into(), effect, keep: false, intent }
}

fn look(path: String) -> Ask {
    Ask { path, body: Bytes::new(), effect: Effect::default(), keep: false, intent: Intent::Forget }
}

/// `text` as a value in an address.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_travel_encoded() {
        assert_eq!(percent_encoded("24 126 251"), "24%20126%20251");
        assert_eq!(percent_encoded("N/A (X&Y)"), "N%2FA%20%28X%26Y%29");
        assert_eq!(percent_encoded("Ö"), "%C3%96");
    }

    #[test]
    fn bodies_are_json_whatever_the_codes() {
        let material = Material {
            parts: vec![r#"A"\B"#.to_owned()],
            operations: vec!["N/A".to_owned()],
            locations: vec!["Ö-1".to_owned()],
            ..Material::default()
        };
        let words = Arc::new(Vocabulary::new(&material));
        let mut work = Work::new(Scenario::Batch, words, None, 3, 1, 0);
        let ask = work.next();
        let body: serde_json::Value = serde_json::from_slice(&ask.body).unwrap();
        let items = body["items"].as_array().unwrap();
        assert_eq!(items.len(), 3);
        assert_eq!(items[0]["part"], r#"A"\B"#);
        let pieces: i64 = items.iter().map(|item| item["quantity"].as_i64().unwrap()).sum();
        assert_eq!(ask.effect, Effect { movements: 3, pieces });
    }

    #[test]
    fn the_same_seed_asks_the_same() {
        let material = Material {
            parts: vec!["A".to_owned(), "B".to_owned()],
            operations: vec!["10".to_owned()],
            locations: vec!["R".to_owned()],
            ..Material::default()
        };
        let words = Arc::new(Vocabulary::new(&material));
        let asks = |client| {
            let words = Arc::clone(&words);
            let mut work = Work::new(Scenario::Receive, words, None, 1, 9, client);
            (0..20).map(|_| work.next().body).collect::<Vec<_>>()
        };
        assert_eq!(asks(0), asks(0));
        assert_ne!(asks(0), asks(1));
    }
}
