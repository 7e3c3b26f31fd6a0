//! Files that are taken over step by step, and cut off anywhere.

use std::fmt::Write as _;

use mtm_app::import::{CommitBody, ImportKind};
use mtm_app::movement::{BookingType, MovementBody};
use mtm_core::command::Confirmations;
use mtm_core::word::ImportId;

use super::run::{Run, Tally};
use super::twin::{Asked, Line, of_log};
use super::wish::{LOCATIONS, OPERATIONS, PARTS};

/// Who brings files.
const WHO: usize = 3;
/// Rows of one step at most: no more than the import takes in one transaction when others book.
const STEP: i64 = 10;

/// A file, and how far it is taken over.
#[derive(Debug)]
pub(super) struct Load {
    text: String,
    rows: Vec<MovementBody>,
    id: Option<ImportId>,
    done: usize,
    ended: bool,
}

impl Run {
    pub(super) async fn import(&mut self) {
        match self.loads.iter().position(|load| !load.ended) {
            None => {
                let load = self.load();
                self.loads.push(load);
            }
            Some(place) if self.loads[place].id.is_none() => self.look_at(place).await,
            Some(place) => self.take_over(place).await,
        }
    }

    /// A file of receipts.
    fn load(&mut self) -> Load {
        let mut text = "type,part,operation,location,quantity\n".to_owned();
        let mut rows = Vec::new();
        for _ in 0..self.chance.between(3, 24) {
            let word = |chance: &mut super::chance::Chance, all: &[&str]| {
                chance.among(all).map(|code| (*code).to_owned())
            };
            let row = MovementBody {
                kind: Some(BookingType::In),
                part: word(&mut self.chance, &PARTS),
                operation: word(&mut self.chance, &OPERATIONS),
                location: word(&mut self.chance, &LOCATIONS),
                // What no slip looks like, whatever was received before.
                quantity: Some(self.chance.between(101, 160)),
                ..MovementBody::default()
            };
            let cell = |word: &Option<String>| word.clone().unwrap();
            let (part, operation) = (cell(&row.part), cell(&row.operation));
            let (location, quantity) = (cell(&row.location), row.quantity.unwrap());
            writeln!(text, "in,{part},{operation},{location},{quantity}").unwrap();
            rows.push(row);
        }
        Load { text, rows, id: None, done: 0, ended: false }
    }

    async fn look_at(&mut self, place: usize) {
        self.perhaps(3);
        let (who, bytes) = (self.people[WHO].clone(), self.loads[place].text.clone().into_bytes());
        let kind = ImportKind::Movements;
        let looked = self.service.app.preview_import(&who, kind, "rows.csv", bytes).await;
        if self.what_happened().await.is_none() {
            let view = looked.unwrap();
            assert_eq!(view.refused, 0, "{view:?}");
            self.loads[place].id = Some(ImportId(view.id));
        }
        self.nothing_moved().await;
    }

    async fn take_over(&mut self, place: usize) {
        self.perhaps(2);
        let id = self.loads[place].id.unwrap();
        let how = CommitBody {
            skip_refused: true,
            confirm: vec!["possible_duplicate".to_owned()],
            at_most: Some(u32::try_from(self.chance.between(1, STEP)).unwrap()),
        };
        let who = self.people[WHO].clone();
        let taken = self.service.app.commit_import(&who, id, &how).await;
        let happened = self.what_happened().await;
        for row in self.new_movements().await {
            let load = &mut self.loads[place];
            let body = &load.rows[load.done];
            load.done += 1;
            let asked = Asked {
                action: body.parse().unwrap(),
                confirm: Confirmations::default(),
                import: Some(id),
                guarded: false,
            };
            let line: Line = of_log(&row);
            assert_eq!(row.import_id, Some(id));
            Tally::one(&mut self.tally.booked, "imported row");
            self.absorb(WHO, &asked, (row.command_id, row.recorded_at), &[line]);
        }
        let load = &mut self.loads[place];
        let (done, all) = (load.done, load.rows.len());
        if happened.is_none() {
            let view = taken.unwrap();
            assert_eq!(usize::try_from(view.rows_done), Ok(done), "{view:?}");
            load.ended = view.state == "committed";
            assert!(!load.ended || done == all, "{done} of {all} rows");
            if load.ended {
                self.known.imports.push(id);
            }
        }
        self.story.tell(format_args!("  import {id}: {done} of {all}"));
    }
}
