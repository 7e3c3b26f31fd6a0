//! What is said of a file in quarantine, for whoever finds it there.

use std::fmt::Write as _;

use crate::error::AppError;
use crate::import::ImportView;

/// Most rows that are named.
const MOST: usize = 1_000;

/// What to do, where nothing of a file is booked.
const AGAIN: &str = "Nothing of it is booked. Correct the file and leave it under in/ again.";

/// The file is larger than this server takes.
pub(super) fn too_large(name: &str) -> String {
    format!(
        "{name} was not taken over (too_large): it is larger than this server takes.\n\n\
         Nothing of it is booked. Split it, or raise server.max_upload_mib.\n"
    )
}

/// The file as a whole was refused.
pub(super) fn refused(name: &str, error: &AppError) -> String {
    format!("{name} was not taken over ({}): {error}\n\n{AGAIN}\n", error.code().as_str())
}

/// Some rows were refused.
pub(super) fn rows(name: &str, import: &ImportView) -> String {
    let mut text = format!(
        "{name} was not taken over: {} of its {} rows are refused.\n\n",
        import.refused, import.rows
    );
    lines(&mut text, import);
    let _ = write!(
        text,
        "\n{AGAIN}\nOr take the other rows over without these: that is import {}.\n",
        import.id
    );
    text
}

/// Rows that could be booked when they were looked at cannot any more.
pub(super) fn changed(name: &str, import: &ImportView, error: &AppError) -> String {
    let code = error.code().as_str();
    match import.rows_done {
        0 => format!("{name} was not taken over ({code}): {error}\n\n{AGAIN}\n"),
        done => format!(
            "{name} was taken over in part ({code}): {error}\n\n\
             {done} of {} rows are booked. Commit import {} again to go on, or undo it.\n",
            import.rows_total, import.id
        ),
    }
}

/// Somebody gave the import up, or undid it, before it was over.
pub(super) fn ended(name: &str, import: &ImportView) -> String {
    format!(
        "{name} was not taken over to its end: import {} is {}.\n\n\
         Look at that import, and leave the file under in/ again if it is to be booked.\n",
        import.id, import.state
    )
}

fn lines(text: &mut String, import: &ImportView) {
    let refused = || import.verdicts.iter().filter(|verdict| !verdict.accepted);
    for verdict in refused().take(MOST) {
        for error in &verdict.errors {
            let place = match error.field.as_str() {
                "" => format!("line {}", verdict.line),
                field => format!("line {}, {field}", verdict.line),
            };
            let _ = writeln!(text, "{place}: {} ({})", error.message, error.code.as_str());
        }
    }
    let more = refused().count().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(text, "and {more} more rows");
    }
}
