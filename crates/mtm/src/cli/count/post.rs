//! `mtm count post`.

use clap::Args;
use mtm_app::count::PostBody;
use mtm_app::movement::Circumstances;
use serde_json::Value;

use super::{Change, PATH, Which, find, sentence};
use crate::cli::Call;
use crate::cli::book::confirmed;
use crate::cli::look;
use crate::door::Door;
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm count post \"Rack R-E4\" --preview
  mtm count post \"Rack R-E4\"
  mtm count post \"Rack R-E4\" --leave-uncounted

Each difference is booked once, also when this is repeated.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Say what would be booked; book nothing
    #[arg(long)]
    preview: bool,
    /// Close the count although lines were not counted: they are left as they are
    #[arg(long)]
    leave_uncounted: bool,
    /// Confirm whatever can be confirmed: a hold, an unlikely quantity
    #[arg(long, short)]
    yes: bool,
}

/// What can be insisted on where a difference is booked.
const CONFIRMABLE: [&str; 2] = ["on_hold", "implausible_quantity"];

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_booking(&call.globals.config()?).await?;
    let answer = post(&door, it).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("LINE"),
            Column::text("LOCATION"),
            Column::text("PART"),
            Column::text("OPERATION"),
            Column::text("LOT"),
            Column::number("DIFFERENCE"),
            Column::text("REFUSED"),
        ]);
        for row in answer["lines"].as_array().into_iter().flatten() {
            table.row([
                look::cell(row, "line"),
                look::cell(row, "location"),
                look::cell(row, "part"),
                look::cell(row, "operation"),
                look::cell(row, "lot"),
                look::cell(row, "variance"),
                look::cell(&row["refusal"], "message"),
            ]);
        }
        let what = if answer["preview"] == true { "Nothing was booked yet. " } else { "" };
        let count = format!("{what}{}", sentence(&answer["count"]));
        if table.is_empty() {
            return format!("No difference.\n\n{count}");
        }
        format!("{}\n\n{count}", call.console.table(&table))
    })
}

async fn post(door: &Door, it: Arguments) -> Outcome<Value> {
    let id = find(door, &it.which.count).await?;
    let mut confirm = confirmed(it.yes);
    confirm.retain(|code| CONFIRMABLE.contains(&code.as_str()));
    let body = PostBody { preview: it.preview, leave_uncounted: it.leave_uncounted, confirm };
    let change = Change::new(format!("{PATH}/{id}/post"), it.which.key, &body);
    match door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => {
            let around = Circumstances {
                route: format!("POST {}", change.path),
                key: Some(change.key.clone()),
                ..Circumstances::default()
            };
            look::json_of(&local.app.post_count(&local.who, around, id, &body).await?)
        }
    }
}
