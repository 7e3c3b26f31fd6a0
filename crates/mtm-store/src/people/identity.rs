//! People whom the plant's identity provider vouches for.
//!
//! A provider's name for somebody (issuer and subject) belongs to one person here, and a person to one
//! of them. Everything about an arrival is one transaction: somebody new is there with their identity and
//! their role, or nothing is.
//!
//! The role is the provider's, at each sign-in. Who may come in is decided here as well: somebody disabled
//! stays out whatever a provider says, and the last administrator who can sign in without it stays one.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::{UserId, fold};
use serde_json::json;
use uuid::Uuid;

use super::{session, user};
use crate::ledger::Ledger;
use crate::record::{Arrival, NewUser, UserKind, UserRecord, Welcome};
use crate::sql::{OptionalExtension as _, params};
use crate::sqlite::seed::SYSTEM_USER;
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::PostError;

impl Ledger {
    /// Who somebody that a provider vouches for is here, with the role that they have by it: known by
    /// their identity, by their name where that is allowed, or new.
    ///
    /// Refused are somebody disabled (`forbidden`), a name that somebody else has (`already_exists`), and
    /// a lesser role for the last administrator who can sign in here (`in_use`).
    pub async fn welcome(&self, arrival: Arrival) -> Result<Welcome, PostError> {
        self.write(move |context| Ok(welcome(context, &arrival)?)).await
    }

    /// Takes the provider's name for a person away: they come in by their password, if they have one, and
    /// the next who arrives under their login name may be linked anew. Their sessions end.
    pub async fn unlink_identity(&self, by: UserId, id: Uuid) -> Result<UserRecord, PostError> {
        self.write(move |context| Ok(unlink(context, by, id)?)).await
    }
}

fn welcome(context: &mut WriteContext<'_>, arrival: &Arrival) -> Result<Welcome, Failure> {
    let known = context
        .sql()
        .query_row(
            "SELECT user_id FROM identity WHERE issuer = ?1 AND subject = ?2",
            params![arrival.issuer.as_str(), arrival.subject.as_str()],
            |row| row.get(0).map(UserId),
        )
        .optional()?;
    let known = match known {
        Some(row) => Some(user::reload(context, row)?),
        None => user::by_name(context.sql(), &fold(arrival.name.as_str()))?
            .map(|found| take_over(context, arrival, &found))
            .transpose()?,
    };
    match known {
        Some(known) => keep(context, arrival, known),
        None => add(context, arrival),
    }
}

/// Links somebody who is here already, where that is allowed.
fn take_over(
    context: &mut WriteContext<'_>,
    arrival: &Arrival,
    found: &UserRecord,
) -> Result<UserRecord, Failure> {
    let why_not = match (found.kind, found.has_identity, arrival.link) {
        (UserKind::Person, false, true) => {
            refuse_disabled(found)?;
            link(context, arrival, found.row)?;
            return user::reload(context, found.row);
        }
        (UserKind::Person, false, false) => {
            "an administrator lets the provider take them over (oidc.link), or changes one of the names"
        }
        (UserKind::Person, true, _) => {
            "who is somebody else for the provider; if they are the same, an administrator says so \
             (mtm user unlink)"
        }
        _ => "which is no person; an administrator changes the name at the provider",
    };
    let message = format!("there is a user {} here already: {why_not}", found.name);
    Err(Rejection::new(Code::AlreadyExists, "name", message).into())
}

/// Gives somebody who is here the role that the provider says.
fn keep(
    context: &mut WriteContext<'_>,
    arrival: &Arrival,
    known: UserRecord,
) -> Result<Welcome, Failure> {
    refuse_disabled(&known)?;
    if known.role == arrival.role {
        return Ok(Welcome { user: known, changed: false });
    }
    let before: u64 = context.sql().query_row(user::ADMINS, &[], |row| row.get(0))?;
    context.sql().execute(
        "UPDATE user SET role = ?2, version = version + 1 WHERE id = ?1",
        params![known.row.0, arrival.role.as_str()],
    )?;
    let after: u64 = context.sql().query_row(user::ADMINS, &[], |row| row.get(0))?;
    if before > 0 && after == 0 {
        let message = format!(
            "{} is the last admin who can sign in without the provider, which says {}; make somebody \
             else one first, or sign in with the password",
            known.name, arrival.role
        );
        return Err(Rejection::new(Code::InUse, None, message).into());
    }
    let at = context.now();
    let facts = json!({
        "user": known.row,
        "version": known.version + 1,
        "role": arrival.role,
        "issuer": arrival.issuer,
    });
    context.audit("user.edited", UserId(SYSTEM_USER), at, &facts)?;
    Ok(Welcome { user: user::reload(context, known.row)?, changed: true })
}

fn add(context: &mut WriteContext<'_>, arrival: &Arrival) -> Result<Welcome, Failure> {
    let new = NewUser {
        name: arrival.name.clone(),
        display_name: arrival.display_name.clone(),
        role: arrival.role,
        password_hash: None,
    };
    let added = user::insert(context, UserKind::Person, &new, None, UserId(SYSTEM_USER))?;
    link(context, arrival, added.row)?;
    Ok(Welcome { user: user::reload(context, added.row)?, changed: false })
}

/// The subject stays out of the entry: it may be a name.
fn link(context: &mut WriteContext<'_>, arrival: &Arrival, row: UserId) -> Result<(), Failure> {
    let at = context.now();
    context.sql().execute(
        "INSERT INTO identity (issuer, subject, user_id, linked_at) VALUES (?1, ?2, ?3, ?4)",
        params![arrival.issuer.as_str(), arrival.subject.as_str(), row.0, at.micros()],
    )?;
    let facts = json!({ "user": row, "issuer": arrival.issuer });
    context.audit("identity.linked", UserId(SYSTEM_USER), at, &facts)
}

fn unlink(context: &mut WriteContext<'_>, by: UserId, id: Uuid) -> Result<UserRecord, Failure> {
    let known =
        user::by_id(context.sql(), id)?.filter(|user| user.has_identity).ok_or_else(|| {
            let message = "the identity provider does not vouch for anybody of that name";
            Rejection::new(Code::NotFound, "id", message)
        })?;
    context.sql().execute("DELETE FROM identity WHERE user_id = ?1", params![known.row.0])?;
    let at = context.now();
    context.audit("identity.unlinked", by, at, &json!({ "user": known.row }))?;
    session::end_all(context, known.row, by)?;
    user::reload(context, known.row)
}

fn refuse_disabled(user: &UserRecord) -> Result<(), Failure> {
    if user.disabled_at.is_none() {
        return Ok(());
    }
    let message = format!("{} is disabled here; an administrator can change that", user.name);
    Err(Rejection::new(Code::Forbidden, None, message).into())
}
