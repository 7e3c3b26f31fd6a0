//! `mtm generate`: a deterministic plant, into a ledger or as files.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mtm_app::checkpoint;
use mtm_core::word::Timestamp;
use mtm_lab::plant::{Export, Plant, PlantSpec, Scale};
use mtm_platform::{Access, DataDirectory, FileError, Operation, durable::Draft};
use mtm_store::database::without_password;
use serde_json::json;

use crate::cli::Call;
use crate::config::Config;
use crate::failure::{Failure, Outcome, exit};
use crate::plant::{NewSite, PlantSize, write_plant, write_plant_to};

const EXAMPLES: &str = "Examples:
  mtm generate --seed 7 --into ./plant
  mtm generate --seed 7 --into mysql://admin@db.plant/mtm
  mtm generate --seed 7 --scale plant --out ./files
  mtm generate --seed 7 --parts 500 --locations 800 --buckets 300 --movements 5000 --days 30 --into ./plant

The same seed, sizes and end give the same history on every machine.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where the randomness comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A week of 900 movements, 109 days of 15,000, or 160 days of 2 million
    #[arg(long, value_enum, default_value_t = Size::Small)]
    scale: Size,
    /// Part numbers, instead of the scale's
    #[arg(long, value_name = "N")]
    parts: Option<u32>,
    /// Locations, instead of the scale's
    #[arg(long, value_name = "N")]
    locations: Option<u32>,
    /// Buckets with stock at the end, about
    #[arg(long, value_name = "N")]
    buckets: Option<u32>,
    /// Movements within the days, about
    #[arg(long, value_name = "N")]
    movements: Option<u64>,
    /// Days of history
    #[arg(long, value_name = "N")]
    days: Option<u16>,
    /// People
    #[arg(long, value_name = "N")]
    users: Option<u16>,
    /// When the history ends (RFC 3339); now unless set
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// Data directory or database URL to make the ledger in; it must not hold one
    #[arg(long, value_name = "DIR|URL", conflicts_with = "out", required_unless_present = "out")]
    into: Option<PathBuf>,
    /// Directory for CSV and NDJSON files
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Size {
    Small,
    Plant,
    X100,
}

impl From<Size> for Scale {
    fn from(size: Size) -> Self {
        match size {
            Size::Small => Self::Small,
            Size::Plant => Self::Plant,
            Size::X100 => Self::X100,
        }
    }
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let config = call.globals.config()?;
    let spec = it.spec(&config)?;
    match (&it.into, &it.out) {
        (Some(into), _) if is_url(into) => {
            into_database(call, &config, &spec, &into.to_string_lossy()).await
        }
        (Some(directory), _) => into_ledger(call, &config, &spec, directory).await,
        (None, Some(directory)) => into_files(call, &spec, directory),
        (None, None) => Err(Failure::usage("name --into or --out")),
    }
}

impl Arguments {
    fn spec(&self, config: &Config) -> Outcome<PlantSpec> {
        let end = match &self.end {
            Some(text) => {
                Timestamp::parse(text).map_err(|error| Failure::usage(format!("--end: {error}")))?
            }
            None => Timestamp::from(jiff::Timestamp::now()),
        };
        let scale = PlantSpec::of(self.scale.into(), self.seed, end);
        let spec = PlantSpec {
            parts: self.parts.unwrap_or(scale.parts),
            locations: self.locations.unwrap_or(scale.locations),
            buckets: self.buckets.unwrap_or(scale.buckets),
            movements: self.movements.unwrap_or(scale.movements),
            days: self.days.unwrap_or(scale.days),
            users: self.users.unwrap_or(scale.users),
            utc_offset_minutes: offset(&config.site_time_zone, end),
            ..scale
        };
        spec.check().map_err(|error| Failure::usage(error.to_string()))?;
        Ok(spec)
    }
}

/// Local time against UTC at `at`, in minutes.
pub(crate) fn offset(zone: &str, at: Timestamp) -> i16 {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let seconds = at.civil().map_or(0, |moment| zone.to_offset(moment).seconds());
    i16::try_from(seconds / 60).unwrap_or(0)
}

async fn into_ledger(call: &Call, config: &Config, spec: &PlantSpec, path: &Path) -> Outcome {
    let directory = DataDirectory::prepare(path)?;
    let lock = directory.claim()?;
    let database = directory.database();
    if database.exists() {
        return Err(Failure::new(
            "not_empty",
            exit::CONFLICT,
            format!("{} holds a plant already and was left alone", directory.path().display()),
        )
        .next("Name an empty or new directory with --into."));
    }
    let site = site(config);
    // A killed run leaves nothing under the ledger's name.
    let draft = Draft::begin(&database, Access::Private)?;
    let progress = call.console.progress("booking", Some(spec.movements));
    let size = write_plant(draft.path(), spec, &site, &progress).await?;
    progress.finish();
    checkpoint::set_aside(&directory)?;
    draft.create()?;
    drop(lock);
    let answer = json!({ "into": directory.path(), "seed": spec.seed, "written": size });
    call.console.answer(&answer, || {
        let start = format!("mtm serve --data-dir {}", path.display());
        tell(&size, &directory.path().display().to_string(), &start)
    })
}

async fn into_database(call: &Call, config: &Config, spec: &PlantSpec, url: &str) -> Outcome {
    let size = write_plant_to(call.console, "booking", url, spec, &site(config)).await?;
    let shown = without_password(url);
    let answer = json!({ "into": shown, "seed": spec.seed, "written": size });
    call.console.answer(&answer, || tell(&size, &shown, &format!("mtm serve --database {shown}")))
}

fn is_url(into: &Path) -> bool {
    into.to_str().is_some_and(|into| into.starts_with("sqlite:") || into.contains("://"))
}

fn site(config: &Config) -> NewSite {
    NewSite {
        name: config.site_name.clone(),
        time_zone: config.site_time_zone.clone(),
        demo: false,
    }
}

fn tell(size: &PlantSize, into: &str, start: &str) -> String {
    format!(
        "Made {} master records, {} people, {} bookings ({} movements) and {} buckets in {into}.\n\
         Start it with: {start}",
        size.masters, size.users, size.bookings, size.movements, size.buckets,
    )
}

fn into_files(call: &Call, spec: &PlantSpec, path: &Path) -> Outcome {
    let directory = DataDirectory::prepare(path)?;
    let failed = |error: std::io::Error| {
        Failure::from(FileError::new(Operation::Write, directory.path(), error))
    };
    let mut export = Export::new(|table| {
        let path = directory.path().join(table.file_name());
        File::create_new(path).map(BufWriter::new)
    })
    .map_err(failed)?;
    let plant = Plant::new(spec).map_err(|error| Failure::usage(error.to_string()))?;
    let progress = call.console.progress("writing", Some(spec.movements));
    let mut bookings = 0;
    for item in plant {
        bookings += u64::from(matches!(item, mtm_lab::plant::PlantItem::Booking(_)));
        export.write(&item).map_err(failed)?;
        progress.set(bookings);
    }
    let (summary, files) = export.finish().map_err(failed)?;
    for file in files {
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
    }
    progress.finish();
    call.console.answer(&json!({ "out": directory.path(), "summary": summary }), || {
        let rows = summary.rows.iter().map(|(name, rows)| format!("  {name:<20}{rows:>10}"));
        format!("Wrote to {}:\n{}", directory.path().display(), rows.collect::<Vec<_>>().join("\n"))
    })
}
