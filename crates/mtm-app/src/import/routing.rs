//! Files of routings: a row is an operation, and the rows of one part and one beginning are one
//! version, wherever they stand. A version is taken over whole or not at all.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use mtm_core::code::Code;
use mtm_core::routing::{self, RoutingDraft, StepDraft};
use mtm_core::word::{PartCode, Timestamp};

use super::detail::RowVerdict;
use super::preview::{accepted, field_of, refused, shape};
use super::row::Cells;
use super::table::{Line, Table};
use crate::App;
use crate::error::FieldError;
use crate::routing::{StepBody, moment};

/// Which columns a file of routings may have.
pub(super) const ROUTING_COLUMNS: [&str; 6] =
    ["part", "position", "operation", "location", "yield", "effective_from"];

/// What one row says.
#[derive(Debug, Clone)]
pub(super) struct RoutingCells {
    pub(super) part: PartCode,
    pub(super) effective_from: Option<Timestamp>,
    pub(super) step: StepDraft,
}

/// The rows of a file that are one version: their places in the table, in the version's order.
struct Group {
    key: (String, String),
    rows: Vec<(usize, RoutingCells)>,
    /// Rows of it that cannot be read: there are others, so it is not whole.
    broken: bool,
}

impl Cells<'_> {
    /// The step of this row, and the version it belongs to.
    pub(super) fn routing(&self, zone: &TimeZone) -> Result<RoutingCells, Vec<FieldError>> {
        let mut errors = Vec::new();
        let part = self.parsed("part", &mut errors, |text| {
            PartCode::parse(text).map_err(|error| error.to_string())
        });
        let position = self.parsed("position", &mut errors, |text| {
            let position = text.parse::<u16>().ok().filter(|position| *position > 0);
            position
                .ok_or_else(|| format!("{text} is no position; positions are whole numbers from 1"))
        });
        let from = self.text("effective_from");
        let effective_from = moment("effective_from", from.as_deref(), zone)
            .map_err(|error| errors.push(error))
            .unwrap_or_default();
        let body = StepBody {
            position,
            operation: self.text("operation").unwrap_or_default(),
            location: self.text("location"),
            yields: self.text("yield"),
        };
        let step = body.parse().map_err(|wrong| errors.extend(wrong)).ok();
        if part.is_none() && self.text("part").is_none() {
            errors.push(FieldError::new("part", Code::InvalidBody, "part is needed here"));
        }
        match (part, step) {
            (Some(part), Some(step)) if errors.is_empty() => {
                Ok(RoutingCells { part, effective_from, step })
            }
            _ => Err(errors),
        }
    }

    /// The version that this row belongs to, as far as it can be told.
    pub(super) fn version(&self, zone: &TimeZone) -> Option<(String, String)> {
        let part = PartCode::parse(&self.text("part")?).ok()?.to_string();
        let text = self.text("effective_from");
        let from = match moment("effective_from", text.as_deref(), zone) {
            Ok(Some(moment)) => moment.to_string(),
            _ => text.unwrap_or_default(),
        };
        Some((part, from))
    }
}

impl App {
    /// What is said of every row, and the rows to keep: those of one version beside each other.
    pub(super) fn judge_routings(&self, table: &Table) -> (Vec<RowVerdict>, Vec<usize>) {
        let zone = &self.site().zone;
        let mut verdicts: Vec<RowVerdict> =
            table.lines.iter().map(|line| accepted(line.number)).collect();
        let mut groups = read(table, zone, &mut verdicts);
        let (mut catalogue, now) = ((*self.catalogue()).clone(), self.clock().now());
        // A later version is judged as if those before it were there.
        groups.sort_by_key(|group| {
            let first = group.rows.first();
            let from = first.and_then(|(_, cells)| cells.effective_from);
            (group.key.0.clone(), from.unwrap_or(now))
        });
        let mut order = Vec::with_capacity(table.lines.len());
        for group in &groups {
            let Some(draft) = draft(group.rows.iter().map(|(_, cells)| cells)) else { continue };
            let errors = match routing::version(&catalogue, now, &draft) {
                Err(faults) => group.blame(&faults),
                Ok(_) if group.broken => group.blame(&[]),
                Ok((part, version)) => {
                    let from = draft.effective_from;
                    let routing = catalogue.routings.of(part.row);
                    let stands =
                        routing.and_then(|it| routing::stands(it, &version, from, now)).is_some();
                    if stands {
                        let error = field_of(routing::stands_already(&part));
                        group.rows.iter().map(|(at, _)| (*at, error.clone())).collect()
                    } else {
                        order.extend(group.rows.iter().map(|(at, _)| *at));
                        catalogue.routings.add(part.row, version);
                        continue;
                    }
                }
            };
            for (at, error) in errors {
                let verdict = &mut verdicts[at];
                let mut said = refused(verdict.line, vec![error]).errors;
                verdict.accepted = false;
                verdict.errors.append(&mut said);
            }
        }
        (verdicts, order)
    }
}

/// The versions of a file. A row that cannot be read breaks the version it would belong to: that
/// of its part, or where that is not to be told, that of the row above.
fn read(table: &Table, zone: &TimeZone, verdicts: &mut [RowVerdict]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut above = None;
    for (at, line) in table.lines.iter().enumerate() {
        let cells = Cells { headers: &table.headers, cells: &line.cells };
        let Some(key) = cells.version(zone).or_else(|| above.clone()) else {
            let errors = cells.routing(zone).err().unwrap_or_default();
            verdicts[at] = refused(line.number, errors);
            continue;
        };
        above = Some(key.clone());
        let place = *places.entry(key.clone()).or_insert_with(|| {
            groups.push(Group { key, rows: Vec::new(), broken: false });
            groups.len() - 1
        });
        match shape(line).and_then(|()| cells.routing(zone)) {
            Ok(row) => groups[place].rows.push((at, row)),
            Err(errors) => {
                verdicts[at] = refused(line.number, errors);
                groups[place].broken = true;
            }
        }
    }
    for group in &mut groups {
        if group.rows.iter().all(|(_, cells)| cells.step.position.is_some()) {
            group.rows.sort_by_key(|(_, cells)| cells.step.position);
        }
    }
    groups
}

impl Group {
    /// What is wrong, at the rows that it is wrong with. Rows that are right are left out with
    /// the others: half a routing is none.
    fn blame(&self, faults: &[routing::DraftFault]) -> Vec<(usize, FieldError)> {
        let mut errors = Vec::new();
        let whole: Vec<_> = faults.iter().filter(|fault| fault.step.is_none()).cloned().collect();
        for (step, (at, _)) in self.rows.iter().enumerate() {
            let own = faults.iter().filter(|fault| fault.step == Some(step));
            let own: Vec<_> = own.chain(&whole).map(|it| field_of(it.rejection.clone())).collect();
            if own.is_empty() {
                let message = "another row of this version is refused";
                errors.push((*at, FieldError::new("", Code::InvalidBody, message)));
            }
            errors.extend(own.into_iter().map(|error| (*at, error)));
        }
        errors
    }
}

/// The version that rows make; `None` where there are none.
pub(super) fn draft<'r>(rows: impl IntoIterator<Item = &'r RoutingCells>) -> Option<RoutingDraft> {
    let mut rows = rows.into_iter();
    let first = rows.next()?;
    let steps = std::iter::once(first).chain(rows).map(|row| row.step.clone()).collect();
    Some(RoutingDraft { part: first.part.clone(), effective_from: first.effective_from, steps })
}

/// Whether two lines belong to one version.
pub(super) fn together(
    headers: &[String],
    zone: &TimeZone,
    one: &[String],
    other: &[String],
) -> bool {
    let version = |cells| Cells { headers, cells }.version(zone);
    version(one) == version(other)
}

/// Where to cut lines into blocks of about `most`: never within a version.
pub(super) fn blocks<'l>(
    headers: &[String],
    zone: &TimeZone,
    lines: &[&'l Line],
    most: usize,
) -> Vec<Vec<&'l Line>> {
    let same = |one: &&Line, other: &&Line| together(headers, zone, &one.cells, &other.cells);
    let mut blocks: Vec<Vec<&Line>> = Vec::new();
    for version in lines.chunk_by(same) {
        match blocks.last_mut() {
            Some(block) if block.len() + version.len() <= most => block.extend(version),
            _ => blocks.push(version.to_vec()),
        }
    }
    blocks
}
