//! `/complete`: an operation is done with a bucket.
//!
//! What the page shows is what is booked: good pieces left empty are those shown, without scrap
//! and rework, not whatever is there when the form arrives.

mod model;

use axum::extract::State;
use mtm_app::movement::CompleteBody;
use mtm_app::{AppError, FieldError};
use mtm_core::code::Code;

use super::answer::{Asked, booked, refused};
use super::form::{Form, joined};
use super::frame::Page;
use super::number::whole;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::{Answer, Undo};
use crate::ui::components::field::Entry;
use crate::ui::page::complete::{self, CompletePage, Work};
use crate::web::{Shared, Web};

/// Id of the form on the page.
const FORM: &str = "complete";

/// `GET /complete`: what waits at the operation, and the bucket that was chosen.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Book>,
) -> Result<Page, Problem> {
    let mut page = model::page(&web, &visit, &visit.query).await?;
    if let Some(work) = &mut page.work {
        visit.query.fill(entries(work));
    }
    Ok(draw(&visit, &page))
}

/// `POST /complete`: one completion.
pub(super) async fn book(
    State(web): State<Shared>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let made = match body(form) {
        Ok(body) => web.app().complete(&visit.who, posted.around(&key), &body).await,
        Err(errors) => Err(AppError::Invalid(errors)),
    };
    match made {
        Ok(made) => {
            if !made.replayed {
                super::count(&web, &made.outcome);
            }
            let undo = Undo {
                command_id: made.outcome.id.to_string(),
                ..super::undo::form(&web, visit.csrf(), "complete")
            };
            // Rework alone moves nothing, and there is nothing to undo.
            let undo = (!made.outcome.movements.is_empty()).then_some(undo);
            let answer = booked("Completed", &[made.outcome], made.replayed, undo);
            answered(&web, visit, form.text("operation"), answer).await
        }
        Err(error) => {
            let asked =
                Asked { form: FORM, yes: "Yes: book it", back: "/complete", role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model::page(&web, visit, form).await?;
            let status = reply.status;
            // The bucket may be gone by now: the form stays as it was sent.
            let work = page.work.get_or_insert_with(|| model::gone(&web, form));
            if reply.keeps_key {
                work.idempotency_key = key;
            }
            work.confirmed = form.confirmed();
            form.fill(entries(work));
            reply.mark(entries(work));
            page.answer = Some(reply.answer);
            Ok(draw(visit, &page).status(status))
        }
    }
}

/// The queue of `operation` with an answer above it.
pub(super) async fn answered<N>(
    web: &Web,
    visit: &Visit<N>,
    operation: &str,
    answer: Answer,
) -> Result<Page, Problem> {
    let mut page = model::at(web, visit, operation).await?;
    page.answer = Some(answer);
    Ok(draw(visit, &page))
}

fn draw<N>(visit: &Visit<N>, page: &CompletePage) -> Page {
    Page::draw(&visit.manner, page, complete::page, complete::fragment)
}

/// The body that the form stands for; whatever is wrong with it is told at once.
fn body(form: &Form) -> Result<CompleteBody, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut number = |name: &str| {
        whole(form, name).unwrap_or_else(|error| {
            errors.push(error);
            None
        })
    };
    let (good, scrap, rework) = (number("good"), number("scrap"), number("rework"));
    let shown = number("on_hand").unwrap_or(0);
    let rest = shown.saturating_sub(scrap.unwrap_or(0)).saturating_sub(rework.unwrap_or(0));
    if errors.is_empty() && good.is_none() && rest < 0 {
        let message = format!("more than the {shown} pieces that are there");
        let field = if scrap.unwrap_or(0) > shown { "scrap" } else { "rework" };
        errors.push(FieldError::new(field, Code::InsufficientStock, message));
    }
    let body = CompleteBody {
        part: form.given("part"),
        operation: form.given("operation"),
        location: form.given("location"),
        lot: form.given("lot"),
        // What is wrong with the rest is told at the field that makes it so.
        good: Some(good.unwrap_or(rest.max(0))),
        scrap,
        rework,
        to_operation: form.given("to_operation"),
        to_location: form.given("to_location"),
        rework_operation: form.given("rework_operation"),
        rework_location: form.given("rework_location"),
        scrap_reason: form.given("scrap_reason"),
        notes: form.given("notes"),
        confirm: form.confirmed(),
        ..CompleteBody::default()
    };
    let errors = joined(errors, body.parse().err());
    if errors.is_empty() { Ok(body) } else { Err(errors) }
}

fn entries(work: &mut Work) -> [(&'static str, &mut Entry); 9] {
    [
        ("good", &mut work.good),
        ("scrap", &mut work.scrap),
        ("scrap_reason", &mut work.scrap_reason),
        ("rework", &mut work.rework),
        ("to_operation", &mut work.to_operation),
        ("to_location", &mut work.to_location),
        ("rework_operation", &mut work.rework_operation),
        ("rework_location", &mut work.rework_location),
        ("notes", &mut work.notes),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(i64, i64), Vec<String>> {
        let form = Form::parse(&format!("lot=7&on_hand=50&{text}")).unwrap();
        let body = body(&form)
            .map_err(|errors| errors.into_iter().map(|error| error.field).collect::<Vec<_>>())?;
        Ok((body.good.unwrap(), body.scrap.unwrap_or(0)))
    }

    #[test]
    fn good_pieces_left_empty_are_all_the_rest() {
        assert_eq!(read(""), Ok((50, 0)));
        assert_eq!(read("scrap=2&rework=8"), Ok((40, 2)));
        assert_eq!(read("good=5&scrap=2"), Ok((5, 2)));
        assert_eq!(read("scrap=50"), Ok((0, 50)));
        assert_eq!(read("scrap=51"), Err(vec!["scrap".to_owned()]));
        assert_eq!(read("scrap=40&rework=11"), Err(vec!["rework".to_owned()]));
        assert_eq!(read("good=1,5"), Err(vec!["good".to_owned()]));
    }
}
