//! The truth light: in the bar of every page, and each invariant's on the page of the server.
//! Picture, word and colour together, never colour alone.

use maud::{Markup, html};

use super::icon::{Icon, icon};

/// How things are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lamp {
    /// Well.
    Green,
    /// Not looked at yet.
    #[default]
    Unknown,
    /// Not for long.
    Yellow,
    /// Not.
    Red,
}

impl Lamp {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Green, Self::Unknown, Self::Yellow, Self::Red];

    /// The name in styles.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Unknown => "unknown",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }

    /// A word beside the lamp.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "Fine",
            Self::Unknown => "Not known",
            Self::Yellow => "Look",
            Self::Red => "Wrong",
        }
    }

    /// What the light in the bar says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Green => "All is well",
            Self::Unknown => "Not known yet",
            Self::Yellow => "Somebody should look",
            Self::Red => "Something is wrong",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Green => Icon::Check,
            Self::Unknown => Icon::Question,
            Self::Yellow => Icon::Warning,
            Self::Red => Icon::Cross,
        }
    }
}

/// The light in the bar; leads to the page that says more.
pub fn light(lamp: Lamp) -> Markup {
    html! {
        a id="truth-light" class="truth-light" href="/status" title=(lamp.sentence())
            data-lamp=(lamp.key()) data-live="truth" data-live-from="/status"
        {
            span class="truth-lamp" { (icon(lamp.icon())) }
            span class="truth-words" { (lamp.sentence()) }
        }
    }
}

/// The lamp of one invariant.
pub fn lamp(lamp: Lamp) -> Markup {
    html! {
        span class="truth-state" data-lamp=(lamp.key()) {
            span class="truth-lamp" { (icon(lamp.icon())) }
            (lamp.word())
        }
    }
}
