//! Where a printer of documents is: its URI (RFC 3510, RFC 7472).

use std::fmt;

use url::Url;

use crate::outgoing::{Target, TargetError};

/// Where such printers listen, encrypted or not, unless it is said otherwise.
const PORT: u16 = 631;

/// A printer's URI, and where its requests are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    uri: String,
    target: Target,
    is_encrypted: bool,
}

/// Why that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No such URI.
    #[error(
        "this is no printer's URI: write ipp://print.plant.example/printers/office or ipps://10.1.2.3/ipp/print"
    )]
    NotAnAddress,
    /// A name or a password in it, which would be shown wherever the address is.
    #[error("the address holds a name or password: write them as user and password_file")]
    Credentials,
    /// One that is not connected to.
    #[error(transparent)]
    Refused(TargetError),
}

impl Address {
    /// Whether `text` is meant to be one.
    pub(in crate::printer) fn is_meant(text: &str) -> bool {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        scheme.is_some_and(|it| it == "ipp" || it == "ipps")
    }

    /// Reads `ipp://host/path` or `ipps://host/path`, with a port or not.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(AddressError::NotAnAddress)?;
        let (scheme, http, usual) = match scheme.to_ascii_lowercase().as_str() {
            "ipp" => ("ipp", "http", 80),
            "ipps" => ("ipps", "https", 443),
            _ => return Err(AddressError::NotAnAddress),
        };
        // As the web's own address it is read by the web's rules, but for the port that goes without saying.
        let url =
            Url::parse(&format!("{http}://{rest}")).map_err(|_| AddressError::NotAnAddress)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() || url.path() == "/" {
            return Err(AddressError::NotAnAddress);
        }
        let host = url.host_str().ok_or(AddressError::NotAnAddress)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let said = match url.port() {
            Some(port) => Some(port),
            // Dropped as the usual one of the web; here it was said.
            None => authority.ends_with(&format!(":{usual}")).then_some(usual),
        };
        let port = said.unwrap_or(PORT);
        let target = Target::parse(&format!("{http}://{host}:{port}{}", url.path()))
            .map_err(AddressError::Refused)?;
        let shown = said.filter(|port| *port != PORT).map(|port| format!(":{port}"));
        let uri = format!("{scheme}://{host}{}{}", shown.unwrap_or_default(), url.path());
        Ok(Self { uri, target, is_encrypted: scheme == "ipps" })
    }

    /// Whether what is said there is encrypted.
    pub const fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// The printer's URI.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Where its requests are sent.
    pub(super) const fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_where_requests_are_sent() {
        for (text, uri, target) in [
            (
                "ipp://print.plant/printers/office",
                "ipp://print.plant/printers/office",
                "http://print.plant:631/printers/office",
            ),
            (
                " IPPS://Print.Plant:631/ipp/print ",
                "ipps://print.plant/ipp/print",
                "https://print.plant:631/ipp/print",
            ),
            ("ipp://10.1.2.3:8631/ipp", "ipp://10.1.2.3:8631/ipp", "http://10.1.2.3:8631/ipp"),
            ("ipp://print:80/ipp", "ipp://print:80/ipp", "http://print/ipp"),
            ("ipp://[fd00::7]/ipp", "ipp://[fd00::7]/ipp", "http://[fd00::7]:631/ipp"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.to_string().as_str(), address.target().as_str()), (uri, target));
        }
        assert!(Address::parse("ipps://print/ipp").unwrap().is_encrypted());
    }

    #[test]
    fn what_is_no_uri_says_why() {
        for text in ["", "print", "http://print/ipp", "ipp://", "ipp://print", "ipp://print/a?b"] {
            assert_eq!(Address::parse(text), Err(AddressError::NotAnAddress), "{text}");
        }
        assert_eq!(Address::parse("ipp://a:b@print/ipp"), Err(AddressError::Credentials));
        let refused = Address::parse("ipp://169.254.169.254/ipp");
        assert!(matches!(refused, Err(AddressError::Refused(TargetError::Refused(_)))));
    }
}
