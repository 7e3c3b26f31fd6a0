//! What systems are told of movements, one table for each flow: `[flows.NAME]`.

use std::path::PathBuf;

use mtm_core::sync::Class;

use super::error::{ConfigError, Wrong};
use super::key::is_map_name;
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "flows";

/// Most flows of one server.
const MOST: usize = 20;

const MEMBERS: &[Member] = &[
    member("peer", "the system that is called: the name of its table in [peers]"),
    member(
        "mapping",
        "how a posting is made: a file, or one of the maps that `mtm connect map list` names",
    ),
    member("map_file", "which of our locations are which place there, as erp.map_file"),
    member("erp", "the ERP whose ledger shows what was posted, as erp.name"),
    member("classes", "what it tells, with blanks between; all but opening unless set"),
];

/// A flow as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Its name.
    pub(crate) name: String,
    /// The system that is called, and the mapping by its file or name.
    pub(crate) via: Option<(String, PathBuf)>,
    /// Which of our locations are which place there.
    pub(crate) map_file: Option<PathBuf>,
    /// The ERP whose ledger shows what was posted.
    pub(crate) erp: Option<String>,
    /// What it tells.
    pub(crate) classes: Vec<Class>,
}

/// The flows of a configuration, by name.
pub(super) fn flows(settings: &Settings) -> Result<Vec<Flow>, ConfigError> {
    let peers: Vec<&str> = settings.tables(super::peers::SECTION).map(|(name, _)| name).collect();
    let mut wrong = Vec::new();
    let mut flows = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        flows.extend(flow(&mut table, &peers));
    }
    if flows.len() > MOST {
        let message = format!("{} flows, more than {MOST}", flows.len());
        wrong.push(Wrong { origin: String::new(), key: SECTION.to_owned(), message });
    }
    if wrong.is_empty() { Ok(flows) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}

fn flow(table: &mut Table<'_>, peers: &[&str]) -> Option<Flow> {
    let via = match (table.text("peer"), mapping(table)) {
        (Some(peer), Some(mapping)) => {
            if !peers.contains(&peer) {
                table.refuse("peer", format!("no system; there is no table [peers.{peer}]"));
            }
            Some((peer.to_owned(), mapping))
        }
        (None, None) => None,
        (Some(_), None) => {
            table.refuse("mapping", "not set, and peer is: say how a posting is made for it");
            None
        }
        (None, Some(_)) => {
            table.refuse("peer", "not set, and mapping is: say which system is called");
            None
        }
    };
    let erp = table.text("erp").map(str::to_owned);
    if via.is_none() && erp.is_none() && table.text("peer").is_none() {
        let why = "not set; a flow that calls nobody is a worklist for people: name the ERP whose ledger shows what they posted, or a peer and a mapping";
        table.refuse("erp", why);
    }
    if erp.is_some() && table.text("map_file").is_none() {
        let why = "not set, and erp is: its ledger speaks of its own places";
        table.refuse("map_file", why);
    }
    Some(Flow {
        name: table.name.to_owned(),
        via,
        map_file: table.path("map_file"),
        erp,
        classes: classes(table)?,
    })
}

/// A ready map by its name, or a file.
fn mapping(table: &Table<'_>) -> Option<PathBuf> {
    let text = table.text("mapping")?;
    if is_map_name(text) { Some(PathBuf::from(text)) } else { table.path("mapping") }
}

fn classes(table: &mut Table<'_>) -> Option<Vec<Class>> {
    let Some(text) = table.text("classes") else {
        return Some(Class::ALL.into_iter().filter(|it| *it != Class::Opening).collect());
    };
    let mut classes = Vec::new();
    for word in text.split_whitespace() {
        let Some(class) = Class::from_name(word) else {
            let known = Class::ALL.map(Class::as_str).join(", ");
            table.refuse("classes", format!("not of {known} ({word})"));
            return None;
        };
        classes.push(class);
    }
    Some(classes)
}
