//! TLS to the server, as the database's URL asks for it.
//!
//! `ssl-mode=` says how: `disabled` (where nothing is said), `preferred` (if the server offers it),
//! `required` (encrypted, to whoever answers), `verify_identity` (encrypted, to nobody but the
//! server of that name). Certificates are trusted if those in the file of `ssl-ca=` say so, or
//! else the public ones that the program knows. `ssl-server-name=` is the name that the certificate
//! must be for, where that is not the URL's host: behind a tunnel, or for a whole cluster.
//!
//! Deliberately absent: `verify_ca`, any server's certificate that the authority signed. The name
//! costs nothing to check, and without it every other certificate of that authority would do.

use std::borrow::Cow;
use std::fs;
use std::io;

use mysql_async::{DriverError, Error, IoError, OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;

use crate::fault::Fault;

/// How the way to a server is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    /// Not at all.
    Disabled,
    /// If the server offers it; nobody knows who answers.
    Preferred,
    /// In any case; nobody knows who answers.
    Required,
    /// In any case, and the server proves its name.
    Verified {
        /// PEM certificates that are trusted instead of the public ones.
        authority: Option<Vec<u8>>,
        /// What the certificate is for, where that is not the host.
        name: Option<String>,
    },
}

impl Tls {
    /// Takes the options of TLS out of a URL; gives what is left for the driver.
    pub(super) fn take(url: &str) -> Result<(Cow<'_, str>, Self), Fault> {
        let Some((rest, query)) = url.split_once('?') else {
            return Ok((Cow::Borrowed(url), Self::Disabled));
        };
        let (mut mode, mut authority, mut name, mut left) = (None, None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let option = match key {
                "ssl-mode" => &mut mode,
                "ssl-ca" => &mut authority,
                "ssl-server-name" => &mut name,
                // The driver has names of its own for the same; two that disagree help nobody.
                "require_ssl" | "verify_ca" | "verify_identity" | "built_in_roots" => {
                    return Err(unusable(format!("{key} is not known; TLS is set by ssl-mode=")));
                }
                _ => {
                    left.push(pair);
                    continue;
                }
            };
            if option.is_some() {
                return Err(unusable(format!("{key} stands there twice")));
            }
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| unusable(format!("{key} is no text")))?;
            if value.is_empty() {
                return Err(unusable(format!("{key} says nothing")));
            }
            *option = Some(value.into_owned());
        }
        let tls = Self::asked(mode.as_deref(), authority.as_deref(), name)?;
        let query = if left.is_empty() { String::new() } else { format!("?{}", left.join("&")) };
        Ok((Cow::Owned(format!("{rest}{query}")), tls))
    }

    fn asked(
        mode: Option<&str>,
        authority: Option<&str>,
        name: Option<String>,
    ) -> Result<Self, Fault> {
        let unchecked = match mode.unwrap_or("disabled") {
            "disabled" => Self::Disabled,
            "preferred" => Self::Preferred,
            "required" => Self::Required,
            "verify_identity" => {
                let authority = authority.map(certificates).transpose()?;
                return Ok(Self::Verified { authority, name });
            }
            "verify_ca" => {
                let text = "ssl-mode=verify_ca would believe every server that the authority \
                            signed for; use verify_identity, with ssl-server-name=NAME where the \
                            certificate is for another name than the URL's host";
                return Err(unusable(text));
            }
            other => {
                return Err(unusable(format!(
                    "ssl-mode={other} is not known; it is disabled, preferred, required or \
                     verify_identity"
                )));
            }
        };
        // Whoever names an authority expects it to be asked.
        if authority.is_some() || name.is_some() {
            let option = if authority.is_some() { "ssl-ca" } else { "ssl-server-name" };
            return Err(unusable(format!("{option} needs ssl-mode=verify_identity")));
        }
        Ok(unchecked)
    }

    /// What the driver is told. `Preferred` is told to encrypt; what it does without is for
    /// the caller.
    pub(super) fn set(&self, options: OptsBuilder) -> OptsBuilder {
        let ssl = match self {
            Self::Disabled => return options,
            Self::Preferred | Self::Required => {
                SslOpts::default().with_danger_accept_invalid_certs(true)
            }
            Self::Verified { authority, name } => SslOpts::default()
                .with_disable_built_in_roots(authority.is_some())
                .with_root_certs(authority.iter().map(|it| it.clone().into()).collect())
                .with_danger_tls_hostname_override(name.clone()),
        };
        // The driver would go on by the server's socket where the server is this machine, and
        // there it encrypts nothing.
        options.ssl_opts(ssl).prefer_socket(false)
    }
}

/// Whether a connection failed because the server offers no TLS, or none that this program takes.
pub(super) fn is_missing(error: &Error) -> bool {
    match error {
        Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)) => true,
        // What the handshake ends with.
        Error::Io(IoError::Io(error)) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

fn certificates(path: &str) -> Result<Vec<u8>, Fault> {
    let text = fs::read(path).map_err(|error| unusable(format!("ssl-ca: {path}: {error}")))?;
    let mark: &[u8] = b"-----BEGIN CERTIFICATE-----";
    if text.windows(mark.len()).any(|window| window == mark) {
        Ok(text)
    } else {
        Err(unusable(format!("ssl-ca: {path} holds no certificate (PEM)")))
    }
}

fn unusable(text: impl std::fmt::Display) -> Fault {
    Fault::Unusable(format!("the database URL: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &str) -> String {
        match Tls::take(&format!("mysql://db/mtm?{query}")) {
            Ok((url, tls)) => format!("{url} {tls:?}"),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn the_options_of_tls_leave_the_url_and_the_others_stay() {
        assert_eq!(Tls::take("mysql://db/mtm").unwrap().1, Tls::Disabled);
        assert_eq!(told("ssl-mode=required"), "mysql://db/mtm Required");
        assert_eq!(
            told("pool_min=1&ssl-mode=preferred&x=y"),
            "mysql://db/mtm?pool_min=1&x=y Preferred"
        );
        let named = Tls::Verified { authority: None, name: Some("db.plant".to_owned()) };
        let url = "mysql://db/mtm?ssl-server-name=db%2Eplant&ssl-mode=verify_identity";
        assert_eq!(Tls::take(url).unwrap().1, named);
    }

    #[test]
    fn what_is_not_known_or_says_nothing_is_refused() {
        let refused = [
            ("ssl-mode=on", "ssl-mode=on is not known"),
            ("ssl-mode=REQUIRED", "ssl-mode=REQUIRED is not known"),
            ("ssl-mode=", "ssl-mode says nothing"),
            ("ssl-mode=required&ssl-mode=disabled", "stands there twice"),
            ("ssl-mode=verify_ca", "use verify_identity"),
            ("ssl-ca=/nowhere", "ssl-ca needs ssl-mode=verify_identity"),
            ("ssl-mode=required&ssl-server-name=db", "ssl-server-name needs"),
            ("ssl-mode=verify_identity&ssl-ca=/nowhere.pem", "/nowhere.pem: No such file"),
            ("ssl-mode=verify_identity&ssl-ca=/dev/null", "holds no certificate"),
            ("require_ssl=true", "TLS is set by ssl-mode="),
        ];
        for (query, expected) in refused {
            let told = told(query);
            assert!(told.contains(expected), "{query}: {told}");
        }
    }
}
