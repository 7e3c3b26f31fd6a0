//! What an OPC UA server shows, heard by a program of its own.
//!
//! The program (`mtm-opcua`) holds the protocol and its cryptography; here it is started, told what to listen to, and what
//! it says becomes [`Batch`](mtm_core::machine::Batch)es. It is told the password on its input, where no list of processes shows it.
//! Whatever it says is checked before it is believed: its protocol, the length of its lines, and that it is about
//! what was asked. It takes a line up again by itself where it can prove that nothing was missed meanwhile; where it
//! cannot it ends, and so does its [`Source`] ([`Away`]). Whoever wants to go on opens another one, whose first batch
//! says that something may be missing: a server remembers nothing for somebody who is new, so there is no position.
//!
//! Deliberately absent: what a total is worth, when it is tried again, and writing. Nothing is ever written to a
//! server.

mod process;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use mtm_core::machine::Tag;
use mtm_core::opcua::protocol::{Ask, Failed, FailedKind, Login, Security, Server};
use mtm_core::trouble::Trouble;

pub use self::source::Source;

/// The name of the program, which lies beside `mtm`.
pub const PROGRAM: &str = "mtm-opcua";

/// How a server is reached, and what is heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The listening program.
    pub program: PathBuf,
    /// `opc.tcp://host:port/path`.
    pub url: String,
    /// How what is said is protected. [`Security::None`] is for who says so in so many words.
    pub security: Security,
    /// Who asks; nobody in particular without it. A password is only sent where something is protected.
    pub login: Option<Login>,
    /// A folder that only this account can read: the program's own certificate and key are made there on first use,
    /// and what a server showed that nobody trusts is laid down there (`refused`).
    pub certificates: PathBuf,
    /// Certificates that the server may show: files (DER or PEM), or folders of them.
    pub trusted: Vec<PathBuf>,
    /// Names of nodes, at most [`NODES_MAX`](mtm_core::opcua::protocol::NODES_MAX); readings carry them as they are
    /// written here.
    pub nodes: Vec<String>,
    /// How often the server looks what changed: 50 ms to a minute.
    pub interval: Duration,
    /// How long connecting, and each question, may take: 1 to 20 s.
    pub timeout: Duration,
}

impl Settings {
    fn server(&self) -> Server {
        Server {
            url: self.url.clone(),
            security: self.security,
            login: self.login.clone(),
            certificates: self.certificates.clone(),
            trusted: self.trusted.clone(),
            timeout: u32::try_from(self.timeout.as_secs()).unwrap_or(u32::MAX),
        }
    }
}

/// A server that is listened to.
#[derive(Debug, Clone, Copy)]
pub struct Opcua;

/// What there is to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    /// The variables that show a number.
    pub tags: Vec<Tag>,
    /// Whether there is more than was looked at.
    pub is_cut: bool,
}

impl Opcua {
    /// Listens. No server knows a position: what was missed since then is not known, whatever it was.
    pub async fn open(settings: &Settings, _position: Option<&str>) -> Result<Source, Away> {
        let interval = u32::try_from(settings.interval.as_millis()).unwrap_or(u32::MAX);
        let ask =
            Ask::Listen { server: settings.server(), nodes: settings.nodes.clone(), interval };
        Source::open(settings, &ask).await
    }

    /// What there is to listen to, below these nodes; below the Objects folder without one.
    pub async fn tags(settings: &Settings, below: &[String]) -> Result<Tags, Away> {
        let ask = Ask::Tags { server: settings.server(), below: below.to_vec() };
        source::tags(settings, &ask).await
    }
}

/// Why a server is not heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    /// The listening program cannot be started.
    #[error("the listening program {} cannot be started: {message}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the operating system said.
        message: String,
    },
    /// The listening program said what it must not.
    #[error("the listening program does not keep to its protocol: {0}")]
    Protocol(String),
    /// The listening program said nothing for so long, and was ended.
    #[error("the listening program said nothing for {} s and was ended", .0.as_secs())]
    Hung(Duration),
    /// The listening program ended in the middle.
    #[error("the listening program ended ({0})")]
    Ended(String),
    /// It, or the server, says no.
    #[error("{}", .0.message)]
    Failed(Failed),
}

impl Away {
    /// What it is to whoever wanted to listen.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::NotStarted { .. } | Self::Protocol(_) => Trouble::Permanent,
            Self::Hung(_) | Self::Ended(_) => Trouble::Transient,
            Self::Failed(failed) => match failed.trouble {
                FailedKind::Away | FailedKind::Lost | FailedKind::Other => Trouble::Transient,
                FailedKind::Certificate | FailedKind::Denied => Trouble::BusinessRejection,
                FailedKind::Question => Trouble::InvalidInput,
                FailedKind::Files | FailedKind::Security => Trouble::Permanent,
            },
        }
    }

    /// What somebody does about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::NotStarted { .. } => "Put `mtm-opcua` beside `mtm`, or name it.",
            Self::Protocol(_) => "Use the `mtm-opcua` of the same version as `mtm`.",
            Self::Hung(_) | Self::Ended(_) => "It is started again by itself.",
            Self::Failed(failed) => match failed.trouble {
                FailedKind::Away | FailedKind::Lost | FailedKind::Other => {
                    "It is tried again by itself; look whether the server answers."
                }
                FailedKind::Certificate => {
                    "Compare the thumbprint with the one that the machine itself shows; where it is the same, put the \
                     certificate among those that are trusted."
                }
                FailedKind::Denied => {
                    "Have the server trust this program's certificate, and correct user and password."
                }
                FailedKind::Security => {
                    "Switch the wanted security on at the server, or choose one that it offers."
                }
                FailedKind::Files => {
                    "Give the service's account the folder of certificates, and look at the files that are named."
                }
                FailedKind::Question => "Correct what is configured of this machine.",
            },
        }
    }
}
