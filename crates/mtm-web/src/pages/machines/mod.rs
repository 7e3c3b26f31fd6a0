//! `/machines`: machines, and what they counted.

pub(super) mod counter;
pub(super) mod machine;
pub(super) mod proposal;
mod words;

use axum::extract::State;
use mtm_app::machine::{
    MachineStanding, MachineView, ProposalKind, ProposalQuery, ProposalRow, ProposalState,
};

use super::filter;
use super::form::Form;
use super::frame::{Page, sentence};
use super::visit::Visit;
use super::webhooks::moment;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Tone;
use crate::ui::format::counted;
use crate::ui::page::machines::{self, MachineHead, MachinesPage, ProposalLine};
use crate::web::{Shared, Web};

const PATH: &str = "/machines";

/// Proposals on a page.
const SHOWN: u16 = 50;

/// `GET /machines`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let model = model(&web, &visit).await?;
    Ok(Page::draw(&visit.manner, &model, machines::page, machines::fragment))
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<MachinesPage, Problem> {
    let (app, who, asked) = (web.app(), &visit.who, &visit.query);
    let machines = app.machines(who).await?;
    let query = query(asked);
    let is_filtered =
        query.state != Some(ProposalState::Open) || query.kind.is_some() || query.machine.is_some();
    let found = app.proposals(who, query).await?;
    let proposals: Vec<_> = found.items.iter().map(line).collect();
    let many = i64::try_from(proposals.len()).unwrap_or(i64::MAX);
    Ok(MachinesPage {
        shell: visit.shell(web, "Machines", None),
        machines: machines.items.iter().map(head).collect(),
        pager: filter::pager(
            PATH,
            asked,
            format!("{}, newest first", counted(many, "entry", "entries")),
            found.next_cursor.as_deref(),
        ),
        proposals,
        state: Entry::holding(asked.text("state")),
        machine: Entry::holding(asked.text("machine")),
        is_filtered,
    })
}

fn query(asked: &Form) -> ProposalQuery {
    let state = asked.text("state");
    let is_questions = state == "questions";
    ProposalQuery {
        state: match state {
            "all" => None,
            "" | "questions" => Some(ProposalState::Open),
            other => ProposalState::from_name(other),
        },
        kind: is_questions.then_some(ProposalKind::Question),
        machine: asked.given("machine"),
        before: asked.given("cursor").and_then(|cursor| cursor.parse().ok()),
        limit: SHOWN,
    }
}

/// How a machine is heard: how serious that is, and the words.
fn standing(it: &MachineView) -> (Tone, String) {
    match (it.configured, it.row.standing) {
        (false, _) => (Tone::Warn, "No server is configured with it any more.".to_owned()),
        (_, None) => (Tone::Note, "It was not listened to yet.".to_owned()),
        (_, Some(MachineStanding::Connected)) => (Tone::Note, "It is heard.".to_owned()),
        (_, Some(MachineStanding::Away)) => {
            let cause = it.row.cause.as_deref().map(sentence).unwrap_or_default();
            (Tone::Warn, format!("It is not heard. {cause}").trim_end().to_owned())
        }
    }
}

fn head(it: &MachineView) -> MachineHead {
    let (tone, state) = standing(it);
    let row = &it.row;
    MachineHead {
        name: row.name.clone(),
        protocol: it.protocol.unwrap_or_default().to_owned(),
        tone,
        state,
        since: moment(row.since),
        seen_at: moment(row.seen_at),
        address: it.address.clone().unwrap_or_default(),
        counters: figure(row.counters),
        open: figure(row.open),
        questions: figure(row.questions),
    }
}

fn line(row: &ProposalRow) -> ProposalLine {
    ProposalLine {
        id: row.id,
        machine: row.machine.clone(),
        part: row.part.to_string(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        books: words::books(row.booking),
        pieces: figure(row.confirmed.unwrap_or(row.pieces)),
        most: row.most.filter(|_| row.confirmed.is_none()).map(figure),
        state: words::state(row),
        why: words::why(row),
        first_at: row.first_at.to_string(),
        last_at: row.last_at.to_string(),
    }
}

fn figure(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
