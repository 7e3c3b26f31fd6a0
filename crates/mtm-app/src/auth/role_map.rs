//! Which role a group of the identity provider gives.

use mtm_core::policy::Role;

/// Everybody whom the provider knows.
const ANYBODY: &str = "*";

/// Groups and the roles that they give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleMap(Vec<(String, Role)>);

/// Why a text is no map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleMapError {
    /// A piece that does not end as it must.
    #[error("{0:?} does not end with =viewer, =operator, =lead or =admin")]
    NoRole(String),
    /// A role without a group.
    #[error("a group is missing before ={0}")]
    NoGroup(Role),
    /// One group, twice.
    #[error("the group {0:?} stands there twice")]
    Twice(String),
    /// Nothing at all.
    #[error("no group has a role")]
    Empty,
}

impl RoleMap {
    /// Reads `group=role` pieces with commas between them, or with semicolons where there is one: names
    /// of a directory hold commas. The role stands behind the last equals sign.
    pub fn parse(text: &str) -> Result<Self, RoleMapError> {
        let between = if text.contains(';') { ';' } else { ',' };
        let mut map: Vec<(String, Role)> = Vec::new();
        for piece in text.split(between).map(str::trim).filter(|piece| !piece.is_empty()) {
            let no_role = || RoleMapError::NoRole(piece.to_owned());
            let (group, role) = piece.rsplit_once('=').ok_or_else(no_role)?;
            let role = Role::from_name(role.trim()).ok_or_else(no_role)?;
            let group = group.trim();
            if group.is_empty() {
                return Err(RoleMapError::NoGroup(role));
            }
            if map.iter().any(|(known, _)| known == group) {
                return Err(RoleMapError::Twice(group.to_owned()));
            }
            map.push((group.to_owned(), role));
        }
        if map.is_empty() { Err(RoleMapError::Empty) } else { Ok(Self(map)) }
    }

    /// The strongest role that any of these groups gives, in exactly this spelling.
    pub fn role(&self, groups: &[&str]) -> Option<Role> {
        let given =
            |(group, _): &&(String, Role)| group == ANYBODY || groups.contains(&group.as_str());
        self.0.iter().filter(given).map(|(_, role)| *role).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_role_counts_and_nobody_without_a_group_gets_in() {
        let map = RoleMap::parse("mtm-admins=admin, mtm-leads = lead,floor=operator").unwrap();
        assert_eq!(map.role(&["floor", "mtm-leads", "canteen"]), Some(Role::Lead));
        assert_eq!(map.role(&["canteen"]), None);
        assert_eq!(map.role(&["MTM-ADMINS"]), None, "spelt otherwise is another group");
        assert_eq!(map.role(&["*"]), None);
        let open = RoleMap::parse("a=admin,*=viewer").unwrap();
        assert_eq!((open.role(&[]), open.role(&["a"])), (Some(Role::Viewer), Some(Role::Admin)));
        let named = RoleMap::parse("CN=mtm,OU=plant=admin; x=viewer").unwrap();
        assert_eq!(named.role(&["CN=mtm,OU=plant"]), Some(Role::Admin));
    }

    #[test]
    fn what_is_no_map_says_why() {
        let wrong = |text: &str| RoleMap::parse(text).unwrap_err();
        assert_eq!(wrong("a=admin,b"), RoleMapError::NoRole("b".to_owned()));
        assert_eq!(wrong("a=boss,b=lead"), RoleMapError::NoRole("a=boss".to_owned()));
        assert_eq!(wrong("CN=a,OU=b=lead"), RoleMapError::NoRole("CN=a".to_owned()));
        assert_eq!(wrong("=lead"), RoleMapError::NoGroup(Role::Lead));
        assert_eq!(wrong("a=lead,a=admin"), RoleMapError::Twice("a".to_owned()));
        assert_eq!(wrong(" "), RoleMapError::Empty);
    }
}
