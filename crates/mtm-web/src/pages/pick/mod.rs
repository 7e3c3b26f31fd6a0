//! `/out` and `/move`: find lots, pick whole ones or parts, book all of them or none.
//!
//! What a row shows is what is booked: an empty quantity stands for the pieces that the page
//! showed, not for whatever is there when the form arrives.

mod find;
mod model;
mod reserved;
mod rows;

use axum::extract::State;
use mtm_app::movement::{BatchBody, BookingType, MovementBody};
use mtm_app::{AppError, FieldError};
use mtm_core::code::Code;
use mtm_core::outcome::{Outcome, Verdict};
use uuid::Uuid;

use self::model::Sheet;
use self::rows::Row;
use super::answer::{Asked, Reply, TAKE, booked, refused};
use super::form::Form;
use super::frame::Page;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::{Answer, Question, Undo};
use crate::web::{Shared, Web};

/// The confirmation that the sums were looked over.
const REVIEW: &str = "review";

/// Which of the two screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Pieces leave.
    Out,
    /// Pieces go elsewhere.
    Move,
}

impl Kind {
    const fn path(self) -> &'static str {
        match self {
            Self::Out => "/out",
            Self::Move => "/move",
        }
    }

    const fn form(self) -> &'static str {
        match self {
            Self::Out => TAKE,
            Self::Move => "move",
        }
    }

    const fn screen(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Move => "move",
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Out => "Taken out",
            Self::Move => "Moved",
        }
    }
}

/// `GET /out`.
pub(super) async fn show_out(
    State(web): State<Shared>,
    visit: Visit<need::Book>,
) -> Result<Page, Problem> {
    show(&web, &visit, Kind::Out).await
}

/// `GET /move`.
pub(super) async fn show_move(
    State(web): State<Shared>,
    visit: Visit<need::Book>,
) -> Result<Page, Problem> {
    show(&web, &visit, Kind::Move).await
}

/// `POST /out`.
pub(super) async fn take(
    State(web): State<Shared>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    book(&web, &posted, Kind::Out).await
}

/// `POST /move`.
pub(super) async fn transfer(
    State(web): State<Shared>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    book(&web, &posted, Kind::Move).await
}

async fn show(web: &Web, visit: &Visit<need::Book>, kind: Kind) -> Result<Page, Problem> {
    let mut sheet = Sheet::new(web);
    (sheet.find, sheet.found) = find::find(web, &visit.query).await?;
    if kind == Kind::Out {
        let named = reserved::named(web, &visit.query).await?;
        reserved::fill(&named, &mut sheet.found.rows);
        sheet.taken_for = reserved::shown(named);
    }
    Ok(model::draw(web, visit, kind, sheet))
}

/// The empty screen with an answer above it.
pub(super) fn answered<N>(web: &Web, visit: &Visit<N>, kind: Kind, answer: Answer) -> Page {
    let mut sheet = Sheet::new(web);
    sheet.find.answered = true;
    sheet.answer = Some(answer);
    model::draw(web, visit, kind, sheet)
}

async fn book(web: &Web, posted: &Posted<need::Book>, kind: Kind) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let rows = rows::read(form);
    match attempt(web, posted, kind, &key, &rows).await {
        Ok(Done::Booked(outcomes, replayed)) => {
            if !replayed {
                for outcome in &outcomes {
                    super::count(web, outcome);
                }
            }
            let undo = undo(web, visit, kind, &key, &outcomes);
            let answer = booked(kind.done(), &outcomes, replayed, Some(undo));
            Ok(answered(web, visit, kind, answer))
        }
        Ok(Done::Asks(question)) => {
            let mut sheet = kept(web, form, &key, &rows, None).await?;
            sheet.answer = Some(Answer::Question(question));
            Ok(model::draw(web, visit, kind, sheet))
        }
        Err(error) => {
            let asked = Asked {
                form: kind.form(),
                yes: "Yes: book it",
                back: kind.path(),
                role: visit.who.role,
            };
            let reply = refused(error.into(), asked)?;
            let key =
                if reply.keeps_key { key } else { web.app().clock().fresh_uuid().to_string() };
            let mut sheet = kept(web, form, &key, &rows, Some(&reply)).await?;
            let status = reply.status;
            sheet.answer = Some(reply.answer);
            Ok(model::draw(web, visit, kind, sheet).status(status))
        }
    }
}

/// What came of a form that was not refused.
enum Done {
    Booked(Vec<Outcome>, bool),
    Asks(Question),
}

async fn attempt(
    web: &Web,
    posted: &Posted<need::Book>,
    kind: Kind,
    key: &str,
    rows: &[Row],
) -> Result<Done, AppError> {
    let (visit, form) = (&posted.visit, &posted.form);
    let picked: Vec<&Row> = rows.iter().filter(|row| row.picked).collect();
    if picked.is_empty() {
        return Err(AppError::field("rows", Code::InvalidBody, "nothing is ticked"));
    }
    let mut confirm = form.confirmed();
    let reviewed = confirm.iter().any(|code| code == REVIEW);
    confirm.retain(|code| code != REVIEW);
    let mut errors: Vec<FieldError> = picked.iter().filter_map(|row| row.wrong.clone()).collect();
    if kind == Kind::Move
        && form.given("to_location").is_none()
        && form.given("to_operation").is_none()
    {
        let message = "name a new location, a new operation, or both";
        errors.push(FieldError::new("to_location", Code::InvalidBody, message));
    }
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    if picked.len() > 1 && !reviewed {
        return Ok(Done::Asks(model::review(kind, &picked)));
    }
    let session = session_of(key);
    let taken_for = match kind {
        Kind::Out => reserved::named(web, form).await?,
        Kind::Move => Vec::new(),
    };
    let items: Vec<MovementBody> = picked
        .iter()
        .map(|row| MovementBody {
            session_id: Some(session),
            reservation: reserved::of(&taken_for, &row.lot),
            ..item(kind, form, row, &confirm)
        })
        .collect();
    if let [one] = items.as_slice() {
        let made = web.app().book(&visit.who, posted.around(key), one).await?;
        return Ok(Done::Booked(vec![made.outcome], made.replayed));
    }
    let batch = BatchBody { atomic: true, items };
    let made = web.app().book_batch(&visit.who, posted.around(key), &batch).await?;
    let mut outcomes = Vec::with_capacity(made.verdicts.len());
    for verdict in made.verdicts {
        match verdict {
            Verdict::Accepted(outcome) => outcomes.push(outcome),
            Verdict::Refused(rejection) => return Err(rejection.into()),
        }
    }
    Ok(Done::Booked(outcomes, made.replayed))
}

/// The rows of one form are one session, so that they can be undone together; its id follows from
/// the form's key, so that a repetition names the same one.
fn session_of(key: &str) -> Uuid {
    Uuid::parse_str(key).unwrap_or_else(|_| {
        let mut bytes = [0_u8; 16];
        for (at, byte) in key.bytes().enumerate() {
            bytes[at % 16] = bytes[at % 16].rotate_left(3) ^ byte;
        }
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    })
}

fn item(kind: Kind, form: &Form, row: &Row, confirm: &[String]) -> MovementBody {
    let body = MovementBody {
        lot: Some(row.lot.clone()),
        part: Some(row.part.clone()),
        operation: Some(row.operation.clone()),
        location: Some(row.location.clone()),
        quantity: Some(row.pieces()),
        notes: form.given("notes"),
        confirm: confirm.to_vec(),
        ..MovementBody::default()
    };
    match kind {
        Kind::Out => {
            MovementBody { kind: Some(BookingType::Out), reason: form.given("reason"), ..body }
        }
        Kind::Move => MovementBody {
            kind: Some(BookingType::Transfer),
            to_location: form.given("to_location"),
            to_operation: form.given("to_operation"),
            ..body
        },
    }
}

fn undo(web: &Web, visit: &Visit<need::Book>, kind: Kind, key: &str, outcomes: &[Outcome]) -> Undo {
    let form = super::undo::form(web, visit.csrf(), kind.screen());
    match outcomes {
        [one] => Undo { command_id: one.id.to_string(), ..form },
        _ => Undo { session_id: session_of(key).to_string(), ..form },
    }
}

/// The form as it was sent, with what stands there now.
async fn kept(
    web: &Web,
    form: &Form,
    key: &str,
    rows: &[Row],
    reply: Option<&Reply>,
) -> Result<Sheet, Problem> {
    let mut sheet = Sheet::new(web);
    sheet.idempotency_key = key.to_owned();
    sheet.confirmed = form.confirmed();
    sheet.find.answered = true;
    sheet.found = find::again(web, rows).await?;
    sheet.taken_for = reserved::shown(reserved::named(web, form).await?);
    sheet.keep(form, reply);
    sheet.mark(rows, reply);
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_one_session_however_often_it_is_sent() {
        let id = "01936f2a-0000-7000-8000-0000000000aa";
        assert_eq!(session_of(id).to_string(), id);
        assert_eq!(session_of("k-1"), session_of("k-1"));
        assert_ne!(session_of("k-1"), session_of("k-2"));
    }
}
