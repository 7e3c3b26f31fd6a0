//! `/routings`: which parts have a routing.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use mtm_app::query::PageRequest;
use mtm_app::routing::{RoutingLine, RoutingQuery, RoutingState};
use mtm_app::{AppError, once};
use mtm_core::catalogue::OffRouting;
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};
use mtm_core::word::{OperationCode, PartCode};

use super::answer::{Asked, refused};
use super::filter;
use super::form::Form;
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::format;
use crate::ui::page::routings::{self, RoutingsPage};
use crate::web::{Shared, Web};

const PATH: &str = "/routings";

/// The address of a part's routing.
pub(super) fn address(part: &str) -> String {
    format!("{PATH}/{}", format::query(part))
}

/// `GET /routings`: the list, or the way to the part that was named.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Response, Problem> {
    let mut page = model(&web, &visit)?;
    if let Some(part) = visit.query.given("part") {
        let catalogue = web.app().catalogue();
        let known = PartCode::parse(&part).ok().and_then(|code| catalogue.part(&code).cloned());
        if let Some(part) = known {
            return Ok(Redirect::to(&address(part.code.as_str())).into_response());
        }
        page.part = Entry::holding(part).refused("There is no such part.");
    }
    Ok(draw(&visit, &page).into_response())
}

/// `POST /routings`: what happens to entries outside a routing.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Administer>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let mut page = model(&web, visit)?;
    match set(&web, &posted, form, key).await {
        Ok(choice) => {
            page.strict = choice == OffRouting::Refuse;
            let text = match choice {
                OffRouting::Warn => "Entries outside a routing are booked with a warning.",
                OffRouting::Refuse => "Entries outside a routing must be confirmed from now on.",
            };
            page.message = Some(Message { text: text.to_owned(), ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn set(
    web: &Web,
    posted: &Posted<need::Administer>,
    form: &Form,
    key: String,
) -> Result<OffRouting, AppError> {
    let choice = OffRouting::from_name(form.text("action"))
        .ok_or_else(|| AppError::refused(Code::InvalidBody, "this form does nothing"))?;
    let who = &posted.visit.who;
    let key = once::key_of(who, posted.route(), Some(key), &choice)?;
    Ok(web.app().set_off_routing(who, choice, key).await?.value)
}

fn model<N>(web: &Web, visit: &Visit<N>) -> Result<RoutingsPage, Problem> {
    let (app, query) = (web.app(), &visit.query);
    let ended = !query.text("ended").is_empty();
    let operation = Entry::holding(query.text("operation"));
    let through = query.given("operation").map(|text| OperationCode::parse(&text));
    let (through, operation) = match through.transpose() {
        Ok(through) => (through, operation),
        Err(error) => (None, operation.refused(error.to_string())),
    };
    let wanted = RoutingQuery {
        q: filter::containing(query, "q"),
        operation: through,
        state: if ended { RoutingState::All } else { RoutingState::Active },
        page: filter::page(query),
    };
    let page = match app.routings(&visit.who, &wanted) {
        // A cursor of other filters, kept in a bookmark: the list starts again.
        Err(AppError::Rejected(refusal)) if refusal.field.as_deref() == Some("cursor") => {
            let page = PageRequest { cursor: None, ..wanted.page.clone() };
            app.routings(&visit.who, &RoutingQuery { page, ..wanted })?
        }
        other => other?,
    };
    let shown = match page.items.len() {
        1 => "1 routing".to_owned(),
        many => format!("{many} routings on this page"),
    };
    let may = |deed| policy::allows(visit.who.role, deed);
    Ok(RoutingsPage {
        shell: visit.shell(web, "Routings", None),
        q: Entry::holding(query.text("q")),
        operation,
        ended,
        lines: page.items.iter().map(line).collect(),
        pager: filter::pager(PATH, query, shown, page.next_cursor.as_deref()),
        may_edit: may(Deed::EditMaster),
        strict: app.catalogue().off_routing == OffRouting::Refuse,
        may_set: may(Deed::Administer),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..RoutingsPage::default()
    })
}

fn line(line: &RoutingLine) -> routings::RoutingLine {
    routings::RoutingLine {
        part: line.part.to_string(),
        description: line.description.clone().unwrap_or_default(),
        address: address(line.part.as_str()),
        steps: line.steps.iter().map(|step| step.operation.to_string()).collect(),
        ended: line.retired,
        since: line.effective_from.to_string(),
        planned: !line.in_force && !line.retired,
        next: line.next_from.map(|from| from.to_string()).unwrap_or_default(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &RoutingsPage) -> Page {
    Page::draw(&visit.manner, page, routings::page, routings::fragment)
}
