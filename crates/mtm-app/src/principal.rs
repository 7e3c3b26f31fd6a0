//! Who is asking, and what they may do.

use mtm_core::code::Code;
use mtm_core::command::Actor;
use mtm_core::policy::{self, Deed, Role};
use mtm_core::word::{UserId, UserName};
use uuid::Uuid;

use crate::error::AppError;

/// How a principal proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person in a browser.
    Session {
        /// The session's public id.
        id: Uuid,
        /// What forms and scripts of this session must send back.
        csrf: String,
    },
    /// A machine.
    Token {
        /// The token's public id.
        id: Uuid,
        /// Whether it may give receipts lot numbers of its own.
        owns_lots: bool,
    },
    /// The command line on the machine that holds the database.
    Local,
}

/// The authenticated caller of a use case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Row of the user.
    pub user: UserId,
    /// Login name.
    pub name: UserName,
    /// Name people know them by.
    pub display_name: String,
    /// What they may do.
    pub role: Role,
    /// How they proved who they are.
    pub kind: PrincipalKind,
    /// Seconds within which an equal booking is questioned; 0 never.
    pub intent_window: u32,
}

impl Principal {
    /// Seconds within which an equal booking is questioned, unless set for the user or token.
    pub const INTENT_WINDOW: u32 = 10;

    /// Refuses what the role does not allow.
    pub fn require(&self, deed: Deed) -> Result<(), AppError> {
        let own_lots = deed == Deed::OwnLotNumbers
            && matches!(self.kind, PrincipalKind::Token { owns_lots: true, .. })
            && policy::allows(self.role, Deed::Book);
        if policy::allows(self.role, deed) || own_lots {
            return Ok(());
        }
        Err(AppError::refused(
            Code::Forbidden,
            format!("this takes the role {}; you are {}", policy::least_role(deed), self.role),
        ))
    }

    /// Whether a machine is asking: it must send an idempotency key with every booking.
    pub fn is_machine(&self) -> bool {
        matches!(self.kind, PrincipalKind::Token { .. })
    }

    /// The principal as a command names it.
    pub fn actor(&self) -> Actor {
        Actor { id: self.user, name: self.name.clone(), role: self.role }
    }
}
