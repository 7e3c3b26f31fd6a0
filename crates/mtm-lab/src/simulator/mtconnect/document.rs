//! What an agent says, as XML in the namespace of the version that it speaks.

use std::fmt::Write as _;

use mtm_core::word::Timestamp;

use super::buffer::Observation;
use super::device::{COMPONENTS, Category, ITEMS, Item, NAME, UUID};

/// What stands in the header of every document.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) version: String,
    pub(super) instance: u64,
    pub(super) size: usize,
    pub(super) at: Timestamp,
}

impl Header {
    fn begin(&self, kind: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <MTConnect{kind} xmlns:m=\"urn:mtconnect.org:MTConnect{kind}:{version}\" \
             xmlns=\"urn:mtconnect.org:MTConnect{kind}:{version}\">\n",
            version = self.version
        )
    }

    fn element(&self, more: &str) -> String {
        format!(
            "  <Header creationTime=\"{}\" sender=\"mtm-lab\" instanceId=\"{}\" version=\"{}\" bufferSize=\"{}\"{more}/>\n",
            self.at, self.instance, self.version, self.size
        )
    }
}

/// What there is (`probe`).
pub(super) fn devices(header: &Header) -> String {
    let mut out = header.begin("Devices");
    out += &header.element(" assetBufferSize=\"0\" assetCount=\"0\"");
    out += "  <Devices>\n";
    for (place, (element, name, id)) in COMPONENTS.iter().enumerate() {
        if place > 0 {
            out += "<Components>";
        }
        let uuid = if place == 0 { format!(" uuid=\"{UUID}\"") } else { String::new() };
        let _ = writeln!(out, "<{element} id=\"{id}\" name=\"{name}\"{uuid}><DataItems>");
        for item in ITEMS.iter().filter(|item| item.component == place) {
            let sub_type = item.sub_type.map(|it| format!(" subType=\"{it}\"")).unwrap_or_default();
            let _ = writeln!(
                out,
                "<DataItem category=\"{}\" id=\"{}\" name=\"{}\" type=\"{}\"{sub_type}/>",
                item.category.word(),
                item.id,
                item.name,
                item.kind
            );
        }
        out += "</DataItems>";
    }
    for (place, (element, ..)) in COMPONENTS.iter().enumerate().rev() {
        let _ = write!(out, "</{element}>");
        if place > 0 {
            out += "</Components>";
        }
    }
    out + "\n  </Devices>\n</MTConnectDevices>\n"
}

/// What was observed (`current`, `sample`): the observations by component and kind, so that their numbers are not in order.
pub(super) fn streams(
    header: &Header,
    (first, last, next): (u64, u64, u64),
    observations: &[Observation],
) -> String {
    let mut out = header.begin("Streams");
    out += &header.element(&format!(
        " nextSequence=\"{next}\" firstSequence=\"{first}\" lastSequence=\"{last}\""
    ));
    out += "  <Streams>\n";
    if observations.is_empty() {
        return out + "  </Streams>\n</MTConnectStreams>\n";
    }
    let _ = writeln!(out, "    <DeviceStream name=\"{NAME}\" uuid=\"{UUID}\">");
    for (place, (component, name, id)) in COMPONENTS.iter().enumerate() {
        let mut lists = String::new();
        for category in [Category::Sample, Category::Event] {
            let of_it = observations.iter().filter_map(|it| {
                let item = ITEMS.get(it.item)?;
                (item.component == place && item.category == category).then(|| observed(item, it))
            });
            let list: String = of_it.collect();
            if !list.is_empty() {
                let word = category.list();
                let _ = writeln!(lists, "        <{word}>\n{list}        </{word}>");
            }
        }
        if !lists.is_empty() {
            let _ = writeln!(
                out,
                "      <ComponentStream component=\"{component}\" name=\"{name}\" componentId=\"{id}\">\n{lists}      </ComponentStream>"
            );
        }
    }
    out + "    </DeviceStream>\n  </Streams>\n</MTConnectStreams>\n"
}

fn observed(item: &Item, it: &Observation) -> String {
    let sub_type = item.sub_type.map(|it| format!(" subType=\"{it}\"")).unwrap_or_default();
    let reset = it.reset.map(|it| format!(" resetTriggered=\"{it}\"")).unwrap_or_default();
    format!(
        "          <{element} dataItemId=\"{id}\" timestamp=\"{at}\" name=\"{name}\" sequence=\"{sequence}\"{sub_type}{reset}>{value}</{element}>\n",
        element = item.element,
        id = item.id,
        at = it.at,
        name = item.name,
        sequence = it.sequence,
        value = escaped(&it.value),
    )
}

/// What cannot be answered.
pub(super) fn error(header: &Header, code: &str, text: &str) -> String {
    let text = escaped(text);
    let mut out = header.begin("Error");
    out += &header.element("");
    let _ =
        writeln!(out, "  <Errors>\n    <Error errorCode=\"{code}\">{text}</Error>\n  </Errors>");
    out + "</MTConnectError>\n"
}

/// A text without what XML has no place for.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
