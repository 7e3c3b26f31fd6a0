//! What a person or machine asks the ledger to do, as values.

mod action;
mod mirror;
mod reservation;

use serde::{Deserialize, Serialize};

pub use action::{
    Action, Adjust, BookedIn, ChangeLot, Complete, Count, HoldSubject, LotAttributes, LotChanges,
    Merge, Move, Open, Patch, Pick, PickRule, PlaceHold, Receive, ReleaseHold, Reverse,
    ReverseTarget, Scrap, Split, Take,
};
pub use mirror::{Mirror, MirrorStep, Mirrored, Spot};
pub use reservation::{EndReservation, Reserve};

use crate::policy::Role;
use crate::word::{CommandId, ImportId, SessionId, StationName, Timestamp, UserId, UserName};

/// One decision to be made: an action, who wants it, and how sure they are.
#[derive(Debug, Clone)]
pub struct Command {
    /// Identity; the movements carry it in their ids.
    pub id: CommandId,
    /// Who, where, with what.
    pub context: Context,
    /// Confirmable refusals that the caller has seen and insists on.
    pub confirm: Confirmations,
    /// What to do.
    pub action: Action,
}

/// Circumstances of a command. Set by the server, never by the body of a request.
#[derive(Debug, Clone)]
pub struct Context {
    /// The authenticated principal.
    pub actor: Actor,
    /// The enrolled terminal.
    pub station: Option<StationName>,
    /// Version of the program that captured it.
    pub app_version: Option<String>,
    /// When it happened, where that is not now (offline capture). Informative.
    pub occurred_at: Option<Timestamp>,
    /// Shift in which it is booked, as the site's calendar names it.
    pub shift: Option<String>,
    /// The import it belongs to.
    pub import: Option<ImportId>,
    /// The scan session it belongs to.
    pub session: Option<SessionId>,
    /// Seconds within which an equal command is questioned; `None` where the guard does not
    /// apply (batch, import, migration, reversal).
    pub intent_window: Option<u32>,
}

/// The authenticated principal of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Row of the user.
    pub id: UserId,
    /// Login name.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
}

/// Codes of confirmable refusals that the caller insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "a set with named members")]
pub struct Confirmations {
    /// `possible_duplicate`: yes, once more.
    pub duplicate: bool,
    /// `implausible_quantity`: yes, that many.
    pub implausible: bool,
    /// `off_routing`: yes, outside the routing.
    pub off_routing: bool,
    /// `on_hold`: override the hold (leads).
    pub hold: bool,
    /// `approval_required`: yes, ask a second person. It books nothing by itself.
    pub approval: bool,
    /// A second person has approved it. Said by the server, never by a caller.
    pub approved: bool,
    /// `reserved`: take what is reserved for something else all the same.
    pub reserved: bool,
}

impl Confirmations {
    /// Everything confirmed: what `--yes` means.
    pub const ALL: Self = Self {
        duplicate: true,
        implausible: true,
        off_routing: true,
        hold: true,
        approval: true,
        approved: false,
        reserved: true,
    };

    /// Adds the confirmation of `code`; `false` if that code cannot be confirmed.
    pub fn add(&mut self, code: &str) -> bool {
        match code {
            "possible_duplicate" => self.duplicate = true,
            "implausible_quantity" => self.implausible = true,
            "off_routing" => self.off_routing = true,
            "on_hold" => self.hold = true,
            "approval_required" => self.approval = true,
            "reserved" => self.reserved = true,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody insists on what they were not asked about.
    #[test]
    fn a_code_confirms_one_thing_and_no_code_a_second_person() {
        let flags = |it: Confirmations| {
            [
                it.duplicate,
                it.implausible,
                it.off_routing,
                it.hold,
                it.approval,
                it.reserved,
                it.approved,
            ]
        };
        let codes = [
            "possible_duplicate",
            "implausible_quantity",
            "off_routing",
            "on_hold",
            "approval_required",
            "reserved",
        ];
        for (at, code) in codes.into_iter().enumerate() {
            let mut confirm = Confirmations::default();
            assert!(confirm.add(code));
            let set: Vec<usize> = (0..7).filter(|flag| flags(confirm)[*flag]).collect();
            assert_eq!(set, [at], "{code}");
        }
        let mut confirm = Confirmations::default();
        for code in ["approved", "insufficient_stock", ""] {
            assert!(!confirm.add(code), "{code}");
        }
        assert_eq!(confirm, Confirmations::default());
    }
}
