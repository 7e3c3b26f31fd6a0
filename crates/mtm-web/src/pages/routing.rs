//! `/routings/{part}`: one part's routing.
//!
//! The form carries every row. Adding, removing and moving one sends it all and gets it back
//! changed; only saving writes, and writes a version.

use axum::extract::State;
use mtm_app::routing::{RoutingBody, RoutingRow, RoutingSheet, RoutingStepRow, StepBody};
use mtm_app::{AppError, once};
use mtm_core::catalogue::PartRecord;
use mtm_core::policy::{self, Deed};
use mtm_core::word::OperationCode;

use super::answer::{Asked, Reply, refused};
use super::form::Form;
use super::frame::Page;
use super::routings::address;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::acknowledgement::{Answer, Refused};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::routing::{self, RoutingPage, Step, Version};
use crate::web::{Shared, Web};

/// Rows a form may have.
const MOST_ROWS: usize = mtm_core::routing::MOST_STEPS;

/// `GET /routings/{part}`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
    Path(part): Path<String>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, &part).await?))
}

/// `POST /routings/{part}`: changes the form's rows, or saves them as a version.
pub(super) async fn change(
    State(web): State<Shared>,
    Path(part): Path<String>,
    posted: Posted<need::EditMaster>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    let action = form.text("action");
    if !matches!(action, "save" | "retire") {
        let mut page = model(&web, visit, &part).await?;
        keep(&mut page, form, &key);
        page.fresh = rearrange(&mut page.steps, action);
        return Ok(draw(visit, &page));
    }
    match write(&web, &posted, &part, action, key.clone()).await {
        Ok(made) => {
            let mut page = model(&web, visit, &part).await?;
            let text = if made.retired {
                "The routing ends.".to_owned()
            } else {
                format!("Version {} is saved.", made.version)
            };
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let back = address(&part);
            let asked = Asked { form: "", yes: "", back: &back, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit, &part).await?;
            if action == "save" {
                // What was read is what the rows came from, also when somebody was faster.
                let newest = std::mem::take(&mut page.newest);
                keep(&mut page, form, &key);
                if reply.status == axum::http::StatusCode::PRECONDITION_FAILED {
                    page.newest = newest;
                }
                mark(&mut page, &reply);
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn write(
    web: &Web,
    posted: &Posted<need::EditMaster>,
    part: &str,
    action: &str,
    key: String,
) -> Result<RoutingRow, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key), &fields)?;
    let newest = form.text("newest").parse().ok();
    let app = web.app();
    let made = if action == "retire" {
        app.retire_routing(who, part, newest, None, key).await?
    } else {
        app.revise_routing(who, part, newest, &body(form), key).await?
    };
    Ok(made.value)
}

/// The rows of the form as the use case takes them. Positions are kept as long as they still
/// grow; otherwise they are given anew.
fn body(form: &Form) -> RoutingBody {
    let steps = rows(form);
    let positions: Vec<u16> = steps.iter().filter_map(|step| step.position.parse().ok()).collect();
    let kept = positions.len() == steps.len() && positions.is_sorted_by(|one, other| one < other);
    let step = |(at, step): (usize, &Step)| StepBody {
        position: kept.then(|| positions[at]),
        operation: step.operation.value.clone(),
        location: Some(step.location.value.clone()),
        yields: Some(step.yields.value.clone()),
    };
    RoutingBody {
        effective_from: form.given("effective_from"),
        steps: steps.iter().enumerate().map(step).collect(),
    }
}

fn rows(form: &Form) -> Vec<Step> {
    let mut steps = Vec::new();
    for at in 0..MOST_ROWS {
        let name = |field: &str| format!("step.{at}.{field}");
        if form.values(&name("operation")).next().is_none() {
            break;
        }
        let entry = |field: &str| Entry::holding(form.text(&name(field)));
        steps.push(Step {
            position: form.text(&name("position")).to_owned(),
            operation: entry("operation"),
            location: entry("location"),
            yields: entry("yield"),
        });
    }
    steps
}

/// Does to the rows what a button says; gives the row to go on with.
fn rearrange(steps: &mut Vec<Step>, action: &str) -> Option<usize> {
    if action == "add" {
        if steps.len() < MOST_ROWS {
            steps.push(Step::default());
        }
        return steps.len().checked_sub(1);
    }
    let (deed, at) = action.split_once('.')?;
    let at: usize = at.parse().ok().filter(|at| *at < steps.len())?;
    match deed {
        "remove" => {
            steps.remove(at);
            None
        }
        "up" if at > 0 => {
            steps.swap(at, at - 1);
            Some(at - 1)
        }
        "down" if at + 1 < steps.len() => {
            steps.swap(at, at + 1);
            Some(at + 1)
        }
        _ => None,
    }
}

/// Puts what was typed into the page.
fn keep(page: &mut RoutingPage, form: &Form, key: &str) {
    page.steps = rows(form);
    form.text("newest").clone_into(&mut page.newest);
    page.effective_from = Entry::holding(form.text("effective_from"));
    page.taken_from.clear();
    key.clone_into(&mut page.idempotency_key);
}

/// Puts what is wrong to its fields.
fn mark(page: &mut RoutingPage, reply: &Reply) {
    for (at, step) in page.steps.iter_mut().enumerate() {
        let fields = [
            ("operation", &mut step.operation),
            ("location", &mut step.location),
            ("yield", &mut step.yields),
        ];
        for (name, entry) in fields {
            *entry = reply.at(&format!("steps[{at}].{name}"), std::mem::take(entry));
        }
    }
    let from = std::mem::take(&mut page.effective_from);
    page.effective_from = reply.at("effective_from", from);
}

async fn model<N>(web: &Web, visit: &Visit<N>, part: &str) -> Result<RoutingPage, Problem> {
    let app = web.app();
    let sheet = app.routing(&visit.who, part, None).await?;
    let catalogue = app.catalogue();
    let record = catalogue.part(&sheet.part);
    let may = |deed| policy::allows(visit.who.role, deed);
    let fresh = || app.clock().fresh_uuid().to_string();
    let (steps, taken_from) = first_rows(&sheet, record.map(|part| &**part));
    let ended = sheet.versions.first().is_none_or(|newest| newest.retired);
    Ok(RoutingPage {
        shell: visit.shell(web, &format!("Routing of {}", sheet.part), None),
        part: sheet.part.to_string(),
        description: record.and_then(|part| part.header.description.clone()).unwrap_or_default(),
        address: address(sheet.part.as_str()),
        versions: sheet.versions.iter().map(|version| shown(&sheet, version)).collect(),
        may_edit: may(Deed::EditMaster),
        may_end: may(Deed::Retire) && !ended,
        idempotency_key: fresh(),
        end_key: fresh(),
        newest: sheet.version.to_string(),
        steps,
        taken_from,
        ..RoutingPage::default()
    })
}

/// The rows a form begins with: those of the newest version, else the operations that the part is
/// known to go through.
fn first_rows(sheet: &RoutingSheet, part: Option<&PartRecord>) -> (Vec<Step>, String) {
    let newest = sheet.versions.iter().find(|version| !version.retired);
    if let Some(newest) = newest {
        let step = |step: &RoutingStepRow| Step {
            position: step.position.to_string(),
            operation: Entry::holding(step.operation.to_string()),
            location: Entry::holding(
                step.location.as_ref().map(ToString::to_string).unwrap_or_default(),
            ),
            yields: Entry::holding(step.yields.map(|it| it.to_string()).unwrap_or_default()),
        };
        return (newest.steps.iter().map(step).collect(), String::new());
    }
    let known = part.map(|part| part.operations.as_slice()).unwrap_or_default();
    if known.is_empty() {
        return (vec![Step::default()], String::new());
    }
    let step = |code: &OperationCode| Step {
        operation: Entry::holding(code.to_string()),
        ..Step::default()
    };
    let words = "These are the operations that the part is known to go through. Put them in order, \
                 and save.";
    (known.iter().map(step).collect(), words.to_owned())
}

fn shown(sheet: &RoutingSheet, version: &RoutingRow) -> Version {
    let held = sheet.in_force.as_ref().is_some_and(|held| held.version == version.version);
    let state = match (held, version.effective_from > sheet.as_of) {
        (true, _) => "holds now",
        (false, true) => "planned",
        (false, false) => "",
    };
    let step = |step: &RoutingStepRow| {
        let mut words = step.operation.to_string();
        let more = [
            step.location.as_ref().map(ToString::to_string),
            step.yields.map(|yields| yields.to_string()),
        ];
        let more: Vec<String> = more.into_iter().flatten().collect();
        if !more.is_empty() {
            words = format!("{words} ({})", more.join(", "));
        }
        words
    };
    Version {
        number: version.version,
        state,
        steps: version.steps.iter().map(step).collect(),
        ended: version.retired,
        since: version.effective_from.to_string(),
        recorded_at: version.recorded_at.to_string(),
        recorded_by: version.recorded_by.clone(),
    }
}

/// A refusal in the words of these pages.
pub(super) fn told(answer: Answer) -> Refused {
    let title = "Nothing was changed.".to_owned();
    match answer {
        Answer::Refused(refused) => Refused { title, next: String::new(), ..refused },
        Answer::Booked(_) | Answer::Question(_) => Refused { title, ..Refused::default() },
    }
}

fn draw<N>(visit: &Visit<N>, page: &RoutingPage) -> Page {
    Page::draw(&visit.manner, page, routing::page, routing::fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(codes: &[&str]) -> Vec<Step> {
        codes
            .iter()
            .map(|code| Step { operation: Entry::holding(*code), ..Step::default() })
            .collect()
    }

    fn after(action: &str) -> (String, Option<usize>) {
        let mut rows = steps(&["10", "20", "30"]);
        let fresh = rearrange(&mut rows, action);
        let codes: Vec<&str> = rows.iter().map(|row| row.operation.value.as_str()).collect();
        (codes.join(" "), fresh)
    }

    #[test]
    fn rows_are_added_removed_and_moved() {
        assert_eq!(after("add"), ("10 20 30 ".to_owned(), Some(3)));
        assert_eq!(after("remove.1"), ("10 30".to_owned(), None));
        assert_eq!(after("up.1"), ("20 10 30".to_owned(), Some(0)));
        assert_eq!(after("down.1"), ("10 30 20".to_owned(), Some(2)));
        for nothing in ["up.0", "down.2", "remove.7", "up.x", "other"] {
            assert_eq!(after(nothing).0, "10 20 30", "{nothing}");
        }
    }

    #[test]
    fn positions_are_kept_while_they_grow() {
        let form = |text: &str| body(&Form::parse(text).unwrap());
        let positions = |body: RoutingBody| -> Vec<Option<u16>> {
            body.steps.iter().map(|step| step.position).collect()
        };
        let kept = "step.0.position=10&step.0.operation=a&step.1.position=15&step.1.operation=b";
        assert_eq!(positions(form(kept)), [Some(10), Some(15)]);
        let turned = "step.0.position=15&step.0.operation=b&step.1.position=10&step.1.operation=a";
        assert_eq!(positions(form(turned)), [None, None]);
        let added = "step.0.position=10&step.0.operation=a&step.1.position=&step.1.operation=b";
        assert_eq!(positions(form(added)), [None, None]);
    }
}
