//! Sources on the page of the webhooks: other systems that send messages here.

use mtm_app::record::InboundSource;
use mtm_app::{App, AppError, IdempotencyKey, Principal};
use mtm_core::code::Code;
use mtm_core::word::Timestamp;
use uuid::Uuid;

use super::form::Form;
use super::webhooks::{Did, KEEP, moment};
use crate::ui::page::webhooks::Source;

/// What a form about a source did; nothing where it is about something else.
pub(super) async fn apply(
    app: &App,
    who: &Principal,
    form: &Form,
    key: Option<IdempotencyKey>,
) -> Result<Option<Did>, AppError> {
    let did = match form.text("action") {
        "create-source" => {
            let (source, secret) = app.create_inbound_source(who, form.text("name"), key).await?;
            Did::with(format!("{} may send messages from now on.", source.name), secret)
        }
        "enable-source" => {
            let done = app.enable_inbound_source(who, id(form)?, None, true, key).await?.value;
            Did::just(format!("{} is enabled.", done.name))
        }
        "disable-source" => {
            let done = app.enable_inbound_source(who, id(form)?, None, false, key).await?.value;
            Did::just(format!("{} is disabled.", done.name))
        }
        "rotate-source" => {
            let (source, secret) = app.rotate_inbound_secret(who, id(form)?, KEEP, key).await?;
            Did::with(
                format!("{} has another secret; the former counts for a day.", source.name),
                secret,
            )
        }
        "remove-source" => {
            let done = app.remove_inbound_source(who, id(form)?, key).await?.value;
            Did::just(format!("{} is removed.", done.name))
        }
        _ => return Ok(None),
    };
    Ok(Some(did))
}

fn id(form: &Form) -> Result<Uuid, AppError> {
    let id = form.text("source").parse();
    id.map_err(|_| AppError::refused(Code::NotFound, "there is no such source"))
}

/// A source as the page shows it at `now`.
pub(super) fn shown(record: &InboundSource, now: Timestamp, key: String) -> Source {
    Source {
        id: record.id.to_string(),
        idempotency_key: key,
        name: record.name.clone(),
        off: record.disabled_at.is_some(),
        since: moment(record.disabled_at),
        former_until: moment(record.former_until.filter(|until| *until > now)),
        taken: i64::try_from(record.taken).unwrap_or(i64::MAX),
        taken_at: moment(record.taken_at),
        refused_at: moment(record.refused_at),
        last_error: record.last_error.clone().unwrap_or_default(),
    }
}
