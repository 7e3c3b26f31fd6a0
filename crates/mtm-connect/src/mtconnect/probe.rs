//! What an agent says that there is (`probe`): which data items count parts, and what they are called.

use mtm_core::machine::Tag;

use super::document::{Devices, Wanted, number, shortened};
use super::xml::{Element, Piece, Unreadable, Xml};

/// Most tags that are kept.
const MOST_TAGS: usize = 1_000;
/// Longest name of one in bytes; what is longer cannot be wanted.
const MOST_NAME: usize = 200;
/// Most characters of what is said of one, and of each name within it.
const MOST_WORDS: usize = 200;
const MOST_WORD: usize = 60;

/// An element that is open.
enum Open {
    /// A device or a part of it, as people call it.
    Component(String),
    /// The list of components or devices.
    Components,
    Other,
}

/// Reads the rest of a document of devices.
pub(super) fn devices(xml: &mut Xml<'_>, wanted: Wanted<'_>) -> Result<Devices, Unreadable> {
    let mut told = Devices::default();
    let mut has_header = false;
    let mut open = vec![Open::Other];
    while let Some(within) = open.last() {
        match xml.piece()? {
            Piece::Begin(element) => {
                let next = match (within, element.name()) {
                    (Open::Components, _) => Open::Component(called(&element)),
                    (_, "Header") if open.len() == 1 => {
                        has_header = true;
                        let instance = number(&element, "instanceId");
                        told.instance = instance.map_err(|message| xml.wrong(message))?;
                        told.buffer = number(&element, "bufferSize").ok();
                        Open::Other
                    }
                    (_, "Devices" | "Components") => Open::Components,
                    (_, "DataItem") => {
                        take(&mut told, &element, &open, wanted);
                        Open::Other
                    }
                    _ => Open::Other,
                };
                open.push(next);
            }
            Piece::End => drop(open.pop()),
            Piece::Text(_) => {}
            Piece::Over => return Err(xml.wrong("the document ends too soon")),
        }
    }
    if has_header { Ok(told) } else { Err(xml.wrong("the document has no header")) }
}

/// What people call a component: by its kind and, where it has one, its name.
fn called(element: &Element<'_>) -> String {
    let kind = element.name();
    let name = element.attribute("name").unwrap_or_default();
    let words = if name == kind { name } else { format!("{kind} {name}") };
    shortened(&words, MOST_WORD)
}

fn take(told: &mut Devices, item: &Element<'_>, open: &[Open], wanted: Wanted<'_>) {
    let Some(id) = item.attribute("id").filter(|id| (1..=MOST_NAME).contains(&id.len())) else {
        return;
    };
    if wanted.tags.contains(&id) {
        told.seen.insert(id.clone());
    }
    if told.tags.len() == MOST_TAGS || !counts(item) {
        return;
    }
    let mut words: Vec<String> = open
        .iter()
        .filter_map(|it| match it {
            Open::Component(called) => Some(called.clone()),
            Open::Components | Open::Other => None,
        })
        .collect();
    let own = ["name", "subType"].into_iter().filter_map(|name| item.attribute(name));
    words.extend(own.map(|it| shortened(&it, MOST_WORD)).filter(|it| !it.is_empty()));
    told.tags.push(Tag { name: id, words: shortened(&words.join(" / "), MOST_WORDS) });
}

/// Whether a data item shows a total of parts. A discrete one tells each piece by itself, and a set or table has no total.
fn counts(item: &Element<'_>) -> bool {
    let is_total = item.attribute("representation").is_none_or(|it| it.trim() == "VALUE");
    item.attribute("type").is_some_and(|it| it.trim() == "PART_COUNT") && is_total
}
