//! The site: whose ledger this is.

use mtm_core::word::{Timestamp, UserId};
use serde::Serialize;
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Error, moment, params};
use crate::submission::PostError;

/// Whose ledger this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Site {
    /// Name, also in event sources.
    pub name: String,
    /// IANA time zone of its shifts and days.
    pub time_zone: String,
    /// Whether its data was made up for a demonstration.
    pub demo: bool,
    /// When the ledger was made.
    pub created_at: Timestamp,
}

impl Ledger {
    /// The site.
    pub async fn site(&self) -> Result<Site, Fault> {
        self.query(|connection| {
            let site = connection.query_row(
                "SELECT name, time_zone, demo, created_at FROM site WHERE id = 1",
                &[],
                |row| -> Result<_, Error> {
                    Ok(Site {
                        name: row.get(0)?,
                        time_zone: row.get(1)?,
                        demo: row.get(2)?,
                        created_at: moment(row, 3)?,
                    })
                },
            )?;
            Ok(site)
        })
        .await
    }

    /// Sets name, time zone and the demonstration mark; `created_at` stays. Audited.
    pub async fn set_site(&self, site: Site, by: UserId) -> Result<(), PostError> {
        self.write(move |context| {
            let at = context.now();
            context.sql().execute(
                "UPDATE site SET name = ?1, time_zone = ?2, demo = ?3 WHERE id = 1",
                params![site.name, site.time_zone, site.demo],
            )?;
            let facts = json!({
                "name": site.name, "time_zone": site.time_zone, "demo": site.demo,
            });
            context.audit("site", by, at, &facts)?;
            Ok(())
        })
        .await
    }
}
