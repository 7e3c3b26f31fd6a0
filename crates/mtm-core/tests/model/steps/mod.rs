//! Random histories that are mostly sensible.
//!
//! A [`Step`] names things by position ("the third bucket that has stock"), so that it means
//! something in whatever state it meets, and still does after proptest has taken others away.

mod lot_deed;
mod resolve;
mod strategy;
mod words;

use mtm_core::command::{Actor, Command, Confirmations, Context};
use mtm_core::policy::Role;
use mtm_core::word::{CommandId, UserId, UserName};
use uuid::Uuid;

pub use lot_deed::{LotDeed, lot_deeds};
pub use strategy::history;

use super::World;
use super::plant::Route;
use words::{PARTS, import_id, session_id};

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// Somebody asks for something.
    Ask(Who, Ask),
    /// The last command once more, so many seconds later: a double click, or a second box.
    Again(u8),
    /// Seconds pass.
    Wait(u8),
    /// A location is retired, or in use again.
    Retire(u8, bool),
    /// A part gets another number; the old one stays as an alias.
    Rename(u8),
    /// A part goes by another routing, now or so many seconds later.
    Reroute(u8, u8, [u8; 4]),
    /// Whether entries outside a routing must be confirmed.
    Strict(bool),
}

/// Who asks, and how sure they are.
#[derive(Debug, Clone, Copy)]
pub struct Who {
    /// 0 and 1 are operators, 2 a lead, 3 an admin.
    pub user: u8,
    /// Bits: duplicate, implausible, hold, off the routing.
    pub confirm: u8,
    /// Whether the intent guard watches.
    pub guarded: bool,
    /// Scan session or import, where any.
    pub group: Option<(bool, u8)>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Part, operation, location; pieces; containers; own lot; attributes; reason.
    Receive([u8; 3], i64, u8, Option<u8>, [u8; 4], Option<u8>),
    /// An opening row: part, operation, location; lot; pieces.
    Open([u8; 3], u8, i64),
    /// Which, how many, reason, notes.
    Take(Aim, Share, Option<u8>, bool),
    /// Which, how many, reason, notes.
    Scrap(Aim, Share, u8, bool),
    /// Which, how many, destination, notes.
    Move(Aim, Share, [Option<u8>; 2], bool),
    /// Which, how (0 counted, 1 delta), off by, whether an expectation is stated, reason.
    Adjust(Aim, bool, i8, Option<i8>, u8),
    /// Which, good, scrap and rework in percent; to; rework to; scrap reason.
    Complete(Aim, [u8; 3], [Option<u8>; 2], [Option<u8>; 2], Option<u8>),
    /// Which, how many, notes.
    Split(Aim, Share, bool),
    /// Into which bucket's lot, which lots, whether the place is said, notes.
    Merge(u8, [u8; 2], bool, bool),
    /// 0 movement, 1 command, 2 list, 3 import, 4 session; which.
    Reverse(u8, [u8; 3]),
    /// 0 lot, 1 part, 2 location; which; reason.
    Hold(u8, u8, u8),
    /// Which hold.
    Release(u8),
    /// Which lot, off by how much the version is, which attributes become what.
    Change(u8, u8, [u8; 4]),
}

/// How a pick names its bucket.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// Its position in the stock.
    pub bucket: u8,
    /// How the lot is named.
    pub lot: Naming,
    /// How the part is named.
    pub part: Naming,
    /// How the operation is named.
    pub operation: Naming,
    /// How the location is named.
    pub location: Naming,
    /// Whether FIFO may choose.
    pub fifo: bool,
}

/// How one name of a pick is given.
#[derive(Debug, Clone, Copy)]
pub enum Naming {
    /// Not at all.
    Omit,
    /// As it is.
    Right,
    /// As something else, mostly something that exists.
    Other(u8),
}

/// How many of what is there.
#[derive(Debug, Clone, Copy)]
pub enum Share {
    /// Not said.
    Whole,
    /// All of the bucket, said.
    All,
    /// So many hundredths of it, at least one.
    Percent(u8),
    /// So many more than there are.
    Over(u8),
    /// None.
    Nothing,
}

impl Step {
    /// Does what is not a command, or makes the command that is asked for in `world`. `n` makes
    /// its id; `last` is the command before.
    pub fn command(&self, world: &mut World, n: u64, last: Option<&Command>) -> Option<Command> {
        match self {
            Self::Ask(who, ask) => Some(Command {
                id: CommandId::from_fresh(uuid(n)),
                context: who.context(),
                confirm: who.confirm(),
                action: ask.action(world),
            }),
            Self::Again(seconds) => {
                world.now = world.now.plus_micros(i64::from(*seconds) * 1_000_000);
                let id = CommandId::from_fresh(uuid(n));
                last.map(|command| Command { id, ..command.clone() })
            }
            Self::Wait(seconds) => {
                world.now = world.now.plus_micros(i64::from(*seconds) * 1_000_000);
                None
            }
            Self::Retire(which, retired) => {
                let index = usize::from(*which) % world.plant.locations.len();
                world.edit_plant(|plant| plant.locations[index].retired = *retired);
                None
            }
            Self::Rename(which) => {
                let index = usize::from(*which) % 2;
                world.edit_plant(|plant| {
                    let master = &mut plant.parts[index];
                    let new = format!("{}-{}", PARTS[index], master.aliases.len() + 1);
                    master.aliases.push(std::mem::replace(&mut master.code, new));
                });
                None
            }
            Self::Reroute(which, later, how) => {
                let route = route(*which, *how, world.now.micros(), *later);
                world.edit_plant(|plant| plant.routes.push(route));
                None
            }
            Self::Strict(strict) => {
                world.edit_plant(|plant| plant.strict = *strict);
                None
            }
        }
    }
}

/// A routing of one of the first two parts: some of the operations in some order, the retired one
/// among them now and then, and a place for the second.
fn route(part: u8, [first, second, third, place]: [u8; 4], now: i64, later: u8) -> Route {
    let mut stops: Vec<(i64, Option<i64>)> = Vec::new();
    for (at, row) in [first, second, third].map(|row| i64::from(row % 6)).into_iter().enumerate() {
        let known = (1..=4).contains(&row) && stops.iter().all(|(stop, _)| *stop != row);
        if known {
            let place = (at == 1 && place % 2 == 0).then(|| i64::from(place % 5) + 1);
            stops.push((row, place));
        }
    }
    Route { part: i64::from(part % 2) + 1, from: now + i64::from(later) * 1_000_000, stops }
}

impl Who {
    fn context(self) -> Context {
        let role =
            [Role::Operator, Role::Operator, Role::Lead, Role::Admin][usize::from(self.user)];
        Context {
            import: self.group.filter(|(import, _)| *import).map(|(_, n)| import_id(n)),
            session: self.group.filter(|(import, _)| !import).map(|(_, n)| session_id(n)),
            intent_window: self.guarded.then_some(10),
            ..context(i64::from(self.user) + 1, role)
        }
    }

    fn confirm(self) -> Confirmations {
        Confirmations {
            duplicate: self.confirm & 1 != 0,
            implausible: self.confirm & 2 != 0,
            hold: self.confirm & 4 != 0,
            off_routing: self.confirm & 8 != 0,
            ..Confirmations::default()
        }
    }
}

/// Circumstances for tests: user `id` with `role`.
pub fn context(id: i64, role: Role) -> Context {
    Context {
        actor: Actor { id: UserId(id), name: UserName::parse("someone").unwrap(), role },
        station: None,
        app_version: None,
        occurred_at: None,
        shift: None,
        import: None,
        session: None,
        intent_window: None,
    }
}

/// An id made of a number; never nil, never that of another number.
pub fn uuid(n: u64) -> Uuid {
    Uuid::from_u128((u128::from(n) + 1) << 16)
}
