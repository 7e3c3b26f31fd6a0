//! The stored procedures and triggers as a contract: what each is called with, under which rules
//! it runs, and that its text is the one of this program.
//!
//! Program and procedures belong together: a changed parameter or another `sql_mode` would change
//! what is booked without anybody noticing. Opening a ledger replaces the procedures;
//! [`drift`](super::drift) finds what somebody changed since.

/// Where a parameter's value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// A parameter of a procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) direction: Direction,
    pub(super) name: &'static str,
    /// As the server describes it.
    pub(super) kind: &'static str,
}

/// A procedure that this program calls. All run with their owner's rights and under the
/// `sql_mode` of every connection of this program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Procedure {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// What it declares to do with data.
    pub(super) data_access: &'static str,
    /// The statement that makes it.
    pub(super) script: &'static str,
}

pub(super) const fn takes(name: &'static str, kind: &'static str) -> Parameter {
    Parameter { direction: Direction::In, name, kind }
}

pub(super) const fn gives(name: &'static str, kind: &'static str) -> Parameter {
    Parameter { direction: Direction::Out, name, kind }
}

const MODIFIES: &str = "MODIFIES SQL DATA";

/// What plant and program call.
pub(super) const PROCEDURES: &[Procedure] = &[
    Procedure {
        name: "mtm_apply",
        parameters: &[takes("p_posting", "longtext"), gives("p_status", "varchar(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_apply.sql"),
    },
    Procedure {
        name: "mtm_post",
        parameters: &[takes("p_batch", "longtext"), gives("p_answers", "longtext")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_post.sql"),
    },
    Procedure {
        name: "mtm_seal",
        parameters: &[takes("p_batch", "longtext"), gives("p_status", "varchar(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_seal.sql"),
    },
];

/// The statements that make the triggers.
pub(super) const TRIGGERS: &str = include_str!("procedure/refuse.sql");

/// The statements of [`TRIGGERS`].
pub(super) fn triggers() -> impl Iterator<Item = &'static str> {
    TRIGGERS.split("\n\n").map(|trigger| trigger.trim().trim_end_matches(';'))
}

impl Procedure {
    /// What stands behind the characteristics, as the server keeps it.
    pub(super) fn body(&self) -> &'static str {
        let comment = self.script.find("\nCOMMENT ").map_or(0, |at| at + 1);
        let line = self.script[comment..].find('\n').map_or(0, |at| comment + at);
        self.script[line..].trim()
    }
}

impl Parameter {
    /// Direction and type.
    pub(super) fn shown(&self) -> String {
        let direction = match self.direction {
            Direction::In => "IN",
            Direction::Out => "OUT",
        };
        format!("{direction} {}", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_is_that_of_the_scripts() {
        for procedure in PROCEDURES {
            let head = &procedure.script[..procedure.script.len() - procedure.body().len()];
            assert!(head.starts_with(&format!("CREATE OR REPLACE PROCEDURE {} (", procedure.name)));
            let parameters: Vec<String> = head
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with("IN ") || line.starts_with("OUT "))
                .map(|line| line.trim_end_matches(',').to_lowercase())
                .collect();
            let described: Vec<String> = procedure
                .parameters
                .iter()
                .map(|it| {
                    let (direction, kind) = it
                        .shown()
                        .split_once(' ')
                        .map_or_else(Default::default, |(direction, kind)| {
                            (direction.to_lowercase(), kind.to_owned())
                        });
                    format!("{direction} {} {kind}", it.name)
                })
                .collect();
            assert_eq!(parameters, described, "{}", procedure.name);
            assert!(head.contains(procedure.data_access), "{}", procedure.name);
            assert!(procedure.body().contains("BEGIN\n"), "{}", procedure.name);
            assert!(procedure.body().ends_with("END"), "{}", procedure.name);
        }
    }
}
