//! What became of something, as pages show it.

use mtm_app::printing::DeedRow;

use crate::ui::components::past::Past;

/// Deeds in words of the floor; what nobody did, `nobody` did.
pub(super) fn past(history: Vec<DeedRow>, nobody: &str) -> Vec<Past> {
    let told = |deed: DeedRow| Past {
        what: deed.what.replace('_', " "),
        at: deed.at.to_string(),
        by: deed.by.unwrap_or_else(|| nobody.to_owned()),
        note: deed.note.unwrap_or_default(),
    };
    history.into_iter().map(told).collect()
}
