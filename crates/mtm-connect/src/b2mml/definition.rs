//! Reading `OperationsDefinition`: how a part is made, as operations in their order.
//!
//! What of it is used, and what not, stands in `docs/b2mml.md`. Nothing is guessed: what would mean
//! something else when it is left out (an end, segments within segments, another order than that of
//! the document) is a fault.

use super::transaction::{Bringing, bringing, is_made, is_verb, once, refuse_deletions};
use super::{Fault, Scanner, Tag, Unreadable};

/// Most definitions of a document, and most segments of all of them.
const MOST_DEFINITIONS: usize = 100_000;
/// An end from this year on is none.
const NEVER: &str = "2099";
/// What to do instead of deleting.
const INSTEAD: &str = "routings are ended by people, with retire, and a file only adds versions";
/// That a segment comes after another.
const AFTER: [&str; 4] = ["AfterStart", "AfterEnd", "NoEarlierAfterStart", "NoEarlierAfterEnd"];

/// How a part is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    /// The line it begins in.
    pub line: u64,
    /// Its name.
    pub id: String,
    /// The part: what its segments make, or, where they do not say, its name.
    pub part: String,
    /// From when on, as it is written.
    pub effective_from: Option<String>,
    /// The operations in their order.
    pub segments: Vec<Segment>,
    /// What is wrong with it, apart from its segments.
    pub faults: Vec<Fault>,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// The line it begins in.
    pub line: u64,
    /// The operation: the process segment it is made of, or, where there is none, its own name.
    pub operation: String,
    /// Its place in the sequence.
    pub position: Option<String>,
    /// Where pieces go that come to it.
    pub location: Option<String>,
    /// How many of them are expected to come out good.
    pub yields: Option<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    id: String,
    /// What it makes.
    made: Vec<String>,
    /// The segments it comes after.
    after: Vec<String>,
}

/// Reads every definition of a document.
pub fn definitions(bytes: &[u8]) -> Result<Vec<Definition>, Unreadable> {
    let (mut scanner, root) = Scanner::begin(bytes)?;
    let mut found = Found::default();
    let refused = match bringing(&root.name, is_noun) {
        Bringing::Itself => {
            found.noun(&mut scanner, &root)?;
            None
        }
        Bringing::Transaction => {
            transaction(&mut scanner, &mut found)?;
            None
        }
        Bringing::Nothing => Some("brings no definitions"),
        Bringing::Other => Some("is none of these"),
    };
    if let Some(what) = refused {
        return Err(scanner.unreadable(format!(
            "{} {what}; needed is OperationsDefinition or OperationsDefinitionInformation, alone or \
             as Show…, Process…, Change… or Sync…",
            root.name
        )));
    }
    let stray = scanner.faults();
    if let Some(fault) = stray.first() {
        return Err(Unreadable { line: fault.line, message: fault.message.clone() });
    }
    if found.definitions.is_empty() {
        return Err(scanner.unreadable("there is no OperationsDefinition in the document"));
    }
    scanner.finish()?;
    Ok(found.definitions)
}

fn is_noun(name: &str) -> bool {
    matches!(name, "OperationsDefinition" | "OperationsDefinitionInformation")
}

fn transaction(scanner: &mut Scanner<'_>, found: &mut Found) -> Result<(), Unreadable> {
    while let Some(area) = scanner.child()? {
        if area.name != "DataArea" {
            scanner.skip()?;
            continue;
        }
        while let Some(tag) = scanner.child()? {
            if is_noun(&tag.name) {
                found.noun(scanner, &tag)?;
            } else if is_verb(&tag.name) {
                refuse_deletions(scanner, INSTEAD)?;
            } else {
                scanner.skip()?;
            }
        }
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    definitions: Vec<Definition>,
    segments: usize,
}

impl Found {
    fn noun(&mut self, scanner: &mut Scanner<'_>, tag: &Tag) -> Result<(), Unreadable> {
        if tag.name == "OperationsDefinition" {
            return self.definition(scanner, tag);
        }
        while let Some(tag) = scanner.child()? {
            if tag.name == "OperationsDefinition" {
                self.definition(scanner, &tag)?;
            } else {
                scanner.skip()?;
            }
        }
        Ok(())
    }

    fn definition(&mut self, scanner: &mut Scanner<'_>, tag: &Tag) -> Result<(), Unreadable> {
        if self.definitions.len() == MOST_DEFINITIONS {
            return Err(too_many(scanner));
        }
        let mut it = Definition { line: tag.line, ..Definition::default() };
        let mut id = None;
        while let Some(tag) = scanner.child()? {
            match tag.name.as_str() {
                "ID" => once(scanner, &tag, &mut id)?,
                "EffectiveStartDate" => once(scanner, &tag, &mut it.effective_from)?,
                "EffectiveEndDate" => {
                    let end = scanner.text()?;
                    if !end.is_empty() && *end < *NEVER {
                        scanner.fault_of(
                            &tag,
                            "a version ends where the next begins, or when somebody retires the \
                             routing; leave it out",
                        );
                    }
                }
                "OperationsSegment" => {
                    self.segments += 1;
                    if self.segments > MOST_DEFINITIONS {
                        return Err(too_many(scanner));
                    }
                    it.faults.extend(scanner.faults());
                    it.segments.push(segment(scanner, &tag)?);
                }
                _ => scanner.skip()?,
            }
        }
        it.id = id.unwrap_or_default();
        if it.id.is_empty() {
            scanner.fault_of(tag, "ID is needed here");
        }
        if it.segments.is_empty() {
            let message = "OperationsSegment is needed here: a routing has at least one operation";
            scanner.fault_of(tag, message);
        }
        match made(&it.segments).as_slice() {
            [] => it.part.clone_from(&it.id),
            [part] => it.part.clone_from(part),
            several => {
                let message = format!(
                    "MaterialSpecification: the segments produce {}, so nobody can tell whose \
                     routing this is; name one part only",
                    several.join(", ")
                );
                scanner.fault_of(tag, message);
            }
        }
        it.faults.extend(scanner.faults());
        check_order(&mut it.segments, tag);
        self.definitions.push(it);
        Ok(())
    }
}

fn too_many(scanner: &Scanner<'_>) -> Unreadable {
    scanner.unreadable(format!("more than {MOST_DEFINITIONS} operations; split the document"))
}

/// What the segments make, each once.
fn made(segments: &[Segment]) -> Vec<String> {
    let mut made: Vec<String> = Vec::new();
    for part in segments.iter().flat_map(|segment| &segment.made) {
        if !made.contains(part) && made.len() < 5 {
            made.push(part.clone());
        }
    }
    made
}

/// Segments are done in the order of the document.
fn check_order(segments: &mut [Segment], definition: &Tag) {
    let places: std::collections::HashMap<String, usize> =
        segments.iter().enumerate().map(|(at, segment)| (segment.id.clone(), at)).collect();
    for (at, segment) in segments.iter_mut().enumerate() {
        let is_below = |other: &&String| places.get(*other).is_some_and(|place| *place > at);
        let Some(other) = segment.after.iter().find(is_below) else { continue };
        segment.faults.push(Fault {
            line: segment.line,
            path: format!("{}/OperationsSegment/SegmentDependency", definition.name),
            message: format!(
                "{} comes after {other}, which stands below it; list the segments in the order of \
                 the work",
                segment.id
            ),
        });
    }
}

fn segment(scanner: &mut Scanner<'_>, tag: &Tag) -> Result<Segment, Unreadable> {
    let mut it = Segment { line: tag.line, ..Segment::default() };
    let (mut id, mut process) = (None, None);
    while let Some(tag) = scanner.child()? {
        match tag.name.as_str() {
            "ID" => once(scanner, &tag, &mut id)?,
            "ProcessSegmentID" => once(scanner, &tag, &mut process)?,
            "ParameterSpecification" => parameter(scanner, &mut it)?,
            "MaterialSpecification" => it.made.extend(material(scanner)?),
            "SegmentDependency" => it.after.extend(dependency(scanner)?),
            "OperationsSegmentChild" => {
                scanner.skip()?;
                scanner.fault_of(
                    &tag,
                    "operations within operations are not known here; list them side by side",
                );
            }
            _ => scanner.skip()?,
        }
    }
    it.id = id.unwrap_or_default();
    if it.id.is_empty() {
        scanner.fault_of(tag, "ID is needed here");
    }
    it.operation = process.filter(|code| !code.is_empty()).unwrap_or_else(|| it.id.clone());
    it.faults = scanner.faults();
    Ok(it)
}

/// `Position`, `Location` and `Yield` of an operation, which the standard has no members for.
fn parameter(scanner: &mut Scanner<'_>, it: &mut Segment) -> Result<(), Unreadable> {
    let (mut id, mut value) = (None, None);
    while let Some(tag) = scanner.child()? {
        match tag.name.as_str() {
            "ID" => once(scanner, &tag, &mut id)?,
            "Value" => {
                while let Some(tag) = scanner.child()? {
                    match tag.name.as_str() {
                        "ValueString" => once(scanner, &tag, &mut value)?,
                        _ => scanner.skip()?,
                    }
                }
            }
            _ => scanner.skip()?,
        }
    }
    let slot = match id.as_deref() {
        Some("Position") => &mut it.position,
        Some("Location") => &mut it.location,
        Some("Yield") => &mut it.yields,
        _ => return Ok(()),
    };
    match value.filter(|value| !value.is_empty()) {
        Some(_) if slot.is_some() => {
            scanner.fault(format!("{} stands there twice", id.unwrap_or_default()));
        }
        value => *slot = value.or(slot.take()),
    }
    Ok(())
}

/// The parts that a segment makes of this material.
fn material(scanner: &mut Scanner<'_>) -> Result<Vec<String>, Unreadable> {
    let (mut parts, mut used) = (Vec::new(), None);
    while let Some(tag) = scanner.child()? {
        match tag.name.as_str() {
            "MaterialDefinitionID" => parts.push(scanner.text()?),
            "MaterialUse" => once(scanner, &tag, &mut used)?,
            _ => scanner.skip()?,
        }
    }
    let is_made = used.is_some_and(|used| is_made(&used));
    parts.retain(|part| is_made && !part.is_empty());
    Ok(parts)
}

/// The segments that a dependency lets this one come after.
fn dependency(scanner: &mut Scanner<'_>) -> Result<Vec<String>, Unreadable> {
    let (mut others, mut how) = (Vec::new(), None);
    while let Some(tag) = scanner.child()? {
        match tag.name.as_str() {
            "SegmentID" => others.push(scanner.text()?),
            "Dependency" => once(scanner, &tag, &mut how)?,
            _ => scanner.skip()?,
        }
    }
    let is_after = how.is_some_and(|how| AFTER.contains(&how.as_str()));
    others.retain(|_| is_after);
    Ok(others)
}
