//! Two books that agree, and what can be done to either.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::erp::{ErpPlace, ErpQuantity, Flags, Kind, MapRow, OnHand, PlaceMap, Transaction};
use crate::reconcile::{
    Books, Findings, OurBooks, OurMovement, OurStock, PeerBooks, Settings, reconcile,
};
use crate::word::{MovementId, Timestamp};

pub(super) const MINUTE: i64 = 60 * 1_000_000;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;
/// The moment of the comparison.
pub(super) const NOW: i64 = 100 * DAY;

pub(super) fn map() -> PlaceMap {
    let rows = [
        ("A-1", "MAIN", "FLOOR"),
        ("A-2", "MAIN", "FLOOR"),
        ("B-1", "MAIN", "SHIP"),
        ("C-1", "MAIN", "PAINT"),
        ("YARD", "-", "-"),
    ];
    PlaceMap::of(rows.iter().zip(2..).map(|((location, warehouse, there), line)| MapRow {
        line,
        location: (*location).to_owned(),
        warehouse: (*warehouse).to_owned(),
        erp_location: (*there).to_owned(),
    }))
    .unwrap()
}

pub(super) fn place(location: &str) -> ErpPlace {
    ErpPlace::new("MAIN", location)
}

/// Both books as they are kept while things happen.
#[derive(Debug, Clone)]
pub(super) struct Plant {
    pub(super) stock: BTreeMap<(String, String), i64>,
    pub(super) movements: Vec<OurMovement>,
    pub(super) on_hand: BTreeMap<(String, ErpPlace), i64>,
    pub(super) ledger: BTreeMap<(String, ErpPlace), i64>,
    pub(super) transactions: Vec<Transaction>,
    pub(super) here: BTreeSet<String>,
    pub(super) there: BTreeSet<String>,
    pub(super) ours_at: i64,
    pub(super) ledger_at: i64,
    pub(super) on_hand_at: i64,
    pub(super) next: i64,
}

impl Plant {
    pub(super) fn new() -> Self {
        Self {
            stock: BTreeMap::new(),
            movements: Vec::new(),
            on_hand: BTreeMap::new(),
            ledger: BTreeMap::new(),
            transactions: Vec::new(),
            here: BTreeSet::new(),
            there: BTreeSet::new(),
            ours_at: NOW,
            ledger_at: NOW - MINUTE,
            on_hand_at: NOW - 2 * MINUTE,
            next: 1000,
        }
    }

    /// A part with `pieces` in both books since long.
    pub(super) fn with(mut self, part: &str, ours: &str, there: &str, pieces: i64) -> Self {
        self.here.insert(part.to_owned());
        self.there.insert(part.to_owned());
        *self.stock.entry((part.to_owned(), ours.to_owned())).or_default() += pieces;
        let spot = (part.to_owned(), place(there));
        *self.on_hand.entry(spot.clone()).or_default() += pieces;
        *self.ledger.entry(spot).or_default() += pieces;
        self
    }

    fn id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// A movement of ours.
    pub(super) fn moved(
        &mut self,
        at: i64,
        part: &str,
        from: Option<&str>,
        to: Option<&str>,
        pieces: i64,
    ) -> MovementId {
        let id = MovementId(Uuid::from_u128(u128::try_from(self.id()).unwrap()));
        for (location, sign) in [(from, -1), (to, 1)] {
            if let Some(location) = location {
                let bucket = (part.to_owned(), location.to_owned());
                *self.stock.entry(bucket).or_default() += sign * pieces;
            }
        }
        self.movements.push(OurMovement {
            id,
            at: Timestamp::from_micros(at),
            kind: "transfer".to_owned(),
            part: part.to_owned(),
            lot: "0000000001".to_owned(),
            user: "anna".to_owned(),
            units: pieces * 1_000_000,
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        });
        id
    }

    /// A transaction of theirs, in their ledger and on hand.
    pub(super) fn posted(&mut self, at: i64, part: &str, there: &str, pieces: i64) -> i64 {
        let id = self.id();
        let spot = (part.to_owned(), place(there));
        *self.on_hand.entry(spot.clone()).or_default() += pieces;
        *self.ledger.entry(spot).or_default() += pieces;
        self.transactions.push(transaction(id, at, part, there, pieces));
        id
    }

    /// Both halves of a transfer there.
    pub(super) fn transferred(
        &mut self,
        at: i64,
        part: &str,
        from: &str,
        to: &str,
        pieces: i64,
    ) -> (i64, i64) {
        let out = self.posted(at, part, from, -pieces);
        let into = self.posted(at, part, to, pieces);
        self.transaction(out).class = "A".to_owned();
        self.transaction(into).class = "A".to_owned();
        self.transaction(into).transfer_of = Some(out);
        (out, into)
    }

    pub(super) fn transaction(&mut self, id: i64) -> &mut Transaction {
        self.transactions.iter_mut().find(|it| it.id == id).unwrap()
    }

    /// A transaction that is not there after all.
    pub(super) fn without(&mut self, id: i64) {
        let gone = self.transaction(id).clone();
        self.transactions.retain(|it| it.id != id);
        let pieces = gone.signed().unwrap().units() / 1_000_000;
        let spot = (gone.part.clone(), gone.place.clone());
        *self.on_hand.entry(spot.clone()).or_default() -= pieces;
        *self.ledger.entry(spot).or_default() -= pieces;
    }

    pub(super) fn compare(&self) -> Findings {
        let map = map();
        reconcile(&self.books(&map))
    }

    pub(super) fn books<'m>(&self, map: &'m PlaceMap) -> Books<'m> {
        let at = Timestamp::from_micros;
        let figures = |of: &BTreeMap<(String, ErpPlace), i64>| {
            of.iter()
                .map(|((part, place), pieces)| OnHand {
                    part: part.clone(),
                    place: place.clone(),
                    quantity: ErpQuantity::of_pieces(*pieces),
                })
                .collect::<Vec<_>>()
        };
        Books {
            now: at(NOW + MINUTE),
            map,
            ours: OurBooks {
                at: at(self.ours_at),
                from: at(NOW - 35 * DAY),
                stock: self
                    .stock
                    .iter()
                    .map(|((part, location), pieces)| OurStock {
                        part: part.clone(),
                        location: location.clone(),
                        units: pieces * 1_000_000,
                    })
                    .collect(),
                movements: self.movements.clone(),
                parts: self.here.clone(),
            },
            peer: PeerBooks {
                on_hand_at: Some(at(self.on_hand_at)),
                ledger_at: Some(at(self.ledger_at)),
                building: false,
                only_on_hand: false,
                on_hand: figures(&self.on_hand),
                ledger: figures(&self.ledger),
                from: at(NOW - 35 * DAY),
                transactions: self.transactions.clone(),
                parts: Some(self.there.clone()),
            },
            settings: Settings::default(),
        }
    }
}

pub(super) fn transaction(id: i64, at: i64, part: &str, there: &str, pieces: i64) -> Transaction {
    Transaction {
        id,
        kind: if pieces < 0 { Kind::Out } else { Kind::In },
        class: "R".to_owned(),
        quantity: ErpQuantity::of_pieces(pieces.abs()),
        happened: Timestamp::from_micros(at),
        created: Some(Timestamp::from_micros(at)),
        place: place(there),
        part: part.to_owned(),
        user: Some("CLERK".to_owned()),
        reference: None,
        transfer_of: None,
        read_at: Timestamp::from_micros(at + MINUTE),
        late: false,
        flags: Flags::NONE,
    }
}
