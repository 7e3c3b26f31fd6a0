//! A database beside a ledger's, for a while.

use mysql_async::prelude::Queryable as _;

use super::connect::Connections;
use super::fault::{denied, fault_before_writing};
use super::rights::quoted;
use super::schema::server;
use super::way::around_hosts;
use crate::ledger::OpenError;

/// There is one of that name.
const EXISTS: u16 = 1007;

/// A database called like the ledger's, with `_drill` at its end.
pub(crate) struct Scratch {
    /// The ledger's.
    from: String,
    name: String,
    url: String,
    new: bool,
}

impl Scratch {
    /// Makes it, or takes the one that a drill before left; what it says instead where this
    /// account may not.
    pub(crate) async fn beside(url: &str) -> Result<Result<Self, String>, OpenError> {
        let connections = Connections::new(url, 1).map_err(server)?;
        let made = Self::make(url, &connections).await;
        connections.close().await;
        made
    }

    async fn make(url: &str, connections: &Connections) -> Result<Result<Self, String>, OpenError> {
        let failed = |error| server(fault_before_writing(error));
        let mut connection = connections.acquire().await.map_err(server)?;
        let ledger: Option<Option<String>> =
            connection.query_first("SELECT DATABASE()").await.map_err(failed)?;
        let name = format!("{}_drill", ledger.flatten().unwrap_or_default());
        let (before, hosts, after) = around_hosts(url);
        let query = after.find('?').map_or("", |at| &after[at..]);
        let scratch = Self {
            from: url.to_owned(),
            url: format!("{before}{hosts}/{name}{query}"),
            name,
            new: true,
        };
        let make = format!("CREATE DATABASE {} CHARACTER SET utf8mb4", quoted(&scratch.name));
        match connection.query_drop(make).await {
            Ok(()) => Ok(Ok(scratch)),
            Err(mysql_async::Error::Server(error)) if error.code == EXISTS => {
                Ok(Ok(Self { new: false, ..scratch }))
            }
            Err(error) => denied(&error).map(Err).ok_or_else(|| failed(error)),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it was made just now.
    pub(crate) const fn is_new(&self) -> bool {
        self.new
    }

    /// The way to it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Removes it with everything in it.
    pub(crate) async fn remove(self) -> Result<(), OpenError> {
        let connections = Connections::new(&self.from, 1).map_err(server)?;
        let removed = match connections.acquire().await {
            Ok(mut connection) => {
                let drop = format!("DROP DATABASE IF EXISTS {}", quoted(&self.name));
                let dropped = connection.query_drop(drop).await;
                dropped.map_err(|error| server(fault_before_writing(error)))
            }
            Err(fault) => Err(server(fault)),
        };
        connections.close().await;
        removed
    }
}
