//! `mtm stock`: what stands where.

use clap::{Args, ValueEnum};
use mtm_app::query::{GroupBy, PageRequest, Pattern, StockQuery};
use mtm_core::word::{Quantity, Timestamp};
use serde_json::Value;

use super::{Question, Rows};
use crate::cli::Call;
use crate::door::{Door, Local, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm stock --part 11058-1779
  mtm stock --location 'R-E4%' --group-by part,operation
  mtm stock --older-than 30d --as-of 2026-11-01T06:00:00Z --json";

#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// The part; `%` and `*` stand for anything, here and below
    #[arg(long)]
    part: Option<String>,
    /// Operation
    #[arg(long)]
    operation: Option<String>,
    /// Location
    #[arg(long)]
    location: Option<String>,
    /// Building
    #[arg(long)]
    building: Option<String>,
    /// The lot
    #[arg(long)]
    lot: Option<String>,
    /// Item type of the lot
    #[arg(long, value_name = "TYPE")]
    item_type: Option<String>,
    /// Work order of the lot
    #[arg(long)]
    work_order: Option<String>,
    /// Colour of the lot
    #[arg(long, value_name = "COLOR")]
    color_code: Option<String>,
    /// At least so many pieces
    #[arg(long, value_name = "PIECES")]
    min_quantity: Option<i64>,
    /// At most so many pieces
    #[arg(long, value_name = "PIECES")]
    max_quantity: Option<i64>,
    /// Received before this moment, or longer ago than 12h or 30d
    #[arg(long, value_name = "AGE")]
    older_than: Option<String>,
    /// As it was at this moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Anywhere in part, description, location, lot, work order or notes
    #[arg(skip)]
    text: Option<String>,
    /// Sums instead of buckets
    #[arg(long, value_enum, value_delimiter = ',')]
    group_by: Vec<By>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Part,
    Operation,
    Location,
    Lot,
    Building,
}

impl By {
    fn column(self) -> (GroupBy, &'static str) {
        match self {
            Self::Part => (GroupBy::Part, "part"),
            Self::Operation => (GroupBy::Operation, "operation"),
            Self::Location => (GroupBy::Location, "location"),
            Self::Lot => (GroupBy::Lot, "lot"),
            Self::Building => (GroupBy::Building, "building"),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    rows: Rows,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    show(call, &it.filter, &it.rows).await
}

pub(super) async fn show(call: &Call, filter: &Filter, rows: &Rows) -> Outcome {
    filter.query(Timestamp::default())?;
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = super::ask(&door, filter, rows).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || match super::items(&answer) {
        [] => "Nothing stands there.".to_owned(),
        rows => call.console.table(&filter.table(rows)) + &super::more(&answer),
    })
}

impl Filter {
    /// Everything that mentions `text` anywhere.
    pub(super) fn mentioning(text: String) -> Self {
        Self { text: Some(text), ..Self::default() }
    }

    fn query(&self, now: Timestamp) -> Outcome<StockQuery> {
        let pieces = |option: &str, number: Option<i64>| {
            let parsed = number.map(Quantity::pieces).transpose();
            parsed.map_err(|error| Failure::usage(format!("{option}: {error}")))
        };
        Ok(StockQuery {
            part: super::pattern(self.part.as_ref()),
            operation: super::pattern(self.operation.as_ref()),
            location: super::pattern(self.location.as_ref()),
            building: super::pattern(self.building.as_ref()),
            lot: super::lot_pattern(self.lot.as_ref()),
            item_type: super::pattern(self.item_type.as_ref()),
            work_order: super::order_pattern(self.work_order.as_ref()),
            color_code: super::pattern(self.color_code.as_ref()),
            text: self.text.as_deref().map(Pattern::containing),
            min_quantity: pieces("--min-quantity", self.min_quantity)?,
            max_quantity: pieces("--max-quantity", self.max_quantity)?,
            received_before: self.older_than.as_deref().map(|age| before(age, now)).transpose()?,
            as_of: super::time("--as-of", self.as_of.as_ref())?,
            page: PageRequest::default(),
        })
    }

    fn table(&self, rows: &[Value]) -> Table {
        if self.group_by.is_empty() {
            let mut table = Table::new([
                Column::text("PART"),
                Column::text("OPERATION"),
                Column::text("LOCATION"),
                Column::text("LOT"),
                Column::number("PIECES"),
                Column::text("RECEIVED"),
                Column::text("WORK ORDER"),
                Column::text("COLOUR"),
                Column::text("NOTES"),
            ]);
            for row in rows {
                let text = |name: &str| super::cell(row, name);
                let held = if row["held"] == true { "ON HOLD " } else { "" };
                table.row([
                    text("part"),
                    text("operation"),
                    text("location"),
                    text("lot"),
                    text("quantity"),
                    super::moment(row, "received_at"),
                    text("work_order"),
                    text("color_code"),
                    format!("{held}{}", text("notes")),
                ]);
            }
            return table;
        }
        let titles = self.group_by.iter().map(|by| match by {
            By::Part => Column::text("PART"),
            By::Operation => Column::text("OPERATION"),
            By::Location => Column::text("LOCATION"),
            By::Lot => Column::text("LOT"),
            By::Building => Column::text("BUILDING"),
        });
        let sums = [Column::number("PIECES"), Column::number("LOTS")];
        let mut table = Table::new(titles.chain(sums).collect::<Vec<_>>());
        for row in rows {
            let names = self.group_by.iter().map(|by| by.column().1).chain(["quantity", "lots"]);
            table.row(names.map(|name| super::cell(row, name)));
        }
        table
    }
}

impl Question for Filter {
    const PATH: &'static str = "/api/v1/stock";

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        let texts = [
            ("part", &self.part),
            ("operation", &self.operation),
            ("location", &self.location),
            ("building", &self.building),
            ("lot", &self.lot),
            ("item_type", &self.item_type),
            ("work_order", &self.work_order),
            ("color_code", &self.color_code),
            ("older_than", &self.older_than),
            ("as_of", &self.as_of),
            ("q", &self.text),
        ];
        for (name, text) in texts {
            parameters.add(name, text.as_ref());
        }
        parameters.add("min_quantity", self.min_quantity);
        parameters.add("max_quantity", self.max_quantity);
        let columns: Vec<&str> = self.group_by.iter().map(|by| by.column().1).collect();
        parameters.add("group_by", Some(columns.join(",")).filter(|columns| !columns.is_empty()));
        parameters
    }

    async fn ask(&self, local: &Local, page: PageRequest) -> Outcome<Value> {
        let query = StockQuery { page, ..self.query(local.app.clock().now())? };
        let ledger = local.app.ledger();
        if self.group_by.is_empty() {
            return super::json_of(&ledger.stock(query).await?);
        }
        let columns = self.group_by.iter().map(|by| by.column().0).collect();
        super::json_of(&ledger.stock_groups(query, columns).await?)
    }
}

/// A moment, or an age before `now` in hours or days.
fn before(text: &str, now: Timestamp) -> Outcome<Timestamp> {
    let age = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let hours: i64 = match unit {
            "h" => 1,
            "d" => 24,
            _ => return None,
        };
        let number = i64::from(number.parse::<u32>().ok()?);
        Some(now.plus_micros(-number.saturating_mul(hours * 3600 * 1_000_000)))
    };
    Timestamp::parse(text).ok().or_else(age).ok_or_else(|| {
        Failure::usage(format!(
            "--older-than: {text:?} is neither a moment nor an age like 12h or 30d"
        ))
    })
}
