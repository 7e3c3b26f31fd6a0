//! What systems are told of movements, as it is configured.

use std::sync::Arc;

use mtm_app::erp::read_map;
use mtm_app::sync::{FlowSettings, Via};

use crate::config::{Config, Erp, Flow, Reach};
use crate::failure::{Failure, Outcome, exit};
use crate::mapping;

/// The flows of the configuration, with their mappings and places. What is wrong with a file is told before
/// anything of them is taken over.
pub(crate) fn flows(config: &Config) -> Outcome<Vec<FlowSettings>> {
    provable(config)?;
    config.flows.iter().map(flow).collect()
}

/// Refuses flows that are to be proved by the ledger of an ERP of which none is read.
pub(crate) fn provable(config: &Config) -> Outcome {
    let Some(Erp { name, reach: Reach::Rest { mapping, .. }, .. }) = &config.erp else {
        return Ok(());
    };
    let flows = config.flows.iter().filter(|flow| flow.erp.as_ref() == Some(name));
    let flows: Vec<&str> = flows.map(|flow| flow.name.as_str()).collect();
    if flows.is_empty() || mapping::books(mapping)?.has_ledger() {
        return Ok(());
    }
    let message = format!(
        "flows.{}.erp is {name}, of which no ledger is read: {mapping} has no list of transactions",
        flows.join(".erp and flows.")
    );
    let next = "Leave erp away there, or add [lists.transactions] to the mapping; docs/mapping.md shows one.";
    Err(Failure::new("config_flows", exit::USAGE, message).next(next))
}

/// One of them.
pub(crate) fn flow(flow: &Flow) -> Outcome<FlowSettings> {
    let via = match &flow.via {
        None => None,
        Some((peer, mapping)) => {
            let mapping = Arc::new(mapping::named(&mapping.to_string_lossy())?);
            Some(Via { peer: peer.clone(), mapping })
        }
    };
    let map = flow.map_file.as_deref().map(read_map).transpose()?.map(Arc::new);
    let (name, erp, classes) = (flow.name.clone(), flow.erp.clone(), flow.classes.clone());
    Ok(FlowSettings { name, via, map, erp, classes })
}
