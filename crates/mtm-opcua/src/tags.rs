//! What there is to listen to: variables that show a number, below the Objects folder or other nodes.
//!
//! Looked at level by level, with an end: no more than so many nodes, no deeper than so many levels, each node once. What
//! the server says of itself (its diagnostics) is left out.

use std::collections::{HashSet, VecDeque};

use mtm_core::machine::Tag;
use mtm_core::opcua::NodeName;
use mtm_core::opcua::node::NAME_MAX;
use mtm_core::opcua::protocol::{
    DEPTH_MAX, Failed, FailedKind, LOOKED_MAX, Say, Server, Shown, TAGS_MAX,
};
use opcua::client::services::{Browse, BrowseNext, Read};
use opcua::types::{
    AttributeId, BrowseDescription, BrowseDirection, ByteString, DataValue, Error, NodeClass,
    NodeId, ObjectId, ReadValueId, ReferenceDescription, ReferenceTypeId, TimestampsToReturn,
    Variant,
};
use tokio::sync::mpsc::Sender;

use crate::failure::{failed, failure};
use crate::items::{identify, namespaces};
use crate::line::{Line, request};
use crate::value::shown;

/// Nodes that are looked below at once.
const AT_ONCE: usize = 20;
/// References in an answer, for each node.
const REFERENCES: u32 = 500;
/// Most characters of a node's name for people, with those above it.
const PATH_MAX: usize = 200;
/// Everything that is said of a reference: the answer has room for it.
const EVERYTHING: u32 = 0x3f;

/// A node that is looked below.
struct Place {
    node: NodeId,
    path: String,
    depth: usize,
}

/// A variable.
struct Found {
    node: NodeId,
    path: String,
}

/// Says all of it.
pub(crate) async fn say(
    server: &Server,
    below: &[String],
    out: &Sender<Say>,
    stop: impl Future<Output = ()>,
) -> Option<Failed> {
    let mut line = None;
    let said = async {
        let line = line.insert(Line::open(server).await?);
        let (found, is_cut) = walk(line, below).await?;
        for some in found.chunks(TAGS_MAX) {
            let tags = numbers(line, some).await.map_err(|error| failure(&error))?;
            let _ = out.send(Say::Tags { tags }).await;
        }
        let _ = out.send(Say::Done { is_cut }).await;
        Ok(())
    };
    let ended = tokio::select! {
        () = stop => None,
        said = said => said.err(),
    };
    if let Some(line) = line {
        line.close().await;
    }
    ended
}

/// The variables below, and whether there may be more.
async fn walk(line: &mut Line, below: &[String]) -> Result<(Vec<Found>, bool), Failed> {
    let mut places = VecDeque::new();
    let spaces = namespaces(line).await.map_err(|error| failure(&error))?;
    for name in below {
        let parsed = NodeName::parse(name).ok().and_then(|it| identify(&it, &spaces));
        let unknown = || failed(FailedKind::Question, &format!("{name} is no node of this server"));
        let node = parsed.ok_or_else(unknown)?;
        places.push_back(Place { node, path: String::new(), depth: 0 });
    }
    if below.is_empty() {
        let node = ObjectId::ObjectsFolder.into();
        places.push_back(Place { node, path: String::new(), depth: 0 });
    }
    let mut seen: HashSet<NodeId> = places.iter().map(|it| it.node.clone()).collect();
    seen.insert(ObjectId::Server.into());
    let (mut found, mut is_cut) = (Vec::new(), false);
    while !places.is_empty() {
        let some: Vec<Place> = places.drain(..places.len().min(AT_ONCE)).collect();
        let below = children(line, &some).await.map_err(|error| failure(&error))?;
        for (at, child) in below {
            if seen.len() > LOOKED_MAX {
                is_cut = true;
                break;
            }
            let (above, node) = (&some[at], child.node_id.node_id.clone());
            // A node of another server is nothing to listen to here.
            if child.node_id.server_index != 0 || !seen.insert(node.clone()) {
                continue;
            }
            let path = path(&above.path, child.display_name.text.as_ref());
            if child.node_class == NodeClass::Variable {
                found.push(Found { node: node.clone(), path: path.clone() });
            }
            if above.depth + 1 < DEPTH_MAX {
                places.push_back(Place { node, path, depth: above.depth + 1 });
            } else {
                is_cut |= child.node_class == NodeClass::Object;
            }
        }
        if is_cut && seen.len() > LOOKED_MAX {
            break;
        }
    }
    Ok((found, is_cut))
}

/// What is right below these, each with the place of what it is below.
async fn children(
    line: &mut Line,
    places: &[Place],
) -> Result<Vec<(usize, ReferenceDescription)>, Error> {
    let description = |place: &Place| BrowseDescription {
        node_id: place.node.clone(),
        browse_direction: BrowseDirection::Forward,
        reference_type_id: ReferenceTypeId::HierarchicalReferences.into(),
        include_subtypes: true,
        node_class_mask: NodeClass::Object as u32 | NodeClass::Variable as u32,
        result_mask: EVERYTHING,
    };
    let browse = request!(line, Browse)
        .max_references_per_node(REFERENCES)
        .nodes_to_browse(places.iter().map(description).collect());
    let mut found = Vec::new();
    let mut more: Vec<(usize, ByteString)> = Vec::new();
    for (at, result) in line.ask(browse).await?.results.into_iter().flatten().enumerate() {
        found.extend(result.references.into_iter().flatten().map(|it| (at, it)));
        if !result.continuation_point.is_null_or_empty() {
            more.push((at, result.continuation_point));
        }
    }
    found.retain(|(at, _)| *at < places.len());
    while !more.is_empty() {
        // Enough is enough; but what the server keeps for us is given back.
        let is_enough = found.len() > LOOKED_MAX;
        let points = more.iter().map(|(_, point)| point.clone()).collect();
        let next = request!(line, BrowseNext)
            .release_continuation_points(is_enough)
            .continuation_points(points);
        let answered = line.ask(next).await?;
        let mut rest = Vec::new();
        for ((at, _), result) in more.iter().zip(answered.results.into_iter().flatten()) {
            found.extend(result.references.into_iter().flatten().map(|it| (*at, it)));
            if !result.continuation_point.is_null_or_empty() && !is_enough {
                rest.push((*at, result.continuation_point));
            }
        }
        more = rest;
    }
    Ok(found)
}

/// Those that show a number now. What shows nothing now is taken at its word: its type.
async fn numbers(line: &mut Line, found: &[Found]) -> Result<Vec<Tag>, Error> {
    let attribute = |it: &Found, attribute: AttributeId| ReadValueId {
        node_id: it.node.clone(),
        attribute_id: attribute as u32,
        ..ReadValueId::default()
    };
    let values: Vec<_> = found.iter().map(|it| attribute(it, AttributeId::Value)).collect();
    let types: Vec<_> = found.iter().map(|it| attribute(it, AttributeId::DataType)).collect();
    let read = |nodes| {
        request!(line, Read).nodes_to_read(nodes).timestamps_to_return(TimestampsToReturn::Both)
    };
    let (values, types) = (read(values), read(types));
    let values = line.ask(values).await?.results.unwrap_or_default();
    let types = line.ask(types).await?.results.unwrap_or_default();
    let mut tags = Vec::new();
    for ((it, value), kind) in found.iter().zip(values).zip(types) {
        let name = it.node.to_string();
        if is_number(&value, &kind) && name.chars().count() <= NAME_MAX {
            let words = match shown(&value).0 {
                Shown::Total(total) => format!("{}: {total}", it.path),
                Shown::Unavailable => it.path.clone(),
                Shown::Nonsense(text) => format!("{}: {text}", it.path),
            };
            tags.push(Tag { name, words });
        }
    }
    Ok(tags)
}

fn is_number(value: &DataValue, kind: &DataValue) -> bool {
    match &value.value {
        Some(value) if !value.is_empty() => value.is_numeric(),
        _ => match &kind.value {
            // SByte to Double, and the abstract Number, Integer and UInteger.
            Some(Variant::NodeId(kind)) => {
                kind.namespace == 0
                    && kind.as_u32().is_some_and(|it| matches!(it, 2..=11 | 26..=28))
            }
            _ => false,
        },
    }
}

fn path(above: &str, name: &str) -> String {
    let name: String = name.chars().filter(|it| !it.is_control()).collect();
    let whole = if above.is_empty() { name } else { format!("{above} / {name}") };
    let length = whole.chars().count();
    // What is nearest says the most.
    whole.chars().skip(length.saturating_sub(PATH_MAX)).collect()
}
