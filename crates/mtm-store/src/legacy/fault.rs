//! Why an earlier system's server does not give what it is asked for.

use mysql_async::Error;

use crate::mariadb::tls::is_missing;

/// Why an earlier system's database could not be read. Nothing was written anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceFault {
    /// The address is none.
    #[error("the address of the legacy database: {message}")]
    Address {
        /// What is wrong with it.
        message: String,
    },
    /// Nobody answers there.
    #[error("the legacy server {server} does not answer: {message}")]
    Unreachable {
        /// The address, without its password.
        server: String,
        /// What happened.
        message: String,
    },
    /// The way there is not as secure as it must be.
    #[error("the way to the legacy server {server} cannot be secured as asked: {message}")]
    Insecure {
        /// The address, without its password.
        server: String,
        /// What happened.
        message: String,
    },
    /// The account may not.
    #[error("the legacy server {server} refuses the account: {message}")]
    Denied {
        /// The address, without its password.
        server: String,
        /// What the server said.
        message: String,
    },
    /// There is no such database.
    #[error("the legacy server {server} has no such database: {message}")]
    NoDatabase {
        /// The address, without its password.
        server: String,
        /// What the server said.
        message: String,
    },
    /// The connection was lost while reading.
    #[error("the connection to the legacy server {server} was lost: {message}")]
    Lost {
        /// The address, without its password.
        server: String,
        /// What happened.
        message: String,
    },
    /// The server does not do what it is asked.
    #[error("the legacy server {server} refuses a question: {message}")]
    Refused {
        /// The address, without its password.
        server: String,
        /// What it said.
        message: String,
    },
}

/// The account, its password, or its rights on the database, a table or a column.
const DENIED: [u16; 6] = [1044, 1045, 1142, 1143, 1251, 1698];
const NO_DATABASE: u16 = 1049;
/// Too many connections, shutting down, statement ended from the other side.
const AWAY: [u16; 7] = [1040, 1053, 1152, 1203, 1226, 1317, 1927];

impl SourceFault {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "legacy_address_wrong",
            Self::Unreachable { .. } => "legacy_unreachable",
            Self::Insecure { .. } => "legacy_insecure",
            Self::Denied { .. } => "legacy_denied",
            Self::NoDatabase { .. } => "legacy_database_missing",
            Self::Lost { .. } => "legacy_lost",
            Self::Refused { .. } => "legacy_refused",
        }
    }

    /// What the person in front of the screen should do.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Address { .. } => "Write it as mysql://user@host:port/database.",
            Self::Unreachable { .. } => {
                "Check host and port, that the server runs, and that a firewall lets this machine \
                 through."
            }
            Self::Insecure { .. } => {
                "Check ssl-mode, ssl-ca, ssl-server-name, ssl-cert and ssl-key in the address \
                 against the server's certificates."
            }
            Self::Denied { .. } => {
                "Check user and password (MTM_LEGACY__PASSWORD or --password-file). The account \
                 needs SELECT on the database and nothing else."
            }
            Self::NoDatabase { .. } => "Name the inventory database at the end of the address.",
            Self::Lost { .. } => "Try again; every run reads from the beginning.",
            Self::Refused { .. } => {
                "Check that the server is MySQL 5.7 or later, or MariaDB, and that the tables are \
                 not damaged."
            }
        }
    }

    /// Whether it may work later without anybody doing anything here.
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost { .. })
    }

    /// What an error means while the way to `server` is opened.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`, which hands values")]
    pub(super) fn opening(server: &str, error: Error) -> Self {
        let (server, message) = (server.to_owned(), error.to_string());
        match &error {
            Error::Server(told) if DENIED.contains(&told.code) => Self::Denied { server, message },
            Error::Server(told) if told.code == NO_DATABASE => Self::NoDatabase { server, message },
            Error::Server(told) if !AWAY.contains(&told.code) => Self::Refused { server, message },
            // Nobody need wait for it to come back by itself.
            _ if is_missing(&error) => Self::Insecure { server, message },
            _ => Self::Unreachable { server, message },
        }
    }

    /// What an error means once questions are asked.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`, which hands values")]
    pub(super) fn reading(server: &str, error: Error) -> Self {
        let (server, message) = (server.to_owned(), error.to_string());
        match &error {
            Error::Server(told) if DENIED.contains(&told.code) => Self::Denied { server, message },
            Error::Server(told) if !AWAY.contains(&told.code) => Self::Refused { server, message },
            _ => Self::Lost { server, message },
        }
    }
}
