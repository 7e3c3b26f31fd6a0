//! `/master-sync/{id}`: a part that differs, and what somebody decides about it.

use axum::extract::State;
use mtm_app::master_sync::{DecideBody, Deed, Field, Mode};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy;

use super::super::answer::{Asked, refused};
use super::super::frame::Page;
use super::super::routing::told;
use super::super::visit::{Posted, Visit};
use super::super::webhooks::moment;
use super::{PATH, words};
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::master_sync::sheet::{self, DifferencePage, FieldLine};
use crate::web::{Shared, Web};

/// `GET /master-sync/{id}`.
pub(in super::super) async fn show(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit, id).await?))
}

/// `POST /master-sync/{id}`: takes what they say, or keeps what stands here.
pub(in super::super) async fn decide(
    State(web): State<Shared>,
    Path(id): Path<i64>,
    posted: Posted<need::Retire>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let key = form.key()?;
    match act(&web, &posted, id, key.clone()).await {
        Ok(text) => {
            let mut page = model(&web, visit, id).await?;
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit, id).await?;
            page.note = reply.at("note", Entry::holding(form.text("note")));
            page.about = Entry::holding(form.text("field"));
            if reply.keeps_key {
                page.idempotency_key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn act(
    web: &Web,
    posted: &Posted<need::Retire>,
    id: i64,
    key: String,
) -> Result<String, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), Some(key), &fields)?;
    let deed = Deed::from_name(form.text("deed"))
        .ok_or_else(|| AppError::refused(Code::InvalidBody, "this form does nothing"))?;
    let body = DecideBody {
        deed,
        fields: Field::from_name(form.text("field")).into_iter().collect(),
        note: form.text("note").to_owned(),
        version: form.given("version").and_then(|version| version.parse().ok()),
    };
    let decided = web.app().decide_master(who, id, &body, key).await?.value;
    Ok(match (deed, decided.differences.is_empty()) {
        (Deed::Take, true) => "It is here now what it is there.".to_owned(),
        (Deed::Keep, true) => "It stays as it is, until they say something else.".to_owned(),
        (_, false) => "That is decided; something still differs.".to_owned(),
    })
}

async fn model<N>(web: &Web, visit: &Visit<N>, id: i64) -> Result<DifferencePage, Problem> {
    let app = web.app();
    let row = app.master_difference(&visit.who, id).await?;
    let syncs = app.master_syncs(&visit.who).await?;
    let mode = syncs.items.iter().find(|it| it.row.erp == row.erp).map(|it| it.row.mode);
    let is_on = matches!(mode, Some(Mode::Worklist | Mode::Automatic));
    let may = is_on && policy::allows(visit.who.role, policy::Deed::Retire);
    Ok(DifferencePage {
        shell: visit.shell(web, &format!("Part {}", row.part), None),
        id,
        erp: row.erp.clone(),
        part: row.part.clone(),
        what: words::what(&row),
        is_new: row.differences.iter().any(|it| it.field == Field::Part),
        cause: words::cause(row.cause.as_deref().unwrap_or_default()),
        fields: row
            .differences
            .iter()
            .map(|it| FieldLine {
                name: it.field.as_str(),
                label: words::field(it.field),
                ours: it.ours.clone().unwrap_or_default(),
                theirs: it.theirs.clone(),
                change: words::change(it.change),
            })
            .collect(),
        since: moment(row.since),
        decided_at: moment(row.decided_at),
        decided_by: row.decided_by.clone().unwrap_or_default(),
        noted: row.note.clone().unwrap_or_default(),
        version: row.version,
        may_take: may && row.differences.iter().any(|it| it.field.can_be_taken()),
        may_keep: may && !row.differences.is_empty(),
        idempotency_key: app.clock().fresh_uuid().to_string(),
        ..DifferencePage::default()
    })
}

fn draw<N>(visit: &Visit<N>, page: &DifferencePage) -> Page {
    Page::draw(&visit.manner, page, sheet::page, sheet::fragment)
}
