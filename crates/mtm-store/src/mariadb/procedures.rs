//! The stored procedures, triggers and views as a contract: what each is called with, under which
//! rules it runs, and that its text is the one of this program.
//!
//! Program and procedures belong together: a changed parameter or another `sql_mode` would change
//! what is booked without anybody noticing. Opening a ledger replaces the procedures, where the
//! account may; [`drift`](super::drift) finds what somebody changed since.
//!
//! Every procedure carries the [`mark`] of the whole contract in its comment: an account that is
//! not shown the texts still sees whether they are those of this program.

use sha2::{Digest as _, Sha256};

use super::rights::RIGHTS;

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
    // Earlier versions of the contract: kept, and called no more, while programs that know only
    // them may still run beside this one.
    Procedure {
        name: "mtm_apply",
        parameters: &[takes("p_posting", "longtext"), gives("p_status", "varchar(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_apply.sql"),
    },
    Procedure {
        name: "mtm_apply_v2",
        parameters: &[takes("p_postings", "longtext"), gives("p_status", "varchar(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_apply_v2.sql"),
    },
    Procedure {
        name: "mtm_post",
        parameters: &[takes("p_batch", "longtext"), gives("p_answers", "longtext")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_post.sql"),
    },
    Procedure {
        name: "mtm_post_v2",
        parameters: &[takes("p_batch", "longtext"), gives("p_answers", "longtext")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_post_v2.sql"),
    },
    Procedure {
        name: "mtm_apply_v3",
        parameters: &[
            takes("p_lots", "longtext"),
            takes("p_new_lots", "longtext"),
            takes("p_movements", "longtext"),
            takes("p_lot_changes", "longtext"),
            takes("p_holds", "longtext"),
            takes("p_releases", "longtext"),
            takes("p_queue", "longtext"),
            gives("p_status", "varchar(20)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_apply_v3.sql"),
    },
    Procedure {
        name: "mtm_post_v3",
        parameters: &[
            takes("p_keys", "longtext"),
            takes("p_lots", "longtext"),
            takes("p_new_lots", "longtext"),
            takes("p_movements", "longtext"),
            takes("p_lot_changes", "longtext"),
            takes("p_holds", "longtext"),
            takes("p_releases", "longtext"),
            takes("p_queue", "longtext"),
            gives("p_answer", "longtext"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_post_v3.sql"),
    },
    Procedure {
        name: "mtm_seal",
        parameters: &[takes("p_batch", "longtext"), gives("p_status", "varchar(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_seal.sql"),
    },
    Procedure {
        name: "mtm_seal_v2",
        parameters: &[
            takes("p_owner", "binary(16)"),
            takes("p_fence", "bigint(20)"),
            takes("p_after", "bigint(20)"),
            takes("p_places", "longtext"),
            takes("p_entries", "longtext"),
            takes("p_events", "longtext"),
            gives("p_status", "varchar(20)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_seal_v2.sql"),
    },
    Procedure {
        name: "mtm_lots",
        parameters: &[takes("p_count", "int(11)"), gives("p_last", "bigint(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_lots.sql"),
    },
    Procedure {
        name: "mtm_note",
        parameters: &[
            takes("p_kind", "varchar(40)"),
            takes("p_entry", "longtext"),
            takes("p_user", "bigint(20)"),
            takes("p_at", "bigint(20)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_note.sql"),
    },
    Procedure {
        name: "mtm_event",
        parameters: &[
            takes("p_event", "binary(16)"),
            takes("p_type", "varchar(60)"),
            takes("p_subject", "varchar(120)"),
            takes("p_data", "longtext"),
            takes("p_at", "bigint(20)"),
            takes("p_traceparent", "varchar(100)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_event.sql"),
    },
    Procedure {
        name: "mtm_remember",
        parameters: &[
            takes("p_key", "varchar(200)"),
            takes("p_fingerprint", "binary(32)"),
            takes("p_user", "bigint(20)"),
            takes("p_recorded_at", "bigint(20)"),
            takes("p_command", "binary(16)"),
            takes("p_signature", "binary(16)"),
            takes("p_status", "int(11)"),
            takes("p_body", "longblob"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_remember.sql"),
    },
    Procedure {
        name: "mtm_forget",
        parameters: &[
            takes("p_last", "bigint(20)"),
            takes("p_before", "bigint(20)"),
            gives("p_count", "bigint(20)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_forget.sql"),
    },
    Procedure {
        name: "mtm_past_lot",
        parameters: &[
            takes("p_lot", "varchar(60)"),
            takes("p_part", "bigint(20)"),
            takes("p_item_type", "bigint(20)"),
            takes("p_color", "bigint(20)"),
            takes("p_work_order", "varchar(60)"),
            takes("p_notes", "text"),
            takes("p_received_at", "bigint(20)"),
            takes("p_received_by", "bigint(20)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_past_lot.sql"),
    },
    Procedure {
        name: "mtm_skip_lots",
        parameters: &[takes("p_last", "bigint(20)")],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_skip_lots.sql"),
    },
    Procedure {
        name: "mtm_forget_events",
        parameters: &[
            takes("p_last", "bigint(20)"),
            takes("p_before", "bigint(20)"),
            gives("p_count", "bigint(20)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_forget_events.sql"),
    },
    Procedure {
        name: "mtm_book",
        parameters: &[
            takes("p_type", "varchar(10)"),
            takes("p_key", "varchar(128)"),
            takes("p_part", "varchar(50)"),
            takes("p_operation", "varchar(20)"),
            takes("p_location", "varchar(50)"),
            takes("p_lot", "varchar(30)"),
            takes("p_quantity", "bigint(20)"),
            takes("p_to_operation", "varchar(20)"),
            takes("p_to_location", "varchar(50)"),
            takes("p_work_order", "varchar(30)"),
            takes("p_color_code", "varchar(50)"),
            takes("p_reason", "varchar(40)"),
            takes("p_notes", "varchar(1000)"),
            gives("p_status", "varchar(20)"),
            gives("p_booked_lot", "varchar(30)"),
            gives("p_movement", "varchar(32)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_book.sql"),
    },
    Procedure {
        name: "mtm_receive",
        parameters: &[
            takes("p_key", "varchar(128)"),
            takes("p_part", "varchar(50)"),
            takes("p_operation", "varchar(20)"),
            takes("p_location", "varchar(50)"),
            takes("p_quantity", "bigint(20)"),
            takes("p_work_order", "varchar(30)"),
            takes("p_color_code", "varchar(50)"),
            takes("p_notes", "varchar(1000)"),
            gives("p_status", "varchar(20)"),
            gives("p_lot", "varchar(30)"),
            gives("p_movement", "varchar(32)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_receive.sql"),
    },
    Procedure {
        name: "mtm_take",
        parameters: &[
            takes("p_key", "varchar(128)"),
            takes("p_part", "varchar(50)"),
            takes("p_operation", "varchar(20)"),
            takes("p_location", "varchar(50)"),
            takes("p_lot", "varchar(30)"),
            takes("p_quantity", "bigint(20)"),
            takes("p_reason", "varchar(40)"),
            takes("p_notes", "varchar(1000)"),
            gives("p_status", "varchar(20)"),
            gives("p_movement", "varchar(32)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_take.sql"),
    },
    Procedure {
        name: "mtm_move",
        parameters: &[
            takes("p_key", "varchar(128)"),
            takes("p_part", "varchar(50)"),
            takes("p_operation", "varchar(20)"),
            takes("p_location", "varchar(50)"),
            takes("p_lot", "varchar(30)"),
            takes("p_quantity", "bigint(20)"),
            takes("p_to_operation", "varchar(20)"),
            takes("p_to_location", "varchar(50)"),
            takes("p_notes", "varchar(1000)"),
            gives("p_status", "varchar(20)"),
            gives("p_movement", "varchar(32)"),
        ],
        data_access: MODIFIES,
        script: include_str!("procedure/mtm_move.sql"),
    },
];

/// The statements that make the triggers.
pub(super) const TRIGGERS: &str = include_str!("procedure/refuse.sql");

/// The statements that make the views.
pub(super) const VIEWS: &str = include_str!("procedure/views.sql");

/// The statements of [`TRIGGERS`].
pub(super) fn triggers() -> impl Iterator<Item = &'static str> {
    TRIGGERS.split("\n\n").map(|trigger| trigger.trim().trim_end_matches(';'))
}

/// The statements of [`VIEWS`], each with its name.
pub(super) fn views() -> impl Iterator<Item = (&'static str, &'static str)> {
    let name = |view: &'static str| view.split_once("VIEW ")?.1.split_whitespace().next();
    VIEWS.split("\n\n").filter_map(move |view| Some((name(view)?, view.trim())))
}

/// What stands for the whole contract in the comment of every procedure: it changes with any of
/// the texts, and with any of the rights.
pub(super) fn mark() -> String {
    let mut digest = Sha256::new();
    let scripts = PROCEDURES.iter().map(|procedure| procedure.script);
    for script in scripts.chain([TRIGGERS, VIEWS]) {
        digest.update(script);
    }
    for right in RIGHTS {
        digest.update(format!("{right:?}"));
    }
    super::posting::hex(&digest.finalize()[..6])
}

/// The statement that makes an object, for its owner: an account as SQL names it, or, where there
/// is none, whoever is connected.
pub(super) fn owned(statement: &str, owner: Option<&str>) -> String {
    let Some(owner) = owner else { return statement.to_owned() };
    statement.replacen("CREATE OR REPLACE ", &format!("CREATE OR REPLACE DEFINER = {owner} "), 1)
}

impl Procedure {
    /// The statement that makes it, with the contract's mark in its comment.
    pub(super) fn marked(&self) -> String {
        let comment = self.comment();
        self.script.replacen(comment, &format!("{comment} [{}]", mark()), 1)
    }

    /// What it is for, as SQL writes it.
    pub(super) fn comment(&self) -> &'static str {
        let comment = self.script.lines().find_map(|line| line.strip_prefix("COMMENT '"));
        comment.map_or("", |comment| comment.trim_end_matches('\''))
    }

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
mod tests;
