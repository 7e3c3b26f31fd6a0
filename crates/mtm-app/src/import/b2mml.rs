//! `OperationsDefinition` as a table: an operation is a row, a definition is a version of a routing.

use std::collections::HashSet;

use mtm_connect::b2mml::{self, Definition, Fault, Segment};
use mtm_core::word::fold;

use super::routing::ROUTING_COLUMNS;
use super::table::{Line, Table, unreadable};
use crate::error::AppError;

/// Whether a text is XML rather than a header row.
pub(super) fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Reads every definition.
pub(super) fn read(bytes: &[u8]) -> Result<Table, AppError> {
    let definitions = b2mml::definitions(bytes).map_err(|error| unreadable(error.to_string()))?;
    let mut seen = HashSet::new();
    let mut lines = Vec::new();
    for definition in &definitions {
        let from = definition.effective_from.as_deref().unwrap_or_default();
        let twice = !seen.insert((fold(&definition.part), from.to_owned()));
        rows(definition, twice, &mut lines);
    }
    // A document may stand on one line: then its operations are counted.
    if !lines.is_sorted_by(|one, other| one.number < other.number) {
        for (number, line) in (1..).zip(&mut lines) {
            line.number = number;
        }
    }
    Ok(Table { headers: ROUTING_COLUMNS.map(str::to_owned).to_vec(), lines })
}

/// The rows of a definition; what is wrong with the whole stands at the first.
fn rows(definition: &Definition, twice: bool, lines: &mut Vec<Line>) {
    let whole = || {
        let twice = twice.then(|| {
            format!(
                "line {}: another definition of {} that begins at the same time stands above",
                definition.line, definition.part
            )
        });
        said(&definition.faults).into_iter().chain(twice)
    };
    // Nobody can tell whose it is: a name of its own keeps it apart from what can be told.
    let part = match definition.part.as_str() {
        "" => format!("(line {})", definition.line),
        part => part.to_owned(),
    };
    let from = definition.effective_from.clone().unwrap_or_default();
    let line = |number: u64, segment: Option<&Segment>, faults: Vec<String>| {
        let of = |text: Option<&String>| text.cloned().unwrap_or_default();
        let cells = vec![
            part.clone(),
            of(segment.and_then(|it| it.position.as_ref())),
            of(segment.map(|it| &it.operation)),
            of(segment.and_then(|it| it.location.as_ref())),
            of(segment.and_then(|it| it.yields.as_ref())),
            from.clone(),
        ];
        let fault = (!faults.is_empty()).then(|| faults.join("; "));
        Line { number, cells, fault }
    };
    if definition.segments.is_empty() {
        lines.push(line(definition.line, None, whole().collect()));
    }
    for (at, segment) in definition.segments.iter().enumerate() {
        let mut faults: Vec<String> = if at == 0 { whole().collect() } else { Vec::new() };
        faults.extend(said(&segment.faults));
        lines.push(line(segment.line, Some(segment), faults));
    }
}

fn said(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}
