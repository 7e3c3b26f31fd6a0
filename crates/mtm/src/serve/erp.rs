//! Reading an ERP's books, as long as the server runs.

use std::sync::Arc;

use mtm_app::App;
use mtm_app::erp::{ErpSettings, MapFileError, Reader, read_map};
use mtm_app::supervisor::{Ended, Stop};
use mtm_connect::erp::{Deadlines, Program, Way};
use mtm_connect::peer::Peer;
use mtm_core::erp::Moments;

use super::until_it_fails;
use crate::config::{Config, Erp, Reach};
use crate::failure::{Failure, Outcome, exit};
use crate::mapping;

/// The ERP of the configuration, where there is one. Its map and its mapping are read here, so that what is
/// wrong with them is told before anything starts. From now on parts are kept as it has them, where somebody
/// wants it.
pub(crate) fn settings(app: &App, config: &Config) -> Outcome<Option<ErpSettings>> {
    let Some(erp) = &config.erp else { return Ok(None) };
    let map = erp.map_file.as_deref().map(read_map).transpose()?;
    let site = app.site().zone.iana_name().unwrap_or("UTC").to_owned();
    let zone = erp.time_zone.clone().unwrap_or(site);
    let moments = Moments::of_zone(&zone).ok_or_else(|| {
        Failure::usage(format!("{zone} is no time zone that is known"))
            .next("Name one with `erp.time_zone`, as Europe/Berlin.")
    })?;
    app.keep_masters(&erp.name, config.masters.clone());
    let peers = app.clone();
    Ok(Some(ErpSettings {
        name: erp.name.clone(),
        way: way(erp, move |name| peers.peer(name))?,
        moments,
        map: map.map(Arc::new),
        every: erp.every,
        on_hand_every: erp.on_hand_every,
        masters_every: erp.masters_every,
        scan_hour: erp.scan_hour,
    }))
}

/// The way to the ERP of the configuration; `peer` gives the systems that are called.
pub(crate) fn way(
    erp: &Erp,
    peer: impl Fn(&str) -> Option<Peer> + Send + Sync + 'static,
) -> Outcome<Way> {
    Ok(match &erp.reach {
        Reach::Odbc { connection, program, schema } => {
            let (program, schema) = (program.clone(), schema.clone());
            let connection = connection.reveal().to_owned();
            let reader = Program { program, connection, schema };
            Way::reader(reader, Deadlines::answering_within(erp.timeout))
        }
        Reach::Rest { peer: name, mapping } => {
            let (lists, called) = (mapping::books(mapping)?, name.clone());
            Way::rest(name.clone(), lists, move || peer(&called))
        }
    })
}

/// Reads until it is stopped. What was under way is read again by the next start.
pub(super) async fn run(app: App, settings: ErpSettings, stop: Stop) -> Ended {
    let mut reader = Reader::new(app, settings);
    let ended = until_it_fails(stop, async { reader.run().await }).await;
    if let Err(fault) = reader.leave().await {
        tracing::debug!(%fault, "the lease on an ERP ends by itself");
    }
    ended
}

impl From<MapFileError> for Failure {
    fn from(error: MapFileError) -> Self {
        Self::new("erp_map", exit::USAGE, error.to_string())
            .next("Correct the file that `erp.map_file` names; docs/erp.md shows one.")
    }
}
