//! What a login's privileges say about writing. Whatever is not known to be harmless counts as writing.

/// Privileges of MariaDB and `MySQL` with which nothing can be written.
const HARMLESS: [&str; 8] = [
    "USAGE",
    "SELECT",
    "SHOW VIEW",
    "SHOW DATABASES",
    "PROCESS",
    "REPLICATION CLIENT",
    "BINLOG MONITOR",
    "SLAVE MONITOR",
];

/// Permissions of SQL Server with which nothing can be written.
const HARMLESS_PERMISSIONS: [&str; 5] =
    ["SELECT", "CONNECT", "CONNECT REPLICATION", "SHOWPLAN", "REFERENCES"];

/// What a line of `SHOW GRANTS` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Privileges with which nothing can be written.
    Harmless,
    /// A privilege with which something may be written.
    Writes(String),
    /// A role, whose own grants have to be looked at.
    Role(String),
    /// It cannot be told.
    Unknown(String),
}

/// Reads a line of `SHOW GRANTS`.
pub fn grant(line: &str) -> Grant {
    let unknown = || Grant::Unknown(line.chars().take(60).collect());
    let Some(rest) = line.trim().strip_prefix("GRANT ") else {
        // `SET DEFAULT ROLE …` gives nothing by itself.
        return if line.trim().starts_with("SET DEFAULT ROLE ") {
            Grant::Harmless
        } else {
            unknown()
        };
    };
    let Some((privileges, tail)) = rest.split_once(" ON ") else {
        return match rest.split_once(" TO ") {
            Some((role, _)) => Grant::Role(unquoted(role)),
            None => unknown(),
        };
    };
    if tail.contains("WITH GRANT OPTION") {
        return Grant::Writes("GRANT OPTION".to_owned());
    }
    let writes =
        without_columns(privileges).into_iter().find(|it| !HARMLESS.contains(&it.as_str()));
    writes.map_or(Grant::Harmless, Grant::Writes)
}

/// The privileges' names: `SELECT (ID, QTY), UPDATE` names two.
fn without_columns(privileges: &str) -> Vec<String> {
    let (mut names, mut depth) = (vec![String::new()], 0_u32);
    for c in privileges.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => names.push(String::new()),
            c if depth == 0 => {
                if let Some(name) = names.last_mut() {
                    name.push(c);
                }
            }
            _ => {}
        }
    }
    names.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn unquoted(role: &str) -> String {
    role.trim().trim_matches(['`', '\'', '"']).to_owned()
}

/// Whether something may be written with a permission of SQL Server (`fn_my_permissions`).
pub fn permission_writes(name: &str) -> bool {
    let name = name.trim().to_ascii_uppercase();
    !(HARMLESS_PERMISSIONS.contains(&name.as_str()) || name.starts_with("VIEW "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_told_from_a_writer() {
        for line in [
            "GRANT USAGE ON *.* TO `mtm`@`%` IDENTIFIED BY PASSWORD '*AB'",
            "GRANT SELECT ON `visual`.* TO `mtm`@`%`",
            "GRANT SELECT, SHOW VIEW ON `visual`.`PART` TO `mtm`@`%`",
            "GRANT SELECT (ID, QTY) ON `visual`.`PART` TO `mtm`@`%`",
            "SET DEFAULT ROLE `reader` FOR `mtm`@`%`",
        ] {
            assert_eq!(grant(line), Grant::Harmless, "{line}");
        }
        for (line, why) in [
            ("GRANT ALL PRIVILEGES ON `visual`.* TO `mtm`@`%`", "ALL PRIVILEGES"),
            ("GRANT SELECT, UPDATE (QTY) ON `visual`.`PART` TO `mtm`@`%`", "UPDATE"),
            ("GRANT EXECUTE ON PROCEDURE `visual`.`post` TO `mtm`@`%`", "EXECUTE"),
            ("GRANT SELECT ON `visual`.* TO `mtm`@`%` WITH GRANT OPTION", "GRANT OPTION"),
        ] {
            assert_eq!(grant(line), Grant::Writes(why.to_owned()), "{line}");
        }
        assert_eq!(grant("GRANT `writer` TO `mtm`@`%`"), Grant::Role("writer".to_owned()));
        assert!(matches!(grant("something else"), Grant::Unknown(_)));
    }

    #[test]
    fn permissions_that_nobody_knows_count_as_writing() {
        for name in
            ["SELECT", "connect", "VIEW DEFINITION", "VIEW ANY COLUMN MASTER KEY DEFINITION"]
        {
            assert!(!permission_writes(name), "{name}");
        }
        for name in ["INSERT", "EXECUTE", "CONTROL", "ALTER", "SOMETHING NEW"] {
            assert!(permission_writes(name), "{name}");
        }
    }
}
