//! Answers of the ledger as pages show them: booked, refused, or a question.
//!
//! What a page says was booked is read from the outcome, never from the form.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::outcome::{BucketLine, MovementLine, Outcome};
use mtm_core::policy::{self, Deed, Role};
use mtm_core::rejection::Details;
use mtm_core::reservation::ReservationLine;
use mtm_core::word::LotNumber;

use super::frame::sentence;
use super::words::joined;
use crate::problem::Problem;
use crate::ui::components::acknowledgement::{
    Answer, Balance, Booked, Instead, PartLine, Question, Refused, Undo,
};
use crate::ui::components::field::Entry;

/// Id of the form by which pieces are taken out.
pub(super) const TAKE: &str = "take";
/// The field that names the reservation that pieces are taken for.
pub(super) const RESERVATION: &str = "reservation";
/// Most things to choose from beside a refusal.
const MOST_CHOICES: usize = 6;

/// What became of a form.
#[derive(Debug)]
pub(super) struct Reply {
    /// Status of the page.
    pub(super) status: StatusCode,
    /// What the page says.
    pub(super) answer: Answer,
    /// What is wrong with which fields.
    pub(super) errors: Vec<(String, String)>,
    /// Whether the form can be sent again under its key.
    pub(super) keeps_key: bool,
}

impl Reply {
    /// Puts what is wrong to the fields of a page, by their names.
    pub(super) fn mark<'e>(&self, entries: impl IntoIterator<Item = (&'e str, &'e mut Entry)>) {
        for (name, entry) in entries {
            *entry = self.at(name, std::mem::take(entry));
        }
    }

    /// What is wrong with the field `name`, put at its entry.
    pub(super) fn at(&self, name: &str, entry: Entry) -> Entry {
        match self.errors.iter().find(|(field, _)| field == name) {
            Some((_, message)) => entry.refused(message.clone()),
            None => entry,
        }
    }
}

/// What the question "do it all the same?" needs to know of its form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Id of the form that is sent again.
    pub(super) form: &'a str,
    /// Words of the button that books.
    pub(super) yes: &'a str,
    /// Where "no" goes.
    pub(super) back: &'a str,
    /// Who is asked: some questions are for leads.
    pub(super) role: Role,
}

/// The reply to a form that was refused. Our own failures are given back: they are not the form's.
pub(super) fn refused(problem: Problem, asked: Asked<'_>) -> Result<Reply, Problem> {
    if problem.status().is_server_error() {
        return Err(problem);
    }
    let code = problem.code();
    let errors = problem
        .errors()
        .iter()
        .map(|error| (error.field.clone(), sentence(&error.message)))
        .collect();
    let may_insist = code.confirmable()
        && (code != Code::OnHold || policy::allows(asked.role, Deed::OverrideHold));
    let answer = if may_insist { question(&problem, asked) } else { refusal(&problem) };
    Ok(Reply {
        status: problem.status(),
        answer,
        errors,
        // A key that stands for something else would be refused for ever.
        keeps_key: code != Code::IdempotencyKeyReused,
    })
}

fn question(problem: &Problem, asked: Asked<'_>) -> Answer {
    let title = match problem.code() {
        Code::PossibleDuplicate => "Again, or the same one?",
        Code::ImplausibleQuantity => "Is the quantity right?",
        Code::OffRouting => "Off the routing?",
        Code::OnHold => "Override the hold?",
        Code::ApprovalRequired => "Ask a second person?",
        Code::Reserved => "Pass over a reservation?",
        other => other.title(),
    };
    let instead = instead(problem.details(), asked);
    Answer::Question(Question {
        title: title.to_owned(),
        text: sentence(problem.detail()),
        lines: Vec::new(),
        code: problem.code().as_str().to_owned(),
        form: asked.form.to_owned(),
        yes: if instead.is_empty() { asked.yes } else { "For something else: book it" }.to_owned(),
        instead,
        no: "No: book nothing".to_owned(),
        no_address: asked.back.to_owned(),
    })
}

/// Other ways to send the form again: pieces are taken for what they are reserved for.
fn instead(details: &Details, asked: Asked<'_>) -> Vec<Instead> {
    match details {
        Details::Reserved(lines) if asked.form == TAKE => lines
            .iter()
            .take(MOST_CHOICES)
            .map(|line| Instead {
                words: format!("For {}: book it", reserved_for(line)),
                name: RESERVATION.to_owned(),
                value: line.id.to_string(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn reserved_for(line: &ReservationLine) -> String {
    let order = line.work_order.as_ref().map(ToString::to_string);
    joined([order, line.purpose.as_ref().map(ToString::to_string)])
}

fn refusal(problem: &Problem) -> Answer {
    let text = match problem.errors().len() {
        0 | 1 => sentence(problem.detail()),
        many => format!("{many} fields need another look."),
    };
    let next = match problem.code() {
        Code::IdempotencyKeyReused => {
            "This form was booked before with other input. Look at the history; if this is \
             something new, send it again."
                .to_owned()
        }
        code => format!("{} {}", code.trouble().policy().effect, cure(code)),
    };
    Answer::Refused(Refused {
        title: "Not booked".to_owned(),
        text,
        next,
        choices: choices(problem.details()),
    })
}

/// The cure in the words of a page: people do not see JSON members.
fn cure(code: Code) -> &'static str {
    match code {
        Code::InvalidBody => "Your input is kept below.",
        Code::AmbiguousLot => "Name one of the lots.",
        other => other.cure(),
    }
}

/// Where a refusal leads on: the lots that do stand there, the movements to undo first.
pub(super) fn choices(details: &Details) -> Vec<(String, String)> {
    match details {
        Details::Candidates(lines) | Details::Available(lines) => lines
            .iter()
            .filter(|line| !line.quantity.is_zero())
            .take(MOST_CHOICES)
            .map(|line| {
                let words = format!("{} of lot {} at {}", line.quantity, line.lot, line.location);
                (words, format!("/lot/{}", line.lot))
            })
            .collect(),
        Details::Later(movements) => movements
            .iter()
            .take(MOST_CHOICES)
            .map(|later| {
                let words = format!("{} of {} pieces", later.kind.as_str(), later.quantity);
                (words, format!("/history?movement={}", later.id))
            })
            .collect(),
        Details::Twin { command, .. } => {
            vec![(
                "Look at the first one".to_owned(),
                format!("/history?movement={}", command.movement(1)),
            )]
        }
        Details::Reserved(lines) => {
            let lots: BTreeSet<&LotNumber> = lines.iter().map(|line| &line.lot).collect();
            let lot = |lot: &LotNumber| (format!("Lot {lot}"), format!("/lot/{lot}"));
            lots.into_iter().take(MOST_CHOICES).map(lot).collect()
        }
        Details::None => Vec::new(),
    }
}

/// What the ledger booked, in one panel; several outcomes are the rows of one form.
pub(super) fn booked(
    title: &str,
    outcomes: &[Outcome],
    replayed: bool,
    undo: Option<Undo>,
) -> Answer {
    let movements = || outcomes.iter().flat_map(|outcome| &outcome.movements);
    let mut lots: Vec<String> = Vec::new();
    for lot in outcomes.iter().flat_map(|outcome| &outcome.lots) {
        if !lots.iter().any(|known| known == lot.as_str()) {
            lots.push(lot.to_string());
        }
    }
    let warnings = outcomes.iter().flat_map(|outcome| &outcome.warnings);
    Answer::Booked(Booked {
        title: title.to_owned(),
        lines: by_part(movements()),
        place: place(movements()),
        lots,
        balances: balances(outcomes),
        recorded_at: outcomes.last().map(|last| last.recorded_at.to_string()).unwrap_or_default(),
        warnings: warnings.map(|warning| sentence(&warning.message)).collect(),
        replayed,
        undo,
    })
}

/// Pieces and lots of each part.
pub(super) fn by_part<'m>(movements: impl Iterator<Item = &'m MovementLine>) -> Vec<PartLine> {
    let mut parts: Vec<(&str, Vec<&str>, i64)> = Vec::new();
    for movement in movements {
        let part = movement.part.as_str();
        let at = parts.iter().position(|(known, ..)| *known == part).unwrap_or_else(|| {
            parts.push((part, Vec::new(), 0));
            parts.len() - 1
        });
        let (_, lots, pieces) = &mut parts[at];
        if !lots.contains(&movement.lot.as_str()) {
            lots.push(movement.lot.as_str());
        }
        *pieces += movement.quantity.whole();
    }
    parts
        .into_iter()
        .map(|(part, lots, quantity)| PartLine {
            part: part.to_owned(),
            lots: i64::try_from(lots.len()).unwrap_or(i64::MAX),
            quantity,
        })
        .collect()
}

/// Where to, from or at, if all movements share it.
fn place<'m>(movements: impl Iterator<Item = &'m MovementLine>) -> String {
    let mut words = movements.map(|movement| {
        let here = (movement.location.as_ref(), movement.operation.as_ref());
        let there = (movement.to_location.as_ref(), movement.to_operation.as_ref());
        let (word, place) = match movement.kind {
            MovementType::Transfer => ("to", there),
            MovementType::Out | MovementType::Scrap => ("from", here),
            _ => ("at", here),
        };
        match place {
            (Some(location), Some(operation)) => {
                format!("{word} {location} · operation {operation}")
            }
            _ => String::new(),
        }
    });
    let first = words.next().unwrap_or_default();
    if words.all(|other| other == first) { first } else { String::new() }
}

/// The last word on every bucket touched.
fn balances(outcomes: &[Outcome]) -> Vec<Balance> {
    let mut last: Vec<&BucketLine> = Vec::new();
    let key = |line: &BucketLine| {
        (line.part.clone(), line.operation.clone(), line.location.clone(), line.lot.clone())
    };
    for line in outcomes.iter().flat_map(|outcome| &outcome.balances) {
        match last.iter_mut().find(|known| key(known) == key(line)) {
            Some(known) => *known = line,
            None => last.push(line),
        }
    }
    let draw = |line: &BucketLine| Balance {
        part: line.part.to_string(),
        operation: line.operation.to_string(),
        location: line.location.to_string(),
        lot: line.lot.to_string(),
        quantity: line.quantity.whole(),
    };
    last.into_iter().map(draw).collect()
}
