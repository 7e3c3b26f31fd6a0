//! Where the earlier system's server is, and as whom to ask it.

use mysql_async::{Conn, Opts, OptsBuilder};

use super::fault::SourceFault;
use crate::database::without_password;
use crate::mariadb::tls::{self, Tls};

/// What every connection to an earlier system is set to. Zero dates and numbers come as they
/// stand there; texts of every character set come as UTF-8.
const SESSION: [&str; 3] = [
    "SET NAMES utf8mb4",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION sql_mode = ''",
];

/// The address of an earlier system's database, with the account to read it as.
#[derive(Clone)]
pub struct Address {
    options: Opts,
    /// Without TLS, where it is only preferred.
    plain: Option<Opts>,
    shown: String,
}

/// Without the password.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.shown).finish()
    }
}

impl Address {
    /// Whether `text` looks like the address of a server rather than a file's name.
    pub fn is_one(text: &str) -> bool {
        text.contains("://")
    }

    /// Reads `mysql://user@host:port/database`, with the options of TLS that the ledger's own URL
    /// takes. A `password` given apart wins over one in the URL.
    ///
    /// # Errors
    /// [`SourceFault::Address`] with what is wrong with it, never with the password.
    pub fn parse(url: &str, password: Option<&str>) -> Result<Self, SourceFault> {
        let wrong = |message: &str| SourceFault::Address { message: message.to_owned() };
        let rest = url
            .strip_prefix("mysql://")
            .or_else(|| url.strip_prefix("mariadb://"))
            .ok_or_else(|| wrong("it does not begin with mysql://"))?;
        let (rest, tls) = Tls::take(rest).map_err(|told| wrong(&told))?;
        let options = Opts::from_url(&format!("mysql://{rest}")).map_err(|error| match error {
            // Only these texts are known not to repeat the URL.
            mysql_async::UrlError::UnknownParameter { param } => {
                wrong(&format!("the parameter {param} is not known"))
            }
            mysql_async::UrlError::FeatureRequired { param, .. } => {
                wrong(&format!("the parameter {param} is not supported"))
            }
            _ => wrong("it cannot be read as a URL"),
        })?;
        if options.db_name().is_none_or(str::is_empty) {
            return Err(wrong("it names no database"));
        }
        if options.user().is_none_or(str::is_empty) {
            return Err(wrong("it names no user"));
        }
        let password = password.or(options.pass()).map(str::to_owned);
        let options = OptsBuilder::from_opts(options)
            .pass(password)
            // The server is where the address says, also when that is this machine.
            .prefer_socket(false)
            .init(SESSION.map(str::to_owned).to_vec());
        let plain = tls.is_only_preferred().then(|| options.clone().into());
        let shown = without_password(url).into_owned();
        Ok(Self { options: tls.set(options).into(), plain, shown })
    }

    /// Opens the way.
    pub(super) async fn open(&self) -> Result<Conn, mysql_async::Error> {
        match (Conn::new(self.options.clone()).await, &self.plain) {
            (Err(error), Some(plain)) if tls::is_missing(&error) => {
                tracing::warn!(%error, "the way to the legacy server is not encrypted");
                Conn::new(plain.clone()).await
            }
            (answer, _) => answer,
        }
    }

    /// The address without its password, fit to be shown and kept.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_from_either_place_and_never_shown() {
        let apart = Address::parse("mysql://reader@old-db:3307/mtm_wip", Some("s3cret")).unwrap();
        assert_eq!(apart.options.pass(), Some("s3cret"));
        assert_eq!(apart.shown(), "mysql://reader@old-db:3307/mtm_wip");
        let within = Address::parse("mariadb://reader:p%40ss@old-db/mtm_wip", None).unwrap();
        assert_eq!(within.options.pass(), Some("p@ss"));
        for address in [&apart, &within] {
            let debug = format!("{address:?}");
            assert!(!debug.contains("s3cret") && !debug.contains("p%40ss"), "{debug}");
        }
        assert_eq!(within.options.tcp_port(), 3306);
    }

    #[test]
    fn what_is_no_address_says_what_is_missing_and_nothing_secret() {
        for (url, part) in [
            ("postgres://u:hush@h/d", "mysql://"),
            ("mysql://u:hush@h", "no database"),
            ("mysql://u:hush@h/", "no database"),
            ("mysql://h/d", "no user"),
            ("mysql://u:hush@h/d?colour=1", "colour"),
            ("mysql://u:hush@h:x/d", "cannot be read"),
            ("mysql://u:hush@h/d?ssl-mode=on", "ssl-mode=on is not known"),
            ("mysql://u:hush@h/d?ssl-mode=required&ssl-cert=/a", "ssl-cert needs ssl-key"),
        ] {
            let error = Address::parse(url, None).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hush"), "{url}: {error}");
        }
    }
}
