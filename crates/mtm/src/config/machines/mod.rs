//! Machines that are listened to, one table for each: `[machines.NAME]`.
//!
//! Which of their tags count pieces of what is no configuration: people say so, on the page of the machine.

mod mtconnect;
mod opcua;
mod sparkplug;

use std::path::Path;
use std::time::Duration;

use mtm_app::machine::{MachineSettings, Protocol};

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "machines";

/// Most machines of one server.
const MOST: usize = 200;

/// The members that say how a machine speaks, and what belongs to each.
const WAYS: [(&str, &[&str]); 3] = [
    ("mtconnect", &["device", "items", "interval_ms", "ca_file"]),
    (
        "sparkplug",
        &["group", "node", "host_id", "reorder_ms", "password", "password_file", "ca_file"],
    ),
    (
        "opcua",
        &[
            "nodes",
            "security",
            "user",
            "password",
            "password_file",
            "trusted",
            "certificates",
            "interval_ms",
            "program",
        ],
    ),
];

const MEMBERS: &[Member] = &[
    member("mtconnect", "the root of its MTConnect agent, such as http://10.1.2.3:5000"),
    member("device", "MTConnect: name or uuid of the device, where the agent has several"),
    member(
        "items",
        "MTConnect: the data items that are read, by their ids, with commas between; all that count parts unless set",
    ),
    member("sparkplug", "the MQTT broker of its Sparkplug edge node, such as mqtts://mtm@broker"),
    member("group", "Sparkplug: the group of the edge node"),
    member("node", "Sparkplug: the edge node"),
    member(
        "host_id",
        "Sparkplug: what this server calls itself as a host; no STATE is told unless set",
    ),
    member("reorder_ms", "Sparkplug: how long what comes too early is held; 2000 unless set"),
    member("opcua", "its OPC UA server, such as opc.tcp://10.1.2.4:4840"),
    member(
        "nodes",
        "OPC UA: the variables that are read, such as ns=2;s=Press7.Parts, with commas between",
    ),
    member(
        "security",
        "OPC UA: how what is said is protected, such as basic256sha256, which it is unless set; none for not at all",
    ),
    member("user", "OPC UA: who asks; nobody in particular unless set"),
    member(
        "trusted",
        "OPC UA: certificates that the server may show: files or folders, with commas between",
    ),
    member(
        "certificates",
        "OPC UA: folder for this server's own certificate and key; opcua in the data directory unless set",
    ),
    member("program", "OPC UA: the listening program; mtm-opcua beside this one unless set"),
    member(
        "interval_ms",
        "MTConnect, OPC UA: how often it is looked what changed; 1000 unless set",
    ),
    member("password", "where the password is: env:NAME, file:PATH or credential:NAME"),
    member("password_file", "the same as file:PATH"),
    member("ca_file", "PEM file of the authority that signed the certificate of agent or broker"),
];

/// The machines of a configuration, by name.
pub(super) fn machines(
    settings: &Settings,
    data_dir: &Path,
) -> Result<Vec<MachineSettings>, ConfigError> {
    let mut wrong = Vec::new();
    let mut machines = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        machines.extend(machine(&mut table, data_dir));
    }
    if machines.len() > MOST {
        let message = format!("{} machines, more than {MOST}", machines.len());
        wrong.push(Wrong { origin: String::new(), key: SECTION.to_owned(), message });
    }
    if wrong.is_empty() { Ok(machines) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}

fn machine(table: &mut Table<'_>, data_dir: &Path) -> Option<MachineSettings> {
    let set: Vec<_> = WAYS.iter().filter(|(way, _)| table.text(way).is_some()).collect();
    let [(way, own)] = set[..] else {
        let message = if set.is_empty() {
            "not set; say where the machine is: mtconnect, sparkplug or opcua"
        } else {
            "not the only one; a machine speaks one of mtconnect, sparkplug and opcua"
        };
        table.refuse("mtconnect", message);
        return None;
    };
    // What means nothing with a protocol is somebody's mistake.
    for (_, members) in WAYS {
        for member in members.iter().filter(|member| !own.contains(member)) {
            if table.text(member).is_some() {
                table.refuse(member, format!("not a member of a machine with {way}"));
            }
        }
    }
    let url = table.text(way)?;
    let protocol = match *way {
        "mtconnect" => mtconnect::settings(table, url).map(Protocol::MtConnect),
        "sparkplug" => sparkplug::settings(table, url).map(Protocol::Sparkplug),
        _ => opcua::settings(table, url, data_dir).map(Protocol::Opcua),
    };
    Some(MachineSettings { name: table.name.to_owned(), protocol: protocol? })
}

/// Texts with commas between.
fn several<'t>(table: &Table<'t>, member: &str) -> impl Iterator<Item = &'t str> {
    let text = table.text(member).unwrap_or_default();
    text.split(',').map(str::trim).filter(|it| !it.is_empty())
}

fn millis(
    table: &mut Table<'_>,
    member: &str,
    usual: u64,
    (least, most): (u64, u64),
) -> Option<Duration> {
    let Some(text) = table.text(member) else { return Some(Duration::from_millis(usual)) };
    match text.parse() {
        Ok(millis) if (least..=most).contains(&millis) => Some(Duration::from_millis(millis)),
        _ => {
            table.refuse(member, format!("not from {least} to {most} ({text})"));
            None
        }
    }
}
