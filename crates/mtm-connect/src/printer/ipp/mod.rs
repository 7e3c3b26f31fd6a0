//! Printers and print servers that take documents by the Internet Printing Protocol (RFC 8010, RFC 8011): office
//! printers, and the queues of CUPS.
//!
//! A [`Printer`] is asked how it is (Get-Printer-Attributes), is given a document as a job of its own (Print-Job), and
//! asked what becomes of the job (Get-Job-Attributes) until that is over. Where the reply to a document is lost, the job
//! is looked for by its name (Get-Jobs); a document is sent once, whatever happens.
//!
//! Absent on purpose: cancelling jobs at the printer, and whatever else the printer could be told to do; subscriptions;
//! and printers that take only pictures of pages.

mod address;
mod job;
mod line;
mod standing;
mod wire;

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Deadlines;
use crate::outgoing::{self, Client, ClientError, Header};

pub use self::address::{Address, AddressError};
pub use self::line::Line;

/// In whose name is printed where nobody else is named.
const USER: &str = "mtm";

/// How a printer is spoken to.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// PEM file of the authority that vouches for its certificate; the system's where there is none.
    pub ca_file: Option<PathBuf>,
    /// In whose name is printed.
    pub user: Option<String>,
    /// What that one's password is, where it is asked for.
    pub password: Option<String>,
}

impl fmt::Debug for Access {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ca_file, user, .. } = self;
        f.debug_struct("Access")
            .field("ca_file", ca_file)
            .field("user", user)
            .finish_non_exhaustive()
    }
}

impl Access {
    /// In whose name is printed.
    fn user(&self) -> &str {
        self.user.as_deref().unwrap_or(USER)
    }

    /// What says so to a printer that wants to know (RFC 7617).
    fn header(&self) -> Option<Header> {
        let password = self.password.as_ref()?;
        let pair = STANDARD.encode(format!("{}:{password}", self.user()));
        Some(Header::secret("authorization", format!("Basic {pair}")))
    }
}

/// A printer.
#[derive(Debug, Clone)]
pub struct Printer {
    address: Address,
    access: Access,
    deadlines: Deadlines,
    client: Client,
}

impl Printer {
    /// The printer at `address`. An error where its authority's certificate cannot be used.
    pub fn new(
        address: Address,
        access: Access,
        deadlines: Deadlines,
    ) -> Result<Self, ClientError> {
        // A document may take as long as printing does: some printers take no more than they print.
        let whole = deadlines.print.max(deadlines.answer);
        let calls = outgoing::Deadlines { connect: deadlines.connect, whole };
        let client = if address.is_encrypted() {
            Client::trusting(calls, access.ca_file.as_deref())?
        } else {
            Client::unencrypted(calls)?
        };
        Ok(Self::over(client, address, access, deadlines))
    }

    /// The same, called by this client.
    pub const fn over(
        client: Client,
        address: Address,
        access: Access,
        deadlines: Deadlines,
    ) -> Self {
        Self { address, access, deadlines, client }
    }
}
