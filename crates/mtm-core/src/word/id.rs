//! Identities: `UUIDv7` for what travels, small integers for master data inside the database.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// One command. Its low sixteen bits are zero: the movements it makes carry its id plus
    /// their position, so that "the movements of a command" is a range of the id index and
    /// needs neither a column nor an index of its own.
    CommandId
);
uuid_id!(
    /// One movement: its command's id plus the movement's position in it, from 1.
    MovementId
);
uuid_id!(
    /// One event of the outbox.
    EventId
);
uuid_id!(
    /// One hold.
    HoldId
);
uuid_id!(
    /// One reservation.
    ReservationId
);
uuid_id!(
    /// One import.
    ImportId
);
uuid_id!(
    /// One cycle count.
    CountId
);
uuid_id!(
    /// One scan session: movements a person may want to undo together.
    SessionId
);
row_id!(
    /// A part's row. Stable across renames; never shown outside.
    PartId
);
row_id!(
    /// An operation's row.
    OperationId
);
row_id!(
    /// A location's row.
    LocationId
);
row_id!(
    /// A user's row. The audit chain names people only by it.
    UserId
);

impl CommandId {
    /// Most movements one command may make.
    pub const MAX_MOVEMENTS: u16 = u16::MAX;

    /// Makes a command id of a fresh `UUIDv7`: its low sixteen bits are cleared.
    pub fn from_fresh(uuid: Uuid) -> Self {
        Self(Uuid::from_u128(uuid.as_u128() & !0xFFFF))
    }

    /// The id of this command's movement at `position` (from 1).
    pub fn movement(self, position: u16) -> MovementId {
        MovementId(Uuid::from_u128(self.0.as_u128() | u128::from(position)))
    }

    /// First and last movement id this command can have.
    pub fn movement_range(self) -> (MovementId, MovementId) {
        (self.movement(1), self.movement(u16::MAX))
    }
}

impl HoldId {
    /// The id of the hold that `command` places: a command places at most one.
    pub fn placed_by(command: CommandId) -> Self {
        Self(command.0)
    }
}

impl ReservationId {
    /// The id of the reservation that `command` makes: a command makes at most one.
    pub fn made_by(command: CommandId) -> Self {
        Self(command.0)
    }
}

impl MovementId {
    /// The command that made this movement.
    pub fn command(self) -> CommandId {
        CommandId::from_fresh(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movement_names_its_command() {
        let command =
            CommandId::from_fresh(Uuid::from_u128(0x0193_0000_0000_7000_8000_1234_5678_9abc));
        let (first, last) = command.movement_range();
        assert_eq!(first.command(), command);
        assert_eq!(last.command(), command);
        assert!(first < command.movement(2) && command.movement(2) < last);
    }
}
