//! Mail: people are written to by a plant's own mail server (SMTP).
//!
//! A [`Line`] to the [`Server`] is opened, encrypted unless the address says otherwise on purpose, and one
//! [`Mail`] after the other is handed over. What is not taken says whose matter it is ([`NotTaken`]): the
//! receiver's, this mail's, or the server's, which then says no to everybody.
//!
//! Nothing is kept here: no queue and no second try. A mail has an identity (`Message-ID`), and whoever
//! sends it twice sends the same one, so that a mailbox can tell.

mod address;
mod line;
mod text;

use std::path::PathBuf;
use std::time::Duration;

pub use address::{Address, AddressError, Mailbox, MailboxError, Security};
pub use line::{Line, NoLine, NotTaken};

/// How long a server may take to agree to a line, unless it is said otherwise.
const CONNECT: Duration = Duration::from_secs(20);
/// How long it may take for a mail.
const TAKE: Duration = Duration::from_secs(60);

/// The mail server of a plant, and who one is there.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    address: Address,
    password: Option<String>,
    ca_file: Option<PathBuf>,
    from: Mailbox,
    /// Until there is a line that the server agreed to.
    connect: Duration,
    /// Until a mail is taken.
    take: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Identity: the same mail sent again has the same one. Letters, digits, `.` and `-`.
    pub id: String,
    /// To whom.
    pub to: Mailbox,
    /// What it is about: one line.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When it was written, in seconds since 1970.
    pub seconds: u64,
}

impl Server {
    /// The server at `address`, which is told that mail is `from` there. `ca_file` holds the authority
    /// that signed its certificate, where the system does not know it.
    pub fn new(
        address: Address,
        password: Option<String>,
        ca_file: Option<PathBuf>,
        from: Mailbox,
    ) -> Self {
        Self { address, password, ca_file, from, connect: CONNECT, take: TAKE }
    }

    /// The same, given so long until there is a line, and until a mail is taken; 20 and 60 seconds
    /// otherwise.
    #[must_use]
    pub fn within(self, connect: Duration, take: Duration) -> Self {
        Self { connect, take, ..self }
    }

    /// Opens a line: connected, encrypted, signed in.
    pub async fn open(&self) -> Result<Line, NoLine> {
        let late = || NoLine(format!("no answer within {} s", self.connect.as_secs()));
        tokio::time::timeout(self.connect, Line::open(self)).await.unwrap_or_else(|_| Err(late()))
    }
}
