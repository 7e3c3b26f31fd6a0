//! A small plant: a ledger, an admin, some master data.

use mtm_app::movement::{BookingType, Circumstances, MovementBody};
use mtm_app::{App, Principal};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::query::StockQuery;
use mtm_store::{Ledger, OpenOptions};

pub(crate) struct Plant {
    pub(crate) app: App,
    pub(crate) lead: Principal,
    _directory: tempfile::TempDir,
}

impl Plant {
    pub(crate) async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let app = App::new(ledger).await.unwrap();
        let lead = app.local_principal("tester").await.unwrap();
        let masters = [
            (MasterNoun::Part, "11058-1779"),
            (MasterNoun::Part, "A0003892000"),
            (MasterNoun::Operation, "19"),
            (MasterNoun::Operation, "20"),
            (MasterNoun::Location, "R-E4-18"),
            (MasterNoun::Location, "DC-A0-01"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        app.ledger().create_masters(masters, lead.actor()).await.unwrap();
        Self { app, lead, _directory: directory }
    }

    pub(crate) async fn on_hand(&self) -> i64 {
        let stock = self.app.ledger().stock(StockQuery::default()).await.unwrap();
        stock.items.iter().map(|row| row.quantity.whole()).sum()
    }

    pub(crate) async fn receive(&self, quantity: i64) -> mtm_app::movement::Booked {
        let body = MovementBody {
            kind: Some(BookingType::In),
            part: Some("11058-1779".to_owned()),
            operation: Some("19".to_owned()),
            location: Some("R-E4-18".to_owned()),
            quantity: Some(quantity),
            confirm: vec!["possible_duplicate".to_owned()],
            ..MovementBody::default()
        };
        self.app.book(&self.lead, Circumstances::default(), &body).await.unwrap()
    }
}
