//! Files of work orders: every row judged against what is known, and taken over once.

use std::fmt::Write as _;

use mtm_app::import::{CommitBody, ImportKind, ImportView};
use mtm_app::work_order::{WorkOrderQuery, WorkOrderSheet, WorkOrderState};
use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::master::MasterNoun;

use crate::plant::Plant;

/// A schedule of this week, published then, with orders as `id, part, pieces, due, state`.
fn schedule(published: &str, orders: &[[&str; 5]]) -> Vec<u8> {
    let mut text = format!(
        "<SyncOperationsSchedule xmlns=\"http://www.mesa.org/xml/B2MML\" releaseID=\"V0700\">\n\
         <ApplicationArea><Sender><LogicalID>ERP</LogicalID></Sender></ApplicationArea>\n\
         <DataArea><Sync/><OperationsSchedule><ID>WEEK</ID><PublishedDate>{published}</PublishedDate>\n"
    );
    for [id, part, quantity, due, state] in orders {
        let _ = writeln!(
            text,
            "<OperationsRequest><ID>{id}</ID><EndTime>{due}</EndTime><RequestState>{state}</RequestState>\
             <SegmentRequirement><ID>1</ID><MaterialRequirement><ID>1</ID>\
             <MaterialDefinitionID>{part}</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>\
             <Quantity><QuantityString>{quantity}</QuantityString></Quantity></MaterialRequirement>\
             </SegmentRequirement></OperationsRequest>"
        );
    }
    text.push_str("</OperationsSchedule></DataArea></SyncOperationsSchedule>\n");
    text.into_bytes()
}

async fn preview(plant: &Plant, bytes: impl Into<Vec<u8>>) -> ImportView {
    let kind = ImportKind::WorkOrders;
    plant.app.preview_import(&plant.lead, kind, "plan", bytes.into()).await.unwrap()
}

async fn commit(plant: &Plant, view: &ImportView, skip_refused: bool) -> ImportView {
    let how = CommitBody { skip_refused, ..CommitBody::default() };
    plant.app.commit_import(&plant.lead, ImportId(view.id), &how).await.unwrap()
}

async fn take_over(plant: &Plant, bytes: impl Into<Vec<u8>>) -> ImportView {
    let view = preview(plant, bytes).await;
    assert_eq!(view.refused, 0, "{:?}", said(&view));
    assert_eq!(commit(plant, &view, false).await.state, "committed");
    view
}

/// What was said of each row: its effect, or what is wrong.
fn said(view: &ImportView) -> Vec<String> {
    let words = view.verdicts.iter().map(|verdict| {
        let errors: Vec<String> = verdict
            .errors
            .iter()
            .map(|error| format!("{} {}: {}", error.field, error.code.as_str(), error.message))
            .collect();
        format!("{}: {}{}", verdict.line, verdict.effect, errors.join("; "))
    });
    words.collect()
}

async fn order(plant: &Plant, code: &str) -> WorkOrderSheet {
    plant.app.work_order(&plant.lead, code).await.unwrap()
}

async fn how_many(plant: &Plant) -> u64 {
    let mut query = WorkOrderQuery::default();
    query.page.count = true;
    plant.app.work_orders(&plant.lead, query).await.unwrap().total.unwrap()
}

#[tokio::test]
async fn a_schedule_becomes_orders_and_the_next_one_says_what_changes() {
    let plant = Plant::open().await;
    let first = schedule(
        "2026-11-23T00:00:00Z",
        &[
            ["60723", "11058-1779", "500.000", "2026-12-04T14:00:00Z", "Released"],
            ["M-77", "A0003892000", "40", "2026-12-05T14:00:00Z", "Forecast"],
        ],
    );
    let view = preview(&plant, first.clone()).await;
    assert_eq!(said(&view), ["4: new", "5: new"]);
    assert_eq!(how_many(&plant).await, 0, "looking writes nothing");
    for _ in 0..2 {
        assert_eq!(commit(&plant, &view, false).await.state, "committed");
    }
    let row = order(&plant, "wo-60723").await.order;
    assert_eq!((row.quantity.whole(), row.state), (500, WorkOrderState::Released));
    assert_eq!((row.source.as_deref(), row.document.as_deref()), (Some("ERP"), Some("WEEK")));
    assert_eq!(plant.on_hand().await, 0, "planning is no stock");

    // The same document again changes nothing.
    let again = take_over(&plant, first.clone()).await;
    assert_eq!(said(&again), ["4: as it is", "5: as it is"]);
    assert_eq!(order(&plant, "60723").await.order, row);

    // A later one says what it changes. What it leaves out stays.
    let next = [["60723", "11058-1779", "450", "2026-12-05T14:00:00Z", "Running"]];
    let changed = take_over(&plant, schedule("2026-11-24T00:00:00Z", &next)).await;
    assert_eq!(
        said(&changed),
        ["4: quantity 500 → 450; due 2026-12-04T14:00:00.000000Z → \
          2026-12-05T14:00:00.000000Z; state released → released (Running)"]
    );
    assert_eq!(order(&plant, "60723").await.order.version, 2);
    assert_eq!(order(&plant, "M-77").await.order.state, WorkOrderState::Planned);

    // One of before cannot take it back, however late it comes.
    let late = preview(&plant, [first, b"\n".to_vec()].concat()).await;
    assert_eq!(late.refused, 1);
    assert!(said(&late)[0].contains("published stale: "), "{:?}", said(&late));
    assert_eq!(commit(&plant, &late, true).await.state, "committed");
    assert_eq!(order(&plant, "60723").await.order.quantity.whole(), 450);
}

#[tokio::test]
async fn every_row_has_its_verdict_and_who_stands_twice_is_nobody() {
    let plant = Plant::open().await;
    let file = "Code;Part;Quantity;Start;Due;State\n\
        60723;11058-1779;500;;2026-12-04;released\n\
        1;NONE;5;;;\n\
        2;11058-1779;0;;;\n\
        3;11058-1779;1e9;;;\n\
        4;11058-1779;99999999999999999999;;;\n\
        5;11058-1779;5;2026-12-04;2026-12-01;\n\
        6;11058-1779;5;;soon;\n\
        ;11058-1779;5;;;\n\
        7;11058-1779;5;;;on ice\n\
        wo-060723;11058-1779;400;;;\n\
        8;11058-1779;5;;;;surplus\n";
    let view = preview(&plant, file).await;
    insta::assert_snapshot!(said(&view).join("\n"));
    assert_eq!((view.rows, view.refused), (11, 10));
    assert_eq!(commit(&plant, &view, true).await.state, "committed");
    assert_eq!(how_many(&plant).await, 1);
    let row = order(&plant, "7").await.order;
    assert_eq!((row.state, row.said_state.as_deref()), (WorkOrderState::Unknown, Some("on ice")));
    assert_eq!(
        row.published_at, view.created_at,
        "what says no moment is of when it was looked at"
    );
}

#[tokio::test]
async fn a_kind_of_file_is_not_taken_for_another() {
    let plant = Plant::open().await;
    let orders = schedule("2026-11-23T00:00:00Z", &[["1", "11058-1779", "5", "", ""]]);
    let definition = "<OperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\"><ID>11058-1779</ID>\
        <OperationsSegment><ID>19</ID></OperationsSegment></OperationsDefinition>";
    let masters = ImportKind::Masters(MasterNoun::Part);
    for (kind, bytes, words) in [
        (ImportKind::Routings, orders.clone(), "a file of work orders, not of routings"),
        (ImportKind::Movements, orders, "a file of work orders"),
        (ImportKind::WorkOrders, definition.into(), "a file of routings, not of work orders"),
        (masters, b"code,part,quantity,due\n1,A,1,\n".to_vec(), "unknown columns"),
        (ImportKind::WorkOrders, b"code,part,amount\n".to_vec(), "unknown columns: amount"),
    ] {
        let error = plant.app.preview_import(&plant.lead, kind, "x", bytes).await.unwrap_err();
        assert_eq!(error.code(), Code::ImportUnreadable);
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

#[tokio::test]
async fn a_long_file_is_taken_over_in_steps_and_goes_on_where_it_was_cut() {
    const ORDERS: u32 = 1_200;
    let plant = Plant::open().await;
    let mut file = String::from("code,part,quantity\n");
    for n in 0..ORDERS {
        let _ = writeln!(file, "L-{n:05},11058-1779,5");
    }
    let view = preview(&plant, file.clone()).await;
    let how = CommitBody { at_most: Some(333), ..CommitBody::default() };
    let id = ImportId(view.id);
    let taken = plant.app.commit_import(&plant.lead, id, &how).await.unwrap();
    assert_eq!((taken.state, taken.rows_done), ("committing", 333));
    assert_eq!(how_many(&plant).await, 333);
    // The file is brought again: it is not begun anew.
    let again = preview(&plant, file).await;
    assert_eq!((again.id, again.rows_done), (view.id, 333));
    assert_eq!(commit(&plant, &again, false).await.state, "committed");
    assert_eq!(how_many(&plant).await, u64::from(ORDERS));
    let undone = plant.app.undo_import(&plant.lead, id, "a slip", None).await;
    assert!(undone.is_err(), "orders are no movements");
}
