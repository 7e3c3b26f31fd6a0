//! Movement types and holds as badges: word, picture and colour together, never colour alone.

use maud::{Markup, html};

use super::icon::{Icon, icon};

/// The closed list of movement types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MovementType {
    /// Pieces arrived.
    #[default]
    In,
    /// Pieces left.
    Out,
    /// Pieces changed place or operation.
    Transfer,
    /// A count was booked.
    Adjust,
    /// Pieces were scrapped.
    Scrap,
    /// The first stock, at migration.
    Opening,
    /// An earlier movement was undone.
    Reversal,
}

impl MovementType {
    /// All types, in the order of filters.
    pub const ALL: [Self; 7] = [
        Self::In,
        Self::Out,
        Self::Transfer,
        Self::Adjust,
        Self::Scrap,
        Self::Opening,
        Self::Reversal,
    ];

    /// The name in addresses, forms and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Transfer => "transfer",
            Self::Adjust => "adjust",
            Self::Scrap => "scrap",
            Self::Opening => "opening",
            Self::Reversal => "reversal",
        }
    }

    /// Reads a [`key`](Self::key).
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The word on the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::Out => "Out",
            Self::Transfer => "Move",
            Self::Adjust => "Count",
            Self::Scrap => "Scrap",
            Self::Opening => "Opening",
            Self::Reversal => "Undo",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::In => Icon::In,
            Self::Out => Icon::Out,
            Self::Transfer => Icon::Move,
            Self::Adjust => Icon::Adjust,
            Self::Scrap => Icon::Cross,
            Self::Opening => Icon::Opening,
            Self::Reversal => Icon::Undo,
        }
    }
}

/// The badge of a movement type.
pub fn movement(kind: MovementType) -> Markup {
    html! { span class={ "badge " (kind.key()) } { (icon(kind.icon())) (kind.label()) } }
}

/// The badge of something blocked, with the reason.
pub fn hold(reason: &str) -> Markup {
    html! {
        span class="badge hold" {
            (icon(Icon::Hold))
            "On hold"
            @if !reason.is_empty() { ": " (reason) }
        }
    }
}

/// A badge that only carries a word, such as `undone` or a colour code.
pub fn plain(word: &str) -> Markup {
    html! { span class="badge plain" { (word) } }
}
