//! What planning says of work orders, taken over from files, and asked about.
//!
//! Whether something changes is judged by [`mtm_core::work_order`] inside the transaction that writes
//! it. A change writes an audit entry and tells `master.changed`; what was only said again writes when.
//! Nothing here touches stock.

use std::collections::HashMap;

use mtm_core::Rejection;
use mtm_core::command::Actor;
use mtm_core::event::EventType;
use mtm_core::word::{Timestamp, WorkOrder};
use mtm_core::work_order::{Judged, Turn, WorkOrderDraft, WorkOrderFacts, judge};
use serde_json::json;

use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::query::{Page, ReadError, WorkOrderQuery, WorkOrderRow, WorkOrderSheet};
use crate::read::work_order::known;
use crate::sql::params;
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// What stands in the column of an order that is due at no moment: it comes last.
pub(crate) const NO_DUE: i64 = i64::MAX;

impl Ledger {
    /// A page of work orders: what is due first comes first.
    pub async fn work_orders(
        &self,
        query: WorkOrderQuery,
    ) -> Result<Page<WorkOrderRow>, ReadError> {
        self.ask(move |reader| reader.work_orders(&query)).await
    }

    /// The work order of this number with what the ledger says of it, where planning knows it.
    pub async fn work_order(&self, code: WorkOrder) -> Result<Option<WorkOrderSheet>, ReadError> {
        self.ask(move |reader| reader.work_order(&code)).await
    }

    /// What is known of each of these orders that there is.
    pub async fn work_orders_known(
        &self,
        codes: Vec<WorkOrder>,
    ) -> Result<HashMap<WorkOrder, WorkOrderFacts>, ReadError> {
        self.ask(move |reader| reader.work_orders_known(&codes)).await
    }

    /// Takes over what a file says of orders once, under a key: all of it or nothing, or, where
    /// refused ones are `skipped`, each on its own. Gives for each why it was refused.
    pub async fn import_work_orders_once(
        &self,
        drafts: Vec<WorkOrderDraft>,
        actor: Actor,
        key: IdempotencyKey,
        skipped: bool,
    ) -> Result<Once<Vec<Option<Rejection>>>, PostError> {
        self.write(move |context| {
            Ok(once(context, Some(&key), |context| {
                let mut verdicts = Vec::with_capacity(drafts.len());
                for draft in &drafts {
                    verdicts.push(match context.say_work_order(draft, &actor) {
                        Ok(()) => None,
                        Err(Failure::Refused(rejection)) if skipped => Some(rejection),
                        Err(Failure::Refused(rejection)) => {
                            return Err(rejection.in_item(verdicts.len()).into());
                        }
                        Err(failure) => return Err(failure),
                    });
                }
                Ok(verdicts)
            })?)
        })
        .await
    }
}

const ADD: &str =
    "INSERT INTO work_order (part_id, quantity, starts_at, due_at, state, is_open, said_state,
         source, document, published_at, said_at, user_id, version, code)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

const PUT: &str = "UPDATE work_order SET part_id = ?1, quantity = ?2, starts_at = ?3, due_at = ?4,
         state = ?5, is_open = ?6, said_state = ?7, source = ?8, document = ?9,
         published_at = ?10, said_at = ?11, user_id = ?12, version = ?13 WHERE code = ?14";

impl WriteContext<'_> {
    /// Writes what a document says of an order, where that is something new.
    fn say_work_order(&mut self, draft: &WorkOrderDraft, by: &Actor) -> Result<(), Failure> {
        let before = known(self.sql(), &draft.code)?;
        let judged = judge(self.catalogue(), before.as_ref(), draft)?;
        let at = self.now();
        match &judged.turn {
            Turn::Nothing => Ok(()),
            Turn::Again => self.write_work_order(PUT, draft, &judged.after, by, at),
            Turn::New => {
                self.write_work_order(ADD, draft, &judged.after, by, at)?;
                self.tell_work_order("created", draft, &judged, by, at)
            }
            Turn::Changed(_) => {
                self.write_work_order(PUT, draft, &judged.after, by, at)?;
                self.tell_work_order("edited", draft, &judged, by, at)
            }
        }
    }

    /// Writes an order by a statement that takes its values in this order.
    fn write_work_order(
        &self,
        sql: &str,
        draft: &WorkOrderDraft,
        it: &WorkOrderFacts,
        by: &Actor,
        at: Timestamp,
    ) -> Result<(), Failure> {
        self.sql().execute(
            sql,
            params![
                it.part.0,
                it.quantity.units(),
                it.starts_at.map(Timestamp::micros),
                it.due_at.map_or(NO_DUE, Timestamp::micros),
                it.state.as_str(),
                it.state.is_open(),
                it.said_state,
                it.source,
                it.document,
                it.published_at.micros(),
                at.micros(),
                by.id.0,
                it.version,
                draft.code.as_str(),
            ],
        )?;
        Ok(())
    }

    fn tell_work_order(
        &mut self,
        what: &str,
        draft: &WorkOrderDraft,
        judged: &Judged,
        by: &Actor,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let Judged { part, turn, after: it } = judged;
        let facts = json!({
            "change": what, "noun": "work_order", "code": draft.code, "part": part.header.id,
            "quantity": it.quantity.units(), "starts_at": it.starts_at.map(Timestamp::micros),
            "due_at": it.due_at.map(Timestamp::micros), "state": it.state, "version": it.version,
        });
        self.audit("master", by.id, at, &facts)?;
        let changed: Vec<&str> = match turn {
            Turn::Changed(changes) => changes.iter().map(|change| change.field).collect(),
            _ => Vec::new(),
        };
        let data = json!({
            "change": what, "noun": "work_order", "code": draft.code, "part": part.code,
            "quantity": it.quantity, "starts_at": it.starts_at, "due_at": it.due_at,
            "state": it.state, "said_state": it.said_state, "source": it.source,
            "document": it.document, "published_at": it.published_at, "version": it.version,
            "changed": changed,
        });
        self.emit(EventType::MasterChanged, draft.code.as_str(), at, &data, None)
    }
}
