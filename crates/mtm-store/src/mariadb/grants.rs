//! What somebody may do, as the server tells it, against what they must be able to.

use std::collections::BTreeSet;

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::rights::{Names, RIGHTS, Right, Who};

/// Rights on one thing: `SELECT`, or `UPDATE (name)` for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    privileges: BTreeSet<String>,
    on: String,
}

/// What is wrong with somebody's rights, as `SELECT on mtm.stock`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) missing: Vec<String>,
    pub(super) too_much: Vec<String>,
}

/// Compares the rights of a role with what it needs in `database`. `None` where this account is
/// not told.
pub(super) async fn of_role(
    connection: &mut Conn,
    names: &Names,
    who: Who,
    database: &str,
) -> Result<Option<Compared>, mysql_async::Error> {
    let sql = format!("SHOW GRANTS FOR {}", names.grantee(who));
    let lines: Vec<String> = match connection.query(sql).await {
        Ok(lines) => lines,
        // Not allowed to ask, or there is nobody of that name.
        Err(mysql_async::Error::Server(error)) if [1044, 1142].contains(&error.code) => {
            return Ok(None);
        }
        Err(mysql_async::Error::Server(error)) if error.code == 1141 => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(Some(compare(&lines, who, database)))
}

/// The same for the account that is connected, with the role it has now.
pub(super) async fn of_this_account(
    connection: &mut Conn,
    who: Who,
    database: &str,
) -> Result<Compared, mysql_async::Error> {
    let lines: Vec<String> = connection.query("SHOW GRANTS").await?;
    Ok(compare(&lines, who, database))
}

fn compare(lines: &[String], who: Who, database: &str) -> Compared {
    let held: Vec<Held> = lines.iter().filter_map(|line| read(line)).collect();
    let wanted: Vec<Held> = RIGHTS
        .iter()
        .filter(|right| right.who == who)
        .filter_map(|right| read(&format!("{} TO x", grant(right, database))))
        .collect();
    // What somebody may do elsewhere is not this ledger's.
    let here = |held: &&Held| held.on == "*.*" || held.on.starts_with(&format!("{database}."));
    let lines_here = held.iter().filter(here);
    Compared {
        missing: wanted.iter().flat_map(|it| beyond(it, &held)).collect(),
        too_much: lines_here.flat_map(|it| beyond(it, &wanted)).collect(),
    }
}

fn grant(right: &Right, database: &str) -> String {
    format!("GRANT {} ON {}", right.privileges, right.on.named(database))
}

/// What of `it` no line of `others` covers.
fn beyond(it: &Held, others: &[Held]) -> Vec<String> {
    let covers = |other: &&Held| {
        let whole = it.on.split_once('.').map(|(database, _)| format!("{database}.*"));
        other.on == it.on
            || other.on == "*.*"
            || (Some(&other.on) == whole.as_ref() && !it.on.starts_with('*'))
            // Of a procedure: its database's.
            || it.on.strip_prefix("PROCEDURE ").is_some_and(|procedure| {
                procedure.split_once('.').is_some_and(|(database, _)| {
                    other.on == format!("{database}.*")
                })
            })
    };
    let covering: Vec<&Held> = others.iter().filter(covers).collect();
    let has = |privilege: &str| {
        let verb = privilege.split(" (").next().unwrap_or(privilege);
        covering.iter().any(|other| {
            ["ALL PRIVILEGES", privilege, verb].iter().any(|it| other.privileges.contains(*it))
        })
    };
    let beyond = it.privileges.iter().filter(|privilege| *privilege != "USAGE" && !has(privilege));
    beyond.map(|privilege| format!("{privilege} on {}", it.on)).collect()
}

/// A line of `SHOW GRANTS`; `None` where it gives a role, or sets one.
fn read(line: &str) -> Option<Held> {
    let line = line.replace(['`', '"', '\''], "").replace("\\_", "_").replace("\\%", "%");
    let (privileges, rest) = line.strip_prefix("GRANT ")?.split_once(" ON ")?;
    let on = rest.split(" TO ").next()?.trim().to_owned();
    let mut set = BTreeSet::new();
    // A comma stands between rights, and between the columns of one.
    let mut depth = 0;
    let parts = privileges.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim) {
        match part.split_once(" (") {
            None => drop(set.insert(part.to_owned())),
            Some((verb, columns)) => {
                let columns = columns.trim_end_matches(')').split(',');
                set.extend(columns.map(|column| format!("{verb} ({})", column.trim())));
            }
        }
    }
    Some(Held { privileges: set, on })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server would show after everything was given.
    fn given(who: Who) -> Vec<String> {
        let rights = RIGHTS.iter().filter(|right| right.who == who);
        let lines = rights.map(|right| format!("{} TO `mtm_app`", grant(right, "d_b")));
        let mut lines: Vec<String> = lines.collect();
        lines.push("GRANT USAGE ON *.* TO `mtm_app`".to_owned());
        lines
    }

    #[test]
    fn what_was_given_is_neither_too_little_nor_too_much() {
        for who in [Who::Owner, Who::App, Who::Plant, Who::Read, Who::Migrate] {
            assert_eq!(compare(&given(who), who, "d_b"), Compared::default(), "{who:?}");
        }
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_named() {
        let mut lines = given(Who::App);
        lines.retain(|line| !line.contains("`session`"));
        lines.push("GRANT INSERT, UPDATE (`lot`) ON `d_b`.`movement` TO `mtm_app`".to_owned());
        lines.push("GRANT SELECT ON `other`.* TO `mtm_app`".to_owned());
        let told = compare(&lines, Who::App, "d_b");
        let on = |verb: &str, table: &str| format!("{verb} on d_b.{table}");
        assert_eq!(
            told.missing,
            [on("DELETE", "session"), on("INSERT", "session"), on("UPDATE", "session")]
        );
        assert_eq!(told.too_much, [on("INSERT", "movement"), on("UPDATE (lot)", "movement")]);
    }

    #[test]
    fn whoever_may_do_everything_lacks_nothing() {
        let all = ["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION".to_owned()];
        assert!(compare(&all, Who::App, "d_b").missing.is_empty());
        assert!(compare(&all, Who::Plant, "d_b").missing.is_empty());
    }
}
