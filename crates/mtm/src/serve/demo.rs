//! The demo's plant: a believable week that ends now.

use mtm_app::checkpoint;
use mtm_core::word::Timestamp;
use mtm_lab::plant::{PlantSpec, Scale};
use mtm_platform::{Access, DataDirectory, durable::Draft};
use mtm_store::{Ledger, OpenError, OpenOptions, database};

use crate::cli::data::offset;
use crate::config::Config;
use crate::door::open_ledger;
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;
use crate::plant::{NewSite, write_plant, write_plant_to};

/// The same plant for everybody who looks at the demo.
const SEED: u64 = 20_261_123;
const MAKING: &str = "making the demo plant";

/// Makes the demo's ledger where there is none, or an empty one; reuses one that it made;
/// refuses any other.
pub(super) async fn prepare(
    console: Console,
    config: &Config,
    directory: &DataDirectory,
) -> Outcome {
    if let Some(url) = &config.database {
        return prepare_at(console, config, url.reveal()).await;
    }
    let database = directory.database();
    if database.exists() {
        let ledger = open_ledger(&database, OpenOptions::default()).await?;
        let found = look(&ledger).await;
        ledger.close().await;
        match found? {
            Found::Demo => return Ok(()),
            Found::Empty => {}
            Found::Plant => {
                let place = directory.path().display();
                return Err(Failure::new(
                    "not_empty",
                    exit::CONFLICT,
                    format!("{place} holds a plant that is not the demo's; it was left alone"),
                )
                .next("Start without --demo, or name another directory with --data-dir."));
            }
        }
        refuse_open_log(directory)?;
    }
    let (spec, site) = plant(config);
    // A start that is killed leaves what was there before.
    let draft = Draft::begin(&database, Access::Private)?;
    let progress = console.progress(MAKING, Some(spec.movements));
    write_plant(draft.path(), &spec, &site, &progress).await?;
    progress.finish();
    checkpoint::set_aside(directory)?;
    draft.replace()?;
    Ok(())
}

/// The same in the database at `url`, where there is no ledger, or the demo's.
async fn prepare_at(console: Console, config: &Config, url: &str) -> Outcome {
    let holds_ledger = match database::status(url).await {
        Ok(status) => status.schema > 0 && !status.incomplete,
        Err(OpenError::Missing { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    if holds_ledger {
        let ledger = Ledger::connect(url, OpenOptions::default()).await?;
        let found = look(&ledger).await;
        ledger.close().await;
        return match found? {
            Found::Demo => Ok(()),
            Found::Empty | Found::Plant => Err(Failure::new(
                "not_empty",
                exit::CONFLICT,
                "the database holds a ledger that is not the demo's; it was left alone",
            )
            .next("Start without --demo, or name an empty database with --database.")),
        };
    }
    let (spec, site) = plant(config);
    write_plant_to(console, MAKING, url, &spec, &site).await.map(drop)
}

/// What the demo shows, as of now.
fn plant(config: &Config) -> (PlantSpec, NewSite) {
    let ends_at = Timestamp::from(jiff::Timestamp::now());
    let spec = PlantSpec {
        utc_offset_minutes: offset(&config.site_time_zone, ends_at),
        ..PlantSpec::of(Scale::Small, SEED, ends_at)
    };
    let site =
        NewSite { name: "demo".to_owned(), time_zone: config.site_time_zone.clone(), demo: true };
    (spec, site)
}

enum Found {
    Demo,
    Empty,
    Plant,
}

async fn look(ledger: &Ledger) -> Outcome<Found> {
    if ledger.site().await?.demo {
        return Ok(Found::Demo);
    }
    let counts = ledger.counts().await?;
    let nothing = counts.movements == 0
        && counts.parts == 0
        && counts.locations == 0
        && counts.legacy_movements == 0
        && ledger.count_admins().await? == 0
        && ledger.tokens().await?.is_empty();
    Ok(if nothing { Found::Empty } else { Found::Plant })
}

/// Another process still has the empty ledger open: replacing the file under it would mix two.
fn refuse_open_log(directory: &DataDirectory) -> Outcome {
    let log = directory.path().join("mtm.db-wal");
    if log.exists() {
        return Err(Failure::new(
            "ledger_locked",
            exit::UNAVAILABLE,
            "another program has the empty ledger open",
        )
        .next("Close it, then start again."));
    }
    Ok(())
}
