//! Who may come in: users, tokens, sessions.

use mtm_core::command::Patch;
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserId, UserName};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of principal a user row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum UserKind {
    /// A person who signs in.
    Person,
    /// The principal of a machine token.
    Token,
    /// A user of the command line on the machine that holds the ledger.
    Cli,
    /// The system itself.
    System,
}

impl UserKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Person, Self::Token, Self::Cli, Self::System];

    /// The name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Token => "token",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A user. Secrets stay in the store: only their presence shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserRecord {
    /// Row; what audit entries name.
    #[serde(skip, default = "no_row")]
    pub row: UserId,
    /// Public identity.
    pub id: Uuid,
    /// What kind of principal.
    pub kind: UserKind,
    /// Login name.
    pub name: UserName,
    /// Name people know them by.
    pub display_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they have a password to sign in with.
    pub has_password: bool,
    /// Whether they sign in with the identity provider of the plant.
    #[serde(default)]
    pub has_identity: bool,
    /// Seconds within which an equal booking is questioned; the default where `None`.
    pub intent_window: Option<u32>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were disabled.
    pub disabled_at: Option<Timestamp>,
    /// Version of the editable attributes.
    pub version: i64,
}

/// A replayed answer names no row; nobody acts on it.
fn no_row() -> UserId {
    UserId(0)
}

/// A user to add.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Login name, unique after folding.
    pub name: UserName,
    /// Name people know them by.
    pub display_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Hash of their password in PHC form; they cannot sign in without one.
    pub password_hash: Option<String>,
}

/// Changes of a user.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// Name people know them by.
    pub display_name: Patch<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// Hash of a new password.
    pub password_hash: Option<String>,
    /// Seconds within which an equal booking is questioned.
    pub intent_window: Patch<u32>,
    /// Disabled users cannot come in; their sessions end.
    pub disabled: Option<bool>,
}

/// Somebody whom the identity provider of the plant vouches for.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The provider's name for itself.
    pub issuer: String,
    /// Its name for the person, at most 255 bytes.
    pub subject: String,
    /// Login name of a person who is new here.
    pub name: UserName,
    /// Name that people know a new person by.
    pub display_name: Option<String>,
    /// What they may do, as the provider says.
    pub role: Role,
    /// Whether a person of that login name who is here already is they.
    pub link: bool,
}

/// What became of an arrival.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// Who they are here.
    pub user: UserRecord,
    /// Whether something about a person who was here before is different now.
    pub changed: bool,
}

/// A machine's token. The secret itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRecord {
    /// Public identity.
    pub id: Uuid,
    /// Its principal.
    #[serde(skip, default = "no_row")]
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scope: Role,
    /// Whether it may give receipts lot numbers of its own.
    pub owns_lots: bool,
    /// Seconds within which an equal booking is questioned; the default where `None`.
    pub intent_window: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// About when it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scope: Role,
    /// Whether it may give receipts lot numbers of its own.
    pub owns_lots: bool,
    /// Seconds within which an equal booking is questioned; 0 never.
    pub intent_window: Option<u32>,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
}

/// A person's session in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionRecord {
    /// Public identity.
    pub id: Uuid,
    /// What the session's pages must send back.
    #[serde(skip)]
    pub csrf: String,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// About when it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// What the session's pages must send back.
    pub csrf: String,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A login of the database server that books as a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlantLogin {
    /// The account's name, without a host.
    pub login: String,
    /// Login name of the user whose bookings its calls are.
    pub user: UserName,
    /// Since when.
    pub linked_at: Timestamp,
}
