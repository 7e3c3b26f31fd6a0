//! Judging parts, and taking what becomes here as it is there.

use std::collections::BTreeMap;

use mtm_core::command::Patch;
use mtm_core::erp::protocol::Table as ErpTable;
use mtm_core::event::EventType;
use mtm_core::master_sync::{Difference, Field, Link, Rules, Theirs, There, judge, ours};
use mtm_core::rejection::Rejection;
use mtm_core::sync::Mode;
use mtm_core::word::{ItemType, Timestamp, UserId, fold};
use serde_json::json;

use super::row::{self, Kept, SyncState, WAITS, keep, known, standing_of};
use crate::erp::standing_or_new;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::master::{MasterAttributes, MasterChange, MasterKey, MasterNoun, NewMaster};
use crate::sql::{Connection, Error, OptionalExtension as _, params};
use crate::write::{Failure, WriteContext};

/// Links read in one question.
const PIECE: u32 = 1_000;

/// A part to be judged.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its folded code.
    pub folded: String,
    /// What they say of it.
    pub said: Said,
    /// So many are retired there at once that somebody has to look first.
    pub is_flood: bool,
}

/// What they say of a part.
#[derive(Debug, Clone)]
pub enum Said {
    /// They have it.
    There(Theirs),
    /// They had it.
    Gone,
    /// Ours goes by another code by now, and they have one of that code, too.
    Others,
}

impl Job {
    /// What they say, as it is judged.
    pub fn said(&self) -> (There<'_>, bool) {
        let there = match &self.said {
            Said::There(part) => There::Part(part),
            Said::Gone => There::Gone,
            Said::Others => There::Others,
        };
        (there, self.is_flood)
    }
}

/// What a round goes by.
#[derive(Debug, Clone)]
pub struct Round {
    /// The ERP's name.
    pub erp: String,
    /// What is whose.
    pub rules: Rules,
    /// Who acts on differences.
    pub mode: Mode,
    /// Version of that decision: where it is another one by now, nothing is done.
    pub version: i64,
    /// When their parts were read: where they were read anew since, nothing is done.
    pub parts_at: Timestamp,
    /// In whose name.
    pub by: UserId,
}

/// What was known of a part before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What is known.
    pub link: Link,
    /// How it stands in the mode that it was judged in.
    standing: i64,
}

impl Settled {
    /// Whether that is all there is to know.
    pub fn is(&self, link: Option<&Link>, mode: Mode) -> bool {
        link.is_some_and(|link| self.link == *link && self.standing == standing_of(link, mode))
    }
}

impl Ledger {
    /// Says that parts are to be kept as the ERP of this name has them. At first nobody acts.
    pub async fn meet_master_sync(&self, name: String) -> Result<(), Fault> {
        if self.master_sync_state(name.clone()).await?.is_some() {
            return Ok(());
        }
        self.write(move |context| {
            let now = context.now();
            let peer = standing_or_new(context.sql(), &name, now)?.peer;
            let connection = context.sql();
            let sql = connection.pick(
                "INSERT INTO master_sync (peer_id, mode, changed_at) VALUES (?1, 'off', ?2)
                 ON CONFLICT (peer_id) DO NOTHING",
                "INSERT IGNORE INTO master_sync (peer_id, mode, changed_at) VALUES (?1, 'off', ?2)",
            );
            connection.execute(sql, params![peer, now.micros()])?;
            Ok::<_, Fault>(())
        })
        .await
    }

    /// What a round goes by, where parts are kept as this ERP has them.
    pub async fn master_sync_state(&self, name: String) -> Result<Option<SyncState>, Fault> {
        self.query(move |connection| Ok(row::state(connection, &name)?.map(|(_, state)| state)))
            .await
    }

    /// What is known of this ERP's parts, by folded code.
    pub async fn master_links(&self, name: String) -> Result<BTreeMap<String, Settled>, Fault> {
        self.query(move |connection| {
            let Some((peer, _)) = row::state(connection, &name)? else {
                return Ok(BTreeMap::new());
            };
            let sql = format!(
                "{} WHERE peer_id = ?1 AND folded > ?2 ORDER BY folded LIMIT ?3",
                row::LINK
            );
            let (mut all, mut after) = (BTreeMap::new(), String::new());
            loop {
                let piece = connection
                    .prepare_cached(&sql)?
                    .query_all(params![peer, after, PIECE], row::kept)?;
                let Some(last) = piece.last() else { return Ok(all) };
                after.clone_from(&last.folded);
                all.extend(piece.into_iter().map(|it| {
                    let Kept { folded, link, standing, .. } = it;
                    (folded, Settled { link, standing })
                }));
            }
        })
        .await
    }

    /// Judges these parts, and takes what is to be taken. Whether it was still to be done so.
    pub async fn sync_masters(&self, round: Round, jobs: Vec<Job>) -> Result<bool, Fault> {
        self.write(move |context| {
            let Some((peer, state)) = row::state(context.sql(), &round.erp)? else {
                return Ok(false);
            };
            let is_old =
                read_at(context.sql(), peer)?.is_some_and(|at| at > round.parts_at.micros());
            if is_old || (state.mode, state.version) != (round.mode, round.version) {
                return Ok(false);
            }
            telling(context, peer, |context| {
                jobs.iter().try_for_each(|job| settle(context, peer, &round, job))
            })?;
            Ok::<_, Fault>(true)
        })
        .await
    }

    /// Says that all of this ERP's parts, as of `parts_at`, were judged in the mode of `version`.
    pub async fn masters_synced(
        &self,
        name: String,
        parts_at: Timestamp,
        version: i64,
    ) -> Result<(), Fault> {
        self.write(move |context| {
            let now = context.now().micros();
            let Some((peer, _)) = row::state(context.sql(), &name)? else { return Ok(()) };
            context.sql().execute(
                "UPDATE master_sync SET parts_at = ?2, judged_version = ?3, judged_at = ?4 WHERE peer_id = ?1",
                params![peer, parts_at.micros(), version, now],
            )?;
            Ok::<_, Fault>(())
        })
        .await
    }
}

/// When this ERP's parts were read last.
fn read_at(connection: Connection<'_>, peer: i64) -> Result<Option<i64>, Error> {
    let sql = "SELECT read_at FROM erp_table WHERE peer_id = ?1 AND name = ?2";
    let read = connection.query_row(sql, params![peer, ErpTable::Parts.as_str()], |row| row.get(0));
    Ok(read.optional()?.flatten())
}

fn settle(
    context: &mut WriteContext<'_>,
    peer: i64,
    round: &Round,
    job: &Job,
) -> Result<(), Failure> {
    let before = known(context.sql(), peer, &job.folded)?;
    let here = context.catalogue().parts.by_folded(&job.folded).map(|part| ours(part));
    let link = before.as_ref().map(|it| &it.link);
    let judged = judge(&round.rules, round.mode, job.said(), here.as_ref(), link);
    let Some(mut link) = judged.link else { return Ok(()) };
    take(context, &round.erp, &mut link, &judged.take, round.by)?;
    keep(context, peer, before.as_ref(), &link, round.mode)
}

/// Has these become here as they are there: attributes by one change, retiring by another. What is refused
/// waits for somebody, and why the last of it was is given.
pub(super) fn take(
    context: &mut WriteContext<'_>,
    erp: &str,
    link: &mut Link,
    fields: &[Field],
    by: UserId,
) -> Result<Option<Rejection>, Failure> {
    let mut refused = None;
    let part = context.catalogue().parts.by_folded(&fold(&link.code));
    let version = part.map_or(0, |part| part.header.version);
    for change in changes(link, fields, version) {
        let done = match change.change {
            Some(it) => context.change_master(&it, by).map(drop),
            None => make(context, link, &change.fields, by),
        };
        match done {
            Ok(()) => {
                let at = context.now();
                let facts = json!({ "erp": erp, "part": link.code, "fields": change.fields });
                context.audit("master_sync.taken", by, at, &facts)?;
                link.took(&change.fields);
            }
            Err(Failure::Refused(no)) => {
                link.refused(&change.fields, no.code.as_str());
                refused = Some(no);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(refused)
}

/// A change of master data, and the differences that it ends.
struct Taken {
    fields: Vec<Field>,
    /// Nothing where the part is to be made.
    change: Option<MasterChange>,
}

/// The version is the part's, as it stands in this transaction.
fn changes(link: &Link, fields: &[Field], version: i64) -> Vec<Taken> {
    let all: Vec<&Difference> =
        link.differences.iter().filter(|it| fields.contains(&it.field)).collect();
    let named = |fields: &[&Difference]| fields.iter().map(|it| it.field).collect::<Vec<_>>();
    if all.iter().any(|it| it.field == Field::Part) {
        return vec![Taken { fields: named(&all), change: None }];
    }
    let (noun, key) = (MasterNoun::Part, MasterKey::Code(link.code.clone()));
    let (retired, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|it| it.field == Field::Retired);
    let mut changes = Vec::new();
    if !others.is_empty() {
        let (key, attributes) = (key.clone(), attributes(&others));
        let change = MasterChange::Edit { noun, key, version, code: None, attributes };
        changes.push(Taken { fields: named(&others), change: Some(change) });
    }
    if let Some(it) = retired.first() {
        let change = if it.theirs == "yes" {
            MasterChange::Retire { noun, key, version: None }
        } else {
            MasterChange::Unretire { noun, key, version: None }
        };
        changes.push(Taken { fields: named(&retired), change: Some(change) });
    }
    changes
}

fn make(
    context: &mut WriteContext<'_>,
    link: &Link,
    fields: &[Field],
    by: UserId,
) -> Result<(), Failure> {
    let said: Vec<&Difference> =
        link.differences.iter().filter(|it| fields.contains(&it.field)).collect();
    let new = NewMaster {
        noun: MasterNoun::Part,
        code: link.code.clone(),
        attributes: attributes(&said),
    };
    context.create_master(&new, by).map(drop)
}

fn attributes(differences: &[&Difference]) -> MasterAttributes {
    let mut set = MasterAttributes::default();
    for it in differences {
        match it.field {
            Field::Description => set.description = Patch::Set(it.theirs.clone()),
            Field::ItemType => {
                if let Ok(code) = ItemType::parse(&it.theirs) {
                    set.item_type = Patch::Set(code);
                }
            }
            Field::Part | Field::Retired | Field::Unit => {}
        }
    }
    set
}

/// Does `work`, and rings where something waits for somebody and nothing did before.
pub(super) fn telling<T>(
    context: &mut WriteContext<'_>,
    peer: i64,
    work: impl FnOnce(&mut WriteContext<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let needed = needs_somebody(context.sql(), peer)?;
    let done = work(context)?;
    if !needed && needs_somebody(context.sql(), peer)? {
        let sql = "SELECT name FROM erp_peer WHERE id = ?1";
        let name: String = context.sql().query_row(sql, params![peer], |row| row.get(0))?;
        let at = context.now();
        let data = json!({ "erp": name, "state": "master_sync" });
        context.emit(EventType::IntegrationChanged, &name, at, &data, None)?;
    }
    Ok(done)
}

fn needs_somebody(connection: Connection<'_>, peer: i64) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM master_link WHERE peer_id = ?1 AND standing = ?2)";
    connection.query_row(sql, params![peer, WAITS], |row| row.get(0))
}
