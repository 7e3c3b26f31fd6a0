//! Where such a printer is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;

use crate::outgoing::{Refused, admit};

/// Where such printers listen, unless it is said otherwise.
const PORT: u16 = 9100;
/// Longest name of a host (RFC 1035).
const HOST_MAX: usize = 253;

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No name or address of a host.
    #[error("{0:?} is no host: write dock-2.plant.example:9100, 10.1.2.3:9100 or [fd00::7]:9100")]
    Host(String),
    /// No port.
    #[error("{0:?} is no port: write a number from 1 to 65535")]
    Port(String),
    /// One that is not connected to.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Address {
    /// Reads `host`, `host:port` or `[IPv6]:port`, with `tcp://` before it or not.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let plain = text.trim();
        let plain = plain.strip_prefix("tcp://").unwrap_or(plain);
        let bad = || AddressError::Host(plain.to_owned());
        let (host, port) = match plain.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or_else(bad)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
                let port = if rest.is_empty() {
                    None
                } else {
                    Some(rest.strip_prefix(':').ok_or_else(bad)?)
                };
                (host, port)
            }
            None => match plain.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (plain, None),
            },
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || host.len() > HOST_MAX || !host.chars().all(is_host) {
            return Err(bad());
        }
        if let Ok(ip) = host.parse::<IpAddr>() {
            admit(ip)?;
        }
        let port = match port {
            None => PORT,
            Some(text) => match text.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err(AddressError::Port(text.to_owned())),
            },
        };
        Ok(Self { host: host.to_owned(), port })
    }

    /// The addresses that it stands for now, of those that may be reached.
    pub(super) async fn found(&self) -> Vec<SocketAddr> {
        let Ok(all) = lookup_host((self.host.as_str(), self.port)).await else { return Vec::new() };
        all.filter(|it| admit(it.ip()).is_ok()).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for (text, shown) in [
            ("dock-2.plant.example", "dock-2.plant.example:9100"),
            (" tcp://10.1.2.3:6101 ", "10.1.2.3:6101"),
            ("[fd00::7]:9101", "[fd00::7]:9101"),
            ("[fd00::7]", "[fd00::7]:9100"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for text in ["", "a b", "host:", "host:0", "host:70000", "host:9100/x", "[fd00::7", "[x]:1"]
        {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains("write"), "{text}: {error}");
        }
        // What answers there is a hosting platform's.
        assert!(matches!(Address::parse("169.254.169.254"), Err(AddressError::Refused(_))));
        assert!(matches!(Address::parse("0.0.0.0:9100"), Err(AddressError::Refused(_))));
    }
}
