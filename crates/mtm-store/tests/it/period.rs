//! Periods that are closed: what lies in one is flagged by what was closed when it was recorded.

use std::sync::Arc;

use futures_util::future::join_all;
use mtm_core::Action;
use mtm_core::event::Event;
use mtm_core::period::{Closed, PeriodChange};
use mtm_core::word::Timestamp;
use mtm_store::period::PeriodRow;
use mtm_store::query::{HistoryQuery, SortOrder};
use mtm_store::{Clock, Ledger, OpenOptions, PostError, Submission, SystemClock};
use mtm_testkit::poll;

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, receive, refused, undo};
use crate::site::{PATIENCE, Site, on_mariadb};

contract!(
    what_lies_in_a_closed_period_is_booked_and_flagged,
    what_is_undone_in_a_closed_period_is_undone_now,
    closings_are_entries_that_stay_and_are_made_once,
    late_facts_beside_closings_are_flagged_in_the_order_of_the_log,
);

const DAY: i64 = 24 * 3_600_000_000;

/// Everything before `until`.
fn closed(until: Timestamp) -> Closed {
    Closed { through: "2026-11-20".parse().unwrap(), until }
}

async fn change(plant: &Plant, change: PeriodChange) -> Result<PeriodRow, PostError> {
    plant.ledger.change_period(change, None, actor(), None).await.map(|once| once.value)
}

/// Books what happened at `at`; gives the codes of the answer's warnings.
async fn late(plant: &Plant, at: Timestamp) -> Vec<String> {
    let mut command = plant.command(Action::Receive(receive("P-1", 5)));
    command.context.occurred_at = Some(at);
    command.confirm.implausible = true;
    let answer = plant.ledger.post(Submission::single(None, command)).await.unwrap();
    let outcome = answer.into_single().unwrap();
    outcome.warnings.into_iter().map(|warning| warning.code).collect()
}

async fn what_lies_in_a_closed_period_is_booked_and_flagged(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    let now = plant.clock.now();
    let (inside, edge) = (now.plus_micros(-2 * DAY), now.plus_micros(-DAY));
    assert_eq!(late(&plant, inside).await, [""; 0], "before it was closed");
    change(&plant, PeriodChange::Close(closed(edge))).await.unwrap();
    assert_eq!(late(&plant, inside).await, ["in_closed_period"]);
    assert_eq!(late(&plant, edge).await, [""; 0]);
    plant.book(Action::Receive(receive("P-1", 6))).await.unwrap();
    change(&plant, PeriodChange::Reopen(None)).await.unwrap();
    assert_eq!(late(&plant, inside).await, [""; 0], "reopened");
    plant.restart().await;
    let query = HistoryQuery { sort: SortOrder::Oldest, ..HistoryQuery::default() };
    let rows = plant.ledger.history(query).await.unwrap().items;
    let flagged: Vec<bool> = rows.iter().map(|row| row.in_closed_period).collect();
    assert_eq!(flagged, [false, true, false, false, false], "whatever is closed now");
    assert_eq!(rows[1].occurred_at, Some(inside), "the moment is kept");
    assert!(rows[1].recorded_at > now, "and recorded in the open period");
    let events = plant.ledger.events_after(0, Vec::new(), 1000).await.unwrap();
    let told = events.iter().filter(|event| event.kind == "movement.recorded");
    let told: Vec<bool> =
        told.map(|event| event.data["in_closed_period"].as_bool().unwrap()).collect();
    assert_eq!(told, flagged);
}

async fn what_is_undone_in_a_closed_period_is_undone_now(engine: Engine) {
    let plant = Plant::on(engine).await;
    let booked = plant.book(Action::Receive(receive("P-1", 5))).await.unwrap();
    plant.clock.advance(3 * DAY);
    let edge = plant.clock.now().plus_micros(-DAY);
    change(&plant, PeriodChange::Close(closed(edge))).await.unwrap();
    let fresh = plant.book(Action::Receive(receive("P-1", 6))).await.unwrap();
    let undone = plant.book(undo(booked.movements[0].id)).await.unwrap();
    assert_eq!(undone.warnings[0].code, "in_closed_period", "{:?}", undone.warnings);
    assert!(undone.recorded_at > edge, "booked in the open period");
    let undone = plant.book(undo(fresh.movements[0].id)).await.unwrap();
    assert_eq!(undone.warnings, []);
}

/// What a late fact says must be what the log says at its place: a closing that stands before it.
fn flags_follow_the_log(events: &[Event]) -> usize {
    let (mut is_closed, mut flagged, mut open) = (false, 0, 0);
    for event in events {
        if event.kind == "master.changed" && event.data["noun"] == "period" {
            is_closed = !event.data["closed"].is_null();
        }
        if event.kind == "movement.recorded" && !event.data["occurred_at"].is_null() {
            let flag = event.data["in_closed_period"].as_bool().unwrap();
            assert_eq!(flag, is_closed, "at place {}", event.sequence);
            *if flag { &mut flagged } else { &mut open } += 1;
        }
    }
    assert!(
        flagged > 0 && open > 0,
        "{flagged} flagged, {open} open: nothing was beside a closing"
    );
    flagged + open
}

/// Some book late facts at once, on all of `ledgers`, while somebody closes and reopens.
async fn beside_closings(
    ledgers: &[Ledger],
    late: impl Fn(&Ledger, usize) -> Submission,
    by: mtm_core::command::Actor,
    edge: Timestamp,
) {
    for round in 0..6 {
        let posting = (0..8).map(|poster| {
            let ledger = &ledgers[poster % ledgers.len()];
            let many = (0..3).map(|each| late(ledger, each)).collect::<Vec<_>>();
            async move {
                for submission in many {
                    ledger.post(submission).await.unwrap();
                }
            }
        });
        let change = if round % 2 == 0 {
            PeriodChange::Close(closed(edge))
        } else {
            PeriodChange::Reopen(None)
        };
        let ledger = &ledgers[(round / 2) % ledgers.len()];
        let closing = ledger.change_period(change, None, by.clone(), None);
        let (_, closing) = tokio::join!(join_all(posting), closing);
        closing.unwrap();
    }
}

async fn late_facts_beside_closings_are_flagged_in_the_order_of_the_log(engine: Engine) {
    let plant = Plant::on(engine).await;
    let now = plant.clock.now();
    let late = |_: &Ledger, each: usize| {
        let mut command = plant.command(Action::Receive(receive("P-1", 5)));
        command.context.occurred_at = Some(now.plus_micros(-2 * DAY));
        command.confirm.implausible = true;
        // Alone, under a key and among others: every way of a booking.
        match each {
            0 => Submission::single(None, command),
            1 => Submission::single(Some(key(&command.id.to_string())), command),
            _ => Submission {
                commands: vec![command.clone()],
                atomic: false,
                ..Submission::single(None, command)
            },
        }
    };
    beside_closings(std::slice::from_ref(&plant.ledger), late, actor(), now.plus_micros(-DAY))
        .await;
    let events = plant.ledger.events_after(0, Vec::new(), 1000).await.unwrap();
    assert_eq!(flags_follow_the_log(&events), 6 * 8 * 3);
}

async fn closings_are_entries_that_stay_and_are_made_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let edge = plant.clock.now().plus_micros(-DAY);
    let close = |newest, text: &'static str, edge: Timestamp| {
        let change = PeriodChange::Close(closed(edge));
        plant.ledger.change_period(change, newest, actor(), Some(key(text)))
    };
    let made = close(Some(0), "k", edge).await.unwrap();
    let again = close(Some(0), "k", edge).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    assert_eq!(refused(&close(Some(0), "l", edge).await.unwrap_err()), "stale");
    assert_eq!(refused(&close(Some(1), "m", edge).await.unwrap_err()), "invalid_body");
    let open = plant.clock.now().plus_micros(DAY);
    assert_eq!(refused(&close(Some(1), "n", open).await.unwrap_err()), "invalid_body");
    let reopened = change(&plant, PeriodChange::Reopen(None)).await.unwrap();
    assert_eq!((reopened.number, reopened.reopened, &reopened.closed), (2, true, &None));
    let entries = plant.ledger.period_entries().await.unwrap();
    assert_eq!(entries, [reopened, made.value]);
    assert_eq!(entries[1].recorded_by, "system");
    let audited = plant.value(
        "SELECT count(*) FROM audit WHERE kind = 'master' AND entry LIKE '%\"noun\":\"period\"%'",
    );
    assert_eq!(audited, "2");
    let report =
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

#[test]
fn a_file_keeps_closings_past_a_careless_hand() {
    Engine::Sqlite.keeps(async |engine| {
        let plant = Plant::on(engine).await;
        let edge = plant.clock.now().plus_micros(-DAY);
        change(&plant, PeriodChange::Close(closed(edge))).await.unwrap();
        for sql in ["UPDATE period_closing SET until_at = 1", "DELETE FROM period_closing"] {
            let refused = mtm_testkit::sqlite::execute(plant.home.path(), sql).unwrap_err();
            assert!(format!("{refused:#}").contains("never"), "{sql}: {refused:#}");
        }
    });
}

/// The computer's clock, some minutes behind.
struct Behind;

impl Clock for Behind {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_micros(-2 * 60 * 1_000_000)
    }

    fn fresh_uuid(&self) -> uuid::Uuid {
        SystemClock.fresh_uuid()
    }
}

#[test]
fn two_servers_whose_clocks_differ_agree_about_what_came_before_a_closing() {
    on_mariadb("closings beside late facts of two servers", async |_, _, url| {
        let one = Site::found(&url).await;
        let behind =
            OpenOptions { create: true, clock: Arc::new(Behind), ..OpenOptions::default() };
        let other = Site::join_with(&url, behind).await;
        let now = SystemClock.now();
        let late = |_: &Ledger, each: usize| {
            let mut submission = one.submission(None, Action::Receive(receive("P-1", 5)));
            submission.commands[0].context.occurred_at = Some(now.plus_micros(-2 * DAY));
            submission.atomic = each.is_multiple_of(2);
            submission
        };
        let ledgers = [one.ledger.clone(), other.ledger.clone()];
        beside_closings(&ledgers, late, one.actor(), now.plus_micros(-DAY)).await;
        let events = one.told(6 * 8 * 3).await;
        assert_eq!(flags_follow_the_log(&events), 6 * 8 * 3);
        one.is_sound_with(6 * 8 * 3).await;
        one.ledger.close().await;
        other.ledger.close().await;
    });
}

#[test]
fn another_server_sees_a_closing_soon() {
    on_mariadb("a closing on two servers", async |_, _, url| {
        let (one, other) = (Site::found(&url).await, Site::join(&url).await);
        let edge = mtm_store::SystemClock.now().plus_micros(-DAY);
        let close = PeriodChange::Close(closed(edge));
        one.ledger.change_period(close, None, one.actor(), None).await.unwrap();
        let waited = poll::eventually("the closing elsewhere", PATIENCE, async || {
            Ok(other.ledger.catalogue().periods.closed().map(|_| ()))
        });
        waited.await.unwrap();
        one.ledger.close().await;
        other.ledger.close().await;
    });
}
