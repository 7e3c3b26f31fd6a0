//! `mtm count enter`.

use clap::Args;
use mtm_app::count::{EntriesBody, EntryBody};
use serde_json::{Value, json};

use super::{Change, PATH, Which, find};
use crate::cli::Call;
use crate::cli::look;
use crate::door::Door;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm count enter \"Rack R-E4\" 1=118 2=0 7=20
  mtm count enter Dock 3=50 --counted-at 2026-11-29T06:10:00Z --notes 'box torn'
  mtm count enter Dock --found 12 --part 11058-1779 --operation 19 --location R-E4-18

All of them are entered, or none. What is far off is to be counted again.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// A line's number and the pieces that were there
    #[arg(value_name = "LINE=PIECES", value_parser = line, required_unless_present = "found")]
    lines: Vec<(u32, i64)>,
    /// Pieces of something that is not on the list; needs part, operation and location
    #[arg(long, value_name = "PIECES", requires_all = ["part", "operation", "location"])]
    found: Option<i64>,
    /// Part of what was found
    #[arg(long, requires = "found")]
    part: Option<String>,
    /// Operation of what was found
    #[arg(long, requires = "found")]
    operation: Option<String>,
    /// Location of what was found
    #[arg(long, requires = "found")]
    location: Option<String>,
    /// Lot of what was found; left out where nobody knows it
    #[arg(long, requires = "found")]
    lot: Option<String>,
    /// When they were counted; now where it is left out (RFC 3339)
    #[arg(long, value_name = "TIME")]
    counted_at: Option<String>,
    /// Free text, at each of them
    #[arg(long)]
    notes: Option<String>,
}

fn line(text: &str) -> Result<(u32, i64), String> {
    let shape = || "write a line's number, = and the pieces, such as 7=20".to_owned();
    let (line, pieces) = text.split_once('=').ok_or_else(shape)?;
    let (line, pieces) = (line.trim().parse(), pieces.trim().parse());
    Ok((line.map_err(|_| shape())?, pieces.map_err(|_| shape())?))
}

fn body(it: &Arguments) -> EntriesBody {
    let common = EntryBody {
        counted_at: it.counted_at.clone(),
        notes: it.notes.clone(),
        ..EntryBody::default()
    };
    let of_line =
        |&(line, counted): &(u32, i64)| EntryBody { line: Some(line), counted, ..common.clone() };
    let found = it.found.map(|counted| EntryBody {
        part: it.part.clone(),
        operation: it.operation.clone(),
        location: it.location.clone(),
        lot: it.lot.clone(),
        counted,
        ..common.clone()
    });
    EntriesBody { entries: it.lines.iter().map(of_line).chain(found).collect() }
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let answer = enter(&door, &it).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("LINE"),
            Column::text("STATE"),
            Column::number("COUNTS"),
            Column::number("DIFFERENCE"),
        ]);
        for row in look::items(&answer) {
            table.row([
                look::cell(row, "line"),
                look::cell(row, "state"),
                look::cell(row, "rounds"),
                look::cell(row, "variance"),
            ]);
        }
        let again = look::items(&answer).iter().filter(|row| row["state"] == "recount").count();
        let again = match again {
            0 => String::new(),
            1 => "\n\nOne line is to be counted again.".to_owned(),
            many => format!("\n\n{many} lines are to be counted again."),
        };
        call.console.table(&table) + &again
    })
}

async fn enter(door: &Door, it: &Arguments) -> Outcome<Value> {
    let id = find(door, &it.which.count).await?;
    let body = body(it);
    let change = Change::new(format!("{PATH}/{id}/entries"), it.which.key.clone(), &body);
    match door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            let key = change.key(local).map_err(Failure::from)?;
            let entered = local.app.enter_counts(&local.who, id, &body, key).await?;
            Ok(json!({ "items": look::json_of(&entered.value)? }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_its_pieces_are_written_together() {
        assert_eq!(line("7=20"), Ok((7, 20)));
        assert_eq!(line(" 7 = 0 "), Ok((7, 0)));
        for wrong in ["7", "=20", "7=", "7=1.5", "-7=2", "a=1"] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }
}
