//! Our own line icons as inline SVG. They are always beside a word or a label, so screen readers
//! skip them.

use maud::{Markup, html};

/// The pictures that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Pieces arrive.
    In,
    /// Pieces leave.
    Out,
    /// Pieces change place or operation.
    Move,
    /// What is on hand.
    Stock,
    /// What happened.
    History,
    /// Done.
    Check,
    /// Refused or removed.
    Cross,
    /// A question that waits for an answer.
    Question,
    /// Good to know.
    Note,
    /// Take care.
    Warning,
    /// Go back.
    Undo,
    /// Find.
    Search,
    /// Blocked.
    Hold,
    /// A person.
    Person,
    /// The keyboard.
    Keyboard,
    /// To a file.
    Download,
    /// To paper.
    Print,
    /// Figures at a glance.
    Dashboard,
    /// A counted correction.
    Adjust,
    /// The first stock.
    Opening,
    /// Tell somebody.
    Send,
    /// One operation after the other.
    Route,
    /// Somebody should know.
    Bell,
    /// Work is done.
    Complete,
    /// Several become one.
    Merge,
    /// Times of the day.
    Clock,
    /// Shortcuts.
    Quick,
    /// Leave.
    Leave,
    /// A loudspeaker.
    Sound,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Dashboard => "M4 20V10m5 10V4m5 16v-7m5 7V8",
            Self::Bell => "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 19a2 2 0 0 0 4 0",
            Self::Complete => "M4 4h16v16H4zM8 12.5l3 3 5-6.5",
            Self::Merge => "M4 5l6 7v8M20 5l-6 7M7 17l3 3 3-3",
            Self::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18zM12 7v5l3.5 2",
            Self::Route => "M4 6h5v5H4zm11 8h5v5h-5zM9 8.5h6.5a2 2 0 0 1 2 2V14",
            Self::Send => "M4 12h12m-5-5 5 5-5 5M20 4v16",
            Self::In => "M12 3v11m-5-5 5 5 5-5M4 16v4h16v-4",
            Self::Out => "M12 14V3M7 8l5-5 5 5M4 16v4h16v-4",
            Self::Move => "M4 8h15m-4-4 4 4-4 4M20 16H5m4-4-4 4 4 4",
            Self::Stock => "M3 12h8v8H3zm10 0h8v8h-8zM8 4h8v8H8z",
            Self::History => "M4 12a8 8 0 1 0 2.5-5.8L4 8.5M4 4v4.5h4.5M12 8v4.5l3 2",
            Self::Check => "m4 13 5 5L20 6",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Question => "M8 8.5a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1.2-1.5 2.3M12 19v.01",
            Self::Note => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7v.01",
            Self::Warning => "M12 4 2.5 20h19zM12 10v4m0 3v.01",
            Self::Undo => "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
            Self::Hold => "M6 11h12v9H6zm2 0V8a4 4 0 0 1 8 0v3",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
            Self::Keyboard => "M2 6h20v12H2zm4 4v.01M10 10v.01M14 10v.01M18 10v.01M8 14h8",
            Self::Download => "M12 4v11m-4-4 4 4 4-4M4 20h16",
            Self::Print => "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
            Self::Adjust => "M5 9h14M5 15h14M16 5 8 19",
            Self::Opening => "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
            Self::Quick => "M13 3 5 14h6l-1 7 8-11h-6z",
            Self::Leave => "M14 4h6v16h-6M4 12h11m-4-4 4 4-4 4",
            Self::Sound => "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
        }
    }
}

/// Draws an icon at the size of the text around it.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path d=(icon.path()) {}
        }
    }
}
