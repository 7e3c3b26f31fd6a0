//! Whether the database's procedures and triggers are this program's. Nothing is replaced here.

use std::collections::BTreeSet;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::connect::Connections;
use super::engine::Engine;
use super::fault::fault_before_writing;
use super::grants::{self, Compared};
use super::procedures::{PROCEDURES, Parameter, Procedure, mark, triggers, views};
use super::rights::{Names, Who};
use super::schema;
use crate::database::{Deviation, Drift};
use crate::fault::Fault;
use crate::ledger::OpenError;

/// A procedure as the server describes it.
struct Found {
    name: String,
    security: String,
    data_access: String,
    definer: String,
    modes: String,
    comment: String,
    body: Option<String>,
    parameters: Vec<FoundParameter>,
}

struct FoundParameter {
    name: String,
    /// Direction and type.
    shown: String,
}

/// Compares the database's procedures, triggers and views with this program's, and who may do
/// what with what must be.
pub(super) async fn check(connection: &mut Conn) -> Result<Vec<Drift>, mysql_async::Error> {
    let mut drifts = objects(connection).await?;
    drifts.extend(rights(connection).await?);
    Ok(drifts)
}

/// Who owns the procedures, as the server names accounts.
pub(super) async fn owner(connection: &mut Conn) -> Result<Option<String>, mysql_async::Error> {
    let found = read(connection).await?;
    Ok(found.into_iter().find(|found| is_known(&found.name)).map(|found| found.definer))
}

/// The rights of the owner and of the roles, where the procedures have an owner of ours and this
/// account is told.
pub(super) async fn rights(connection: &mut Conn) -> Result<Vec<Drift>, mysql_async::Error> {
    let Some(names) = owner(connection).await?.as_deref().and_then(Names::of_owner) else {
        return Ok(Vec::new());
    };
    let this: Option<(String, Option<String>)> =
        connection.query_first("SELECT DATABASE(), CURRENT_ROLE()").await?;
    let Some((database, role)) = this else { return Ok(Vec::new()) };
    let mut drifts = Vec::new();
    for who in [Who::Owner, Who::App, Who::Plant, Who::Read, Who::Migrate] {
        let name = names.name(who);
        let compared = match grants::of_role(connection, &names, who, &database).await? {
            // Everybody is told about themselves.
            None if role.as_deref() == Some(&name) => {
                Some(grants::of_this_account(connection, who, &database).await?)
            }
            compared => compared,
        };
        let Some(Compared { missing, too_much }) = compared else { continue };
        let kind = if who == Who::Owner { "owner" } else { "role" };
        let lacks = missing.into_iter().map(|right| Deviation::RightMissing { right });
        let beyond = too_much.into_iter().map(|right| Deviation::RightTooMuch { right });
        let told = lacks.chain(beyond);
        drifts.extend(told.map(|what| Drift { object: format!("{kind} {name}"), what }));
    }
    Ok(drifts)
}

/// The procedures, triggers and views only.
pub(super) async fn objects(connection: &mut Conn) -> Result<Vec<Drift>, mysql_async::Error> {
    let modes: Option<String> = connection.query_first("SELECT @@SESSION.sql_mode").await?;
    let modes = modes.unwrap_or_default();
    let found = read(connection).await?;
    let mut drifts = Vec::new();
    for procedure in PROCEDURES {
        let mut drift = |what| {
            drifts.push(Drift { object: format!("procedure {}", procedure.name), what });
        };
        match found.iter().find(|found| found.name == procedure.name) {
            Some(found) => compare(procedure, found, &modes, &mut drift),
            None => drift(Deviation::Missing),
        }
    }
    drifts.extend(found.iter().filter(|found| !is_known(&found.name)).map(|found| Drift {
        object: format!("procedure {}", found.name),
        what: Deviation::Unknown,
    }));
    drifts.extend(other_owners(&found));
    let owner = found.iter().find(|found| is_known(&found.name)).map(|found| &*found.definer);
    drifts.extend(check_triggers(connection, &modes, owner).await?);
    drifts.extend(check_views(connection, owner).await?);
    Ok(drifts)
}

/// The server rewrites the text of a view, so that only its being there, its owner and its rights
/// can be compared; the mark of the procedures stands for the text.
async fn check_views(
    connection: &mut Conn,
    owner: Option<&str>,
) -> Result<Vec<Drift>, mysql_async::Error> {
    let found: Vec<(String, String, String)> = connection
        .query(
            "SELECT table_name, definer, security_type FROM information_schema.views
             WHERE table_schema = DATABASE()",
        )
        .await?;
    let mut drifts = Vec::new();
    for (name, _) in views() {
        let mut drift = |what| drifts.push(Drift { object: format!("view {name}"), what });
        let Some((_, definer, security)) = found.iter().find(|found| found.0 == name) else {
            drift(Deviation::Missing);
            continue;
        };
        if security != "DEFINER" {
            drift(Deviation::NotDefiner { found: security.clone() });
        }
        compare_owners(owner, definer, &mut drift);
    }
    Ok(drifts)
}

/// Everything belongs to whoever owns the procedures.
fn compare_owners(owner: Option<&str>, found: &str, drift: &mut impl FnMut(Deviation)) {
    if let Some(owner) = owner.filter(|owner| *owner != found) {
        drift(Deviation::Definer { expected: owner.to_owned(), found: found.to_owned() });
    }
}

fn is_known(name: &str) -> bool {
    PROCEDURES.iter().any(|procedure| procedure.name == name)
}

fn compare(expected: &Procedure, found: &Found, modes: &str, drift: &mut impl FnMut(Deviation)) {
    compare_parameters(expected.parameters, &found.parameters, drift);
    if found.security != "DEFINER" {
        drift(Deviation::NotDefiner { found: found.security.clone() });
    }
    if found.data_access != expected.data_access {
        drift(Deviation::DataAccess {
            expected: expected.data_access.to_owned(),
            found: found.data_access.clone(),
        });
    }
    compare_modes(modes, &found.modes, drift);
    // The mark in the comment is that of every text of the contract.
    let marked = found.comment == format!("{} [{}]", expected.comment().replace("''", "'"), mark());
    match &found.body {
        _ if !marked => drift(Deviation::BodyChanged),
        None => drift(Deviation::BodyHidden),
        Some(body) if body.trim() != expected.body() => drift(Deviation::BodyChanged),
        Some(_) => {}
    }
}

/// The order in which the server names modes says nothing.
fn compare_modes(expected: &str, found: &str, drift: &mut impl FnMut(Deviation)) {
    let set = |modes: &str| modes.split(',').map(str::to_owned).collect::<BTreeSet<_>>();
    if set(expected) != set(found) {
        drift(Deviation::SqlMode { expected: expected.to_owned(), found: found.to_owned() });
    }
}

fn compare_parameters(
    expected: &[Parameter],
    found: &[FoundParameter],
    drift: &mut impl FnMut(Deviation),
) {
    let is_expected = |name: &str| expected.iter().any(|parameter| parameter.name == name);
    let renamed = |at: usize| {
        let (expected, found) = (expected.get(at)?, found.get(at)?);
        let gone = !is_expected(&found.name);
        (gone && expected.shown() == found.shown).then_some((expected.name, &found.name))
    };
    for (at, parameter) in expected.iter().enumerate() {
        let Some(place) = found.iter().position(|found| found.name == parameter.name) else {
            drift(match renamed(at) {
                Some((expected, found)) => Deviation::ParameterRenamed {
                    expected: expected.to_owned(),
                    found: found.clone(),
                },
                None => Deviation::ParameterMissing { parameter: parameter.name.to_owned() },
            });
            continue;
        };
        if place != at {
            drift(Deviation::ParameterMoved {
                parameter: parameter.name.to_owned(),
                expected: at + 1,
                found: place + 1,
            });
        }
        if found[place].shown != parameter.shown() {
            drift(Deviation::ParameterChanged {
                parameter: parameter.name.to_owned(),
                expected: parameter.shown(),
                found: found[place].shown.clone(),
            });
        }
    }
    for (at, parameter) in found.iter().enumerate() {
        let told = expected.get(at).is_some_and(|expected| {
            renamed(at).is_some() && !found.iter().any(|found| found.name == expected.name)
        });
        if !is_expected(&parameter.name) && !told {
            drift(Deviation::ParameterAdded { parameter: parameter.name.clone() });
        }
    }
}

/// The procedures call each other: they belong to one account.
fn other_owners(found: &[Found]) -> Vec<Drift> {
    let mut known = found.iter().filter(|found| is_known(&found.name));
    let Some(first) = known.next() else { return Vec::new() };
    known
        .filter(|found| found.definer != first.definer)
        .map(|found| Drift {
            object: format!("procedure {}", found.name),
            what: Deviation::Definer {
                expected: first.definer.clone(),
                found: found.definer.clone(),
            },
        })
        .collect()
}

async fn read(connection: &mut Conn) -> Result<Vec<Found>, mysql_async::Error> {
    type Row = (String, String, String, String, String, String, Option<String>);
    let rows: Vec<Row> = connection
        .query(
            "SELECT routine_name, security_type, sql_data_access, definer, sql_mode,
                    routine_comment, routine_definition
             FROM information_schema.routines
             WHERE routine_schema = DATABASE() AND routine_type = 'PROCEDURE'
               AND routine_name LIKE 'mtm\\_%' ESCAPE '\\'
             ORDER BY routine_name",
        )
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for (name, security, data_access, definer, modes, comment, body) in rows {
        let parameters = connection
            .exec_map(
                "SELECT parameter_name, parameter_mode, dtd_identifier
                 FROM information_schema.parameters
                 WHERE specific_schema = DATABASE() AND specific_name = ?
                   AND routine_type = 'PROCEDURE' AND ordinal_position > 0
                 ORDER BY ordinal_position",
                (&name,),
                |(name, mode, kind): (String, String, String)| FoundParameter {
                    name,
                    shown: format!("{mode} {kind}"),
                },
            )
            .await?;
        let found_here =
            Found { name, security, data_access, definer, modes, comment, body, parameters };
        found.push(found_here);
    }
    Ok(found)
}

/// The triggers that keep history as it is.
async fn check_triggers(
    connection: &mut Conn,
    modes: &str,
    owner: Option<&str>,
) -> Result<Vec<Drift>, mysql_async::Error> {
    let found: Vec<(String, String, String, String, String, String)> = connection
        .query(
            "SELECT trigger_name, action_statement, sql_mode,
                    action_timing || ' ' || event_manipulation, event_object_table, definer
             FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
        )
        .await?;
    // Who may not make triggers is not shown any.
    let hidden = found.is_empty() && !may_see_triggers(connection).await?;
    let mut drifts = Vec::new();
    for script in triggers() {
        let Some((head, body)) = script.split_once("FOR EACH ROW") else { continue };
        let name = head.split_whitespace().nth(4).unwrap_or_default();
        let mut drift = |what| drifts.push(Drift { object: format!("trigger {name}"), what });
        let Some((_, text, has, when, table, definer)) = found.iter().find(|found| found.0 == name)
        else {
            drift(if hidden { Deviation::BodyHidden } else { Deviation::Missing });
            continue;
        };
        // When it fires belongs to what it does.
        let same = head.contains(&format!(" {when} ON {table} "));
        if !same || text.trim() != body.trim() {
            drift(Deviation::BodyChanged);
        }
        compare_modes(modes, has, &mut drift);
        compare_owners(owner, definer, &mut drift);
    }
    Ok(drifts)
}

async fn may_see_triggers(connection: &mut Conn) -> Result<bool, mysql_async::Error> {
    let granted: Option<u64> = connection
        .query_first(
            "SELECT count(*) FROM (
                 SELECT grantee, privilege_type FROM information_schema.user_privileges
                 UNION ALL
                 SELECT grantee, privilege_type FROM information_schema.schema_privileges
                 WHERE DATABASE() LIKE table_schema
             ) AS granted
             WHERE privilege_type = 'TRIGGER'
               AND REPLACE(grantee, '''', '') = CURRENT_USER()",
        )
        .await?;
    Ok(granted.unwrap_or(0) > 0)
}

/// The same for the database at `url`, which is not opened as a ledger: that would replace what
/// is compared.
pub(crate) async fn check_at(url: &str) -> Result<Vec<Drift>, OpenError> {
    let failed = |fault: Fault| OpenError::Server { message: fault.to_string() };
    let connections = Connections::new(url, 1).map_err(failed)?;
    let mut connection = connections.acquire().await.map_err(failed)?;
    let checked = match schema::found(&mut connection).await {
        Ok(schema::State { version: 0, .. }) => Err(schema::no_ledger()),
        Ok(schema::State { incomplete: true, .. }) => Err(OpenError::Incomplete),
        Ok(_) => {
            let checked = check(&mut connection).await;
            checked.map_err(|error| failed(fault_before_writing(error)))
        }
        Err(error) => Err(error),
    };
    drop(connection);
    connections.close().await;
    checked
}

impl Engine {
    /// Compares procedures and triggers with this program's.
    pub(crate) async fn check_procedures(&self) -> Result<Vec<Drift>, Fault> {
        let mut connection = self.shared.writers.acquire().await?;
        check(&mut connection).await.map_err(fault_before_writing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::procedures::{gives, takes};
    use super::*;

    fn found(parameters: &[(&str, &str)]) -> Vec<FoundParameter> {
        let parameter = |&(name, shown): &(&str, &str)| FoundParameter {
            name: name.to_owned(),
            shown: shown.to_owned(),
        };
        parameters.iter().map(parameter).collect()
    }

    fn told(parameters: &[(&str, &str)]) -> Vec<String> {
        let expected = [takes("p_a", "longtext"), gives("p_b", "longtext")];
        let mut told = Vec::new();
        compare_parameters(&expected, &found(parameters), &mut |what| told.push(what.to_string()));
        told
    }

    #[test]
    fn every_change_of_a_parameter_is_told_as_what_it_is() {
        let (a, b) = (("p_a", "IN longtext"), ("p_b", "OUT longtext"));
        assert!(told(&[a, b]).is_empty());
        assert_eq!(told(&[a]), ["lacks parameter p_b"]);
        assert_eq!(told(&[a, b, ("p_c", "IN int(11)")]), ["has a parameter more: p_c"]);
        assert_eq!(told(&[("p_x", "IN longtext"), b]), ["has parameter p_x instead of p_a"]);
        assert_eq!(
            told(&[b, a]),
            ["has p_a as parameter 2 instead of 1", "has p_b as parameter 1 instead of 2"]
        );
        assert_eq!(
            told(&[("p_a", "INOUT text"), b]),
            ["has p_a as INOUT text instead of IN longtext"]
        );
        assert_eq!(
            told(&[("p_x", "IN int(11)"), b]),
            ["lacks parameter p_a", "has a parameter more: p_x"]
        );
    }
}
