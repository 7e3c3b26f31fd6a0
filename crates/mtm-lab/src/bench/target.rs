//! Which server, and what can go wrong with it.

use hyper::Uri;
use hyper::header::HeaderValue;

/// The server under load.
#[derive(Debug, Clone)]
pub struct Target {
    pub(super) address: String,
    pub(super) host: HeaderValue,
    pub(super) authorization: HeaderValue,
}

/// Why a run did not take place. Refusals and lost answers within a run are results, not errors.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Not the address of a server.
    #[error("{given:?} is not the address of a server; write it like http://127.0.0.1:8080")]
    Address {
        /// What was given.
        given: String,
    },
    /// The load generator speaks plain HTTP.
    #[error(
        "{given} wants TLS, which would measure this machine's cryptography; name the plain listener"
    )]
    Tls {
        /// What was given.
        given: String,
    },
    /// Not a token.
    #[error("the token holds characters that a header cannot carry; paste it again")]
    Token,
    /// Nobody answers.
    #[error("no answer from {address}; is the server running there?")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The server refused something that the run needs.
    #[error("{what} was answered with {status} {code}: {detail}")]
    Refused {
        /// What was asked.
        what: String,
        /// The status.
        status: u16,
        /// The problem's code; empty where there was none.
        code: String,
        /// The problem's explanation.
        detail: String,
    },
    /// The connection broke, or the answer is none of this product.
    #[error("{what} was not answered as expected: {detail}")]
    Answer {
        /// What was asked.
        what: String,
        /// What came instead.
        detail: String,
    },
    /// There is no master data to book with.
    #[error("the server has no {what}; generate a plant into it first")]
    NoMaterial {
        /// What is missing.
        what: &'static str,
    },
    /// A plan that cannot be carried out.
    #[error("{what}")]
    Plan {
        /// What is wrong with it and what to do.
        what: &'static str,
    },
}

impl Target {
    /// The server at `url` (`http://host:port`), spoken to with `token`.
    pub fn new(url: &str, token: &str) -> Result<Self, BenchError> {
        let wrong = || BenchError::Address { given: url.to_owned() };
        let uri: Uri = url.trim_end_matches('/').parse().map_err(|_| wrong())?;
        if uri.scheme_str() == Some("https") {
            return Err(BenchError::Tls { given: url.to_owned() });
        }
        let plain = uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/");
        let authority =
            uri.authority().filter(|_| plain && uri.query().is_none()).ok_or_else(wrong)?;
        let port = authority.port_u16().unwrap_or(80);
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| BenchError::Token)?;
        authorization.set_sensitive(true);
        Ok(Self {
            address: format!("{}:{port}", authority.host()),
            host: HeaderValue::try_from(authority.as_str()).map_err(|_| wrong())?,
            authorization,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_http_without_a_path() {
        let target = Target::new("http://127.0.0.1:8080/", "secret").unwrap();
        assert_eq!(target.address, "127.0.0.1:8080");
        assert!(!format!("{target:?}").contains("secret"), "the token is printed");
        assert_eq!(Target::new("http://plant", "t").unwrap().address, "plant:80");
        assert_eq!(Target::new("http://[::1]:1", "t").unwrap().address, "[::1]:1");
        for wrong in ["", "plant", "plant:80", "ftp://plant", "http://plant/api", "http://p?x=1"] {
            assert!(matches!(Target::new(wrong, "t"), Err(BenchError::Address { .. })), "{wrong}");
        }
        assert!(matches!(Target::new("https://plant", "t"), Err(BenchError::Tls { .. })));
        assert!(matches!(Target::new("http://plant", "a\nb"), Err(BenchError::Token)));
    }
}
