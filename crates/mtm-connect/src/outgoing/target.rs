//! Where something is sent to, as an administrator named it.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::address::{Refused, admit};

/// Longest address of a target.
const LONGEST: usize = 2_000;

/// Why an address cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not an address at all.
    #[error("this is no address; write it like https://erp.example/hooks/mtm")]
    NotAnAddress,
    /// Longer than an address may be.
    #[error("an address has at most {LONGEST} characters")]
    TooLong,
    /// Neither HTTP nor HTTPS.
    #[error("the address begins with {0}; it must begin with http:// or https://")]
    Scheme(String),
    /// It carries a name or a password, which would be shown wherever the address is.
    #[error("the address holds a name or password; whoever sees it could use them")]
    Credentials,
    /// It leads to where nothing may be sent.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Where something may be sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
}

impl Target {
    /// The target at `address`, if it may be one. Where a name leads is looked at with every
    /// connection.
    pub fn parse(address: &str) -> Result<Self, TargetError> {
        let address = address.trim();
        if address.len() > LONGEST {
            return Err(TargetError::TooLong);
        }
        let mut url = Url::parse(address).map_err(|_| TargetError::NotAnAddress)?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(TargetError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        match url.host() {
            Some(Host::Ipv4(ip)) => admit(IpAddr::V4(ip))?,
            Some(Host::Ipv6(ip)) => admit(IpAddr::V6(ip))?,
            Some(Host::Domain(_)) => {}
            None => return Err(TargetError::NotAnAddress),
        }
        // It is for a browser, and never sent.
        url.set_fragment(None);
        // Odd characters take more room in the normal form.
        if url.as_str().len() > LONGEST {
            return Err(TargetError::TooLong);
        }
        Ok(Self { url })
    }

    /// The address in its normal form.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether it is on one of these hosts, each a name or an address, with a port where it is not the
    /// usual one.
    pub fn is_on(&self, hosts: &[String]) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let place = match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        hosts.iter().any(|known| known.eq_ignore_ascii_case(&place))
    }

    /// Scheme, host and port: what it shares with every other target of the same server.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }
}

impl fmt::Debug for Target {
    /// Without path and query: they may carry what only the receiver should know.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(address: &str) -> TargetError {
        Target::parse(address).unwrap_err()
    }

    #[test]
    fn addresses_of_receivers_are_taken_in_their_normal_form() {
        let check = |given: &str, kept: &str| {
            assert_eq!(Target::parse(given).unwrap().as_str(), kept);
        };
        check(" https://erp.example/hooks?plant=1#top ", "https://erp.example/hooks?plant=1");
        check("HTTP://ERP.example:80", "http://erp.example/");
        check("http://127.0.0.1:9/x", "http://127.0.0.1:9/x");
        check("http://[fd12::9]/", "http://[fd12::9]/");
    }

    #[test]
    fn a_host_is_the_same_one_only_with_its_port() {
        let hosts = ["chat.plant".to_owned(), "10.0.0.7:8065".to_owned()];
        let is_on = |address: &str| Target::parse(address).unwrap().is_on(&hosts);
        assert!(is_on("https://Chat.plant/hooks/1") && is_on("http://10.0.0.7:8065/x"));
        for other in ["https://chat.plant:81/", "http://10.0.0.7/", "https://chat.plant.evil/"] {
            assert!(!is_on(other), "{other}");
        }
        assert!(!is_on("https://evil/?chat.plant"));
    }

    #[test]
    fn what_cannot_be_a_target_says_why() {
        assert_eq!(refusal("erp.example/hooks"), TargetError::NotAnAddress);
        assert_eq!(refusal("http://"), TargetError::NotAnAddress);
        assert_eq!(refusal(&format!("http://a/{}", "ö".repeat(900))), TargetError::TooLong);
        assert_eq!(refusal("file:///etc/passwd"), TargetError::Scheme("file".to_owned()));
        assert_eq!(refusal("http://user:word@erp.example/"), TargetError::Credentials);
        assert_eq!(refusal(&format!("http://a/{}", "x".repeat(2_000))), TargetError::TooLong);
    }

    #[test]
    fn an_address_in_odd_digits_is_still_that_address() {
        for address in [
            "http://169.254.169.254/latest/meta-data",
            "http://0xa9fea9fe/",
            "http://2852039166/",
            "http://0251.0376.0251.0376/",
            "http://[::ffff:a9fe:a9fe]/",
        ] {
            let refused = refusal(address);
            assert!(matches!(refused, TargetError::Refused(Refused::LinkLocal(_))), "{address}");
        }
    }

    #[test]
    fn what_is_logged_of_a_target_leaves_out_its_path() {
        let target = Target::parse("https://erp.example/hooks/s3cret?key=1").unwrap();
        assert_eq!(format!("{target:?}"), "Target(https://erp.example)");
    }
}
