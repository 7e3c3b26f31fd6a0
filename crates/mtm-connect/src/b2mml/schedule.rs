//! Reading `OperationsSchedule`: which work orders there are, of what, how much and until when.
//!
//! What of it is used, and what not, stands in `docs/b2mml.md`. A request is an order: its segments say
//! what they make and when they may, and of these the order keeps the part, the pieces and the two ends.
//! The order of segments is that of the document, as in `OperationsDefinition`.

use super::transaction::{Bringing, bringing, is_made, is_verb, once, refuse_deletions};
use super::{Fault, Scanner, Tag, Unreadable};

/// Most orders of a document.
const MOST_ORDERS: usize = 100_000;
/// What to do instead of deleting.
const INSTEAD: &str =
    "an order is cancelled by its RequestState, and one that is no longer mentioned stays";
/// Units in which pieces are counted: UN/ECE Recommendation 20, and what systems write instead.
const PIECES: [&str; 9] = ["H87", "C62", "EA", "PC", "PCE", "PCS", "PIECE", "PIECES", "EACH"];

/// What a document says of orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedules {
    /// Who sent it: the sender's logical name, and the component where it says one.
    pub sender: Option<String>,
    /// When it was made, as it is written.
    pub created: Option<String>,
    /// The orders.
    pub orders: Vec<Order>,
}

/// A work order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// The line it begins in.
    pub line: u64,
    /// Its number.
    pub code: String,
    /// The name of the schedule that it is in.
    pub document: String,
    /// When that was published, as it is written.
    pub published: Option<String>,
    /// What is made: what its segments make, or, where they do not say, the definition it goes by.
    pub part: String,
    /// How much of it, as it is written.
    pub quantity: String,
    /// When it is meant to begin, as it is written.
    pub starts: Option<String>,
    /// When it is to be done, as it is written.
    pub due: Option<String>,
    /// How it stands, as it is written.
    pub state: Option<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Whether a document is one of schedules, as far as its root element says.
pub fn is_schedule(bytes: &[u8]) -> bool {
    let root = Scanner::begin(bytes).map(|(_, root)| root.name);
    root.is_ok_and(|name| bringing(&name, is_noun) != Bringing::Other)
}

/// Reads every order of a document.
pub fn schedules(bytes: &[u8]) -> Result<Schedules, Unreadable> {
    let (mut scanner, root) = Scanner::begin(bytes)?;
    let mut found = Schedules::default();
    match bringing(&root.name, is_noun) {
        Bringing::Itself => found.schedule(&mut scanner, &root)?,
        Bringing::Transaction => found.transaction(&mut scanner)?,
        Bringing::Nothing | Bringing::Other => {
            return Err(scanner.unreadable(format!(
                "{} brings no orders; needed is OperationsSchedule, alone or as Show…, Process…, \
                 Change… or Sync…",
                root.name
            )));
        }
    }
    if let Some(fault) = scanner.faults().first() {
        return Err(Unreadable { line: fault.line, message: fault.message.clone() });
    }
    if found.orders.is_empty() {
        return Err(scanner.unreadable("there is no OperationsRequest in the document"));
    }
    scanner.finish()?;
    Ok(found)
}

fn is_noun(name: &str) -> bool {
    name == "OperationsSchedule"
}

impl Schedules {
    fn transaction(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Unreadable> {
        while let Some(area) = scanner.child()? {
            match area.name.as_str() {
                "ApplicationArea" => self.application(scanner)?,
                "DataArea" => {
                    while let Some(tag) = scanner.child()? {
                        match tag.name.as_str() {
                            name if is_noun(name) => self.schedule(scanner, &tag)?,
                            name if is_verb(name) => refuse_deletions(scanner, INSTEAD)?,
                            _ => scanner.skip()?,
                        }
                    }
                }
                _ => scanner.skip()?,
            }
        }
        Ok(())
    }

    fn application(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let (mut logical, mut component) = (None, None);
        while let Some(tag) = scanner.child()? {
            match tag.name.as_str() {
                "Sender" => {
                    while let Some(tag) = scanner.child()? {
                        match tag.name.as_str() {
                            "LogicalID" => once(scanner, &tag, &mut logical)?,
                            "ComponentID" => once(scanner, &tag, &mut component)?,
                            _ => scanner.skip()?,
                        }
                    }
                }
                "CreationDateTime" => once(scanner, &tag, &mut self.created)?,
                _ => scanner.skip()?,
            }
        }
        let named = |name: Option<String>| name.filter(|name| !name.is_empty());
        self.sender = match (named(logical), named(component)) {
            (Some(logical), Some(component)) => Some(format!("{logical}/{component}")),
            (logical, component) => logical.or(component),
        };
        Ok(())
    }

    fn schedule(&mut self, scanner: &mut Scanner<'_>, tag: &Tag) -> Result<(), Unreadable> {
        let (mut id, mut published) = (None, None);
        let first = self.orders.len();
        while let Some(tag) = scanner.child()? {
            match tag.name.as_str() {
                "ID" => once(scanner, &tag, &mut id)?,
                "PublishedDate" => once(scanner, &tag, &mut published)?,
                "OperationsRequest" => {
                    if self.orders.len() == MOST_ORDERS {
                        let message = format!("more than {MOST_ORDERS} orders; split the document");
                        return Err(scanner.unreadable(message));
                    }
                    let faults = scanner.faults();
                    let mut order = request(scanner, &tag)?;
                    order.faults.splice(0..0, faults);
                    self.orders.push(order);
                }
                _ => scanner.skip()?,
            }
        }
        let orders = self.orders.get_mut(first..).unwrap_or_default();
        if id.as_deref().is_none_or(str::is_empty) {
            scanner.fault_of(tag, "ID is needed here");
        }
        let faults = scanner.faults();
        if let Some(order) = orders.first_mut() {
            order.faults.splice(0..0, faults);
        }
        let published = published.filter(|text| !text.is_empty());
        for order in orders {
            order.document = id.clone().unwrap_or_default();
            order.published.clone_from(&published);
        }
        Ok(())
    }
}

/// What segments say, put together.
#[derive(Default)]
struct Segments {
    parts: Vec<String>,
    /// The definition that the first of them goes by.
    definition: Option<String>,
    quantity: Option<String>,
    earliest: Option<String>,
    latest: Option<String>,
}

fn request(scanner: &mut Scanner<'_>, tag: &Tag) -> Result<Order, Unreadable> {
    let mut it = Order { line: tag.line, ..Order::default() };
    let (mut id, mut definition) = (None, None);
    let mut segments = Segments::default();
    while let Some(tag) = scanner.child()? {
        match tag.name.as_str() {
            "ID" => once(scanner, &tag, &mut id)?,
            "StartTime" => once(scanner, &tag, &mut it.starts)?,
            "EndTime" => once(scanner, &tag, &mut it.due)?,
            "RequestState" => {
                let other = tag.attribute("OtherValue").map(str::to_owned);
                once(scanner, &tag, &mut it.state)?;
                if let (Some("Other"), Some(other)) = (it.state.as_deref(), other) {
                    it.state = Some(other);
                }
            }
            "OperationsDefinitionID" => once(scanner, &tag, &mut definition)?,
            "SegmentRequirement" => segments.add(scanner)?,
            _ => scanner.skip()?,
        }
    }
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    it.starts = given(it.starts).or(given(segments.earliest));
    it.due = given(it.due).or(given(segments.latest));
    it.state = given(it.state);
    it.code = id.unwrap_or_default();
    if it.code.is_empty() {
        scanner.fault_of(tag, "ID is needed here");
    }
    match segments.parts.as_slice() {
        [] => it.part = given(definition).or(segments.definition).unwrap_or_default(),
        [part] => it.part.clone_from(part),
        several => {
            let message = format!(
                "MaterialRequirement: the segments produce {}, so nobody can tell what is ordered; \
                 name one part only",
                several.join(", ")
            );
            scanner.fault_of(tag, message);
        }
    }
    if it.part.is_empty() && segments.parts.is_empty() {
        let message = "what is produced is needed here: a MaterialRequirement with the use \
                       Produced, or an OperationsDefinitionID";
        scanner.fault_of(tag, message);
    }
    it.quantity = segments.quantity.unwrap_or_default();
    if it.quantity.is_empty() {
        let message = "how much is needed here: a Quantity in a MaterialRequirement with the use \
                       Produced";
        scanner.fault_of(tag, message);
    }
    it.faults = scanner.faults();
    Ok(it)
}

impl Segments {
    /// Reads one segment. Its children are part of it and say nothing of the order.
    fn add(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let (mut earliest, mut latest, mut quantity) = (None, None, None);
        let mut definition = None;
        while let Some(tag) = scanner.child()? {
            match tag.name.as_str() {
                "EarliestStartTime" => once(scanner, &tag, &mut earliest)?,
                "LatestEndTime" => once(scanner, &tag, &mut latest)?,
                "OperationsDefinitionID" => once(scanner, &tag, &mut definition)?,
                "MaterialRequirement" => {
                    let Some(made) = material(scanner)? else { continue };
                    for part in made.parts {
                        // Some are enough to say that there are several.
                        if !self.parts.contains(&part) && self.parts.len() < 5 {
                            self.parts.push(part);
                        }
                    }
                    match made.quantity {
                        Some(_) if quantity.is_some() => scanner.fault_of(
                            &tag,
                            "the segment says twice how much it produces; say it once",
                        ),
                        made => quantity = made.or(quantity),
                    }
                }
                _ => scanner.skip()?,
            }
        }
        let definition = definition.filter(|text| !text.is_empty());
        self.definition = self.definition.take().or(definition);
        self.earliest = self.earliest.take().or(earliest);
        self.latest = latest.or(self.latest.take());
        self.quantity = quantity.or(self.quantity.take());
        Ok(())
    }
}

/// What a segment makes.
struct Made {
    parts: Vec<String>,
    quantity: Option<String>,
}

/// What a segment makes of a material; `None` where it does something else with it.
fn material(scanner: &mut Scanner<'_>) -> Result<Option<Made>, Unreadable> {
    let (mut parts, mut used, mut quantity) = (Vec::new(), None, None);
    let (mut text, mut unit) = (None, None);
    while let Some(tag) = scanner.child()? {
        match tag.name.as_str() {
            "MaterialDefinitionID" if parts.len() < 5 => parts.push(scanner.text()?),
            "MaterialUse" => once(scanner, &tag, &mut used)?,
            "Quantity" => {
                quantity = Some(tag);
                while let Some(tag) = scanner.child()? {
                    match tag.name.as_str() {
                        "QuantityString" => once(scanner, &tag, &mut text)?,
                        "UnitOfMeasure" => once(scanner, &tag, &mut unit)?,
                        _ => scanner.skip()?,
                    }
                }
            }
            _ => scanner.skip()?,
        }
    }
    if !used.is_some_and(|used| is_made(&used)) {
        return Ok(None);
    }
    let unit = unit.filter(|unit| !unit.is_empty());
    if let (Some(tag), Some(unit)) = (&quantity, unit)
        && !PIECES.iter().any(|known| known.eq_ignore_ascii_case(&unit))
    {
        let unit: String = unit.chars().take(20).collect();
        let message = format!("it is counted in {unit}; orders here are of pieces (H87)");
        scanner.fault_of(tag, message);
    }
    parts.retain(|part| !part.is_empty());
    Ok(Some(Made { parts, quantity: text.filter(|text| !text.is_empty()) }))
}
