//! Who may come in: passwords, an identity provider, sessions, tokens, the first admin.

mod door;
mod limit;
mod local;
mod password;
mod people;
mod provider;
mod rights;
mod role_map;
mod secret;
mod session;
mod setup;
mod token;

pub(crate) use door::Doorkeeper;
pub use local::{is_local, local_credential};
pub use mtm_connect::oidc::Answer as ProviderAnswer;
pub use people::{NewPerson, PersonChanges};
pub use provider::{Departure, ProviderRules, SignInProvider};
pub use rights::RightsChanged;
pub use role_map::{RoleMap, RoleMapError};
pub use secret::Secret;
pub use session::SessionGrant;
pub(crate) use session::principal;
pub use token::TokenRequest;
