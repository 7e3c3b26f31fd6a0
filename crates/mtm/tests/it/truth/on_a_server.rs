//! Faults of a ledger on a database server.

use mtm_testkit::MariaDb;

use super::{Fault, Watched, start};
use crate::support::{mtm, receive};

/// Every fault that is done here.
pub(super) static FAULTS: [Fault<Plant>; 2] = [
    Fault {
        breaks: &["sealing"],
        key: |plant| ("seal_queue", plant.sql("SELECT min(id) FROM seal_queue")),
        begin: |plant| {
            plant.sql("DROP PROCEDURE mtm_seal_v2");
            receive(&plant.watched.api, "placeless", 12);
        },
        end: |plant| {
            mtm(["db", "migrate", "--database", &plant.url, "--json"]).json();
        },
    },
    Fault {
        breaks: &["tasks"],
        key: |_| ("task", "minimum stock".to_owned()),
        begin: |plant| drop(plant.sql("RENAME TABLE below_minimum TO not_there")),
        end: |plant| drop(plant.sql("RENAME TABLE not_there TO below_minimum")),
    },
];

/// A server of this program on a database server.
pub(super) struct Plant {
    watched: Watched,
    database: &'static MariaDb,
    url: String,
}

impl AsRef<Watched> for Plant {
    fn as_ref(&self) -> &Watched {
        &self.watched
    }
}

impl Plant {
    pub(super) fn start() -> Option<Self> {
        let database = MariaDb::shared().unwrap().or_skip("truth light on MariaDB")?;
        let url = database.create_database().unwrap();
        let watched = Watched::start(start().environment("MTM_DATABASE__URL", &url));
        Some(Self { watched, database, url })
    }

    /// Reaches into the database past every rule of the program.
    fn sql(&self, sql: &str) -> String {
        let name = self.url.rsplit('/').next().unwrap();
        self.database.sql(name, sql).unwrap().trim().to_owned()
    }
}
