//! A generated plant in a database that is not the data directory's file.

use std::env;

use mtm_lab::plant::PlantSpec;
use mtm_platform::{Access, durable::Draft};
use mtm_store::copy::{self, CopyProgress};

use super::write::{NewSite, PlantSize, write_plant};
use crate::failure::Outcome;
use crate::output::Console;

/// Makes the plant of `spec` in the empty database at `url`: in a file of this machine, which is
/// then copied. A run that is killed leaves a database that is no ledger and may be filled anew.
pub(crate) async fn write_plant_to(
    console: Console,
    what: &'static str,
    url: &str,
    spec: &PlantSpec,
    site: &NewSite,
) -> Outcome<PlantSize> {
    let draft = Draft::begin(&env::temp_dir().join("mtm-plant.db"), Access::Private)?;
    let progress = console.progress(what, Some(spec.movements));
    let size = write_plant(draft.path(), spec, site, &progress).await?;
    progress.finish();
    let progress = console.progress("copying", None);
    let from = format!("sqlite:{}", draft.path().display());
    let copying = copy::copy(&from, url, |step| {
        if let CopyProgress::Copying(done, total) = step {
            progress.expect(total);
            progress.set(done);
        }
    });
    copying.await?;
    progress.finish();
    Ok(size)
}
