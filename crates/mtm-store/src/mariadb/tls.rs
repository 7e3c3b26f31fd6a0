//! TLS to a server, as its URL asks for it: the ledger's, and an earlier system's.
//!
//! `ssl-mode=` says how: `disabled` (where nothing is said), `preferred` (if the server offers it),
//! `required` (encrypted, to whoever answers), `verify_identity` (encrypted, to nobody but the
//! server of that name). Certificates are trusted if those in the file of `ssl-ca=` say so, or
//! else the public ones that the program knows. `ssl-server-name=` is the name that the certificate
//! must be for, where that is not the URL's host: behind a tunnel, or for a whole cluster.
//! `ssl-cert=` and `ssl-key=` are files with a certificate and its key of our own, for a server
//! that wants to know who comes.
//!
//! Deliberately absent: `verify_ca`, any server's certificate that the authority signed. The name
//! costs nothing to check, and without it every other certificate of that authority would do.

use std::borrow::Cow;
use std::fs;
use std::io;

use mysql_async::{ClientIdentity, DriverError, Error, IoError, OptsBuilder, SslOpts};
use percent_encoding::percent_decode_str;

/// How the way to a server is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    mode: Mode,
    identity: Option<Identity>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
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

/// Who we are: certificates and key, as PEM.
#[derive(Clone, PartialEq, Eq)]
struct Identity {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

/// Without the key.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

/// The options, as a URL has them.
#[derive(Default)]
struct Asked {
    mode: Option<String>,
    authority: Option<String>,
    name: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Tls {
    /// Takes the options of TLS out of a URL; gives what is left for the driver, or what is wrong.
    pub(crate) fn take(url: &str) -> Result<(Cow<'_, str>, Self), String> {
        let Some((rest, query)) = url.split_once('?') else {
            return Ok((Cow::Borrowed(url), Self { mode: Mode::Disabled, identity: None }));
        };
        let (mut asked, mut left) = (Asked::default(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let option = match key {
                "ssl-mode" => &mut asked.mode,
                "ssl-ca" => &mut asked.authority,
                "ssl-server-name" => &mut asked.name,
                "ssl-cert" => &mut asked.certificate,
                "ssl-key" => &mut asked.key,
                // The driver has names of its own for the same; two that disagree help nobody.
                "require_ssl" | "verify_ca" | "verify_identity" | "built_in_roots" => {
                    return Err(format!("{key} is not known; TLS is set by ssl-mode="));
                }
                _ => {
                    left.push(pair);
                    continue;
                }
            };
            if option.is_some() {
                return Err(format!("{key} stands there twice"));
            }
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| format!("{key} is no text"))?;
            if value.is_empty() {
                return Err(format!("{key} says nothing"));
            }
            *option = Some(value.into_owned());
        }
        let identity = asked.identity()?;
        let tls = Self { mode: asked.mode()?, identity };
        let query = if left.is_empty() { String::new() } else { format!("?{}", left.join("&")) };
        Ok((Cow::Owned(format!("{rest}{query}")), tls))
    }

    /// Whether it may go without.
    pub(crate) fn is_only_preferred(&self) -> bool {
        self.mode == Mode::Preferred
    }

    /// What the driver is told. Where TLS is only preferred it is told to encrypt; what it does
    /// without is for the caller.
    pub(crate) fn set(&self, options: OptsBuilder) -> OptsBuilder {
        let ssl = match &self.mode {
            Mode::Disabled => return options,
            Mode::Preferred | Mode::Required => {
                SslOpts::default().with_danger_accept_invalid_certs(true)
            }
            Mode::Verified { authority, name } => SslOpts::default()
                .with_disable_built_in_roots(authority.is_some())
                .with_root_certs(authority.iter().map(|it| it.clone().into()).collect())
                .with_danger_tls_hostname_override(name.clone()),
        };
        let identity = self.identity.clone().map(|Identity { certificates, key }| {
            ClientIdentity::new(certificates.into(), key.into())
        });
        // The driver would go on by the server's socket where the server is this machine, and
        // there it encrypts nothing.
        options.ssl_opts(ssl.with_client_identity(identity)).prefer_socket(false)
    }
}

impl Asked {
    fn mode(self) -> Result<Mode, String> {
        let unchecked = match self.mode.as_deref().unwrap_or("disabled") {
            "disabled" => Mode::Disabled,
            "preferred" => Mode::Preferred,
            "required" => Mode::Required,
            "verify_identity" => {
                let pem = |path: String| pem("ssl-ca", &path, "CERTIFICATE");
                let authority = self.authority.map(pem).transpose()?;
                return Ok(Mode::Verified { authority, name: self.name });
            }
            "verify_ca" => {
                let text = "ssl-mode=verify_ca would believe every server that the authority \
                            signed for; use verify_identity, with ssl-server-name=NAME where the \
                            certificate is for another name than the URL's host";
                return Err(text.to_owned());
            }
            other => {
                return Err(format!(
                    "ssl-mode={other} is not known; it is disabled, preferred, required or \
                     verify_identity"
                ));
            }
        };
        // Whoever names an authority expects it to be asked.
        if self.authority.is_some() || self.name.is_some() {
            let option = if self.authority.is_some() { "ssl-ca" } else { "ssl-server-name" };
            return Err(format!("{option} needs ssl-mode=verify_identity"));
        }
        Ok(unchecked)
    }

    fn identity(&self) -> Result<Option<Identity>, String> {
        let (certificate, key) = match (&self.certificate, &self.key) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err("ssl-cert needs ssl-key".to_owned()),
            (None, Some(_)) => return Err("ssl-key needs ssl-cert".to_owned()),
            (Some(certificate), Some(key)) => (certificate, key),
        };
        // Whoever shows a certificate expects that the way is encrypted.
        if !matches!(self.mode.as_deref(), Some("required" | "verify_identity" | "verify_ca")) {
            return Err("ssl-cert needs ssl-mode=verify_identity or required".to_owned());
        }
        let certificates = pem("ssl-cert", certificate, "CERTIFICATE")?;
        Ok(Some(Identity { certificates, key: pem("ssl-key", key, "PRIVATE KEY")? }))
    }
}

/// Whether a connection failed because the server offers no TLS, or none that this program takes.
pub(crate) fn is_missing(error: &Error) -> bool {
    match error {
        Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)) => true,
        // What the handshake ends with.
        Error::Io(IoError::Io(error)) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// What stands in a file: a certificate, or a key of any kind. Nothing of it is shown.
fn pem(option: &str, path: &str, what: &str) -> Result<Vec<u8>, String> {
    let text = fs::read(path).map_err(|error| format!("{option}: {path}: {error}"))?;
    let mark = format!("{what}-----");
    if text.windows(mark.len()).any(|window| window == mark.as_bytes()) {
        Ok(text)
    } else {
        Err(format!("{option}: {path} holds no {} (PEM)", what.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &str) -> String {
        match Tls::take(&format!("mysql://db/mtm?{query}")) {
            Ok((url, tls)) => format!("{url} {:?}", tls.mode),
            Err(told) => told,
        }
    }

    #[test]
    fn the_options_of_tls_leave_the_url_and_the_others_stay() {
        assert_eq!(Tls::take("mysql://db/mtm").unwrap().1.mode, Mode::Disabled);
        assert_eq!(told("ssl-mode=required"), "mysql://db/mtm Required");
        assert_eq!(
            told("pool_min=1&ssl-mode=preferred&x=y"),
            "mysql://db/mtm?pool_min=1&x=y Preferred"
        );
        let named = Mode::Verified { authority: None, name: Some("db.plant".to_owned()) };
        let url = "mysql://db/mtm?ssl-server-name=db%2Eplant&ssl-mode=verify_identity";
        assert_eq!(Tls::take(url).unwrap().1.mode, named);
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
            ("ssl-mode=required&ssl-cert=/nowhere.pem", "ssl-cert needs ssl-key"),
            ("ssl-mode=required&ssl-key=/nowhere.key", "ssl-key needs ssl-cert"),
            ("ssl-cert=/a&ssl-key=/b", "ssl-cert needs ssl-mode="),
            ("ssl-mode=preferred&ssl-cert=/a&ssl-key=/b", "ssl-cert needs ssl-mode="),
            ("ssl-mode=required&ssl-cert=/dev/null&ssl-key=/b", "/dev/null holds no certificate"),
        ];
        for (query, expected) in refused {
            let told = told(query);
            assert!(told.contains(expected), "{query}: {told}");
        }
    }
}
