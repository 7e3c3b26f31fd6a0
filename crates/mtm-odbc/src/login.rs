//! Whether the login may write: by what the database says of its privileges, and by an attempt that changes
//! nothing whoever makes it, and is rolled back.

use mtm_core::erp::protocol::Login;
use mtm_odbc::grants::{Grant, grant, permission_writes};
use mtm_odbc::sql::{Dialect, TABLES, Texts};
use odbc_api::{Connection, Error};

use crate::failure::text;
use crate::rows::{all, one};

/// Numbers and words by which a database says that the login may not: SQL Server's, MariaDB's, SQLite's.
const MAY_NOT: [i32; 3] = [229, 1142, 1143];
const READ_ONLY: &str = "readonly database";
/// Roles that are followed from one to the next.
const ROLES_MAX: usize = 50;

/// Finds out whether the login may write.
pub(crate) fn login(
    connection: &Connection<'_>,
    dialect: Dialect,
    texts: &Texts,
    timeout: usize,
) -> Result<Login, Error> {
    let by_privileges = match dialect {
        Dialect::SqlServer => sql_server(connection, texts, timeout)?,
        Dialect::MariaDb => mariadb(connection, timeout)?,
        // It has no logins: what counts is how the file is opened.
        Dialect::Sqlite => None,
    };
    if let Some(found) = by_privileges {
        return Ok(found);
    }
    connection.set_autocommit(false)?;
    let found = attempt(connection, texts, timeout);
    let _ = connection.rollback();
    connection.set_autocommit(true)?;
    Ok(found)
}

/// Tries on every table what only whoever may write may do, and what changes no row.
fn attempt(connection: &Connection<'_>, texts: &Texts, timeout: usize) -> Login {
    for table in TABLES {
        let sql = texts.attempt(table);
        let tried = connection.execute(&sql, (), Some(timeout)).map(drop);
        let Err(error) = tried else {
            return Login {
                writes: Some(true),
                evidence: format!("deleting no row of {table} was allowed (and rolled back)"),
            };
        };
        if !is_refusal(&error) {
            return Login {
                writes: None,
                evidence: format!("{table} could not be tried: {}", text(&error)),
            };
        }
        // What went wrong may have to be rolled back before the next.
        let _ = connection.rollback();
    }
    let evidence = format!("deleting no row was refused on each of {} tables", TABLES.len());
    Login { writes: Some(false), evidence }
}

fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Diagnostics { record, .. } => {
            MAY_NOT.contains(&record.native_error) || text(error).contains(READ_ONLY)
        }
        _ => false,
    }
}

fn writes(evidence: String) -> Login {
    Login { writes: Some(true), evidence }
}

/// What `SHOW GRANTS` says, of the login and of every role it has.
fn mariadb(connection: &Connection<'_>, timeout: usize) -> Result<Option<Login>, Error> {
    let mut lines = all(connection, "SHOW GRANTS", timeout)?;
    let mut roles: Vec<String> = Vec::new();
    while let Some(line) = lines.pop() {
        match grant(&line) {
            Grant::Harmless => {}
            Grant::Writes(privilege) => {
                return Ok(Some(writes(format!("the login has the privilege {privilege}"))));
            }
            Grant::Unknown(line) => {
                let evidence = format!("a grant cannot be read: {line}");
                return Ok(Some(Login { writes: None, evidence }));
            }
            Grant::Role(role) if roles.contains(&role) => {}
            Grant::Role(role) => {
                let plain = |c: char| c.is_alphanumeric() || "_-. ".contains(c);
                if roles.len() >= ROLES_MAX || !role.chars().all(plain) {
                    let evidence = format!("the role {role} cannot be looked at");
                    return Ok(Some(Login { writes: None, evidence }));
                }
                let sql = format!("SHOW GRANTS FOR `{role}`");
                match all(connection, &sql, timeout) {
                    Ok(more) => lines.extend(more),
                    Err(error) => {
                        let evidence =
                            format!("the role {role} cannot be looked at: {}", text(&error));
                        return Ok(Some(Login { writes: None, evidence }));
                    }
                }
                roles.push(role);
            }
        }
    }
    Ok(None)
}

/// What `fn_my_permissions` says of the database and of every table, roles included.
fn sql_server(
    connection: &Connection<'_>,
    texts: &Texts,
    timeout: usize,
) -> Result<Option<Login>, Error> {
    if one(connection, "SELECT IS_SRVROLEMEMBER('sysadmin')", timeout)?.as_deref() == Some("1") {
        return Ok(Some(writes("the login is sysadmin".to_owned())));
    }
    let database = "SELECT permission_name FROM sys.fn_my_permissions(NULL, 'DATABASE')";
    let asked = TABLES.iter().map(|table| {
        let name = texts.name(table);
        let sql = format!("SELECT permission_name FROM sys.fn_my_permissions('{name}', 'OBJECT')");
        (*table, sql)
    });
    for (of, sql) in [("the database", database.to_owned())].into_iter().chain(asked) {
        let names = all(connection, &sql, timeout)?;
        if let Some(name) = names.iter().find(|name| permission_writes(name)) {
            return Ok(Some(writes(format!("the login has the permission {name} on {of}"))));
        }
    }
    Ok(None)
}
