//! Posting a count: the differences of its decided lines as commands, step by step.
//!
//! A step reads some decided lines and hands their commands to the ledger, which books them and
//! marks the lines in one transaction. So there is no record of progress but the lines themselves:
//! whoever posts again, after a kill or beside somebody else, goes on with what is left.

use std::num::NonZeroU16;

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{
    Adjust, Command, Confirmations, Count, LotAttributes, Pick, PickRule, Receive,
};
use mtm_core::count::{CountState, LineState, of_a_line};
use mtm_core::policy::Deed;
use mtm_core::rejection::Rejection;
use mtm_core::word::{CountId, Delta, Note, ReasonCode};
use mtm_store::Fault;
use mtm_store::query::{Cursor, PageRequest};
use mtm_store::record::{
    CountLine, CountRecord, CountRefusal, LineFilter, LinePosting, PostedLine,
};

use super::{CountPosted, CountPostedLine, PostBody};
use crate::App;
use crate::error::AppError;
use crate::movement::{Circumstances, confirmations};
use crate::principal::Principal;

/// Lines of one step: others book in between.
const STEP: u16 = 200;
/// The reason of every difference.
const REASON: &str = "count";

/// A decided line, and what books its difference.
struct Decided {
    line: CountLine,
    variance: Delta,
    command: Option<Command>,
}

impl App {
    /// Books the differences of all decided lines, or says what that would do. A refused line says
    /// why, and waits. When nothing is left the count is closed. Posting again, or at the same time,
    /// books nothing twice.
    pub async fn post_count(
        &self,
        who: &Principal,
        around: Circumstances,
        id: CountId,
        body: &PostBody,
    ) -> Result<CountPosted, AppError> {
        who.require(Deed::RunCount)?;
        let confirm = confirmations(&body.confirm)?;
        let count = self.stock_count(who, id).await?;
        match count.state {
            CountState::Cancelled => {
                let message = format!("the count {} was given up", count.name);
                return Err(AppError::refused(Code::CountClosed, message));
            }
            CountState::Posted => {
                return Ok(CountPosted { count, preview: body.preview, lines: Vec::new() });
            }
            CountState::Open => {}
        }
        let mut lines = Vec::new();
        let mut cursor = None;
        loop {
            let (decided, next) =
                self.decided(who, &around, &count, confirm, cursor.as_deref()).await?;
            let refusals = if body.preview {
                self.try_lines(&decided).await?
            } else {
                self.post_lines(who, &around, id, &decided).await?
            };
            lines.extend(
                decided
                    .into_iter()
                    .zip(refusals)
                    .filter(|(decided, _)| !decided.variance.is_zero())
                    .map(|(decided, refusal)| decided.told(refusal)),
            );
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        let count = if body.preview {
            self.stock_count(who, id).await?
        } else {
            self.ledger().close_count(who.user, id, body.leave_uncounted).await?
        };
        Ok(CountPosted { count, preview: body.preview, lines })
    }

    /// Some decided lines with their commands, and where the next begin.
    async fn decided(
        &self,
        who: &Principal,
        around: &Circumstances,
        count: &CountRecord,
        confirm: Confirmations,
        cursor: Option<&str>,
    ) -> Result<(Vec<Decided>, Option<String>), AppError> {
        let filter = LineFilter { state: Some(LineState::Counted), ..LineFilter::default() };
        let cursor =
            cursor.map(Cursor::decode).transpose().map_err(mtm_store::query::ReadError::from)?;
        let page = PageRequest { limit: STEP, cursor, count: false };
        let found = self.ledger().count_lines(count.id, filter, page).await?;
        let mut actions = Vec::new();
        let mut decided = Vec::with_capacity(found.items.len());
        for line in found.items {
            let variance = line.variance().unwrap_or_default();
            let action = action(count, &line, variance)?;
            decided.push((line, variance, action.is_some()));
            actions.extend(action);
        }
        let mut commands = self.confirmed_commands(who, around, actions, confirm)?.into_iter();
        let with_commands = |(line, variance, differs): (CountLine, Delta, bool)| {
            let mut command = if differs { commands.next() } else { None };
            // Who counted and who posts are the two people that a large difference takes.
            let by_another = line.counted_by.as_deref() != Some(who.name.as_str());
            if let Some(command) = &mut command {
                command.confirm.approved = by_another;
            }
            Decided { line, variance, command }
        };
        Ok((decided.into_iter().map(with_commands).collect(), found.next_cursor))
    }

    /// What stands in the way of each line, in their order; nothing is booked.
    async fn try_lines(&self, decided: &[Decided]) -> Result<Vec<Option<Rejection>>, AppError> {
        let commands = decided.iter().filter_map(|it| it.command.clone()).collect();
        let mut verdicts = self.ledger().try_out(commands).await?.into_iter();
        let verdict = |it: &Decided| {
            it.command.as_ref().and_then(|_| verdicts.next().flatten()).map(of_a_line)
        };
        Ok(decided.iter().map(verdict).collect())
    }

    /// One step: books the lines; says what stood in the way of each, in their order.
    async fn post_lines(
        &self,
        who: &Principal,
        around: &Circumstances,
        id: CountId,
        decided: &[Decided],
    ) -> Result<Vec<Option<Rejection>>, AppError> {
        let posting = |it: &Decided| LinePosting {
            line: it.line.line,
            round: it.line.rounds,
            command: it.command.clone(),
        };
        let lines: Vec<LinePosting> = decided.iter().map(posting).collect();
        // A line that went through although nobody heard of it is passed over.
        let post = || {
            let traceparent = around.traceparent.clone();
            self.ledger().post_count_lines(who.user, id, lines.clone(), traceparent)
        };
        let posted = self.insist(post).await?;
        let refusal = |it: &Decided| {
            let mut all = posted.iter();
            let found: Option<&PostedLine> = all.find(|posted| posted.line == it.line.line);
            found.and_then(|posted| posted.refusal.clone())
        };
        Ok(decided.iter().map(refusal).collect())
    }
}

impl Decided {
    fn told(self, refusal: Option<Rejection>) -> CountPostedLine {
        let spot = self.line.spot;
        CountPostedLine {
            line: self.line.line,
            part: spot.part,
            operation: spot.operation,
            location: spot.location,
            lot: spot.lot,
            variance: self.variance,
            refusal: refusal.map(|no| CountRefusal { code: no.code, message: no.message }),
        }
    }
}

/// What books the difference of a line. Found material that nobody knows the lot of is received,
/// because only a receipt makes a lot; everything else is adjusted by the difference, so that what
/// moved since the counting stays as it is.
fn action(
    count: &CountRecord,
    line: &CountLine,
    variance: Delta,
) -> Result<Option<Action>, AppError> {
    if variance.is_zero() {
        return Ok(None);
    }
    let wrong = |error: &dyn std::fmt::Display| Fault::Permanent(error.to_string());
    let notes = Note::parse(&format!("count {}, line {}", count.name, line.line))
        .map_err(|error| wrong(&error))?;
    let reason = ReasonCode::parse(REASON).map_err(|error| wrong(&error))?;
    let spot = line.spot.clone();
    Ok(Some(match spot.lot {
        Some(lot) => Action::Adjust(Adjust {
            pick: Pick {
                lot: Some(lot),
                part: Some(spot.part),
                operation: Some(spot.operation),
                location: Some(spot.location),
                rule: PickRule::Exact,
            },
            count: Count::Delta(variance),
            expected: None,
            reason,
            notes: Some(notes),
        }),
        None => Action::Receive(Receive {
            part: spot.part,
            operation: spot.operation,
            location: spot.location,
            quantity: variance.amount(),
            containers: NonZeroU16::MIN,
            lot: None,
            attributes: LotAttributes { notes: Some(notes), ..LotAttributes::default() },
            reason: Some(reason),
        }),
    }))
}
