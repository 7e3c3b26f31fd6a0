//! What people decide about keeping parts as another system has them.

use mtm_core::code::Code;
use mtm_core::master_sync::{Deed, Field, Link, ours};
use mtm_core::rejection::Rejection;
use mtm_core::sync::Mode;
use mtm_core::word::{Note, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::list::{found, waiting};
use super::round::{take, telling};
use super::row::{
    self, DIFFERS, DifferenceRow, Kept, LINK, MasterSyncRow, SYNC, SyncState, WAITS, keep, known,
    sign,
};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{OptionalExtension as _, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Parts that are decided about in one transaction.
const TOGETHER: u32 = 200;

/// What somebody decides about a part that differs.
#[derive(Debug, Clone)]
pub struct LinkDeed {
    /// What.
    pub deed: Deed,
    /// About which attributes; about all that it can be done to where none is named.
    pub fields: Vec<Field>,
    /// Why, in words.
    pub note: Option<Note>,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

/// What somebody decides about all parts of an ERP that wait for somebody.
#[derive(Debug, Clone)]
pub struct BulkDeed {
    /// What.
    pub deed: Deed,
    /// Only those that wait for this reason, by its code.
    pub cause: Option<String>,
    /// Behind the part with this number: those before were decided about.
    pub after: Option<i64>,
    /// Why, in words.
    pub note: Option<Note>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkDone {
    /// Parts of which nothing differs any more.
    pub settled: u64,
    /// Parts of which something still waits for somebody.
    pub waiting: u64,
    /// Where the rest begins; null where that was all.
    pub next: Option<i64>,
}

impl Ledger {
    /// Decides who acts on differences.
    pub async fn change_master_sync(
        &self,
        name: String,
        mode: Mode,
        version: Option<i64>,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<MasterSyncRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| change(context, &name, mode, version, by))?)
        })
        .await
    }

    /// Does what `by` decided about the part with this number.
    pub async fn decide_master(
        &self,
        id: i64,
        deed: LinkDeed,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DifferenceRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let before = found(context.sql(), id)?.ok_or_else(|| none(id))?;
                if deed.version.is_some_and(|version| version != before.version) {
                    return Err(
                        Rejection::new(Code::Stale, None, "it differs otherwise by now").into()
                    );
                }
                let (peer, state) = acting(context, &before.erp)?;
                telling(context, peer, |context| {
                    let at = (before.erp.as_str(), peer, state.mode);
                    match decide(context, at, id, &deed, by)? {
                        // Whoever wanted it hears why nothing came of it.
                        (link, Some(no)) if link.differences.len() == before.differences.len() => {
                            Err(no.into())
                        }
                        _ => Ok(()),
                    }
                })?;
                found(context.sql(), id)?.ok_or_else(|| none(id).into())
            })?)
        })
        .await
    }

    /// Does what `by` decided about parts of this ERP that wait for somebody, some hundreds at once.
    pub async fn decide_masters(
        &self,
        name: String,
        deed: BulkDeed,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<BulkDone>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let (peer, state) = acting(context, &name)?;
                let (cause, after) = (deed.cause.as_deref(), deed.after.unwrap_or(0));
                let ids = waiting(context.sql(), peer, cause, after, TOGETHER)?;
                let one = LinkDeed {
                    deed: deed.deed,
                    fields: Vec::new(),
                    note: deed.note.clone(),
                    version: None,
                };
                let mut done = BulkDone::default();
                telling(context, peer, |context| {
                    for id in &ids {
                        let at = (name.as_str(), peer, state.mode);
                        let (link, _) = decide(context, at, *id, &one, by)?;
                        if link.differences.is_empty() {
                            done.settled += 1;
                        } else {
                            done.waiting += 1;
                        }
                    }
                    Ok(())
                })?;
                let last = ids.last().copied();
                let rest = waiting(context.sql(), peer, cause, last.unwrap_or(after), 1)?;
                done.next = last.filter(|_| !rest.is_empty());
                Ok(done)
            })?)
        })
        .await
    }
}

fn none(id: i64) -> Rejection {
    Rejection::new(Code::NotFound, None, format!("there is no difference {id}"))
}

/// The ERP's row, where people may decide.
fn acting(context: &WriteContext<'_>, name: &str) -> Result<(i64, SyncState), Failure> {
    let known = row::state(context.sql(), name)?.ok_or_else(|| no_sync(name))?;
    match known.1.mode {
        Mode::Worklist | Mode::Automatic if known.1.judged_version == Some(known.1.version) => {
            Ok(known)
        }
        Mode::Worklist | Mode::Automatic => {
            let message = "the parts are compared anew first: in a minute";
            Err(Rejection::new(Code::Stale, None, message).into())
        }
        mode @ (Mode::Off | Mode::Shadow) => {
            let message = format!("nothing is taken over now: it is {}", mode.as_str());
            Err(Rejection::new(Code::SyncOff, None, message).into())
        }
    }
}

fn no_sync(name: &str) -> Rejection {
    let message = format!("parts are not kept as {name} has them");
    Rejection::new(Code::NotFound, None, message)
}

fn change(
    context: &mut WriteContext<'_>,
    name: &str,
    mode: Mode,
    version: Option<i64>,
    by: UserId,
) -> Result<MasterSyncRow, Failure> {
    let (peer, before) = row::state(context.sql(), name)?.ok_or_else(|| no_sync(name))?;
    if version.is_some_and(|version| version != before.version) {
        let message = "somebody decided otherwise about this meanwhile";
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    let at = context.now();
    context.sql().execute(
        "UPDATE master_sync SET mode = ?2, version = version + 1, changed_at = ?3, changed_by = ?4
         WHERE peer_id = ?1",
        params![peer, mode.as_str(), at.micros(), by.0],
    )?;
    if matches!(mode, Mode::Off | Mode::Shadow) {
        // Nothing becomes of it, so it waits for nobody.
        context.sql().execute(
            "UPDATE master_link SET standing = ?2 WHERE peer_id = ?1 AND standing = ?3",
            params![peer, DIFFERS, WAITS],
        )?;
    }
    let facts = json!({ "erp": name, "mode": mode.as_str(), "from": before.mode.as_str() });
    context.audit("master_sync.changed", by, at, &facts)?;
    let sql = format!("{SYNC} WHERE s.peer_id = ?1");
    let (_, mut changed) = context.sql().query_row(&sql, params![peer], row::sync)?;
    row::add_counts(context.sql(), peer, &mut changed)?;
    Ok(changed)
}

/// Why what stands here is not what was decided about.
fn changed_since(
    context: &WriteContext<'_>,
    peer: i64,
    before: &Kept,
    fields: &[Field],
) -> Result<Option<Rejection>, Failure> {
    let stale = |message: &str| Some(Rejection::new(Code::Stale, None, message.to_owned()));
    let Some(part) = context.catalogue().parts.by_folded(&before.folded).cloned() else {
        let is_new = before.link.differences.iter().any(|it| it.field == Field::Part);
        return Ok(if is_new { None } else { stale("there is no such part here any more") });
    };
    // Its former code: what they say under it is another part's, where they have one of its present code.
    let present = part.code.as_str();
    if *present != *before.folded && known(context.sql(), peer, present)?.is_some() {
        return Ok(stale("the part goes by another code by now"));
    }
    let here = ours(&part);
    let mut meant = before.link.differences.iter().filter(|it| fields.contains(&it.field));
    let is_changed = meant.any(|it| here.get(&it.field) != it.ours.as_ref());
    Ok(if is_changed { stale("it was changed here since it was compared") } else { None })
}

/// What is known of the part then, and why something was not taken.
fn decide(
    context: &mut WriteContext<'_>,
    (erp, peer, mode): (&str, i64, Mode),
    id: i64,
    it: &LinkDeed,
    by: UserId,
) -> Result<(Link, Option<Rejection>), Failure> {
    let sql = format!("{LINK} WHERE id = ?1");
    let known = context.sql().prepare_cached(&sql)?.query_row(params![id], row::kept).optional()?;
    let before = known.ok_or_else(|| none(id))?;
    let mut link = before.link.clone();
    let fields = link.meant(it.deed, &it.fields);
    if fields.is_empty() {
        let message = "there is nothing of it that this could be decided about";
        return Ok((link, Some(Rejection::new(Code::Stale, None, message))));
    }
    if it.deed == Deed::Take
        && let Some(no) = changed_since(context, peer, &before, &fields)?
    {
        return Ok((link, Some(no)));
    }
    let mut no = None;
    match it.deed {
        Deed::Take => no = take(context, erp, &mut link, &fields, by)?,
        Deed::Keep => {
            let at = context.now();
            let facts = json!({ "erp": erp, "part": link.code, "fields": fields });
            context.audit("master_sync.kept", by, at, &facts)?;
            link.keep(&fields);
        }
    }
    if link.differences.is_empty() {
        link.cause = None;
    }
    keep(context, peer, Some(&before), &link, mode)?;
    sign(context, id, by, it.note.as_ref().map(Note::as_str))?;
    Ok((link, no))
}
