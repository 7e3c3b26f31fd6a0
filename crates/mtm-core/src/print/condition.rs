//! How a printer says it is.

use serde::{Deserialize, Serialize};

/// How a printer is, by what it said or did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It can print.
    Ready,
    /// It has no paper.
    PaperOut,
    /// It has no ribbon.
    RibbonOut,
    /// Its head is open.
    HeadOpen,
    /// Somebody paused it.
    Paused,
    /// A printed label waits in it to be taken.
    LabelWaiting,
    /// It still has something of somebody else's to print.
    Busy,
    /// It is too hot or too cold.
    Temperature,
    /// It lost its settings.
    MemoryLost,
    /// Nobody answers at its address.
    Unreachable,
    /// It took the connection and says nothing.
    Silent,
    /// It says what no printer of its kind says.
    NotUnderstood,
    /// Paper is stuck in it.
    MediaJam,
    /// It has no toner or ink.
    TonerOut,
    /// A cover or door of it is open.
    CoverOpen,
    /// A tray is not in its place.
    TrayMissing,
    /// There is no room for what comes out.
    OutputFull,
    /// Its queue does not reach it.
    Offline,
    /// It stands, and does not say why.
    Stopped,
    /// It takes no jobs.
    Rejecting,
    /// Somebody holds the job back in its queue.
    JobHeld,
    /// It takes no PDF.
    NoPdf,
    /// It does not print for whoever we say we are.
    Denied,
    /// There is no printer of this name at its address.
    NoSuchPrinter,
    /// No secure connection to it comes about.
    Untrusted,
}

impl Condition {
    /// Every condition.
    pub const ALL: [Self; 25] = [
        Self::Ready,
        Self::PaperOut,
        Self::RibbonOut,
        Self::HeadOpen,
        Self::Paused,
        Self::LabelWaiting,
        Self::Busy,
        Self::Temperature,
        Self::MemoryLost,
        Self::Unreachable,
        Self::Silent,
        Self::NotUnderstood,
        Self::MediaJam,
        Self::TonerOut,
        Self::CoverOpen,
        Self::TrayMissing,
        Self::OutputFull,
        Self::Offline,
        Self::Stopped,
        Self::Rejecting,
        Self::JobHeld,
        Self::NoPdf,
        Self::Denied,
        Self::NoSuchPrinter,
        Self::Untrusted,
    ];

    /// The name in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::PaperOut => "paper_out",
            Self::RibbonOut => "ribbon_out",
            Self::HeadOpen => "head_open",
            Self::Paused => "paused",
            Self::LabelWaiting => "label_waiting",
            Self::Busy => "busy",
            Self::Temperature => "temperature",
            Self::MemoryLost => "memory_lost",
            Self::Unreachable => "unreachable",
            Self::Silent => "silent",
            Self::NotUnderstood => "not_understood",
            Self::MediaJam => "media_jam",
            Self::TonerOut => "toner_out",
            Self::CoverOpen => "cover_open",
            Self::TrayMissing => "tray_missing",
            Self::OutputFull => "output_full",
            Self::Offline => "offline",
            Self::Stopped => "stopped",
            Self::Rejecting => "rejecting",
            Self::JobHeld => "job_held",
            Self::NoPdf => "no_pdf",
            Self::Denied => "denied",
            Self::NoSuchPrinter => "no_such_printer",
            Self::Untrusted => "untrusted",
        }
    }

    /// The condition of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|condition| condition.as_str() == name)
    }

    /// The same for whoever stands before it, and what they can do.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::PaperOut => "no paper: load some, and close it",
            Self::RibbonOut => "no ribbon: load one",
            Self::HeadOpen => "its head is open: close it",
            Self::Paused => "paused: press pause on the printer, or let its queue go on",
            Self::LabelWaiting => "a printed label waits in it: take it",
            Self::Busy => {
                "it still prints something else, or waits for the rest of a label: if that stays so, switch it off and on again"
            }
            Self::Temperature => "too hot or too cold: leave it alone for a while",
            Self::MemoryLost => "it lost its settings: have it set up again",
            Self::Unreachable => {
                "nobody answers at its address: is it switched on, and in the network?"
            }
            Self::Silent => "it took the connection and says nothing: switch it off and on again",
            Self::NotUnderstood => "what it says is no printer's of this kind: check its address",
            Self::MediaJam => "paper is stuck in it: take it out, and close it",
            Self::TonerOut => "no toner or ink: put some in",
            Self::CoverOpen => "a cover is open: close it",
            Self::TrayMissing => "a tray is not in its place: put it in",
            Self::OutputFull => "no room for what comes out: take away what lies there",
            Self::Offline => "its queue does not reach it: is it switched on, and in the network?",
            Self::Stopped => "it stands, and does not say why: look at it, and at its queue",
            Self::Rejecting => "it takes no jobs: have its queue accept them, or make room there",
            Self::JobHeld => "the job is held in its queue: have it released there",
            Self::NoPdf => "it takes no PDF: print by a queue that does",
            Self::Denied => "it does not print for this user: check user and password",
            Self::NoSuchPrinter => "there is no such printer at its address: check the path",
            Self::Untrusted => {
                "no secure connection: its certificate is not believed here, or it wants ipps; check ca_file and address"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_condition() {
        for condition in Condition::ALL {
            assert_eq!(Condition::from_name(condition.as_str()), Some(condition));
            assert!(!condition.words().is_empty());
        }
    }
}
