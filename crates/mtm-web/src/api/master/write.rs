//! Changes of master data.

use mtm_app::master::{
    MasterAttributes, MasterChange, MasterKey, MasterNoun, MasterRow, NewMaster,
};
use mtm_app::{IdempotencyKey, Principal};
use mtm_core::code::Code;

use super::body::Says;
use super::record::{Record, find};
use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::Key;
use crate::web::Web;

/// Adds a record.
pub(super) async fn create(
    web: &Web,
    who: &Principal,
    key: Key,
    noun: MasterNoun,
    body: impl Says,
) -> Handled<MasterRow> {
    let key = key.of(who, &body)?;
    let (code, attributes) = body.says();
    let code = code.unwrap_or_default();
    let change = MasterChange::Create(NewMaster { noun, code, attributes });
    let answer = make(web, who, change, key).await?;
    Ok(answer.into_created())
}

/// Changes a record of the version that was read.
pub(super) async fn edit<R: Record>(
    web: &Web,
    who: &Principal,
    key: Key,
    address: &str,
    version: i64,
    body: impl Says,
) -> Handled<MasterRow> {
    let once = key.of(who, &body)?;
    let (code, attributes) = body.says();
    if code.is_none() && attributes == MasterAttributes::default() {
        return Err(Problem::new(Code::InvalidBody, "the body changes nothing"));
    }
    let (noun, key) = addressed::<R>(web, address)?;
    let change = MasterChange::Edit { noun, key, version, code, attributes };
    make(web, who, change, once).await
}

/// Retires a record, or brings it back.
pub(super) async fn retire<R: Record>(
    web: &Web,
    who: &Principal,
    key: Key,
    address: &str,
    version: Option<i64>,
    retire: bool,
) -> Handled<MasterRow> {
    let once = key.of(who, &version)?;
    let (noun, key) = addressed::<R>(web, address)?;
    let change = if retire {
        MasterChange::Retire { noun, key, version }
    } else {
        MasterChange::Unretire { noun, key, version }
    };
    make(web, who, change, once).await
}

fn addressed<R: Record>(web: &Web, address: &str) -> Result<(MasterNoun, MasterKey), Problem> {
    let catalogue = web.app().catalogue();
    let record = find::<R>(&catalogue, address)?;
    Ok((record.noun(), MasterKey::Id(record.header().id)))
}

async fn make(
    web: &Web,
    who: &Principal,
    change: MasterChange,
    key: Option<IdempotencyKey>,
) -> Handled<MasterRow> {
    let made = web.app().ledger().change_master(change, who.actor(), key).await?;
    let version = made.value.version;
    Ok(Answer::ok(made.value).version(version).replayed(made.replayed))
}
