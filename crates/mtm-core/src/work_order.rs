//! Work orders as planning says them: how much of which part is wanted, and until when.
//!
//! An order is planning, never stock: no quantity on hand follows from one, and no booking needs one.
//! What is said of it may be said again and differently; what was published later holds. What a
//! document does not say stays as it was, and an order that is no longer mentioned stays.
//!
//! Deliberately absent: progress. What came in, and where it stands, is asked of the ledger.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, PartRecord};
use crate::code::Code;
use crate::rejection::Rejection;
use crate::word::{PartCode, PartId, Quantity, Timestamp, WorkOrder};

/// Most letters of a state as another system says it.
const MOST_SAID: usize = 100;

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WorkOrderState {
    /// It is meant to be made.
    #[default]
    Planned,
    /// It may be worked on, or is.
    Released,
    /// It is made.
    Completed,
    /// It is not to be made.
    Cancelled,
    /// The other system says a word that is not known here; the word is kept.
    Unknown,
}

impl WorkOrderState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Planned, Self::Released, Self::Completed, Self::Cancelled, Self::Unknown];

    /// The name in tables, API and command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Released => "released",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether there may be something left to do. What nobody understands may be.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Released | Self::Unknown)
    }
}

/// A state in the words of whoever says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidState {
    /// What it is here.
    pub state: WorkOrderState,
    /// The word, where it is another one than the name here.
    pub word: Option<String>,
}

impl SaidState {
    /// Reads a word of ours, of ISA-95's request states, or one that ERPs commonly use for the same. Any
    /// other is unknown and kept.
    pub fn read(text: &str) -> Self {
        let word = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let state = match word.to_lowercase().replace(['_', '-'], " ").as_str() {
            "planned" | "forecast" | "waiting" | "firm planned" | "created" => {
                WorkOrderState::Planned
            }
            "released" | "ready" | "running" | "started" | "in progress" | "held" | "suspended" => {
                WorkOrderState::Released
            }
            "completed" | "complete" | "finished" | "closed" => WorkOrderState::Completed,
            "cancelled" | "canceled" | "aborted" => WorkOrderState::Cancelled,
            _ => WorkOrderState::Unknown,
        };
        let kept = !word.eq_ignore_ascii_case(state.as_str());
        Self { state, word: kept.then(|| word.chars().take(MOST_SAID).collect()) }
    }
}

/// What a document says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrderDraft {
    /// Its number.
    pub code: WorkOrder,
    /// What is to be made.
    pub part: PartCode,
    /// How much of it.
    pub quantity: Quantity,
    /// When it is meant to begin.
    pub starts_at: Option<Timestamp>,
    /// When it is to be done.
    pub due_at: Option<Timestamp>,
    /// How it stands.
    pub state: Option<SaidState>,
    /// The system that says so.
    pub source: Option<String>,
    /// The document's own name.
    pub document: Option<String>,
    /// When that was published.
    pub published_at: Timestamp,
}

/// What is known of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrderFacts {
    /// What is to be made.
    pub part: PartId,
    /// How much of it.
    pub quantity: Quantity,
    /// When it is meant to begin.
    pub starts_at: Option<Timestamp>,
    /// When it is to be done.
    pub due_at: Option<Timestamp>,
    /// How it stands.
    pub state: WorkOrderState,
    /// The word for that in the document, where it is another one than the name here.
    pub said_state: Option<String>,
    /// The system that said so last.
    pub source: Option<String>,
    /// The document that said so last.
    pub document: Option<String>,
    /// When that was published.
    pub published_at: Timestamp,
    /// How often what is known of it changed, from 1.
    pub version: u32,
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub field: &'static str,
    /// What it was.
    pub from: String,
    /// What it becomes.
    pub to: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → {}", self.field, self.from, self.to)
    }
}

/// What becomes of an order by what a document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It was not known.
    New,
    /// Nothing: it is so already, and was said no earlier.
    Nothing,
    /// Nothing but that it was said again, later.
    Again,
    /// This.
    Changed(Vec<Change>),
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Nothing | Self::Again => f.write_str("as it is"),
            Self::Changed(changes) => {
                let words: Vec<String> = changes.iter().map(ToString::to_string).collect();
                f.write_str(&words.join("; "))
            }
        }
    }
}

/// What becomes of an order, and what is known of it then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What is to be made.
    pub part: Arc<PartRecord>,
    /// What becomes of it.
    pub turn: Turn,
    /// What is known then.
    pub after: WorkOrderFacts,
}

/// Judges what `draft` says of an order of which `before` is known.
///
/// Refused: a part that does not exist, or that is retired and was not the order's before; no pieces;
/// an end before the beginning; and what was published before that which holds and says something
/// else.
pub fn judge(
    catalogue: &Catalogue,
    before: Option<&WorkOrderFacts>,
    draft: &WorkOrderDraft,
) -> Result<Judged, Rejection> {
    let part = part(catalogue, before, &draft.part)?;
    if draft.quantity.is_zero() {
        let message = "an order is of at least one piece; cancel it by its state";
        return Err(Rejection::new(Code::InvalidBody, "quantity", message));
    }
    let (state, said_state) = match (&draft.state, before) {
        (Some(said), _) => (said.state, said.word.clone()),
        (None, Some(before)) => (before.state, before.said_state.clone()),
        (None, None) => (WorkOrderState::default(), None),
    };
    let after = WorkOrderFacts {
        part: part.row,
        quantity: draft.quantity,
        starts_at: draft.starts_at.or_else(|| before.and_then(|it| it.starts_at)),
        due_at: draft.due_at.or_else(|| before.and_then(|it| it.due_at)),
        state,
        said_state,
        source: draft.source.clone().or_else(|| before.and_then(|it| it.source.clone())),
        document: draft.document.clone(),
        published_at: draft.published_at,
        version: before.map_or(1, |it| it.version.saturating_add(1)),
    };
    if let (Some(from), Some(to)) = (after.starts_at, after.due_at)
        && to < from
    {
        let message = format!("it is due {to}, before it begins, {from}");
        return Err(Rejection::new(Code::InvalidBody, "due", message));
    }
    let Some(before) = before else { return Ok(Judged { part, turn: Turn::New, after }) };
    let changes = changes(catalogue, before, &after);
    let is_older = draft.published_at < before.published_at;
    if !changes.is_empty() && is_older {
        return Err(older(before, draft));
    }
    if !changes.is_empty() {
        return Ok(Judged { part, turn: Turn::Changed(changes), after });
    }
    let same =
        is_older || draft.published_at == before.published_at && after.document == before.document;
    if same {
        return Ok(Judged { part, turn: Turn::Nothing, after: before.clone() });
    }
    let after = WorkOrderFacts { version: before.version, ..after };
    Ok(Judged { part, turn: Turn::Again, after })
}

fn part(
    catalogue: &Catalogue,
    before: Option<&WorkOrderFacts>,
    code: &PartCode,
) -> Result<Arc<PartRecord>, Rejection> {
    let Some(part) = catalogue.part(code) else {
        let message = format!("there is no part {code}; import the parts first");
        return Err(Rejection::new(Code::UnknownPart, "part", message));
    };
    let was_its = before.is_some_and(|before| before.part == part.row);
    if part.header.retired_at.is_some() && !was_its {
        let message = format!("part {code} is retired");
        return Err(Rejection::new(Code::UnknownPart, "part", message));
    }
    Ok(Arc::clone(part))
}

fn older(before: &WorkOrderFacts, draft: &WorkOrderDraft) -> Rejection {
    let message = format!(
        "this was published {}, and what is known of {} is newer, of {}; nothing older replaces it",
        draft.published_at, draft.code, before.published_at
    );
    Rejection::new(Code::Stale, "published", message)
}

fn changes(catalogue: &Catalogue, before: &WorkOrderFacts, after: &WorkOrderFacts) -> Vec<Change> {
    let part =
        |id| catalogue.part_by_id(id).map_or_else(|| "?".to_owned(), |part| part.code.to_string());
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "none".to_owned(), |at| at.to_string());
    let state = |it: &WorkOrderFacts| match &it.said_state {
        Some(word) => format!("{} ({word})", it.state.as_str()),
        None => it.state.as_str().to_owned(),
    };
    let texts = |it: &WorkOrderFacts| {
        [
            ("part", part(it.part)),
            ("quantity", it.quantity.to_string()),
            ("start", moment(it.starts_at)),
            ("due", moment(it.due_at)),
            ("state", state(it)),
        ]
    };
    let both = texts(before).into_iter().zip(texts(after));
    both.filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| Change { field, from, to })
        .collect()
}
