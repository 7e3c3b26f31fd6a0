//! `/merge`: whole lots become part of another one.
//!
//! What was scanned stands in the address, so a page can be reloaded, and scans add up.

mod model;

use axum::extract::State;
use mtm_app::movement::MergeBody;

use self::model::Wanted;
use super::answer::{Asked, booked, refused};
use super::form::Form;
use super::frame::Page;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::acknowledgement::{Answer, Undo};
use crate::ui::components::field::Entry;
use crate::ui::page::merge::{self, MergePage};
use crate::web::{Shared, Web};

/// Id of the form on the page.
const FORM: &str = "merge";

/// `GET /merge`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Book>,
) -> Result<Page, Problem> {
    let page = model::page(&web, &visit, &Wanted::read(&visit.query)).await?;
    Ok(draw(&visit, &page))
}

/// `POST /merge`.
pub(super) async fn book(
    State(web): State<Shared>,
    posted: Posted<need::Book>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let wanted = Wanted::read(form);
    match web.app().merge(&visit.who, posted.around(&key), &body(form, &wanted)).await {
        Ok(made) => {
            if !made.replayed {
                super::count(&web, &made.outcome);
            }
            let undo = Undo {
                command_id: made.outcome.id.to_string(),
                ..super::undo::form(&web, visit.csrf(), "merge")
            };
            let answer = booked("Merged", &[made.outcome], made.replayed, Some(undo));
            answered(&web, visit, &wanted.into, answer).await
        }
        Err(error) => {
            let back = wanted.address();
            let asked =
                Asked { form: FORM, yes: "Yes: merge them", back: &back, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model::page(&web, visit, &wanted).await?;
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.confirmed = form.confirmed();
            page.notes = reply.at("notes", Entry::holding(form.text("notes")));
            page.answer = Some(reply.answer);
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

/// The page of the lot that stays, with an answer above it.
pub(super) async fn answered<N>(
    web: &Web,
    visit: &Visit<N>,
    into: &str,
    answer: Answer,
) -> Result<Page, Problem> {
    let wanted = Wanted { into: into.to_owned(), ..Wanted::default() };
    let mut page = model::page(web, visit, &wanted).await?;
    page.answer = Some(answer);
    Ok(draw(visit, &page))
}

fn body(form: &Form, wanted: &Wanted) -> MergeBody {
    MergeBody {
        lots: wanted.lots.clone(),
        into: Some(wanted.into.clone()),
        operation: form.given("operation"),
        location: form.given("location"),
        notes: form.given("notes"),
        confirm: form.confirmed(),
        ..MergeBody::default()
    }
}

fn draw<N>(visit: &Visit<N>, page: &MergePage) -> Page {
    Page::draw(&visit.manner, page, merge::page, merge::fragment)
}
