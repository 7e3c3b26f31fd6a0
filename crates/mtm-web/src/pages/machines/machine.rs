//! `/machines/{name}`: what a machine shows, and counting something of it.

use axum::extract::State;
use mtm_app::machine::{CounterRow, CounterSetting, MachineSheet, ShownTag};
use mtm_core::policy::{self, Deed};

use super::super::answer::{Asked, refused};
use super::super::frame::Page;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::super::webhooks::moment;
use super::counter::{add, entered, fresh};
use super::{PATH, standing, words};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::machines::machine::{self, CounterLine, MachinePage, TagLine};
use crate::web::{Shared, Web};

/// `GET /machines/{name}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(name): Path<String>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let mut page = model(&web, &visit, &name).await?;
    if let Some(tag) = visit.query.given("tag") {
        page.fields.tag = Entry::holding(tag);
    }
    Ok(draw(&visit, &page))
}

/// `POST /machines/{name}`: counts a tag.
pub(in super::super) async fn count(
    State(web): State<Shared>,
    Path(name): Path<String>,
    posted: Posted<need::EditMaster>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match add(&web, &posted, &name, key.clone()).await {
        Ok(row) => {
            let mut page = model(&web, visit, &name).await?;
            let begins = row.value.map_or_else(
                || "the total that is heard next is where it begins".to_owned(),
                |total| format!("it begins at {total}"),
            );
            let text = format!("{} is counted: {begins}.", row.setting.tag);
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let back = format!("{PATH}/{name}");
            let asked = Asked { form: "add", yes: "", back: &back, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit, &name).await?;
            page.fields = entered(&web, form);
            reply.mark(page.fields.named());
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn model<N>(web: &Web, visit: &Visit<N>, name: &str) -> Result<MachinePage, Problem> {
    let app = web.app();
    let MachineSheet { machine, counted, tags } = app.machine(&visit.who, name).await?;
    let (tone, state) = standing(&machine);
    let is_counted = |tag: &ShownTag| counted.iter().any(|it| it.setting.tag == tag.name);
    let tags = tags.iter().map(|tag| TagLine {
        name: tag.name.clone(),
        words: tag.words.clone(),
        value: tag
            .total
            .map(|total| total.to_string())
            .or_else(|| tag.instead.clone())
            .unwrap_or_default(),
        is_counted: is_counted(tag),
    });
    Ok(MachinePage {
        shell: visit.shell(web, name, None),
        name: name.to_owned(),
        protocol: machine.protocol.unwrap_or_default().to_owned(),
        tone,
        state,
        tags: tags.collect(),
        counters: counted.iter().map(line).collect(),
        may_edit: machine.configured && policy::allows(visit.who.role, Deed::EditMaster),
        fields: fresh(web),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..MachinePage::default()
    })
}

fn line(row: &CounterRow) -> CounterLine {
    let it: &CounterSetting = &row.setting;
    let confirms = match (it.by_rule, it.container) {
        (true, Some(pieces)) => format!("itself, every {pieces}"),
        (_, Some(pieces)) => format!("a person, every {pieces}"),
        (_, None) => "a person".to_owned(),
    };
    CounterLine {
        id: row.id,
        tag: it.tag.clone(),
        books: words::books(it.booking),
        part: it.part.to_string(),
        operation: it.operation.to_string(),
        location: it.location.to_string(),
        value: row.value.map(|value| value.to_string()).unwrap_or_default(),
        value_at: moment(row.value_at),
        confirms,
    }
}

fn draw<N>(visit: &Visit<N>, page: &MachinePage) -> Page {
    Page::draw(&visit.manner, page, machine::page, machine::fragment)
}
