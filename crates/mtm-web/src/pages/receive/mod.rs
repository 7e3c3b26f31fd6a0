//! `/in`: pieces arrive.

mod model;

use axum::extract::State;
use mtm_app::movement::{BookingType, MovementBody};
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
use crate::ui::page::receive::{self, ReceivePage};
use crate::web::{Shared, Web};

/// Id of the form on the page.
const FORM: &str = "receive";

/// `GET /in`: an empty form, or one filled by the address.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Book>,
) -> Result<Page, Problem> {
    let mut page = model::blank(&web, &visit, visit.query.text("part")).await?;
    visit.query.fill(entries(&mut page));
    Ok(draw(&visit, &page))
}

/// `POST /in`: one receipt.
pub(super) async fn book(
    State(web): State<Shared>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let made = match body(form) {
        Ok(body) => web.app().book(&visit.who, posted.around(&key), &body).await,
        Err(errors) => Err(AppError::Invalid(errors)),
    };
    match made {
        Ok(made) => {
            if !made.replayed {
                super::count(&web, &made.outcome);
            }
            let undo = Undo {
                command_id: made.outcome.id.to_string(),
                ..super::undo::form(&web, visit.csrf(), "in")
            };
            let outcomes = [made.outcome];
            let answer = booked("Booked in", &outcomes, made.replayed, Some(undo));
            Ok(draw(visit, &answered(&web, visit, form.text("part"), answer).await?))
        }
        Err(error) => {
            let asked =
                Asked { form: FORM, yes: "Yes: book it", back: "/in", role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model::blank(&web, visit, form.text("part")).await?;
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.confirmed = form.confirmed();
            form.fill(entries(&mut page));
            reply.mark(entries(&mut page));
            page.answer = Some(reply.answer);
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

/// The empty form with an answer above it.
pub(super) async fn answered<N>(
    web: &Web,
    visit: &Visit<N>,
    part: &str,
    answer: Answer,
) -> Result<ReceivePage, Problem> {
    let page = model::blank(web, visit, part).await?;
    Ok(ReceivePage { answer: Some(answer), asks_color: false, asks_work_order: false, ..page })
}

pub(super) fn draw<N>(visit: &Visit<N>, page: &ReceivePage) -> Page {
    Page::draw(&visit.manner, page, receive::page, receive::fragment)
}

/// The body that the form stands for; whatever is wrong with it is told at once.
fn body(form: &Form) -> Result<MovementBody, Vec<FieldError>> {
    let mut errors = Vec::new();
    let quantity = whole(form, "quantity").unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    let containers = match whole(form, "containers") {
        Ok(None) => None,
        Ok(Some(number)) => u16::try_from(number).ok().or_else(|| {
            errors.push(FieldError::new(
                "containers",
                Code::InvalidBody,
                "containers is a number from 1 to 1000",
            ));
            None
        }),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let body = MovementBody {
        kind: Some(BookingType::In),
        part: form.given("part"),
        operation: form.given("operation"),
        location: form.given("location"),
        quantity,
        containers,
        work_order: form.given("work_order"),
        color_code: form.given("color_code"),
        notes: form.given("notes"),
        confirm: form.confirmed(),
        ..MovementBody::default()
    };
    let errors = joined(errors, body.parse().err());
    if errors.is_empty() { Ok(body) } else { Err(errors) }
}

fn entries(page: &mut ReceivePage) -> [(&'static str, &mut Entry); 8] {
    [
        ("part", &mut page.part),
        ("operation", &mut page.operation),
        ("quantity", &mut page.quantity),
        ("containers", &mut page.containers),
        ("location", &mut page.location),
        ("color_code", &mut page.color_code),
        ("work_order", &mut page.work_order),
        ("notes", &mut page.notes),
    ]
}
