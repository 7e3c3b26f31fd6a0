//! A flow over a small plant, step by step.

use mtm_core::sync::{Class, Deed, Mode, State};
use mtm_core::word::{Note, UserId};
use mtm_store::query::{HistoryQuery, MovementRow, PageRequest, SortOrder};
use mtm_store::sync::{
    Attempt, DuePosting, Ended, FlowChange, FlowRow, NewPosting, PostingDeed, PostingQuery,
    PostingRow, Start,
};
use mtm_store::{Clock as _, PostError};

use crate::plant::Plant;

pub(crate) const FLOW: &str = "erp";
pub(crate) const SECOND: i64 = 1_000_000;

pub(crate) async fn flow(plant: &Plant) -> FlowRow {
    // A server gives places after the commit; whoever asks for the log waits for them.
    movements(plant, 0).await;
    plant.ledger.flows().await.unwrap().into_iter().find(|flow| flow.name == FLOW).unwrap()
}

pub(crate) async fn set(plant: &Plant, mode: Mode, start: Start) -> FlowRow {
    movements(plant, 0).await;
    let change = FlowChange { mode: Some(mode), start, version: None };
    plant.ledger.change_flow(FLOW.to_owned(), change, UserId(1), None).await.unwrap().value
}

/// A flow that tells what is recorded from now on.
pub(crate) async fn met(plant: &Plant, mode: Mode) -> FlowRow {
    movements(plant, 0).await;
    plant.ledger.meet_flow(FLOW.to_owned()).await.unwrap();
    set(plant, mode, Start::Here).await
}

pub(crate) async fn movements(plant: &Plant, after: u64) -> Vec<MovementRow> {
    let query = HistoryQuery {
        after_sequence: Some(after),
        sort: SortOrder::Oldest,
        page: PageRequest { limit: 100, ..PageRequest::default() },
        ..HistoryQuery::default()
    };
    plant.ledger.history(query).await.unwrap().items
}

pub(crate) fn posting(row: &MovementRow, state: State) -> NewPosting {
    NewPosting {
        movement: row.id,
        sequence: row.sequence.unwrap(),
        reverses: row.reverses,
        class: Class::of(row.from_account, row.to_account),
        part: row.part.to_string(),
        lot: row.lot.to_string(),
        quantity: row.quantity.whole(),
        recorded_at: row.recorded_at,
        fact: "{}".to_owned(),
        request: Some(r#"{"body":1}"#.to_owned()),
        state,
        code: None,
        cause: None,
        only_with_undone: false,
    }
}

/// Lays out everything behind the flow's place.
pub(crate) async fn lay_out(plant: &Plant, state: State) -> bool {
    let flow = flow(plant).await;
    let rows = movements(plant, flow.position).await;
    let to = rows.last().map_or(flow.position, |row| row.sequence.unwrap());
    let postings = rows.iter().map(|row| posting(row, state)).collect();
    let ledger = &plant.ledger;
    ledger.lay_out_postings(flow.id, flow.version, (flow.position, to), postings).await.unwrap()
}

pub(crate) async fn all(plant: &Plant) -> Vec<PostingRow> {
    let query = PostingQuery { limit: 100, ..PostingQuery::default() };
    let mut rows = plant.ledger.postings(query).await.unwrap();
    rows.reverse();
    rows
}

pub(crate) async fn states(plant: &Plant) -> Vec<State> {
    all(plant).await.into_iter().map(|row| row.state).collect()
}

pub(crate) async fn due(plant: &Plant) -> Vec<DuePosting> {
    // The ledger's own moments are a little ahead of a clock that stands still.
    let (flow, now) = (flow(plant).await, plant.clock.now().plus_micros(SECOND));
    plant.ledger.due_postings(flow.id, now, false, 100).await.unwrap()
}

pub(crate) async fn begin(plant: &Plant, posting: &DuePosting) -> Option<i64> {
    let (flow, until) = (flow(plant).await, plant.clock.now().plus_micros(60 * SECOND));
    plant.ledger.begin_posting(flow.id, posting.clone(), None, until).await.unwrap()
}

pub(crate) async fn end(plant: &Plant, posting: &DuePosting, version: i64, ended: Ended) {
    let flow = flow(plant).await;
    let attempt = Attempt { posting: posting.id, version, status: None, ended };
    plant.ledger.record_postings(flow.id, vec![attempt]).await.unwrap();
}

pub(crate) fn posted(document: &str) -> Ended {
    Ended::Posted { document: Some(document.to_owned()) }
}

pub(crate) fn no(cause: &str) -> Ended {
    Ended::Refused { code: Some("unknown_part".to_owned()), cause: cause.to_owned() }
}

pub(crate) async fn decide(plant: &Plant, id: i64, deed: Deed) -> Result<State, PostError> {
    let deed = PostingDeed {
        deed,
        request: None,
        document: Some("D-9".to_owned()).filter(|_| deed == Deed::Done),
        note: Some(Note::parse("I looked there").unwrap()),
        proved: false,
        version: None,
    };
    let decided = plant.ledger.decide_posting(id, deed, UserId(1), None).await?;
    Ok(decided.value.row.state)
}
