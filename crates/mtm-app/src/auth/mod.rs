//! Who may come in: passwords, sessions, tokens, the first admin.

mod door;
mod limit;
mod local;
mod password;
mod people;
mod rights;
mod secret;
mod session;
mod setup;
mod token;

pub(crate) use door::Doorkeeper;
pub use local::{is_local, local_credential};
pub use people::{NewPerson, PersonChanges};
pub use rights::RightsChanged;
pub use secret::Secret;
pub use session::SessionGrant;
pub(crate) use session::principal;
pub use token::TokenRequest;
