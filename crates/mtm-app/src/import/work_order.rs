//! Files of work orders: a row is what planning says of one, now.
//!
//! Each row is judged against what is known of its order, and its verdict says what would change. An
//! order that stands in a file twice is refused each time: nobody can tell which of them holds.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mtm_connect::b2mml;
use mtm_core::code::Code;
use mtm_core::word::{PartCode, Quantity, Timestamp, WorkOrder};
use mtm_core::work_order::{SaidState, WorkOrderDraft, judge};
use mtm_store::Fault;

use super::detail::RowVerdict;
use super::preview::{accepted, field_of, refused, shape};
use super::row::Cells;
use super::table::{Line, Table, unreadable};
use crate::App;
use crate::error::{AppError, FieldError};
use crate::routing::moment;

/// Which columns a file of work orders may have.
pub(super) const WORK_ORDER_COLUMNS: [&str; 9] =
    ["code", "part", "quantity", "start", "due", "state", "published", "source", "document"];

/// Most letters of the name of a system or a document.
const MOST_NAME: usize = 200;

/// A row of a table, counted from 0, and what it says.
pub(super) type Asked = (usize, WorkOrderDraft);

impl Cells<'_> {
    /// What this row says of an order; a row that does not say when it was published is of `now`.
    pub(super) fn work_order(
        &self,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<WorkOrderDraft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let code = self.parsed("code", &mut errors, |text| {
            WorkOrder::parse(text).map_err(|error| error.to_string())
        });
        let part = self.parsed("part", &mut errors, |text| {
            PartCode::parse(text).map_err(|error| error.to_string())
        });
        let quantity = self.parsed("quantity", &mut errors, whole_pieces);
        for column in ["code", "part", "quantity"] {
            if self.text(column).is_none() {
                let message = format!("{column} is needed here");
                errors.push(FieldError::new(column, Code::InvalidBody, message));
            }
        }
        let mut at = |column: &str, read: fn(&str, &str, &TimeZone) -> Read| {
            let text = self.text(column)?;
            read(column, &text, zone).map_err(|error| errors.push(error)).ok()
        };
        let starts_at = at("start", beginning);
        let due_at = at("due", end);
        let published_at = at("published", beginning).unwrap_or(now);
        let name = |text: &str| match text.chars().count() {
            0..=MOST_NAME => Ok(text.to_owned()),
            _ => Err(format!("it is longer than {MOST_NAME} letters")),
        };
        let source = self.parsed("source", &mut errors, name);
        let document = self.parsed("document", &mut errors, name);
        let state = self.text("state").map(|text| SaidState::read(&text));
        match (code, part, quantity) {
            (Some(code), Some(part), Some(quantity)) if errors.is_empty() => Ok(WorkOrderDraft {
                code,
                part,
                quantity,
                starts_at,
                due_at,
                state,
                source,
                document,
                published_at,
            }),
            _ => Err(errors),
        }
    }
}

type Read = Result<Timestamp, FieldError>;

fn beginning(column: &str, text: &str, zone: &TimeZone) -> Read {
    let read = moment(column, Some(text), zone)?;
    read.ok_or_else(|| FieldError::new(column, Code::InvalidBody, "a moment is needed here"))
}

/// A day alone is over with its last moment: what is due on it is not late before.
fn end(column: &str, text: &str, zone: &TimeZone) -> Read {
    let Ok(day) = text.parse::<Date>() else { return beginning(column, text, zone) };
    if text.contains(':') {
        return beginning(column, text, zone);
    }
    let next = day.checked_add(1.day()).ok();
    let midnight = next.and_then(|next| next.at(0, 0, 0, 0).to_zoned(zone.clone()).ok());
    midnight.map(|midnight| midnight.timestamp().into()).ok_or_else(|| {
        FieldError::new(column, Code::InvalidBody, format!("{text} is no day that can be reached"))
    })
}

/// Whole pieces, which systems like to write with decimals that say nothing: `500.000`.
fn whole_pieces(text: &str) -> Result<Quantity, String> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let wrong = || {
        let text: String = text.chars().take(40).collect();
        format!("{text} is not a number of whole pieces; write it like 500")
    };
    if whole.is_empty() || !digits(whole) || !rest.bytes().all(|byte| byte == b'0') {
        return Err(wrong());
    }
    // What has more digits than any number is too large, too.
    let pieces = whole.parse().unwrap_or(i64::MAX);
    Quantity::pieces(pieces).map_err(|error| error.to_string())
}

/// Reads every order of an `OperationsSchedule`.
pub(super) fn read(bytes: &[u8]) -> Result<Table, AppError> {
    let found = b2mml::schedules(bytes).map_err(|error| unreadable(error.to_string()))?;
    let (sender, created) = (&found.sender, &found.created);
    let of = |text: Option<&String>| text.cloned().unwrap_or_default();
    let line = |order: &b2mml::Order| {
        let cells = vec![
            order.code.clone(),
            order.part.clone(),
            order.quantity.clone(),
            of(order.starts.as_ref()),
            of(order.due.as_ref()),
            of(order.state.as_ref()),
            of(order.published.as_ref().or(created.as_ref())),
            of(sender.as_ref()),
            order.document.clone(),
        ];
        let said: Vec<String> = order.faults.iter().map(ToString::to_string).collect();
        let fault = (!said.is_empty()).then(|| said.join("; "));
        Line { number: order.line, cells, fault }
    };
    let mut lines: Vec<Line> = found.orders.iter().map(line).collect();
    // A document may stand on one line: then its orders are counted.
    if !lines.is_sorted_by(|one, other| one.number < other.number) {
        for (number, line) in (1..).zip(&mut lines) {
            line.number = number;
        }
    }
    Ok(Table { headers: WORK_ORDER_COLUMNS.map(str::to_owned).to_vec(), lines })
}

impl App {
    /// What can be said of the rows without asking the ledger, and what the others say.
    pub(super) fn read_work_orders(&self, table: &Table) -> (Vec<RowVerdict>, Vec<Asked>) {
        let (zone, now) = (&self.site().zone, self.clock().now());
        let mut verdicts = Vec::with_capacity(table.lines.len());
        let mut asked: Vec<Asked> = Vec::new();
        let mut places: HashMap<WorkOrder, Vec<usize>> = HashMap::new();
        for (at, line) in table.lines.iter().enumerate() {
            let cells = Cells { headers: &table.headers, cells: &line.cells };
            let read = shape(line).and_then(|()| cells.work_order(zone, now));
            // A row that cannot be read still names its order.
            let named = cells.text("code").and_then(|text| WorkOrder::parse(&text).ok());
            if let Some(code) = named {
                places.entry(code).or_default().push(at);
            }
            match read {
                Ok(draft) => {
                    asked.push((at, draft));
                    verdicts.push(accepted(line.number));
                }
                Err(errors) => verdicts.push(refused(line.number, errors)),
            }
        }
        for (code, rows) in places.iter().filter(|(_, rows)| rows.len() > 1) {
            let lines: Vec<String> =
                rows.iter().take(5).map(|at| table.lines[*at].number.to_string()).collect();
            let message = format!(
                "{code} stands in the file {} times, in lines {}; keep the one that holds",
                rows.len(),
                lines.join(", ")
            );
            for at in rows {
                let error = FieldError::new("code", Code::AlreadyExists, message.clone());
                let verdict = &mut verdicts[*at];
                verdict.accepted = false;
                verdict.errors.extend(refused(verdict.line, vec![error]).errors);
            }
        }
        asked.retain(|(at, _)| verdicts[*at].accepted);
        (verdicts, asked)
    }

    /// Judges what rows say against what is known.
    pub(super) async fn judge_work_orders(
        &self,
        asked: Vec<Asked>,
        verdicts: &mut [RowVerdict],
    ) -> Result<(), AppError> {
        if asked.is_empty() {
            return Ok(());
        }
        let codes = asked.iter().map(|(_, draft)| draft.code.clone()).collect();
        let known = self.ledger().work_orders_known(codes).await?;
        let catalogue = self.catalogue();
        for (at, draft) in asked {
            let verdict = verdicts.get_mut(at);
            let verdict =
                verdict.ok_or_else(|| Fault::Permanent("a row has no verdict".to_owned()))?;
            match judge(&catalogue, known.get(&draft.code), &draft) {
                Ok(judged) => verdict.effect = judged.turn.to_string(),
                Err(rejection) => *verdict = refused(verdict.line, vec![field_of(rejection)]),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(cells: [&str; 9]) -> Result<WorkOrderDraft, Vec<FieldError>> {
        let headers = WORK_ORDER_COLUMNS.map(str::to_owned);
        let cells = cells.map(str::to_owned);
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        Cells { headers: &headers, cells: &cells }
            .work_order(&zone, Timestamp::parse("2026-11-30T12:00:00Z").unwrap())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn times_without_zone_are_the_sites_and_a_day_is_over_with_its_end() {
        let read = |start, due| {
            let draft = draft(["60723", "A-1", "5", start, due, "", "", "", ""]).unwrap();
            (draft.starts_at, draft.due_at)
        };
        assert_eq!(
            read("2026-12-01", "2026-12-01"),
            (Some(at("2026-11-30T23:00:00Z")), Some(at("2026-12-01T23:00:00Z")))
        );
        assert_eq!(
            read("2026-12-01T06:00", "2026-12-01T06:00:00Z"),
            (Some(at("2026-12-01T05:00:00Z")), Some(at("2026-12-01T06:00:00Z")))
        );
        // A time that the change of the clock leaves out, and one that comes twice.
        assert_eq!(
            read("2027-03-28T02:30", "2027-10-31T02:30"),
            (Some(at("2027-03-28T01:30:00Z")), Some(at("2027-10-31T00:30:00Z")))
        );
        assert_eq!(read("", ""), (None, None));
    }

    #[test]
    fn pieces_are_whole_and_bounded() {
        let pieces = |text| whole_pieces(text).map(Quantity::whole);
        assert_eq!(pieces("500"), Ok(500));
        assert_eq!(pieces("500.000"), Ok(500));
        assert_eq!(pieces("1000000000000"), Ok(1_000_000_000_000));
        let long = "9".repeat(5_000);
        for wrong in ["0.5", "-1", "1e9", "1,000", "+5", ".5", "", "NaN", &long, "1000000000001"] {
            let error = whole_pieces(wrong).unwrap_err();
            assert!(error.len() < 200, "{error}");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_a_row_is_said_at_once() {
        let errors = draft(["", "", "x", "soon", "2026-13-01", "", "then", "", ""]).unwrap_err();
        let mut fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["code", "due", "part", "published", "quantity", "start"]);
        let long = "x".repeat(201);
        let errors = draft(["1", "A", "1", "", "", "", "", &long, &long]).unwrap_err();
        assert_eq!(errors.len(), 2);
    }
}
