//! One movement, opened: its facts, the life of its lot, and what undoing it would change.

use std::collections::HashSet;

use mtm_app::movement::{Circumstances, ReverseBody};
use mtm_app::printing::JobQuery;
use mtm_app::query::{LotSheet, MovementRow};
use mtm_app::{AppError, Principal};
use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::outcome::Outcome;
use mtm_core::policy::{self, Deed};
use mtm_core::word::MovementId;

use super::{OPENS, PATH};
use crate::pages::answer::{Reply, choices};
use crate::pages::filter::address;
use crate::pages::form::Form;
use crate::pages::frame::sentence;
use crate::pages::printing::state;
use crate::pages::visit::Visit;
use crate::pages::words;
use crate::problem::Problem;
use crate::ui::components::acknowledgement::Refused;
use crate::ui::components::field::Entry;
use crate::ui::format::link;
use crate::ui::page::history::{Change, Detail, Preview, Reversal};
use crate::web::Web;

/// Labels shown of a receipt.
const SHOWN_LABELS: u16 = 5;

/// The details that the address asks for.
pub(super) async fn open<N>(web: &Web, visit: &Visit<N>, text: &str) -> Result<Detail, Problem> {
    let missing = || Problem::new(Code::NotFound, "there is no such movement");
    let id: MovementId = text.parse().map_err(|_| missing())?;
    let row = web.app().ledger().movement(id).await?.ok_or_else(missing)?;
    let mut detail = draw(web, &row, &visit.query).await?;
    if !may_undo(&visit.who, &row) {
        return Ok(detail);
    }
    detail.reversal = if visit.query.text("undo") == "preview" {
        let key = web.app().clock().fresh_uuid().to_string();
        consequences(web, &visit.who, id, key, Entry::default()).await?
    } else {
        let preview = [("movement", text), ("undo", "preview")];
        Reversal::Offered(address(PATH, &visit.query, &OPENS, &preview))
    };
    Ok(detail)
}

/// The details of a movement whose undo was refused, with the form as it was sent.
pub(super) async fn refused<N>(
    web: &Web,
    visit: &Visit<N>,
    id: MovementId,
    reason: &str,
    key: String,
    reply: &Reply,
) -> Result<Detail, Problem> {
    let row = web.app().ledger().movement(id).await?;
    let row = row.ok_or_else(|| Problem::new(Code::NotFound, "there is no such movement"))?;
    let mut detail = draw(web, &row, &Form::default()).await?;
    if may_undo(&visit.who, &row) {
        let key = if key.is_empty() { web.app().clock().fresh_uuid().to_string() } else { key };
        let entry = reply.at("reason", Entry::holding(reason));
        detail.reversal = consequences(web, &visit.who, id, key, entry).await?;
    }
    Ok(detail)
}

fn may_undo(who: &Principal, row: &MovementRow) -> bool {
    policy::allows(who.role, Deed::UndoOwn)
        && row.reversed_by.is_none()
        && row.kind != MovementType::Reversal
}

async fn draw(web: &Web, row: &MovementRow, query: &Form) -> Result<Detail, Problem> {
    let movement = words::movement(row);
    let sheet = web.app().ledger().lot_sheet(row.lot.clone()).await?;
    let steps = sheet.as_ref().map(|sheet| words::steps(&sheet.history, &movement.id));
    Ok(Detail {
        facts: facts(row, sheet.as_ref()),
        steps: steps.unwrap_or_default(),
        close: address(PATH, query, &OPENS, &[]),
        beside: beside(row).into_iter().chain(labels(web, row).await?).collect(),
        reversal: Reversal::None,
        movement,
    })
}

/// What was booked together with it: words and address.
fn beside(row: &MovementRow) -> Vec<(String, String)> {
    let session = row.session_id.map(|session| session.to_string());
    let lists = [
        ("Everything of this shift", "shift", row.shift.clone()),
        ("Everything of this scan session", "session", session),
    ];
    let lists = lists.into_iter().filter_map(|(words, name, value)| {
        Some((words.to_owned(), link(PATH, &[(name, &value?)])))
    });
    lists.collect()
}

/// Its labels, and what became of them: words and address.
async fn labels(web: &Web, row: &MovementRow) -> Result<Vec<(String, String)>, Problem> {
    let query = JobQuery { movement: Some(row.id), limit: SHOWN_LABELS, ..JobQuery::default() };
    let jobs = web.app().ledger().print_jobs(query).await?;
    let address = |id| format!("/print-jobs/{id}");
    Ok(jobs
        .iter()
        .map(|job| (format!("Label on {}: {}", job.printer, state(job.state)), address(job.id)))
        .collect())
}

fn facts(row: &MovementRow, sheet: Option<&LotSheet>) -> Vec<(String, String)> {
    let text = |value: Option<String>| value.unwrap_or_default();
    let lot = |read: fn(&LotSheet) -> Option<String>| text(sheet.and_then(read));
    let known = [
        ("Happened", text(row.occurred_at.map(|at| at.to_string()))),
        ("Station", text(row.station.clone())),
        ("Shift", text(row.shift.clone())),
        ("Item type", lot(|sheet| sheet.item_type.as_ref().map(ToString::to_string))),
        ("Work order", lot(|sheet| sheet.work_order.as_ref().map(ToString::to_string))),
        ("Colour", lot(|sheet| sheet.color_code.as_ref().map(ToString::to_string))),
    ];
    known
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(word, value)| (word.to_owned(), value))
        .collect()
}

/// What undoing would change, decided by the ledger without writing anything; or why it cannot be.
async fn consequences(
    web: &Web,
    who: &Principal,
    id: MovementId,
    key: String,
    reason: Entry,
) -> Result<Reversal, Problem> {
    let body = ReverseBody { preview: true, ..ReverseBody::default() };
    match web.app().reverse(who, Circumstances::default(), Some(id), &body).await {
        Ok(made) => Ok(Reversal::Preview(Preview {
            idempotency_key: key,
            changes: changes(&made.outcome, &returned(web, &made.outcome).await?),
            reason,
        })),
        Err(error) => Ok(Reversal::Blocked(blocked(error)?)),
    }
}

/// Why something cannot be undone. Our own failures are given back.
pub(super) fn blocked(error: AppError) -> Result<Refused, Problem> {
    let problem = Problem::from(error);
    if problem.status().is_server_error() {
        return Err(problem);
    }
    Ok(Refused {
        title: "This cannot be undone now".to_owned(),
        text: sentence(problem.detail()),
        next: problem.code().cure().to_owned(),
        choices: choices(problem.details()),
    })
}

/// The undone movements whose pieces had gone outside.
pub(super) async fn returned(web: &Web, outcome: &Outcome) -> Result<HashSet<MovementId>, Problem> {
    let mut returned = HashSet::new();
    for id in outcome.movements.iter().filter_map(|movement| movement.reverses) {
        let original = web.app().ledger().movement(id).await?;
        if original.is_some_and(|original| original.to_account.is_some()) {
            returned.insert(id);
        }
    }
    Ok(returned)
}

/// Each bucket before and after: the balance after is the ledger's, the one before follows from
/// the movements of the preview.
/// The pieces of `returned` had gone outside, and come back from there.
pub(super) fn changes(outcome: &Outcome, returned: &HashSet<MovementId>) -> Vec<Change> {
    let draw = |line: &mtm_core::outcome::BucketLine| {
        let mut delta = 0_i64;
        for movement in &outcome.movements {
            let joined = movement.to_lot.as_ref().unwrap_or(&movement.lot);
            let (gives, gets) = (movement.lot == line.lot, *joined == line.lot);
            let named = movement.operation.as_ref() == Some(&line.operation)
                && movement.location.as_ref() == Some(&line.location);
            // What comes from outside is named by where it arrives.
            let back = movement.reverses.is_some_and(|id| returned.contains(&id));
            let left = gives && named && !back;
            let arrived = gets
                && (named && back
                    || movement.to_operation.as_ref() == Some(&line.operation)
                        && movement.to_location.as_ref() == Some(&line.location));
            let pieces = movement.quantity.whole();
            delta += i64::from(arrived) * pieces - i64::from(left) * pieces;
        }
        let after = line.quantity.whole();
        Change {
            location: line.location.to_string(),
            operation: line.operation.to_string(),
            lot: line.lot.to_string(),
            before: after - delta,
            after,
        }
    };
    outcome.balances.iter().map(draw).collect()
}

#[cfg(test)]
mod tests {
    use mtm_core::outcome::{BucketLine, MovementLine};
    use mtm_core::word::{CommandId, LocationCode, LotNumber, OperationCode, PartCode, Quantity};

    use super::*;

    #[test]
    fn of_a_merge_that_is_undone_each_lot_gets_back_its_own() {
        let id = CommandId::from_fresh(uuid::Uuid::from_u128(7));
        let [kept, joined] = [1, 2].map(LotNumber::allocated);
        let (operation, location) =
            (OperationCode::parse("19").unwrap(), LocationCode::parse("R-1").unwrap());
        let part = PartCode::parse("P-1").unwrap();
        let pieces = |n| Quantity::pieces(n).unwrap();
        let line = |lot: &LotNumber, n| BucketLine {
            part: part.clone(),
            operation: operation.clone(),
            location: location.clone(),
            lot: lot.clone(),
            quantity: pieces(n),
        };
        let undone = MovementLine {
            id: id.movement(1),
            sequence: None,
            kind: MovementType::Reversal,
            part: part.clone(),
            operation: Some(operation.clone()),
            location: Some(location.clone()),
            to_operation: Some(operation.clone()),
            to_location: Some(location.clone()),
            lot: kept.clone(),
            to_lot: Some(joined.clone()),
            quantity: pieces(20),
            reverses: Some(id.movement(2)),
        };
        let outcome = Outcome {
            id,
            sequence: None,
            kind: "reversal".to_owned(),
            lots: vec![kept.clone(), joined.clone()],
            movements: vec![undone],
            balances: vec![line(&kept, 30), line(&joined, 20)],
            warnings: Vec::new(),
            recorded_at: mtm_core::word::Timestamp::from_micros(0),
            hold: None,
            reservation: None,
        };
        let changes = changes(&outcome, &HashSet::new());
        let told: Vec<_> = changes.iter().map(|it| (it.before, it.after)).collect();
        assert_eq!(told, [(50, 30), (0, 20)]);
    }
}
