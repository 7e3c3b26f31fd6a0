//! Periods that are closed and reopened while people book, some of it late: what happened in a period
//! that was closed is flagged when it is booked and stays so, whoever is killed in between.

use mtm_app::AppError;
use mtm_app::period::PeriodBody;
use mtm_core::code::Code;
use mtm_core::event::{Event, EventType};
use mtm_core::outcome::Outcome;
use mtm_core::word::Timestamp;
use mtm_store::Clock as _;

use super::run::{Run, Tally};
use super::wish::Wish;

/// Who reopens, and who closes.
const ADMIN: usize = 0;
const LEAD: usize = 2;
const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i64 = 24 * HOUR;
/// The last shift of a day ends at six on the next, and so long after that it can be closed.
const ENDS: i64 = 6 * HOUR;
const SETTLED: i64 = 10 * 60 * 1_000_000;

/// Since when everything before which moment is closed, in order.
#[derive(Debug, Default)]
pub(super) struct Closings(Vec<(Timestamp, Option<Timestamp>)>);

impl Closings {
    /// Up to when everything is closed now.
    fn stands(&self) -> Option<Timestamp> {
        self.0.last().and_then(|(_, until)| *until)
    }

    /// Whether what happened then was in a closed period when it was recorded.
    fn held(&self, occurred_at: Timestamp, recorded_at: Timestamp) -> bool {
        let made = self.0.iter().rev().find(|(since, _)| *since <= recorded_at);
        made.and_then(|(_, until)| *until).is_some_and(|until| occurred_at < until)
    }
}

impl Run {
    /// Somebody closes some day, or reopens it, and sometimes may not.
    pub(super) async fn change_period(&mut self) {
        let now = self.twin.now(self.clock.now());
        let day = now.micros().div_euclid(DAY) - self.chance.between(0, 4);
        let until = Timestamp::from_micros((day + 1) * DAY + ENDS);
        let through = Timestamp::from_micros(day * DAY).to_string()[..10].to_owned();
        let (reopen, stands) = (self.chance.once_in(3), self.closings.stands());
        let is_right = if reopen {
            stands.is_some_and(|stands| until < stands)
        } else {
            until.plus_micros(SETTLED) <= now && stands.is_none_or(|stands| until > stands)
        };
        let (app, known) = (self.service.app.clone(), self.closings.0.len());
        let who = self.people[if reopen { ADMIN } else { LEAD }].clone();
        let newest = Some(i64::try_from(known).unwrap());
        let body = PeriodBody { through: Some(through.clone()), reopen };
        self.perhaps(1);
        let changed = app.set_period(&who, newest, &body, None).await;
        let happened = self.what_happened().await;
        let entries = self.service.app.periods(&who).await.unwrap().entries;
        let is_there = entries.len() == known + 1;
        assert!(is_there || entries.len() == known, "{entries:?}");
        match (happened, changed) {
            (Some(kind), _) => assert_eq!(is_there, is_right && kind.is_committed(), "{through}"),
            (None, Ok(_)) => assert!(is_there && is_right, "{through} was closed"),
            (None, Err(AppError::Rejected(no))) => {
                assert!(!(is_there || is_right), "{through}: {no:?}");
                assert_eq!(no.code, Code::InvalidBody);
            }
            (None, Err(other)) => panic!("{through}: {other:?}"),
        }
        if is_there {
            let made = &entries[0];
            assert_eq!(made.closed.as_ref().map(|closed| closed.until), Some(until));
            self.closings.0.push((made.recorded_at, Some(until)));
            Tally::one(&mut self.tally.booked, if reopen { "reopening" } else { "closing" });
        }
        self.story.tell(format_args!("  {through}, reopen {reopen}: {is_there}"));
    }

    /// Somebody books what happened a while ago.
    pub(super) async fn book_late(&mut self) {
        let mut wish = Wish::receipt(&mut self.chance).insisting();
        if let Wish::Move(body) = &mut wish {
            // So long ago that it has happened also where the clock is set back before it is sent again.
            let ago = self.chance.between(12 * HOUR, 4 * DAY);
            body.occurred_at = Some(self.clock.now().plus_micros(-ago).to_string());
        }
        let request = self.request(ADMIN, wish);
        self.perhaps(1);
        self.send(request).await;
    }

    /// The answer says whether what was booked lies in a closed period.
    pub(super) fn judge_lateness(&self, wish: &Wish, outcome: &Outcome) {
        let Wish::Move(body) = wish else { return };
        let occurred_at = body.occurred_at.as_deref().map(|text| Timestamp::parse(text).unwrap());
        let expected = occurred_at.is_some_and(|at| self.closings.held(at, outcome.recorded_at));
        let flagged = outcome.warnings.iter().any(|it| it.code == "in_closed_period");
        assert_eq!(flagged, expected, "{outcome:?} by {:?}", self.closings);
    }

    /// So does whatever is told of it, however often anything was closed or reopened since.
    pub(super) fn judge_late_event(&self, event: &Event) {
        if event.kind != EventType::MovementRecorded.as_str() {
            return;
        }
        let occurred_at = event.data["occurred_at"].as_str();
        let occurred_at = occurred_at.map(|text| Timestamp::parse(text).unwrap());
        let expected = occurred_at.is_some_and(|at| self.closings.held(at, event.time));
        let flagged = event.data["in_closed_period"].as_bool().unwrap();
        assert_eq!(flagged, expected, "{event:?} by {:?}", self.closings);
    }
}
