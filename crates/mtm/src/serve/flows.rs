//! What systems are told of movements, as it is configured.

use std::sync::Arc;

use mtm_app::erp::read_map;
use mtm_app::sync::{FlowSettings, Via};

use crate::config::{Config, Flow};
use crate::failure::Outcome;
use crate::mapping;

/// The flows of the configuration, with their mappings and places. What is wrong with a file is told before
/// anything of them is taken over.
pub(crate) fn flows(config: &Config) -> Outcome<Vec<FlowSettings>> {
    config.flows.iter().map(flow).collect()
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
