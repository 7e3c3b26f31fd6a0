//! Who may do what: roles, and the one table that the service layer asks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::command::Action;

/// A role of a person, or the scope of a token. Ordered: each holds everything the one before it
/// may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks and prints.
    Viewer,
    /// Books, and undoes bookings of their own for a while.
    Operator,
    /// Corrects: any reversal, counts, holds, master data.
    Lead,
    /// Administers: users, tokens, settings, retirement.
    Admin,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Lead, Self::Admin];

    /// The name in tables, API and command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Lead => "lead",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a caller wants to do, as far as permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Read stock, history, master data; scan; print.
    Look,
    /// Manage one's own quick buttons and account.
    Own,
    /// Book receipts, takes, moves, scrap, completions, splits, merges.
    Book,
    /// Undo a booking of one's own within the window.
    UndoOwn,
    /// Undo any booking, or a group.
    UndoAny,
    /// Correct stock by a count.
    Adjust,
    /// Approve what somebody else wants adjusted, or refuse it.
    ApproveAdjust,
    /// Enter what was counted in a cycle count.
    EnterCount,
    /// Plan a cycle count, ask for a recount, post it or give it up.
    RunCount,
    /// Place or release a hold.
    Hold,
    /// Reserve pieces of a lot, and end a reservation of one's own.
    Reserve,
    /// End anybody's reservation.
    EndReservation,
    /// Move material out of a hold, with a reason.
    OverrideHold,
    /// Add or edit master data and lot attributes.
    EditMaster,
    /// Import a file and undo an import.
    Import,
    /// Close a period.
    ClosePeriod,
    /// Retire master data.
    Retire,
    /// Reopen a period.
    ReopenPeriod,
    /// Give a receipt a lot number of one's own.
    OwnLotNumbers,
    /// Read the audit log and verification.
    Audit,
    /// Compare with another system's books, and decide what becomes of a difference.
    Reconcile,
    /// Read users, tokens, webhooks.
    ReadAdministration,
    /// Change users, tokens, settings; take over legacy stock.
    Administer,
}

/// The weakest role that may do `deed`.
pub const fn least_role(deed: Deed) -> Role {
    match deed {
        Deed::Look | Deed::Own | Deed::Audit => Role::Viewer,
        Deed::Book | Deed::UndoOwn | Deed::EnterCount | Deed::Reserve => Role::Operator,
        Deed::UndoAny
        | Deed::Adjust
        | Deed::ApproveAdjust
        | Deed::RunCount
        | Deed::Hold
        | Deed::EndReservation
        | Deed::OverrideHold
        | Deed::EditMaster
        | Deed::Import
        | Deed::ClosePeriod
        | Deed::Reconcile
        | Deed::ReadAdministration => Role::Lead,
        Deed::Retire | Deed::ReopenPeriod | Deed::OwnLotNumbers | Deed::Administer => Role::Admin,
    }
}

/// Whether `role` may do `deed`.
pub fn allows(role: Role, deed: Deed) -> bool {
    role >= least_role(deed)
}

/// What permission an action needs. A reversal needs at least [`Deed::UndoOwn`]; whether the
/// movements are the caller's own is decided where they are known.
pub fn deed_of(action: &Action) -> Deed {
    match action {
        Action::Receive(receive) if receive.lot.is_some() => Deed::OwnLotNumbers,
        Action::Receive(_)
        | Action::Take(_)
        | Action::Move(_)
        | Action::Scrap(_)
        | Action::Complete(_)
        | Action::Split(_)
        | Action::Merge(_) => Deed::Book,
        Action::Adjust(_) => Deed::Adjust,
        Action::Reverse(_) => Deed::UndoOwn,
        Action::PlaceHold(_) | Action::ReleaseHold(_) => Deed::Hold,
        Action::Reserve(_) | Action::EndReservation(_) => Deed::Reserve,
        Action::ChangeLot(_) => Deed::EditMaster,
        Action::Open(_) | Action::Mirror(_) => Deed::Administer,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;
    use crate::command::{LotAttributes, Receive};
    use crate::word::{LocationCode, LotNumber, OperationCode, PartCode, Quantity};

    #[test]
    fn a_lot_number_of_ones_own_takes_more_than_a_receipt() {
        let receive = |lot| {
            Action::Receive(Receive {
                part: PartCode::parse("P-1").unwrap(),
                operation: OperationCode::not_applicable(),
                location: LocationCode::parse("A-1").unwrap(),
                quantity: Quantity::pieces(1).unwrap(),
                containers: NonZeroU16::MIN,
                lot,
                attributes: LotAttributes::default(),
                reason: None,
            })
        };
        assert_eq!(deed_of(&receive(None)), Deed::Book);
        assert_eq!(deed_of(&receive(Some(LotNumber::allocated(7)))), Deed::OwnLotNumbers);
    }

    #[test]
    fn each_role_holds_the_one_before() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        assert!(!allows(Role::Viewer, Deed::Book));
        assert!(allows(Role::Operator, Deed::Book));
        assert!(!allows(Role::Operator, Deed::Adjust));
        assert!(allows(Role::Admin, Deed::Adjust));
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.as_str()), Some(role));
            assert_eq!(role.to_string(), role.as_str());
        }
    }
}
