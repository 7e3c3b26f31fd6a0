//! Looks after the folder by which files are exchanged, behind everybody's back.

use std::convert::Infallible;
use std::time::Duration;

use mtm_app::App;
use mtm_app::drop_folder::{DropError, DropFolder, Settings};
use mtm_store::Fault;

use super::failing::passing;

/// The name of the task.
pub(super) const TASK: &str = "files";

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks as long as the server runs. A folder that is away is told at the task until it is back; whatever
/// was not taken over lies where it lay.
pub(super) async fn run(app: &App, settings: &Settings) -> Result<Infallible, Fault> {
    let mut folder = DropFolder::new(app.clone(), settings.clone());
    let mut trouble = None;
    loop {
        match folder.look().await {
            Ok(()) => trouble = None,
            Err(DropError::Fault(fault)) => {
                if let Some(fault) = passing(Err(fault))? {
                    tracing::warn!(%fault, "files wait for the database");
                }
            }
            Err(error @ (DropError::File(_) | DropError::Silent(_))) => {
                let error = error.to_string();
                if trouble.replace(error.clone()).is_none() {
                    tracing::warn!(%error, "the folder for files cannot be used");
                }
            }
        }
        // What nobody can do is said before what somebody has to.
        let note = if trouble.is_some() { trouble.clone() } else { note(app).await? };
        app.tasks().note(TASK, note);
        tokio::time::sleep(PAUSE).await;
    }
}

/// What somebody has to look at.
async fn note(app: &App) -> Result<Option<String>, Fault> {
    let Some(view) = app.drop_folder().await? else { return Ok(None) };
    if let Some(error) = view.error {
        return Ok(Some(error));
    }
    Ok(match view.quarantined {
        0 => None,
        1 => Some("a file was not taken over: it is in quarantine, with the reason".to_owned()),
        many => {
            Some(format!("{many} files were not taken over: they are in quarantine, with reasons"))
        }
    })
}
