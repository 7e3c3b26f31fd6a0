//! The ways to the servers that a URL names, and what every connection is set to.
//!
//! `mysql://user@one:3306,two:3306/mtm` names the servers of a cluster, the preferred one first.
//! `replica=three:3306` names one that follows them, for reading what is long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mysql_async::{Conn, Opts, OptsBuilder, Pool, PoolOpts};
use percent_encoding::percent_decode_str;

use super::tls::{self, Tls};
use crate::fault::Fault;

/// What every connection is set to: refuse what does not fit, read texts as the embedded engine
/// does, wait briefly, UTC.
pub(super) const SESSION: [&str; 6] = [
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,\
     NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
    "SET SESSION innodb_lock_wait_timeout = 5",
    "SET SESSION lock_wait_timeout = 30",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin",
];

/// What a connection that answers questions is set to besides: the first statement of a question
/// begins a transaction that cannot write, so that beginning one costs no way to the server.
pub(super) const READING: [&str; 2] =
    ["SET SESSION TRANSACTION READ ONLY", "SET SESSION autocommit = 0"];

/// Statements kept prepared on a connection.
const STATEMENTS: usize = 160;

/// The servers of a URL.
#[derive(Debug)]
pub(super) struct Ways {
    /// Those that may be written to, the preferred one first.
    pub(super) hosts: Vec<Way>,
    /// One that follows them.
    pub(super) replica: Option<Way>,
}

/// The way to one server.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Host and port, as the URL has them.
    pub(super) name: String,
    options: Opts,
    /// Where TLS is only preferred.
    plain: Option<Plain>,
}

/// Without TLS, for a server that was found to offer none.
#[derive(Debug, Clone)]
struct Plain {
    options: Opts,
    chosen: Arc<AtomicBool>,
}

impl Ways {
    /// What `url` names.
    pub(super) fn of(url: &str) -> Result<Self, Fault> {
        let (url, replica) = take_replica(url)?;
        let (before, names, after) = around_hosts(&url);
        let way = |name: &str| Way::of(name, &format!("{before}{name}{after}"));
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name))
        {
            return Err(unusable(format!("{} stands there twice", twice.1)));
        }
        Ok(Self {
            hosts: names.iter().map(|name| way(name)).collect::<Result<_, _>>()?,
            replica: replica.as_deref().map(way).transpose()?,
        })
    }
}

impl Way {
    fn of(name: &str, url: &str) -> Result<Self, Fault> {
        if name.is_empty() {
            return Err(unusable("a host is missing between the commas"));
        }
        let (url, tls) = Tls::take(url).map_err(unusable)?;
        let options = Opts::from_url(&url).map_err(unusable)?;
        let options = OptsBuilder::from_opts(options)
            .stmt_cache_size(STATEMENTS)
            // An update that changes nothing has still found its row, as in the embedded engine.
            .client_found_rows(true)
            .init(SESSION.map(str::to_owned).to_vec());
        let plain = tls
            .is_only_preferred()
            .then(|| Plain { options: options.clone().into(), chosen: Arc::default() });
        Ok(Self { name: name.to_owned(), options: tls.set(options).into(), plain })
    }

    /// A pool of connections along this way, set to `more` besides.
    pub(super) fn pool(&self, pool: &PoolOpts, more: &[&str]) -> Host {
        let made = |options: &Opts| {
            let session = SESSION.iter().chain(more).map(|&set| set.to_owned());
            let options = OptsBuilder::from_opts(options.clone()).init(session.collect::<Vec<_>>());
            Pool::new(options.pool_opts(pool.clone()))
        };
        Host {
            encrypted: made(&self.options),
            plain: self
                .plain
                .as_ref()
                .map(|plain| (made(&plain.options), Arc::clone(&plain.chosen))),
        }
    }

    /// A connection of no pool.
    pub(super) async fn open(&self) -> Result<Conn, mysql_async::Error> {
        let Some(plain) = &self.plain else { return Conn::new(self.options.clone()).await };
        if !plain.chosen.load(Ordering::Relaxed) {
            match Conn::new(self.options.clone()).await {
                Err(error) if tls::is_missing(&error) => warn(&plain.chosen, &error),
                answer => return answer,
            }
        }
        Conn::new(plain.options.clone()).await
    }
}

/// The connections to one server.
#[derive(Debug)]
pub(super) struct Host {
    encrypted: Pool,
    plain: Option<(Pool, Arc<AtomicBool>)>,
}

impl Host {
    /// The pool that is used: where TLS is only preferred, the one without may be.
    fn pool(&self) -> &Pool {
        match &self.plain {
            Some((plain, chosen)) if chosen.load(Ordering::Relaxed) => plain,
            _ => &self.encrypted,
        }
    }

    /// A connection that is free, or a new one. Not to be dropped before its end: the driver
    /// loses count of a connection that it was checking just then.
    pub(super) async fn get(&self) -> Result<Conn, mysql_async::Error> {
        let pool = self.pool();
        match (pool.get_conn().await, &self.plain) {
            (Err(error), Some((plain, chosen))) if tls::is_missing(&error) => {
                warn(chosen, &error);
                plain.get_conn().await
            }
            (answer, _) => answer,
        }
    }

    /// The driver's own figures.
    pub(super) fn figures(&self) -> Arc<mysql_async::Metrics> {
        self.pool().metrics()
    }

    /// Closes every connection.
    pub(super) async fn close(&self) -> Result<(), mysql_async::Error> {
        if let Some((plain, _)) = &self.plain {
            plain.clone().disconnect().await?;
        }
        self.encrypted.clone().disconnect().await
    }
}

fn warn(chosen: &AtomicBool, error: &mysql_async::Error) {
    if !chosen.swap(true, Ordering::Relaxed) {
        tracing::warn!(%error, "the way to the database is not encrypted");
    }
}

/// What stands before, in and after the place of the hosts.
pub(super) fn around_hosts(url: &str) -> (&str, &str, &str) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let query = url[start..].find('?').map_or(url.len(), |at| start + at);
    // A password may hold an `@` of its own: the last one ends it.
    let start = url[start..query].rfind('@').map_or(start, |at| start + at + 1);
    let end = url[start..query].find('/').map_or(query, |at| start + at);
    (&url[..start], &url[start..end], &url[end..])
}

/// Takes the replica out of the URL's options.
fn take_replica(url: &str) -> Result<(String, Option<String>), Fault> {
    let Some((rest, query)) = url.split_once('?') else { return Ok((url.to_owned(), None)) };
    let (mut replica, mut left) = (None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let Some(name) = pair.strip_prefix("replica=") else {
            left.push(pair);
            continue;
        };
        let name = percent_decode_str(name).decode_utf8();
        let name = name.map_err(|_| unusable("replica is no text"))?;
        if name.is_empty() || name.contains([',', '/', '@']) {
            return Err(unusable("replica= takes one host, with :port where it is not 3306"));
        }
        if replica.replace(name.into_owned()).is_some() {
            return Err(unusable("replica stands there twice"));
        }
    }
    let query = if left.is_empty() { String::new() } else { format!("?{}", left.join("&")) };
    Ok((format!("{rest}{query}"), replica))
}

fn unusable(text: impl std::fmt::Display) -> Fault {
    Fault::Unusable(format!("the database URL: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> String {
        match Ways::of(url) {
            Err(fault) => fault.to_string(),
            Ok(ways) => {
                let shown = |way: &Way| {
                    let (host, port) = (way.options.ip_or_hostname(), way.options.tcp_port());
                    format!("{host}:{port}/{}", way.options.db_name().unwrap_or_default())
                };
                let hosts: Vec<String> = ways.hosts.iter().map(shown).collect();
                let replica = ways.replica.iter().map(|way| format!(" < {}", shown(way)));
                hosts.join(" ") + &replica.collect::<String>()
            }
        }
    }

    #[test]
    fn a_url_names_one_server_or_several_and_a_replica() {
        assert_eq!(told("mysql://mtm@db/mtm"), "db:3306/mtm");
        assert_eq!(told("mysql://db:3307/mtm"), "db:3307/mtm");
        assert_eq!(
            told("mysql://mtm:s%40cret@one:3306,two,[::1]:3308/mtm"),
            "one:3306/mtm two:3306/mtm [::1]:3308/mtm"
        );
        assert_eq!(
            told("mysql://mtm@one,two/mtm?replica=three%3A3310&ssl-mode=disabled"),
            "one:3306/mtm two:3306/mtm < three:3310/mtm"
        );
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for (url, expected) in [
            ("mysql://one,,two/mtm", "a host is missing"),
            ("mysql://one,two,one/mtm", "one stands there twice"),
            ("mysql://one/mtm?replica=", "replica= takes one host"),
            ("mysql://one/mtm?replica=a,b", "replica= takes one host"),
            ("mysql://one/mtm?replica=a&replica=b", "replica stands there twice"),
            ("mysql://one:port/mtm", "the database URL"),
        ] {
            let told = told(url);
            assert!(told.contains(expected), "{url}: {told}");
        }
    }
}
