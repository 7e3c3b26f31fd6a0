//! Whom the logins of a plant's own SQL clients book as.
//!
//! A login is an account of the database server; the procedures look up here whose bookings its
//! calls are. One that stands nowhere books nothing.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::UserId;
use serde_json::json;

use super::user;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{PlantLogin, UserKind};
use crate::sql::{Error, OptionalExtension as _, Row, moment, params, word};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::PostError;

/// Most characters of a server's account name.
const NAME_MAX: usize = 128;

const LOGINS: &str = "SELECT plant_login.login, user.name, plant_login.linked_at
    FROM plant_login JOIN user ON user.id = plant_login.user_id";

impl Ledger {
    /// Every login, by name.
    pub async fn plant_logins(&self) -> Result<Vec<PlantLogin>, Fault> {
        self.query(|connection| {
            let sql = format!("{LOGINS} ORDER BY plant_login.login");
            Ok(connection.prepare_cached(&sql)?.query_all(&[], read)?)
        })
        .await
    }

    /// Lets `login` book as the user of row `user`; where it booked as another, from now on as
    /// this one.
    pub async fn link_plant_login(
        &self,
        by: UserId,
        login: &str,
        user: UserId,
    ) -> Result<PlantLogin, PostError> {
        let login = login.to_owned();
        self.write(move |context| Ok(link(context, by, &login, user)?)).await
    }

    /// Keeps `login` from booking.
    pub async fn unlink_plant_login(&self, by: UserId, login: &str) -> Result<(), PostError> {
        let login = login.to_owned();
        self.write(move |context| Ok(unlink(context, by, &login)?)).await
    }
}

fn link(
    context: &mut WriteContext<'_>,
    by: UserId,
    login: &str,
    user: UserId,
) -> Result<PlantLogin, Failure> {
    if login.is_empty() || login.chars().count() > NAME_MAX {
        let message = format!("a login has 1 to {NAME_MAX} characters");
        return Err(Rejection::new(Code::InvalidBody, "login", message).into());
    }
    let found = user::of_row(context.sql(), user)?
        .filter(|found| found.disabled_at.is_none() && found.kind != UserKind::System);
    if found.is_none() {
        let message = "there is no such user who may book";
        return Err(Rejection::new(Code::NotFound, "user", message).into());
    }
    let at = context.now();
    context.sql().execute("DELETE FROM plant_login WHERE login = ?1", params![login])?;
    context.sql().execute(
        "INSERT INTO plant_login (login, user_id, linked_at) VALUES (?1, ?2, ?3)",
        params![login, user.0, at.micros()],
    )?;
    context.audit("plant_login.linked", by, at, &json!({ "login": login, "user": user }))?;
    let linked = one(context, login)?;
    linked.ok_or_else(|| Failure::Broken("a login that was just linked is gone".to_owned()))
}

fn unlink(context: &mut WriteContext<'_>, by: UserId, login: &str) -> Result<(), Failure> {
    let at = context.now();
    let gone = context.sql().execute("DELETE FROM plant_login WHERE login = ?1", params![login])?;
    if gone == 0 {
        let message = format!("the login {login} books for nobody");
        return Err(Rejection::new(Code::NotFound, "login", message).into());
    }
    context.audit("plant_login.unlinked", by, at, &json!({ "login": login }))
}

fn one(context: &WriteContext<'_>, login: &str) -> Result<Option<PlantLogin>, Failure> {
    let sql = format!("{LOGINS} WHERE plant_login.login = ?1");
    Ok(context.sql().query_row(&sql, params![login], read).optional()?)
}

fn read(row: &Row<'_>) -> Result<PlantLogin, Error> {
    Ok(PlantLogin {
        login: row.get(0)?,
        user: word(row, 1, mtm_core::word::UserName::parse)?,
        linked_at: moment(row, 2)?,
    })
}
