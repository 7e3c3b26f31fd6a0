//! A plant and an ERP whose books say the same, or differ by one fault of each class. Theirs come in the way
//! in which every reading of an ERP does.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use mtm_app::master::{MasterNoun, NewMaster};
use mtm_app::reconcile::PeerSetup;
use mtm_core::erp::protocol::Table;
use mtm_core::erp::{
    ErpPlace, ErpQuantity, Flags, Kind, MapRow, OnHand, Part, PlaceMap, Transaction,
};
use mtm_core::policy::Role;
use mtm_core::word::Timestamp;
use mtm_store::record::{ErpRow, Page};
use mtm_store::{Clock as _, ManualClock};
use serde_json::json;

use crate::plant::Plant;

pub(crate) const PEER: &str = "visual";
const MINUTE: i64 = 60 * 1_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Both books, and the clock that both go by.
pub(crate) struct Books {
    pub(crate) plant: Plant,
    pub(crate) clock: Arc<ManualClock>,
    rows: Vec<Transaction>,
    /// Those that come into their ledger when everybody has read beyond them.
    late: Vec<Transaction>,
    parts: Vec<String>,
    next: i64,
    keys: u32,
}

pub(crate) fn map() -> PlaceMap {
    let rows = [("FLOOR", "MAIN", "FLOOR"), ("R-E4-18", "MAIN", "RACK")];
    PlaceMap::of(rows.iter().zip(2..).map(|((location, warehouse, there), line)| MapRow {
        line,
        location: (*location).to_owned(),
        warehouse: (*warehouse).to_owned(),
        erp_location: (*there).to_owned(),
    }))
    .unwrap()
}

impl Books {
    /// Thirteen parts, all of them received long ago and moved a day ago, and all of it posted.
    pub(crate) async fn clean() -> Self {
        let start = Timestamp::parse("2026-09-01T06:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::new(start, 7));
        let plant = Plant::by(clock.clone()).await;
        let parts: Vec<String> = (1..=13).map(|n| format!("Q-{n}")).collect();
        let mut masters: Vec<_> =
            parts.iter().map(|part| NewMaster::named(MasterNoun::Part, part)).collect();
        masters.push(NewMaster::named(MasterNoun::Location, "NEW-1"));
        let by = plant.admin.actor();
        plant.app.ledger().create_masters(masters, by).await.unwrap();
        plant.app.reconcile_with(PEER, PeerSetup::of(map()));
        let mut books = Self {
            plant,
            clock,
            rows: Vec::new(),
            late: Vec::new(),
            parts: Vec::new(),
            next: 1_000,
            keys: 0,
        };
        for part in &parts {
            // Q-12 nobody has, Q-13 only we do.
            if part != "Q-12" && part != "Q-13" {
                books.receive(part, 100).await;
                books.posted(part, "FLOOR", 100);
            }
        }
        books.parts = parts;
        books
    }

    /// Forty days later: what was before is looked at no more. A day's work follows, all of it posted.
    pub(crate) async fn a_day_later(&mut self) {
        self.clock.advance(40 * DAY);
        for part in self.parts.clone().iter().take(11) {
            self.moved(part, "R-E4-18", 10).await;
            self.clock.advance(MINUTE);
            self.transferred(part, "FLOOR", "RACK", 10);
        }
    }

    /// One fault of each class.
    pub(crate) async fn faulty() -> Self {
        let mut books = Self::clean().await;
        // From before all that is looked at: they have more, or pieces where we have none; we have pieces
        // where they have none; they are below zero; they have a part that nobody knows here.
        books.posted("Q-1", "FLOOR", 7);
        books.posted("Q-12", "RACK", 11);
        books.receive("Q-13", 12).await;
        books.posted("Q-2", "RACK", -19);
        books.posted("STRANGE", "FLOOR", 14);
        books.a_day_later().await;
        books.moved("Q-4", "NEW-1", 13).await;
        books.moved("Q-6", "R-E4-18", 15).await;
        books.moved("Q-7", "R-E4-18", 16).await;
        books.transferred("Q-7", "FLOOR", "RACK", 16);
        books.clock.advance(2 * MINUTE);
        books.transferred("Q-7", "FLOOR", "RACK", 16);
        books.moved("Q-8", "R-E4-18", 17).await;
        books.transferred("Q-8", "FLOOR", "RACK", 17);
        let out = books.rows.len() - 2;
        books.rows.remove(out);
        // Made now, and in their ledger only when the next reading is over.
        books.receive("Q-11", 20).await;
        books.posted("Q-11", "FLOOR", 20);
        let late = books.rows.pop().unwrap();
        books.late.push(late);
        books.posted("Q-3", "FLOOR", 1);
        books.receive("Q-3", 1).await;
        books
    }

    async fn receive(&mut self, part: &str, pieces: i64) {
        let body = json!({
            "type": "in", "part": part, "operation": "19", "location": "FLOOR", "quantity": pieces,
        });
        self.book(&body).await;
    }

    async fn moved(&mut self, part: &str, to: &str, pieces: i64) {
        let body = json!({
            "type": "transfer", "part": part, "operation": "19", "location": "FLOOR",
            "to_location": to, "quantity": pieces, "pick": "fifo",
        });
        self.book(&body).await;
    }

    async fn book(&mut self, body: &serde_json::Value) {
        self.keys += 1;
        let key = format!("books-{}", self.keys);
        let reply = self.plant.post(Role::Operator, "/api/v1/movements", &key, body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{body}: {}", reply.text);
    }

    fn posted(&mut self, part: &str, there: &str, pieces: i64) -> i64 {
        self.next += 1;
        let at = self.clock.now();
        self.rows.push(Transaction {
            id: self.next,
            kind: if pieces < 0 { Kind::Out } else { Kind::In },
            class: "R".to_owned(),
            quantity: ErpQuantity::of_pieces(pieces.abs()),
            happened: at,
            created: Some(at),
            place: ErpPlace::new("MAIN", there),
            part: part.to_owned(),
            user: Some("CLERK".to_owned()),
            reference: None,
            transfer_of: None,
            read_at: at,
            late: false,
            flags: Flags::NONE,
        });
        self.next
    }

    fn transferred(&mut self, part: &str, from: &str, to: &str, pieces: i64) {
        let out = self.posted(part, from, -pieces);
        self.posted(part, to, pieces);
        for row in self.rows.iter_mut().rev().take(2) {
            "A".clone_into(&mut row.class);
            row.transfer_of = (row.id != out).then_some(out);
        }
    }

    /// Moved from the floor into the rack here, and posted by nobody there.
    pub(crate) async fn forgotten_move(&mut self, part: &str, pieces: i64) {
        self.moved(part, "R-E4-18", pieces).await;
    }

    /// Somebody posts a transfer from the floor into the rack there.
    pub(crate) fn post_transfer(&mut self, part: &str, pieces: i64) {
        self.transferred(part, "FLOOR", "RACK", pieces);
    }

    /// Everything of theirs is read, in a quiet hour. `changed` stands on hand there without a transaction.
    pub(crate) async fn read(&mut self, changed: Option<(&str, i64)>) {
        self.take(self.rows.clone()).await;
        self.clock.advance(9 * 60 * MINUTE);
        let late = std::mem::take(&mut self.late);
        if !late.is_empty() {
            self.take(late.clone()).await;
            self.rows.extend(late);
        }
        self.clock.advance(30 * MINUTE);
        let strange = self.rows.iter().any(|row| row.part == "STRANGE");
        let parts = self.parts.iter().cloned().chain(strange.then(|| "STRANGE".to_owned()));
        let parts = parts.map(|id| {
            ErpRow::Part(Part {
                id,
                description: None,
                unit: None,
                fabricated: None,
                purchased: None,
                stocked: None,
                on_hand: None,
                status: None,
                flags: Flags::NONE,
            })
        });
        self.table(Table::Parts, parts.collect()).await;
        let mut on_hand: BTreeMap<(String, ErpPlace), i64> = BTreeMap::new();
        for row in &self.rows {
            let sum = on_hand.entry((row.part.clone(), row.place.clone())).or_default();
            *sum += row.signed().unwrap().units();
        }
        if let Some((part, pieces)) = changed {
            let spot = (part.to_owned(), ErpPlace::new("MAIN", "FLOOR"));
            *on_hand.entry(spot).or_default() += pieces * 1_000_000;
        }
        let on_hand = on_hand.into_iter().map(|((part, place), units)| {
            ErpRow::OnHand(OnHand { part, place, quantity: ErpQuantity(units) })
        });
        self.table(Table::OnHand, on_hand.collect()).await;
        self.clock.advance(MINUTE);
        self.take(Vec::new()).await;
    }

    async fn take(&self, mut rows: Vec<Transaction>) {
        let now = self.clock.now();
        for row in &mut rows {
            row.read_at = now;
        }
        let page = Page { rows, refused: 0, end: Some(self.next) };
        self.plant.app.ledger().erp_take(PEER.to_owned(), page).await.unwrap();
    }

    async fn table(&self, table: Table, rows: Vec<ErpRow>) {
        let ledger = self.plant.app.ledger();
        let many = rows.len() as u64;
        let reading = ledger.erp_begin_table(PEER.to_owned(), table).await.unwrap();
        assert!(ledger.erp_add_rows(PEER.to_owned(), table, reading, rows).await.unwrap());
        let counts = [many, 0, 0];
        assert!(ledger.erp_finish_table(PEER.to_owned(), table, reading, counts).await.unwrap());
    }
}
