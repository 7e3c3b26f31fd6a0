//! The nodes that are listened to.
//!
//! Each is asked for with a queue on the server's side: what changes between two of its messages, or while the line is
//! away, waits there. Where a queue runs over the server says so at the value behind the hole. A node that the server does
//! not have is asked for again now and then: a controller that starts shows its variables one after the other.

use std::time::{Duration, Instant};

use mtm_core::opcua::{Namespace, NodeName};
use opcua::client::services::{CreateMonitoredItems, Read};
use opcua::core::handle::AtomicHandle;
use opcua::types::{
    AttributeId, Error, MonitoredItemCreateRequest, MonitoringMode, MonitoringParameters, NodeId,
    ReadValueId, StatusCode, TimestampsToReturn, VariableId, Variant,
};

use crate::line::{Line, request};

/// Values that wait for the next message, of each node.
const QUEUE: u32 = 1_000;
/// How often a node is looked at, within how often the server says what changed.
const LOOKS: u32 = 4;
/// Milliseconds between two looks at a node, at least and at most.
const SAMPLING: (f64, f64) = (10.0, 250.0);
/// Nodes that are asked for at once.
const AT_ONCE: usize = 200;
/// After how long a node that is missing is asked for again.
const AGAIN: Duration = Duration::from_secs(10);

/// The nodes, and what is known of them.
pub(crate) struct Items {
    names: Vec<NodeName>,
    /// Those that are missing, by their place, and the server's word for that.
    missing: Vec<(usize, String)>,
    sampling: f64,
    asked: Instant,
}

impl Items {
    /// Asks for all of them.
    pub(crate) async fn ask(
        line: &mut Line,
        subscription: u32,
        every: Duration,
        nodes: &[String],
    ) -> Result<Self, Error> {
        let names: Result<Vec<_>, _> = nodes.iter().map(|it| NodeName::parse(it)).collect();
        let names = names.map_err(|why| Error::new(StatusCode::BadNodeIdInvalid, why))?;
        let sampling = (every / LOOKS).as_secs_f64() * 1000.0;
        let sampling = sampling.clamp(SAMPLING.0, SAMPLING.1);
        let missing = (0..names.len()).map(|place| (place, String::new())).collect();
        let mut items = Self { names, missing, sampling, asked: Instant::now() };
        items.ask_for_missing(line, subscription).await?;
        Ok(items)
    }

    /// Those that are missing, and why.
    pub(crate) fn missing(&self) -> Vec<(u32, String)> {
        let of = |(place, why): &(usize, String)| Some((u32::try_from(*place).ok()?, why.clone()));
        self.missing.iter().filter_map(of).collect()
    }

    /// The place of the node that a value is of.
    pub(crate) fn node(&self, handle: u32) -> Option<u32> {
        let place = handle.checked_sub(1)?;
        usize::try_from(place).ok().filter(|it| *it < self.names.len()).map(|_| place)
    }

    /// Asks for what is missing, where the last time is long enough ago.
    pub(crate) async fn look_again(
        &mut self,
        line: &mut Line,
        subscription: u32,
    ) -> Result<(), Error> {
        if self.missing.is_empty() || self.asked.elapsed() < AGAIN {
            return Ok(());
        }
        self.ask_for_missing(line, subscription).await
    }

    async fn ask_for_missing(&mut self, line: &mut Line, subscription: u32) -> Result<(), Error> {
        self.asked = Instant::now();
        let spaces = self.namespaces(line).await?;
        let mut found = Vec::new();
        for (place, why) in &mut self.missing {
            match identify(&self.names[*place], &spaces) {
                Some(node) => found.push((*place, node)),
                None => "it has no namespace of that name".clone_into(why),
            }
        }
        for some in found.chunks(AT_ONCE) {
            let requests = some.iter().map(|(place, node)| self.item(*place, node)).collect();
            let handle = AtomicHandle::new(1);
            let create = request!(line, CreateMonitoredItems, subscription, &handle)
                .timestamps_to_return(TimestampsToReturn::Both)
                .items_to_create(requests);
            let made = line.ask(create).await?.results;
            for ((place, _), made) in some.iter().zip(made) {
                let status = made.result.status_code;
                if status.is_good() {
                    self.missing.retain(|(it, _)| it != place);
                } else if let Some(it) = self.missing.iter_mut().find(|it| it.0 == *place) {
                    it.1 = status.to_string();
                }
            }
        }
        Ok(())
    }

    fn item(&self, place: usize, node: &NodeId) -> MonitoredItemCreateRequest {
        MonitoredItemCreateRequest {
            item_to_monitor: ReadValueId {
                node_id: node.clone(),
                attribute_id: AttributeId::Value as u32,
                ..ReadValueId::default()
            },
            monitoring_mode: MonitoringMode::Reporting,
            requested_parameters: MonitoringParameters {
                // Never 0, which is none.
                client_handle: u32::try_from(place + 1).unwrap_or(u32::MAX),
                sampling_interval: self.sampling,
                queue_size: QUEUE,
                // Of a counter the newest is worth the most.
                discard_oldest: true,
                ..MonitoringParameters::default()
            },
        }
    }

    /// The server's list of namespaces, where a node is named by one.
    async fn namespaces(&self, line: &mut Line) -> Result<Vec<String>, Error> {
        let is_named = |name: &NodeName| matches!(name.namespace, Namespace::Uri(_));
        if !self.missing.iter().any(|(place, _)| is_named(&self.names[*place])) {
            return Ok(Vec::new());
        }
        namespaces(line).await
    }
}

/// The server's list of namespaces.
pub(crate) async fn namespaces(line: &mut Line) -> Result<Vec<String>, Error> {
    let node: NodeId = VariableId::Server_NamespaceArray.into();
    let read = request!(line, Read).nodes_to_read(vec![ReadValueId::from(node)]);
    let read = line.ask(read).await?;
    let value = read.results.into_iter().flatten().next().and_then(|it| it.value);
    let Some(Variant::Array(list)) = value else { return Ok(Vec::new()) };
    let name = |it: &Variant| match it {
        Variant::String(name) => name.as_ref().to_owned(),
        _ => String::new(),
    };
    Ok(list.values.iter().map(name).collect())
}

/// What the server knows a node by.
pub(crate) fn identify(name: &NodeName, spaces: &[String]) -> Option<NodeId> {
    let index = match &name.namespace {
        Namespace::Index(index) => *index,
        Namespace::Uri(uri) => u16::try_from(spaces.iter().position(|it| it == uri)?).ok()?,
    };
    format!("ns={index};{}", name.identifier).parse().ok()
}
