//! `POST /undo`: the last booking is taken back, or a movement whose consequences were shown.

use axum::extract::State;
use mtm_app::movement::ReverseBody;
use mtm_core::code::Code;
use mtm_core::word::MovementId;
use uuid::Uuid;

use super::answer::{Asked, Reply, booked, refused};
use super::form::Form;
use super::frame::Page;
use super::visit::{Posted, Visit};
use super::{complete, history, merge, pick, receive};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::{Answer, Undo};
use crate::web::{Shared, Web};

/// What stands in the ledger when a person just pressed "Undo".
const USUAL_REASON: &str = "undone right after booking";

/// An undo button of a page of `screen`; the caller names what it undoes.
pub(super) fn form(web: &Web, csrf: &str, screen: &str) -> Undo {
    Undo {
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        csrf: csrf.to_owned(),
        screen: screen.to_owned(),
        ..Undo::default()
    }
}

/// `POST /undo`.
pub(super) async fn undo(
    State(web): State<Shared>,
    posted: Posted<need::UndoOwn>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let movement = uuid(form, "movement_id")?.map(MovementId);
    let (command, session) = (uuid(form, "command_id")?, uuid(form, "session_id")?);
    // A group is undone with a reason of its own, whatever it is.
    let group = form.given("group").is_some();
    let usual = !group && (command.is_some() || session.is_some());
    let reason = form.given("reason").or_else(|| usual.then(|| USUAL_REASON.to_owned()));
    let body = ReverseBody {
        command_id: command,
        session_id: session,
        shift: form.given("shift"),
        user: form.given("user"),
        reason,
        ..ReverseBody::default()
    };
    match web.app().reverse(&visit.who, posted.around(&key), movement, &body).await {
        Ok(made) => {
            if !made.replayed {
                super::count(&web, &made.outcome);
            }
            let first = made.outcome.movements.first();
            let back = Back {
                part: first.map(|line| line.part.to_string()).unwrap_or_default(),
                operation: first
                    .and_then(|line| line.to_operation.as_ref().or(line.operation.as_ref()))
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            };
            let answer = booked("Undone", &[made.outcome], made.replayed, None);
            answered(&web, visit, form, &back, answer).await
        }
        Err(error) => {
            let screen = form.text("screen");
            let back = format!("/{screen}");
            let asked = Asked {
                form: "undo",
                yes: "Undo it all the same",
                back: &back,
                role: visit.who.role,
            };
            let reply = not_undone(refused(error.into(), asked)?);
            let status = reply.status;
            if group {
                let key = if reply.keeps_key { key } else { String::new() };
                return history::refused_group(&web, visit, form, key, reply)
                    .await
                    .map(|page| page.status(status));
            }
            if let Some(movement) = movement {
                let key = if reply.keeps_key { key } else { String::new() };
                return history::refused_undo(
                    &web,
                    visit,
                    movement,
                    form.text("reason"),
                    key,
                    reply,
                )
                .await
                .map(|page| page.status(status));
            }
            answered(&web, visit, form, &Back::default(), reply.answer)
                .await
                .map(|page| page.status(status))
        }
    }
}

/// The refusal in words of undoing. Nothing but a hold asks a question here, and that one is
/// answered where the hold is.
fn not_undone(reply: Reply) -> Reply {
    let answer = match reply.answer {
        Answer::Refused(refused) => {
            Answer::Refused(crate::ui::components::acknowledgement::Refused {
                title: "Not undone".to_owned(),
                next: refused.next.replacen("Nothing was booked.", "Nothing was changed.", 1),
                ..refused
            })
        }
        Answer::Question(question) => {
            Answer::Refused(crate::ui::components::acknowledgement::Refused {
                title: "Not undone".to_owned(),
                text: question.text,
                next: "Nothing was changed. Have the hold released first.".to_owned(),
                choices: Vec::new(),
            })
        }
        booked @ Answer::Booked(_) => booked,
    };
    Reply { answer, ..reply }
}

/// What is back where it was: the screen goes on with it.
#[derive(Debug, Default)]
struct Back {
    part: String,
    operation: String,
}

async fn answered(
    web: &Web,
    visit: &Visit<need::UndoOwn>,
    form: &Form,
    back: &Back,
    answer: Answer,
) -> Result<Page, Problem> {
    match form.text("screen") {
        "out" => Ok(pick::answered(web, visit, pick::Kind::Out, answer)),
        "move" => Ok(pick::answered(web, visit, pick::Kind::Move, answer)),
        "complete" => complete::answered(web, visit, &back.operation, answer).await,
        "history" => history::answered(web, visit, answer).await,
        "merge" => merge::answered(web, visit, "", answer).await,
        _ => {
            let page = receive::answered(web, visit, &back.part, answer).await?;
            Ok(receive::draw(visit, &page))
        }
    }
}

fn uuid(form: &Form, name: &'static str) -> Result<Option<Uuid>, Problem> {
    form.given(name)
        .map(|text| Uuid::parse_str(&text))
        .transpose()
        .map_err(|_| Problem::field(Code::InvalidBody, name, format!("{name} is not an id")))
}
