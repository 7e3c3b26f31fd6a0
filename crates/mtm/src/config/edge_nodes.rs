//! What this plant tells as an edge node of Sparkplug B, one table for each: `[edge_nodes.NAME]`.

use std::time::Duration;

use mtm_app::edge_node::{EdgeNodeSettings, EdgeSettings};
use mtm_connect::broker::Account;

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::sparkplug::{broker, id, needed};
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "edge_nodes";

/// Most edge nodes of one server.
const MOST: usize = 10;

const MEMBERS: &[Member] = &[
    member("broker", "the MQTT broker that is told, such as mqtts://mtm@broker"),
    member("group", "the group of this edge node"),
    member("node", "what this edge node is called; only one has that name in its group"),
    member(
        "primary_host",
        "the host without which nothing is told: while it is away, what changes is kept; none unless set",
    ),
    member("client_id", "the name of the connection; mtm-NODE unless set"),
    member("interval_seconds", "how often it is looked what changed; 5 unless set"),
    member("password", "where the password is: env:NAME, file:PATH or credential:NAME"),
    member("password_file", "the same as file:PATH"),
    member("ca_file", "PEM file of the authority that signed the broker's certificate"),
];

/// The edge nodes of a configuration, by name.
pub(super) fn edge_nodes(settings: &Settings) -> Result<Vec<EdgeNodeSettings>, ConfigError> {
    let mut wrong = Vec::new();
    let mut all: Vec<EdgeNodeSettings> = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        if let Some(one) = edge_node(&mut table) {
            let mut there = all.iter().filter(|it| it.edge.broker == one.edge.broker);
            if there
                .clone()
                .any(|it| (&it.edge.group, &it.edge.node) == (&one.edge.group, &one.edge.node))
            {
                table.refuse("node", "another one of that group at that broker already");
            }
            if there.any(|it| it.edge.client_id == one.edge.client_id) {
                let message =
                    "the connection of another one; a broker ends the older of two with one name";
                table.refuse("client_id", message);
            }
            all.push(one);
        }
    }
    if all.len() > MOST {
        let message = format!("{} edge nodes, more than {MOST}", all.len());
        wrong.push(Wrong { origin: String::new(), key: SECTION.to_owned(), message });
    }
    if wrong.is_empty() { Ok(all) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}

fn edge_node(table: &mut Table<'_>) -> Option<EdgeNodeSettings> {
    let url = table.needed("broker", "say which broker is told");
    let at = url.and_then(|url| broker(table, "broker", url));
    let group = needed(table, "group", "say the group of this edge node");
    let node = needed(table, "node", "say what this edge node is called");
    let primary_host = match table.text("primary_host") {
        Some(text) => id(table, "primary_host", text).map(Some),
        None => Some(None),
    };
    let interval = table.number("interval_seconds", 1..=3_600, 5).map(Duration::from_secs);
    let password = table.password().ok()?;
    let node = node?;
    let client_id = table.text("client_id").map_or_else(|| format!("mtm-{node}"), str::to_owned);
    let edge = EdgeSettings {
        broker: at?,
        account: Account { password, ca_file: table.path("ca_file") },
        client_id,
        group: group?,
        node,
        primary_host: primary_host?,
    };
    Some(EdgeNodeSettings { name: table.name.to_owned(), edge, interval: interval? })
}
