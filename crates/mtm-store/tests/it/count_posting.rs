//! Cycle counts: differences are booked once, whatever is in the way is told, and a count ends.

use mtm_core::command::{
    Action, Adjust, Count, HoldSubject, Pick, PickRule, PlaceHold, ReleaseHold,
};
use mtm_core::count::{CountState, LineState};
use mtm_core::word::{CountId, Note, ReasonCode};
use mtm_store::Clock;
use mtm_store::integrity::VerifyRange;
use mtm_store::record::{CountLine, LinePosting, PostedLine};

use crate::count::{SYSTEM, at, entry};
use crate::engine::{Engine, contract};
use crate::plant::{Plant, pieces, refused, take};

contract!(
    a_difference_is_booked_once_however_often_it_is_posted,
    a_refused_line_says_why_and_waits,
    a_count_is_given_up_or_closed_with_lines_left,
);

impl Plant {
    /// What posting these lines does, as the use case asks for it.
    async fn post_lines(&self, id: CountId, lines: &[CountLine]) -> Vec<PostedLine> {
        let posting = |line: &CountLine| LinePosting {
            line: line.line,
            round: line.rounds,
            command: line
                .variance()
                .filter(|it| !it.is_zero())
                .map(|_| self.command(difference(line))),
        };
        let lines = lines.iter().map(posting).collect();
        self.ledger.post_count_lines(SYSTEM, id, lines, None).await.unwrap()
    }

    async fn is_sound(&self) {
        let report = self.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "{report:?}");
    }
}

fn difference(line: &CountLine) -> Action {
    Action::Adjust(Adjust {
        pick: Pick {
            lot: line.spot.lot.clone(),
            part: Some(line.spot.part.clone()),
            operation: Some(line.spot.operation.clone()),
            location: Some(line.spot.location.clone()),
            rule: PickRule::Exact,
        },
        count: Count::Delta(line.variance().unwrap()),
        expected: None,
        reason: ReasonCode::parse("count").unwrap(),
        notes: None,
    })
}

async fn a_difference_is_booked_once_however_often_it_is_posted(engine: Engine) {
    let plant = Plant::on(engine).await;
    let (more, fewer, right) =
        (plant.lot_of(10).await, plant.lot_of(20).await, plant.lot_of(30).await);
    let count = plant.plan(at("A-1"), 100).await;
    for line in plant.lines(count.id).await {
        let lot = line.spot.lot.unwrap();
        let counted = if lot == more {
            12
        } else if lot == fewer {
            15
        } else {
            30
        };
        plant.enter(count.id, line.line, counted).await;
    }
    // It moves on before it is posted: the difference stays one of three pieces.
    plant.tick();
    plant.book(take(&fewer, 4)).await.unwrap();
    let lines = plant.lines(count.id).await;
    // Two post at once what both have read.
    let (one, other) =
        tokio::join!(plant.post_lines(count.id, &lines), plant.post_lines(count.id, &lines));
    assert_eq!(one.len() + other.len(), 3, "{one:?} {other:?}");
    assert!(one.iter().chain(&other).all(|line| line.refusal.is_none()));
    assert!(plant.post_lines(count.id, &lines).await.is_empty());
    let closed = plant.ledger.close_count(SYSTEM, count.id, false).await.unwrap();
    assert_eq!((closed.state, closed.progress.posted), (CountState::Posted, 3));
    let accuracy = closed.accuracy;
    assert_eq!((accuracy.lines, accuracy.right), (3, 1));
    assert_eq!(
        (accuracy.expected, accuracy.more, accuracy.fewer),
        (pieces(60), pieces(2), pieces(5))
    );
    let again = plant.ledger.close_count(SYSTEM, count.id, true).await.unwrap();
    assert_eq!(again, closed);
    assert_eq!(plant.on_hand(), pieces(12 + 11 + 30));
    assert!(plant.ledger.lot_sheet(right).await.unwrap().is_some());
    let adjusted = plant.home.rows("SELECT reason FROM movement WHERE type = 'adjust'");
    assert_eq!(adjusted, ["count", "count"]);
    plant.ledger.newest_event().await.unwrap();
    let told = plant.home.rows("SELECT type FROM outbox WHERE type = 'count.posted'");
    assert_eq!(told.len(), 1);
    assert_eq!(plant.audited("count.posted").await, 1);
    let late = plant.ledger.enter_counts(SYSTEM, count.id, vec![entry(1, 1)], None).await;
    assert_eq!(refused(&late.unwrap_err()), "count_closed");
    plant.is_sound().await;
}

async fn a_refused_line_says_why_and_waits(engine: Engine) {
    let plant = Plant::on(engine).await;
    let (held, gone) = (plant.lot_of(10).await, plant.lot_of(20).await);
    let count = plant.plan(at("A-1"), 100).await;
    let lines = plant.lines(count.id).await;
    for line in &lines {
        let lot = line.spot.lot.as_ref().unwrap();
        plant.enter(count.id, line.line, if *lot == held { 7 } else { 14 }).await;
    }
    let hold = plant
        .book(Action::PlaceHold(PlaceHold {
            subject: HoldSubject::Lot(held.clone()),
            reason: ReasonCode::parse("quality").unwrap(),
            notes: None,
        }))
        .await
        .unwrap()
        .hold
        .unwrap();
    plant.book(take(&gone, 17)).await.unwrap();
    let posted = plant.post_lines(count.id, &plant.lines(count.id).await).await;
    let mut codes: Vec<_> =
        posted.iter().map(|line| line.refusal.as_ref().unwrap().code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["insufficient_stock", "on_hold"]);
    let kept = plant.ledger.close_count(SYSTEM, count.id, true).await.unwrap();
    assert_eq!(
        (kept.state, kept.progress.counted, kept.progress.refused),
        (CountState::Open, 2, 2)
    );
    assert!(plant.lines(count.id).await.iter().all(|line| line.refusal.is_some()));

    let release = ReleaseHold { hold, notes: Some(Note::parse("fine").unwrap()) };
    plant.book(Action::ReleaseHold(release)).await.unwrap();
    let posted = plant.post_lines(count.id, &plant.lines(count.id).await).await;
    assert_eq!(posted.iter().filter(|line| line.refusal.is_none()).count(), 1);
    // The other is counted again, and now agrees.
    let left = plant.lines(count.id).await;
    let left = left.iter().find(|line| line.state == LineState::Counted).unwrap();
    plant.ledger.recount_lines(SYSTEM, count.id, vec![left.line], None).await.unwrap();
    let colleague = plant.colleague().await;
    plant.enter_as(colleague, count.id, entry(left.line, 3)).await;
    plant.post_lines(count.id, &plant.lines(count.id).await).await;
    let closed = plant.ledger.close_count(SYSTEM, count.id, false).await.unwrap();
    assert_eq!(closed.state, CountState::Posted);
    assert_eq!(plant.on_hand(), pieces(7 + 3));
    plant.is_sound().await;
}

async fn a_count_is_given_up_or_closed_with_lines_left(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.lot_of(10).await;
    plant.lot_of(20).await;
    let count = plant.plan(at("A-1"), 100).await;
    plant.enter(count.id, 1, 10).await;
    plant.post_lines(count.id, &plant.lines(count.id).await[..1]).await;
    let open = plant.ledger.close_count(SYSTEM, count.id, false).await.unwrap();
    assert_eq!(open.state, CountState::Open);
    let left = plant.ledger.close_count(SYSTEM, count.id, true).await.unwrap();
    assert_eq!((left.state, left.progress.left, left.progress.posted), (CountState::Posted, 1, 1));
    assert!(left.finished_at.is_some() && left.finished_by.is_some());

    let other = plant.plan(at("A-1"), 0).await;
    plant.ledger.cancel_count(SYSTEM, other.id, None).await.unwrap();
    let twice = plant.ledger.cancel_count(SYSTEM, other.id, None).await.unwrap_err();
    assert_eq!(refused(&twice), "count_closed");
    let late = plant.ledger.enter_counts(SYSTEM, other.id, vec![entry(1, 1)], None).await;
    assert_eq!(refused(&late.unwrap_err()), "count_closed");
    assert_eq!(plant.audited("count.cancelled").await, 1);
    let nowhere = CountId(plant.clock.fresh_uuid());
    let missing = plant.ledger.enter_counts(SYSTEM, nowhere, vec![entry(1, 1)], None).await;
    assert_eq!(refused(&missing.unwrap_err()), "not_found");
}
