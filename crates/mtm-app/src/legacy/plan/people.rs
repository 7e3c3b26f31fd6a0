//! Users to create: disabled, with a role, without any secret.
//!
//! Legacy roles map by their name (their ids are 1 Admin, 2 `ReadOnly`, 3 User, 4 Developer):
//!
//! | legacy | here | why |
//! |---|---|---|
//! | Admin | admin | administers users and settings in both |
//! | `ReadOnly` | viewer | looks and prints in both |
//! | User | operator | books in both; corrections beyond their own are new here and for leads |
//! | Developer | admin | holds every Admin permission there; schema tools have no counterpart here |
//! | several | the strongest | legacy permissions add up |
//! | none, unknown, only named by rows | viewer | the least that shows anything |
//!
//! Nobody becomes a lead: the legacy system has no such role, and an admin appoints leads when
//! enabling people. All are disabled until they set a secret, so a generous mapping opens nothing.

use std::collections::BTreeMap;

use mtm_core::policy::Role;
use mtm_core::word::{UserName, fold};
use serde::Serialize;

use super::masters::{By, Named};
use crate::legacy::plant::{LegacyPlant, Reading, is_placeholder};

/// A user to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedUser {
    /// Login name.
    pub name: UserName,
    /// Name as people say it.
    pub full_name: Option<String>,
    /// Shift as the legacy system names it.
    pub shift: Option<String>,
    /// Role once enabled.
    pub role: Role,
    /// The legacy roles it comes from; empty where there was none.
    pub legacy_roles: Vec<String>,
    /// Whether rows name the user although the legacy user table does not.
    pub unverified: bool,
    /// Row id in the legacy user table.
    pub legacy_id: Option<i64>,
    /// How often rows name the user.
    pub named: Named,
}

/// Users to create and those left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct People {
    /// Users, by name.
    pub users: Vec<PlannedUser>,
    /// Rows of the user table that are no person (`[ All Users ]`), or nobody's name: row id and
    /// text.
    pub left_out: Vec<(i64, String)>,
    /// Rows whose name is that of an earlier row once folded: row id and text.
    pub twice: Vec<(i64, String)>,
}

/// The role that a legacy role becomes; `None` for one that nobody knows.
fn role_of(name: &str, id: i64) -> Option<Role> {
    match (fold(name).replace(' ', "").as_str(), id) {
        ("ADMIN" | "ADMINISTRATOR" | "DEVELOPER", _) | ("", 1 | 4) => Some(Role::Admin),
        ("READONLY", _) | ("", 2) => Some(Role::Viewer),
        ("USER" | "NORMAL", _) | ("", 3) => Some(Role::Operator),
        _ => None,
    }
}

/// Collects the users of `plant`.
pub(in crate::legacy) fn people(plant: &LegacyPlant) -> People {
    let mut users = BTreeMap::<String, PlannedUser>::new();
    let mut left_out = Vec::new();
    let mut twice = Vec::new();
    for row in &plant.users {
        let text = row.name.verbatim().unwrap_or_default();
        let Some(name) = row.name.value().filter(|_| !is_placeholder(text)) else {
            left_out.push((row.id, text.to_owned()));
            continue;
        };
        if users.contains_key(&fold(name.as_str())) {
            twice.push((row.id, text.to_owned()));
            continue;
        }
        let (role, legacy_roles) = roles(plant, row.id);
        users.insert(
            fold(name.as_str()),
            PlannedUser {
                name: name.clone(),
                full_name: row.full_name.clone(),
                shift: row.shift.clone(),
                role,
                legacy_roles,
                unverified: false,
                legacy_id: Some(row.id),
                named: Named::default(),
            },
        );
    }
    let stock = plant.stock.iter().map(|row| (&row.user, By::Stock));
    let log = plant.log.iter().map(|row| (&row.user, By::Log));
    let buttons = plant.quick_buttons.iter().map(|row| (&row.user, By::QuickButton));
    for (user, by) in stock.chain(log).chain(buttons) {
        let Some(name) = person(user) else { continue };
        let user = users.entry(fold(name.as_str())).or_insert_with(|| PlannedUser {
            name: name.clone(),
            full_name: None,
            shift: None,
            role: Role::Viewer,
            legacy_roles: Vec::new(),
            unverified: true,
            legacy_id: None,
            named: Named::default(),
        });
        user.named.count(by);
    }
    People { users: users.into_values().collect(), left_out, twice }
}

/// The user that a row names, unless it is a program's placeholder.
pub(super) fn person(user: &Reading<UserName>) -> Option<&UserName> {
    user.value().filter(|name| !is_placeholder(name.as_str()))
}

/// The strongest role of the user with row id `user`, and the legacy names of all.
fn roles(plant: &LegacyPlant, user: i64) -> (Role, Vec<String>) {
    let mut strongest = Role::Viewer;
    let mut names = Vec::new();
    for (_, id) in plant.user_roles.iter().filter(|(of, _)| *of == user) {
        let name = plant.roles.iter().find(|role| role.id == *id).map_or("", |role| &role.name);
        strongest = strongest.max(role_of(name, *id).unwrap_or(Role::Viewer));
        names.push(if name.is_empty() { format!("role {id}") } else { name.to_owned() });
    }
    (strongest, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_map_by_name_and_by_id_where_the_name_is_missing() {
        for (name, id, role) in [
            ("Admin", 1, Some(Role::Admin)),
            ("ReadOnly", 2, Some(Role::Viewer)),
            ("Read Only", 9, Some(Role::Viewer)),
            ("User", 3, Some(Role::Operator)),
            ("Developer", 4, Some(Role::Admin)),
            ("User", 1, Some(Role::Operator)),
            ("", 1, Some(Role::Admin)),
            ("", 3, Some(Role::Operator)),
            ("", 7, None),
            ("Janitor", 1, None),
        ] {
            assert_eq!(role_of(name, id), role, "{name} {id}");
        }
    }
}
