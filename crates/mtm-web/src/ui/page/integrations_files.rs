//! Files that are exchanged with other systems: what waits, and what was not taken over.

use maud::{Markup, html};

use crate::ui::components::table::{Column, Row, Table, text};
use crate::ui::format::{pieces, time};

/// The folder by which files are exchanged.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Where it is.
    pub folder: String,
    /// Files that are not taken over yet.
    pub waiting: i64,
    /// When one last was.
    pub last_done: String,
    /// Files that were not taken over.
    pub quarantined: i64,
    /// The newest of these.
    pub refused: Vec<Refused>,
    /// Files of movements that nobody fetched yet; none are left where `None`.
    pub to_fetch: Option<i64>,
    /// Why the folder cannot be looked into.
    pub error: String,
}

/// A file that was not taken over.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// Its name.
    pub file: String,
    /// Since when it waits for somebody.
    pub since: String,
    /// Why, in several lines.
    pub why: String,
}

/// The part of the page that tells of them.
pub fn section(files: &Files) -> Markup {
    html! {
        section aria-labelledby="files" {
            h2 id="files" { "Files" }
            p class="quiet small" { (files.folder) }
            @if files.error.is_empty() { (standing(files)) } @else {
                p { strong { "The folder cannot be used: " } (files.error) }
                p class="quiet" { "Nothing is lost: what others left lies where they left it, and is taken over when the folder is back." }
            }
        }
    }
}

fn standing(files: &Files) -> Markup {
    html! {
        p {
            @match (files.waiting, files.quarantined) {
                (0, 0) => { "Everything that was left here was taken over. " }
                (0, refused) => { (count(refused)) " not taken over. " }
                (waiting, _) => { (count(waiting)) " not taken over yet. " }
            }
            @if !files.last_done.is_empty() { "The last one was " (time(&files.last_done)) ". " }
            @match files.to_fetch {
                Some(0) => { "No movements wait to be fetched." }
                Some(files) => { (count(files)) " to be fetched, with movements." }
                None => {}
            }
        }
        @if files.quarantined > 0 {
            (Table {
                id: "quarantine",
                caption: format!("Not taken over: {}", files.quarantined),
                columns: vec![
                    Column::lead("File"),
                    Column::text("Since"),
                    Column::notes("Why, and what to do"),
                ],
                rows: files.refused.iter().map(refused).collect(),
                ..Table::default()
            })
        }
    }
}

/// So many files.
fn count(files: i64) -> Markup {
    html! { (pieces(files)) @if files == 1 { " file is" } @else { " files are" } }
}

fn refused(file: &Refused) -> Row {
    let mut lines = file.why.lines();
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    let why = html! {
        (first)
        @if !rest.is_empty() {
            details {
                summary { "All of it" }
                ul class="plain" { @for line in &rest { li { (line) } } }
            }
        }
    };
    Row::of(vec![text(&file.file), Some(time(&file.since)), Some(why)])
}
