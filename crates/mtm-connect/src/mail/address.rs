//! Where the mail server is, and where people are.

use std::fmt;

use url::Url;

/// How a connection is kept from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It begins in the clear and is encrypted before anything is said (`STARTTLS`); no server that does
    /// not offer it is spoken to.
    StartTls,
    /// It is encrypted from the start.
    Tls,
    /// It is not: for a relay on the same machine.
    Plain,
}

/// The place of a mail server, and who one is there. Without a password: that is no part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or address of the machine.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is kept from being read.
    pub security: Security,
    /// Who one is.
    pub user: Option<String>,
}

/// Why a text is no address of a mail server. Reads well after "is".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is none of its kind.
    #[error(
        "not an address such as smtp://user@mail.plant:587, or smtps:// with TLS from the start"
    )]
    Shape,
    /// It holds a password, which would be shown wherever the address is.
    #[error("an address with a password, which belongs into a file of its own")]
    Password,
    /// A password would go over the wire as it is.
    #[error("an address with a user but without TLS: write smtp:// or smtps://")]
    Readable,
}

impl Address {
    /// Reads an address: `smtp://`, `smtps://`, or `smtp+plain://`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::Shape)?;
        let (security, port) = match url.scheme() {
            "smtp" => (Security::StartTls, 587),
            "smtps" => (Security::Tls, 465),
            "smtp+plain" => (Security::Plain, 25),
            _ => return Err(AddressError::Shape),
        };
        if url.password().is_some() {
            return Err(AddressError::Password);
        }
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        let host = url.host_str().filter(|host| bare && !host.is_empty());
        let host = host.ok_or(AddressError::Shape)?.trim_matches(['[', ']']).to_owned();
        let user = decoded(url.username()).filter(|user| !user.is_empty());
        if security == Security::Plain && user.is_some() {
            return Err(AddressError::Readable);
        }
        Ok(Self { host, port: url.port().unwrap_or(port), security, user })
    }
}

/// The name of an account is often an address itself, whose `@` is written `%40` before a host.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            plain => plain,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

/// Where somebody is written to, or from: an address, and a name where there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(pub(super) lettre::message::Mailbox);

/// Why a text is no address of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailboxError {
    /// It is none.
    #[error("this is no e-mail address; write it like jane@plant.example")]
    Shape,
    /// It holds letters that not every server on the way takes.
    #[error("an e-mail address has plain letters only here")]
    Letters,
    /// Longer than an address may be.
    #[error("an e-mail address has at most 254 characters")]
    TooLong,
}

impl Mailbox {
    /// Reads `name@host`, or `Name <name@host>`.
    pub fn parse(text: &str) -> Result<Self, MailboxError> {
        let text = text.trim();
        let mailbox: lettre::message::Mailbox = text.parse().map_err(|_| MailboxError::Shape)?;
        let address: &str = mailbox.email.as_ref();
        // Nothing may stand behind it: another address, or another line.
        if text != address && !text.ends_with(&format!("<{address}>")) {
            return Err(MailboxError::Shape);
        }
        if !address.is_ascii() {
            return Err(MailboxError::Letters);
        }
        if address.len() > 254 {
            return Err(MailboxError::TooLong);
        }
        // Something that no server anywhere takes is better said now than by mail that never comes.
        if !mailbox.email.domain().contains(['.', ':']) && mailbox.email.domain() != "localhost" {
            return Err(MailboxError::Shape);
        }
        Ok(Self(mailbox))
    }

    /// The address alone.
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }

    /// The host of the address.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }

    /// The same address under a name.
    pub fn named(mut self, name: &str) -> Self {
        self.0.name = Some(name.to_owned());
        self
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({})", self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_how_and_who() {
        let check = |text: &str, host: &str, port: u16, security, user: Option<&str>| {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port), "{text}");
            assert_eq!((address.security, address.user.as_deref()), (security, user), "{text}");
        };
        check("smtp://mail.plant", "mail.plant", 587, Security::StartTls, None);
        check("smtps://mtm@mail.plant/", "mail.plant", 465, Security::Tls, Some("mtm"));
        let user = Some("mtm@plant.example");
        check("smtp://mtm%40plant.example@[::1]:2525", "::1", 2525, Security::StartTls, user);
        check("smtp+plain://127.0.0.1", "127.0.0.1", 25, Security::Plain, None);
    }

    #[test]
    fn what_is_none_is_told() {
        for wrong in ["mail", "http://mail", "smtp://", "smtp://mail/inbox", "smtp://mail?x=y"] {
            assert_eq!(Address::parse(wrong), Err(AddressError::Shape), "{wrong}");
        }
        assert_eq!(Address::parse("smtp://a:b@mail"), Err(AddressError::Password));
        assert_eq!(Address::parse("smtp+plain://a@mail"), Err(AddressError::Readable));
    }

    #[test]
    fn a_mailbox_is_an_address_that_every_server_takes() {
        let mailbox = Mailbox::parse(" Plant 1 <mtm@plant.example> ").unwrap();
        assert_eq!((mailbox.address(), mailbox.domain()), ("mtm@plant.example", "plant.example"));
        for (text, error) in [
            ("jane", MailboxError::Shape),
            ("jane@", MailboxError::Shape),
            ("jane@host", MailboxError::Shape),
            ("a@b.c, d@e.f", MailboxError::Shape),
            ("jane@x.y\r\nBcc: z@x.y", MailboxError::Shape),
            ("jöse@plant.example", MailboxError::Letters),
        ] {
            assert_eq!(Mailbox::parse(text).map(drop), Err(error), "{text:?}");
        }
        let long = format!("{}@plant.example", "a".repeat(300));
        assert!(Mailbox::parse(&long).is_err());
    }
}
