//! A connection to a mail server, one mail after the other.

use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::ClientId;

use super::address::Security;
use super::text::formatted;
use super::{Mail, Mailbox, Server};

/// How a certificate begins in a PEM file.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Why there is no line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoLine(pub(super) String);

/// Why a mail was not taken. The line is of no use afterwards.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The server takes nothing for this address, however often it is sent.
    #[error("{0}")]
    Address(String),
    /// The server does not take this mail, however often it is sent.
    #[error("{0}")]
    Mail(String),
    /// Not taken now, or nobody knows: it is to be sent again, as the same mail.
    #[error("{0}")]
    Later(String),
    /// The server says no to whatever it is sent, or the line broke before anything was.
    #[error("{0}")]
    Server(String),
}

/// An open line.
pub struct Line {
    connection: AsyncSmtpConnection,
    from: Mailbox,
    /// Until a mail is taken.
    take: Duration,
    /// Until the server took leave.
    leave: Duration,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Line {
    pub(super) async fn open(server: &Server) -> Result<Self, NoLine> {
        let Server { address, password, from, connect, take, .. } = server;
        let failed = |error: Error| NoLine(error.to_string());
        let hello = ClientId::Domain(from.domain().to_owned());
        let at_once = match address.security {
            Security::Tls => Some(trust(server)?),
            Security::StartTls | Security::Plain => None,
        };
        let place = (address.host.as_str(), address.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(*connect), &hello, at_once, None)
                .await
                .map_err(failed)?;
        if address.security == Security::StartTls {
            connection.starttls(trust(server)?, &hello).await.map_err(failed)?;
        }
        if let Some(user) = &address.user {
            let credentials = Credentials::new(user.clone(), password.clone().unwrap_or_default());
            let known = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&known, &credentials).await.map_err(failed)?;
        }
        Ok(Self { connection, from: from.clone(), take: *take, leave: *connect })
    }

    /// Hands a mail over. Taken is what the server acknowledged.
    pub async fn send(&mut self, mail: &Mail) -> Result<(), NotTaken> {
        let text = formatted(mail, &self.from).map_err(NotTaken::Mail)?;
        let take = self.take;
        let late = || NotTaken::Later(format!("no answer within {} s", take.as_secs()));
        let handing = self.hand_over(mail, &text);
        tokio::time::timeout(take, handing).await.unwrap_or_else(|_| Err(late()))
    }

    async fn hand_over(&mut self, mail: &Mail, text: &[u8]) -> Result<(), NotTaken> {
        let from = Some(self.from.0.email.clone());
        let sender = commands::Mail::new(from, Vec::new());
        let server = |error: Error| NotTaken::Server(error.to_string());
        self.connection.command(sender).await.map_err(server)?;
        let receiver = commands::Rcpt::new(mail.to.0.email.clone(), Vec::new());
        let of_receiver = |error| judge(&error, NotTaken::Address);
        self.connection.command(receiver).await.map_err(of_receiver)?;
        let of_mail = |error| judge(&error, NotTaken::Mail);
        self.connection.command(commands::Data).await.map_err(of_mail)?;
        // From here on it may have been received, whatever becomes of the line.
        let unknown = |error: Error| {
            let text = error.to_string();
            if error.is_permanent() { NotTaken::Mail(text) } else { NotTaken::Later(text) }
        };
        self.connection.message(text).await.map_err(unknown)?;
        Ok(())
    }

    /// Takes leave.
    pub async fn close(mut self) {
        // A server that has gone already is left as well.
        let _ = tokio::time::timeout(self.leave, self.connection.quit()).await;
    }
}

/// A no for good, a no for now, or a server that goes away (421) or broke off.
fn judge(error: &Error, for_good: fn(String) -> NotTaken) -> NotTaken {
    let text = error.to_string();
    let closing = error.status().is_some_and(|code| code.to_string() == "421");
    if error.is_permanent() {
        for_good(text)
    } else if error.is_transient() && !closing {
        NotTaken::Later(text)
    } else {
        NotTaken::Server(text)
    }
}

/// Whose certificates are believed: the authority of the file alone, or whom the system believes.
fn trust(server: &Server) -> Result<TlsParameters, NoLine> {
    let mut builder = TlsParametersBuilder::new(server.address.host.clone());
    if let Some(file) = &server.ca_file {
        let unusable = |why: String| {
            NoLine(format!("the certificates of {} cannot be used: {why}", file.display()))
        };
        let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
        if !pem.windows(BEGIN.len()).any(|bytes| bytes == BEGIN) {
            return Err(unusable("it holds none".to_owned()));
        }
        let authority = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build_rustls().map_err(|error| NoLine(error.to_string()))
}
