//! Following a lot: whoever wants to know what becomes of it.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::{LotNumber, PartCode, Timestamp, UserId};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, Row, moment, params, word};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Lots that one person may follow: more is no interest in single lots any more.
const MOST: i64 = 500;

/// A lot that somebody follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedLot {
    /// Which.
    pub lot: LotNumber,
    /// Its part.
    pub part: PartCode,
    /// Since when.
    pub since: Timestamp,
}

impl Ledger {
    /// The lots that `user` follows, newest first.
    pub async fn followed_lots(&self, user: UserId) -> Result<Vec<FollowedLot>, Fault> {
        self.query(move |connection| {
            let sql = "SELECT f.lot, p.code, f.since FROM lot_follow f
                       JOIN lot l ON l.lot = f.lot JOIN part p ON p.id = l.part_id
                       WHERE f.user_id = ?1 ORDER BY f.since DESC, f.lot LIMIT ?2";
            Ok(connection.prepare_cached(sql)?.query_all(params![user.0, MOST], followed)?)
        })
        .await
    }

    /// Whether `user` follows a lot.
    pub async fn follows_lot(&self, user: UserId, lot: LotNumber) -> Result<bool, Fault> {
        self.query(move |connection| Ok(follows(connection, user, &lot)?)).await
    }

    /// `user` follows a lot from now on, or does not any more. Whether they did not before, or did.
    pub async fn follow_lot(
        &self,
        user: UserId,
        lot: LotNumber,
        follow: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                if follow { begin(context, user, &lot) } else { end(context, user, &lot) }
            })?)
        })
        .await
    }
}

fn begin(context: &mut WriteContext<'_>, user: UserId, lot: &LotNumber) -> Result<bool, Failure> {
    let connection = context.sql();
    let sql = "SELECT EXISTS (SELECT 1 FROM lot WHERE lot = ?1)";
    if !connection.query_row::<bool, Error>(sql, params![lot.as_str()], |row| row.get(0))? {
        let message = format!("there is no lot {lot}");
        return Err(Rejection::new(Code::NotFound, "lot", message).into());
    }
    if follows(connection, user, lot)? {
        return Ok(false);
    }
    let sql = "SELECT count(*) FROM lot_follow WHERE user_id = ?1";
    let many: i64 = connection.query_row(sql, params![user.0], |row| row.get(0))?;
    if many >= MOST {
        let message = format!("you follow {MOST} lots; stop following those that are used up");
        return Err(Rejection::new(Code::InvalidBody, "lot", message).into());
    }
    let at = context.now();
    context.sql().execute(
        "INSERT INTO lot_follow (lot, user_id, since) VALUES (?1, ?2, ?3)",
        params![lot.as_str(), user.0, at.micros()],
    )?;
    context.audit("lot.followed", user, at, &json!({ "user": user, "lot": lot }))?;
    Ok(true)
}

fn end(context: &mut WriteContext<'_>, user: UserId, lot: &LotNumber) -> Result<bool, Failure> {
    let delete = "DELETE FROM lot_follow WHERE lot = ?1 AND user_id = ?2";
    if context.sql().execute(delete, params![lot.as_str(), user.0])? == 0 {
        return Ok(false);
    }
    let at = context.now();
    context.audit("lot.unfollowed", user, at, &json!({ "user": user, "lot": lot }))?;
    Ok(true)
}

fn follows(connection: Connection<'_>, user: UserId, lot: &LotNumber) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM lot_follow WHERE lot = ?1 AND user_id = ?2)";
    connection.query_row(sql, params![lot.as_str(), user.0], |row| row.get(0))
}

fn followed(row: &Row<'_>) -> Result<FollowedLot, Error> {
    Ok(FollowedLot {
        lot: word(row, 0, LotNumber::parse)?,
        part: word(row, 1, PartCode::parse)?,
        since: moment(row, 2)?,
    })
}
