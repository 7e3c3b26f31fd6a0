//! `mtm checkpoint list`: the newest ones, here and outside.

use std::path::Path;

use clap::Args;
use mtm_app::checkpoint::{self, Checkpoint};
use serde_json::{Value, json};

use super::{facts, keeper};
use crate::cli::{Call, look};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm checkpoint list
  mtm checkpoint list --limit 200 --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// At most so many of either place, newest first
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

pub(super) fn run(call: &Call, it: &Arguments) -> Outcome {
    let config = call.globals.config()?;
    let keeper = keeper(&config)?;
    let mut items = Vec::new();
    let places = [(Some(keeper.folder()), "here"), (config.checkpoints_to.as_deref(), "outside")];
    for (folder, place) in places {
        items.extend(folder.into_iter().flat_map(|folder| newest(folder, place, it.limit)));
    }
    let answer = json!({ "items": items });
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("WHERE"),
            Column::number("ENTRY"),
            Column::text("RECORDED"),
            Column::number("PARTS"),
            Column::number("PIECES"),
            Column::text("SIGNED"),
            Column::text("FILE"),
        ]);
        for item in &items {
            let signed = match &item["signed"] {
                Value::Null => item["error"].as_str().unwrap_or("no").to_owned(),
                signed => look::cell(signed, "key"),
            };
            table.row([
                look::cell(item, "place"),
                look::cell(item, "sequence"),
                look::moment(item, "recorded_at"),
                look::cell(&item["stock"], "parts"),
                look::cell(&item["stock"], "pieces"),
                signed,
                look::cell(item, "path"),
            ]);
        }
        if table.is_empty() {
            return "There are none.".to_owned();
        }
        call.console.table(&table)
    })
}

/// The newest in a folder. One that cannot be read is told, not left out.
fn newest(folder: &Path, place: &str, limit: usize) -> Vec<Value> {
    let files = checkpoint::files(folder);
    let of = |path: &std::path::PathBuf| {
        let mut item = match Checkpoint::read(path) {
            Ok(checkpoint) => facts(&checkpoint, Some(path)),
            Err(error) => json!({ "path": path, "error": error.to_string() }),
        };
        item["place"] = json!(place);
        item
    };
    files.iter().rev().take(limit).map(of).collect()
}
