//! `mtm report minimum`: parts below their minimum stock.

use clap::Args;

use crate::cli::Call;
use crate::door::{Door, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/reports/minimum";

const EXAMPLES: &str = "Examples:
  mtm report minimum
  mtm report minimum --limit 1000 --json

A part's minimum is the attribute minimum_stock of its master data: on the page Minimum stock, in
a file of parts, or by PATCH /api/v1/parts.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Most parts to show, the emptiest first
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            let mut parameters = Parameters::default();
            parameters.add("limit", Some(it.limit));
            client.get(PATH, &parameters)
        }
        Door::Local(local) => match local.app.minimum(&local.who, Some(it.limit)).await {
            Ok(figures) => super::json_of(&figures),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("PART"),
            Column::number("ON HAND"),
            Column::number("MINIMUM"),
            Column::number("MISSING"),
            Column::text("SINCE"),
        ]);
        for row in super::items(&answer) {
            let text = |name: &str| super::cell(row, name);
            table.row([
                text("part"),
                text("quantity"),
                text("minimum_stock"),
                text("missing"),
                super::moment(row, "since"),
            ]);
        }
        if table.is_empty() {
            "No part is below its minimum.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}
