//! The site's shifts: the one that is running, the week to edit, and every week there was.

use maud::{Markup, html};
use mtm_core::shift::Weekday;

use super::routings::answer;
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, hidden, tick},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::Message,
    table::{Column, Row, Table},
};
use crate::ui::format::time;

/// What the page of the shifts shows.
#[derive(Clone, Debug, Default)]
pub struct ShiftsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// Time zone of the times.
    pub time_zone: String,
    /// The shift that is running.
    pub running: Option<Running>,
    /// When another week begins to hold, RFC 3339 UTC; empty where none is planned.
    pub until: String,
    /// The week in force, in words.
    pub week: Vec<String>,
    /// Every week that was made, the newest first.
    pub versions: Vec<Version>,
    /// Whether this person may set another week.
    pub may_edit: bool,
    /// Key of the next change.
    pub idempotency_key: String,
    /// The number of the newest version as it was read; 0 for none.
    pub newest: String,
    /// The rows to edit.
    pub rows: Vec<ShiftRow>,
    /// The row whose name has the cursor, after one was added.
    pub fresh: Option<usize>,
    /// From when on the rows shall hold.
    pub effective_from: Entry,
}

/// The shift that is running.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// Its name.
    pub name: String,
    /// When it began, RFC 3339 UTC.
    pub begins: String,
    /// When it is over, RFC 3339 UTC.
    pub ends: String,
}

/// A week that was made.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// Its number.
    pub number: u32,
    /// `holds now`, `planned`, or nothing.
    pub state: &'static str,
    /// The shifts in words.
    pub shifts: Vec<String>,
    /// From when on, RFC 3339 UTC.
    pub since: String,
    /// When it was made.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: String,
}

/// A row to edit.
#[derive(Clone, Debug, Default)]
pub struct ShiftRow {
    /// Name.
    pub name: Entry,
    /// When it starts.
    pub begins: Entry,
    /// When it ends.
    pub ends: Entry,
    /// The days it starts on.
    pub days: Vec<Weekday>,
    /// Why the days were refused.
    pub days_error: String,
}

/// The document.
pub fn page(model: &ShiftsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ShiftsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ShiftsPage) -> Markup {
    html! {
        (heading("Shifts", "A booking belongs to the shift that is running, and to the day that shift started on"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        (now(model))
        @if model.may_edit { (form(model)) }
        @if !model.versions.is_empty() { (versions(model)) }
    }
}

fn now(model: &ShiftsPage) -> Markup {
    html! {
        section class="panel" aria-labelledby="now" {
            h2 id="now" {
                @match &model.running {
                    Some(running) => { "Shift " (running.name) " is running" }
                    None => { "No shift is running" }
                }
            }
            @if let Some(running) = &model.running {
                p { "From " (time(&running.begins)) " to " (time(&running.ends)) "." }
            }
            (chain(&model.week))
            p class="small quiet" {
                "Times are those of " (model.time_zone) "."
                @if !model.until.is_empty() { " Another week holds from " (time(&model.until)) " on." }
            }
            p class="form-actions" {
                a class="button plain" href="/shift-report" { (icon(Icon::Clock)) "What each shift did" }
            }
        }
    }
}

/// Shifts in words, one below the other.
fn chain(shifts: &[String]) -> Markup {
    html! {
        @if shifts.is_empty() {
            p { "No shifts: bookings belong to none." }
        } @else {
            ul class="shift-words" { @for shift in shifts { li { (shift) } } }
        }
    }
}

fn form(model: &ShiftsPage) -> Markup {
    html! {
        h2 { "Another week" }
        form id="shifts" class="panel" method="post" action="/shifts" data-book aria-label="Shifts of the week" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            (hidden("newest", &model.newest))
            // What Enter does where no script runs.
            button class="visually-hidden" type="submit" name="action" value="save" tabindex="-1" aria-hidden="true" { "Save" }
            p class="quiet" { "Shifts must not overlap; where there are gaps, bookings belong to no shift. One that ends no later than it begins ends on the next day." }
            ol class="slots steps" {
                @for (at, shift) in model.rows.iter().enumerate() { li { (row(model, at, shift)) } }
            }
            div class="form-actions" {
                button class="button" type="submit" name="action" value="add" { "Add a shift" }
            }
            div class="fields" {
                (Field::new("shifts", "effective_from", "Holds from", Kind::Time, &model.effective_from).optional().class("w-6").draw())
            }
            p class="small quiet" { "Left empty, it holds from the next quarter of an hour on. What was booked before keeps its shift." }
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="save" { (icon(Icon::Check)) "Save as a new week" }
            }
        }
    }
}

fn row(model: &ShiftsPage, at: usize, shift: &ShiftRow) -> Markup {
    let name = |field: &str| format!("shift.{at}.{field}");
    let (label, begins, ends, days) = (name("name"), name("begins"), name("ends"), name("day"));
    let number = at + 1;
    let error = format!("shifts-shift-{at}-days-error");
    html! {
        div class="shift-row" role="group" aria-label={ "Shift " (number) } {
            (Field::new("shifts", &label, "Name", Kind::Text, &shift.name).first(model.fresh == Some(at)).draw())
            (Field::new("shifts", &begins, "Begins", Kind::Clock, &shift.begins).draw())
            (Field::new("shifts", &ends, "Ends", Kind::Clock, &shift.ends).draw())
            fieldset class="choices row" aria-describedby=[(!shift.days_error.is_empty()).then_some(&error)] {
                legend { "Starts on" }
                @for day in Weekday::ALL {
                    (tick("shifts", &days, day.as_str(), short(day), shift.days.contains(&day)))
                }
                @if !shift.days_error.is_empty() {
                    p class="error" id=(error) { (icon(Icon::Warning)) span { (shift.days_error) } }
                }
            }
            div class="form-actions" {
                button class="button danger" type="submit" name="action" value={ "remove." (at) } aria-label={ "Remove shift " (number) } { "Remove" }
            }
        }
    }
}

/// A day of the week in three letters.
const fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

/// Days as people say them: `every day`, `Mon–Fri`, `Mon, Wed, Fri`.
pub fn spoken(days: &[Weekday]) -> String {
    if days.len() == Weekday::ALL.len() {
        return "every day".to_owned();
    }
    let mut runs: Vec<(Weekday, Weekday)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.number() + 1 == day.number() => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    let say = |(first, last): (Weekday, Weekday)| match last.number() - first.number() {
        0 => short(first).to_owned(),
        1 => format!("{}, {}", short(first), short(last)),
        _ => format!("{}–{}", short(first), short(last)),
    };
    runs.into_iter().map(say).collect::<Vec<_>>().join(", ")
}

fn versions(model: &ShiftsPage) -> Markup {
    let row = |version: &Version| {
        let number = html! {
            strong { (version.number) }
            @if !version.state.is_empty() { " " span class="badge" { (version.state) } }
        };
        let by = html! { (version.recorded_by) " " span class="small quiet" { (time(&version.recorded_at)) } };
        Row::of(vec![
            Some(number),
            Some(chain(&version.shifts)),
            Some(time(&version.since)),
            Some(by),
        ])
    };
    let table = Table {
        id: "versions",
        caption: "Weeks of shifts, the newest first".to_owned(),
        columns: vec![
            Column::lead("Version"),
            Column::text("Shifts"),
            Column::text("Holds from"),
            Column::text("Made by"),
        ],
        rows: model.versions.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        h2 { "Weeks so far" }
        p class="small quiet" { "Before the first one, three shifts a day: 06:00–14:00, 14:00–22:00, 22:00–06:00." }
        (table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_said_as_people_say_them() {
        use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        assert_eq!(spoken(&Weekday::ALL), "every day");
        assert_eq!(spoken(&[Monday, Tuesday, Wednesday, Thursday, Friday]), "Mon–Fri");
        assert_eq!(spoken(&[Saturday, Sunday]), "Sat, Sun");
        assert_eq!(spoken(&[Monday, Wednesday]), "Mon, Wed");
    }
}
