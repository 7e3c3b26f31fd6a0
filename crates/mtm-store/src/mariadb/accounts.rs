//! The accounts of a ledger on a server: the owner nobody can sign in as, the roles, and logins.
//!
//! An administrator makes them once; every statement may be repeated. From then on procedures,
//! triggers and views belong to the owner, and the program needs no more than the role for it.

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::connect::Connections;
use super::fault::{fault, fault_before_writing};
use super::rights::{Names, RIGHTS, ROLES, Who};
use super::schema::{self, server};
use crate::clock::Clock;
use crate::database::{AccountError, Accounts, Login, LoginRole};

/// What is done, in order: as the server gets it, and as people may see it.
struct Step {
    sql: String,
    shown: String,
}

impl Step {
    fn plain(sql: String) -> Self {
        Self { shown: sql.clone(), sql }
    }
}

/// Makes owner, roles and logins in the database at `url`, and gives the owner what it owns; or,
/// where `look` is set, only says so. Gives the statements, without passwords.
pub(crate) async fn accounts(
    url: &str,
    asked: &Accounts,
    clock: &dyn Clock,
    look: bool,
) -> Result<Vec<String>, AccountError> {
    let names = Names::new(&asked.prefix)
        .ok_or_else(|| AccountError::Prefix { prefix: asked.prefix.clone() })?;
    let connections = Connections::new(url, 1).map_err(server)?;
    let mut connection = connections.acquire().await.map_err(server)?;
    let done = make(&mut connection, &names, asked, clock, look).await;
    drop(connection);
    connections.close().await;
    done
}

async fn make(
    connection: &mut Conn,
    names: &Names,
    asked: &Accounts,
    clock: &dyn Clock,
    look: bool,
) -> Result<Vec<String>, AccountError> {
    let read = |error| AccountError::Open(server(fault_before_writing(error)));
    let database: Option<Option<String>> =
        connection.query_first("SELECT DATABASE()").await.map_err(read)?;
    let database = database.flatten().ok_or(AccountError::NoDatabase)?;
    for login in &asked.logins {
        refuse_without_password(connection, login).await?;
    }
    let mut steps = people(names);
    steps.extend(RIGHTS.iter().map(|right| Step::plain(right.grant(names, &database))));
    steps.extend(asked.logins.iter().flat_map(|login| of_login(names, login)));
    let owner = names.grantee(Who::Owner);
    let mut shown: Vec<String> = steps.iter().map(|step| step.shown.clone()).collect();
    shown.extend(schema::objects(Some(&owner)).iter().map(|object| beginning(object)));
    if look {
        return Ok(shown);
    }
    // What is given must be there.
    schema::migrate(connection, clock, true).await?;
    for step in steps {
        let done = connection.query_drop(step.sql).await;
        done.map_err(|error| AccountError::Refused {
            statement: step.shown,
            message: fault(error).to_string(),
        })?;
    }
    schema::give(connection, &owner).await?;
    Ok(shown)
}

/// The owner and the roles.
fn people(names: &Names) -> Vec<Step> {
    let owner = names.grantee(Who::Owner);
    // No password ends in this, and the account is locked besides.
    let locked = "IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK";
    let mut steps = vec![
        Step::plain(format!("CREATE USER IF NOT EXISTS {owner} {locked}")),
        Step::plain(format!("ALTER USER {owner} {locked}")),
    ];
    let role = |who| Step::plain(format!("CREATE ROLE IF NOT EXISTS {}", names.grantee(who)));
    steps.extend(ROLES.map(role));
    steps
}

fn of_login(names: &Names, login: &Login) -> Vec<Step> {
    let role = names.grantee(match login.role {
        LoginRole::App => Who::App,
        LoginRole::Plant => Who::Plant,
        LoginRole::Read => Who::Read,
        LoginRole::Migrate => Who::Migrate,
    });
    let account = account(login);
    let mut steps = Vec::new();
    if let Some(password) = &login.password {
        for verb in ["CREATE USER IF NOT EXISTS", "ALTER USER"] {
            let sql = |password: &str| format!("{verb} {account} IDENTIFIED BY {password}");
            steps.push(Step { sql: sql(&text(password)), shown: sql("'…'") });
        }
    }
    steps.push(Step::plain(format!("GRANT {role} TO {account}")));
    // An account signs in with it; nobody has to know that there are roles.
    steps.push(Step::plain(format!("SET DEFAULT ROLE {role} FOR {account}")));
    steps
}

async fn refuse_without_password(connection: &mut Conn, login: &Login) -> Result<(), AccountError> {
    if login.password.is_some() {
        return Ok(());
    }
    let known: Option<u8> = connection
        .exec_first(
            "SELECT 1 FROM mysql.user WHERE user = ? AND host = ?",
            (&login.name, &login.host),
        )
        .await
        .map_err(|error| AccountError::Open(server(fault_before_writing(error))))?;
    known.map(drop).ok_or_else(|| AccountError::NoPassword { login: login.name.clone() })
}

fn account(login: &Login) -> String {
    format!("{}@{}", text(&login.name), text(&login.host))
}

/// A text literal: on our connections a backslash is nothing special.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The first line of a statement that makes something.
fn beginning(statement: &str) -> String {
    let line = statement.lines().next().unwrap_or_default().trim_end_matches(" (");
    format!("{line} …")
}
