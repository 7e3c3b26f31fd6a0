//! What is said to the program that listens to an OPC UA server, and by it: a line of JSON each.
//!
//! The listening program (`mtm-opcua`) first says which protocol it speaks ([`Greeting`]). It is then asked once
//! ([`Ask`]): to listen, which it answers by [`Say::Opened`] and then a [`Say::Batch`] whenever something changed or was
//! quiet for a while, for ever; or for what there is to listen to, which it answers by [`Say::Tags`] and
//! [`Say::Done`]. Whatever goes wrong ends it, with [`Say::Failed`] as its last line. It ends by itself when its input
//! does, and says good-bye to the server first: controllers have room for few clients. No line is longer than
//! [`LINE_MAX`].
//!
//! The password comes on its input, where no list of processes and no environment shows it.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::machine::{Tag, Value};

/// The protocol of this program. Another number is another language.
pub const VERSION: u32 = 1;
/// Longest line, in bytes, either way.
pub const LINE_MAX: usize = 1024 * 1024;
/// Most nodes that one program listens to.
pub const NODES_MAX: usize = 1_000;
/// Most readings in a line.
pub const READINGS_MAX: usize = 2_000;
/// Most tags in a line.
pub const TAGS_MAX: usize = 200;
/// Most nodes that are looked at for tags.
pub const LOOKED_MAX: usize = 2_000;
/// How deep below a node is looked for tags.
pub const DEPTH_MAX: usize = 8;
/// Milliseconds between two looks of the server at what changed, at least and at most.
pub const INTERVAL: std::ops::RangeInclusive<u32> = 50..=60_000;
/// Seconds after which the program says something, whatever happens: that nothing changed, or that the line is lost.
pub const SILENCE_MAX: u32 = 180;

/// The first line of the listening program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The protocol it speaks.
    pub protocol: u32,
    /// What it is, with its version.
    pub program: String,
}

/// What it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Listen to these nodes.
    Listen {
        /// Where.
        server: Server,
        /// Names of nodes, at most [`NODES_MAX`]; readings name them by their place here, from 0.
        nodes: Vec<String>,
        /// How often the server looks what changed, in milliseconds ([`INTERVAL`]).
        interval: u32,
    },
    /// Say what there is to listen to.
    Tags {
        /// Where.
        server: Server,
        /// Names of nodes to look below; without one, below the Objects folder.
        below: Vec<String>,
    },
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `opc.tcp://host:port/path`.
    pub url: String,
    /// How what is said to it is protected.
    pub security: Security,
    /// Who asks; nobody in particular without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
    /// The folder of the program's own certificate and key, which are made there when they are not.
    pub certificates: PathBuf,
    /// Certificates that a server may show: files (DER, or PEM with any number), or folders of them.
    pub trusted: Vec<PathBuf>,
    /// How long connecting, and each question, may take, in seconds.
    pub timeout: u32,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The name.
    pub user: String,
    /// A secret.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// How what is said is protected: a policy of OPC 10000-7, and whether it is signed only or encrypted, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// `Basic256Sha256`, signed and encrypted.
    #[default]
    Basic256Sha256,
    /// `Basic256Sha256`, signed.
    Basic256Sha256Sign,
    /// `Aes128_Sha256_RsaOaep`, signed and encrypted.
    Aes128Sha256RsaOaep,
    /// `Aes128_Sha256_RsaOaep`, signed.
    Aes128Sha256RsaOaepSign,
    /// `Aes256_Sha256_RsaPss`, signed and encrypted.
    Aes256Sha256RsaPss,
    /// `Aes256_Sha256_RsaPss`, signed.
    Aes256Sha256RsaPssSign,
    /// Not at all: anybody on the way can read it, and say that a machine counted.
    None,
}

impl Security {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Basic256Sha256,
        Self::Basic256Sha256Sign,
        Self::Aes128Sha256RsaOaep,
        Self::Aes128Sha256RsaOaepSign,
        Self::Aes256Sha256RsaPss,
        Self::Aes256Sha256RsaPssSign,
        Self::None,
    ];

    /// The name in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic256Sha256 => "basic256sha256",
            Self::Basic256Sha256Sign => "basic256sha256_sign",
            Self::Aes128Sha256RsaOaep => "aes128_sha256_rsaoaep",
            Self::Aes128Sha256RsaOaepSign => "aes128_sha256_rsaoaep_sign",
            Self::Aes256Sha256RsaPss => "aes256_sha256_rsapss",
            Self::Aes256Sha256RsaPssSign => "aes256_sha256_rsapss_sign",
            Self::None => "none",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether what is said can be read by nobody on the way.
    pub const fn encrypts(self) -> bool {
        matches!(self, Self::Basic256Sha256 | Self::Aes128Sha256RsaOaep | Self::Aes256Sha256RsaPss)
    }
}

/// What the program says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Say {
    /// It listens.
    Opened {
        /// To what.
        to: Opened,
    },
    /// What changed, or that nothing did.
    Batch {
        /// Whether something may be missing before it.
        gap: bool,
        /// Up to when, by the server's clock, it says everything; in microseconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<i64>,
        /// At most [`READINGS_MAX`], in the order in which they came about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        readings: Vec<Reading>,
    },
    /// Some of what there is to listen to, at most [`TAGS_MAX`]; more lines follow.
    Tags {
        /// They.
        tags: Vec<Tag>,
    },
    /// All tags were said.
    Done {
        /// Whether there is more than was looked at ([`LOOKED_MAX`], [`DEPTH_MAX`]).
        is_cut: bool,
    },
    /// It failed, and ends.
    Failed {
        /// How.
        failed: Failed,
    },
}

/// To what the program listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The server's name for itself.
    pub server: String,
    /// The thumbprint of the certificate that it proved to have; empty where nothing is protected.
    pub thumbprint: String,
    /// The thumbprint of the program's own certificate, which the server has to trust; empty as above.
    pub own_thumbprint: String,
    /// How often the server looks what changed, as it decided; in milliseconds.
    pub interval: u32,
    /// Nodes that it does not have or does not show, by their place, and its word for that. They are asked for again
    /// now and then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<(u32, String)>,
}

/// A value of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Its place among the nodes that were asked for.
    pub node: u32,
    /// What it showed.
    pub shown: Shown,
    /// Since when, by the clock of what was measured; in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// What a node showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A whole number, not below zero.
    Total(u64),
    /// The server says that it does not know.
    Unavailable,
    /// Something else.
    Nonsense(String),
}

impl Shown {
    /// Most characters of what is no total.
    pub const NONSENSE_MAX: usize = 60;

    /// A number that may be whole.
    pub fn number(number: f64) -> Self {
        // Above, not every whole number is one that a double holds.
        #[expect(clippy::cast_precision_loss, reason = "2^53 is held exactly")]
        let most = Value::MOST as f64;
        if number.fract() == 0.0 && (0.0..=most).contains(&number) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, and within 0 to 2^53"
            )]
            return Self::Total(number as u64);
        }
        Self::nonsense(&number.to_string())
    }

    /// A whole number that may be below zero.
    pub fn whole(number: i64) -> Self {
        u64::try_from(number).map_or_else(|_| Self::nonsense(&number.to_string()), Self::total)
    }

    /// A whole number.
    pub fn total(number: u64) -> Self {
        if number <= Value::MOST {
            Self::Total(number)
        } else {
            Self::nonsense(&number.to_string())
        }
    }

    /// Something that is no total.
    pub fn nonsense(text: &str) -> Self {
        Self::Nonsense(text.chars().take(Self::NONSENSE_MAX).collect())
    }
}

impl From<Shown> for Value {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Total(total) if total <= Self::MOST => Self::Total(total),
            Shown::Total(total) => Self::Nonsense(total.to_string()),
            Shown::Unavailable => Self::Unavailable,
            Shown::Nonsense(text) => {
                Self::Nonsense(text.chars().take(Shown::NONSENSE_MAX).collect())
            }
        }
    }
}

/// Why the program ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What kind.
    pub trouble: FailedKind,
    /// In words, without a secret.
    pub message: String,
}

/// Kinds of failures of the listening program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedKind {
    /// The question is none that it knows, or cannot be meant.
    Question,
    /// The folder of its own certificate, or a file of trusted ones, cannot be used.
    Files,
    /// The server does not answer; it passes.
    Away,
    /// The server does not offer the security that is asked for.
    Security,
    /// The server shows a certificate that nobody trusted, or that is over.
    Certificate,
    /// The server does not let it in: it does not trust our certificate, or the login is wrong.
    Denied,
    /// It listened, and the line or the server's memory of it is gone: something may be missed.
    Lost,
    /// Something else.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_a_total_and_nothing_else_is() {
        assert_eq!(Shown::number(1424.0), Shown::Total(1424));
        assert_eq!(Shown::number(-0.0), Shown::Total(0));
        assert_eq!(Shown::number(9_007_199_254_740_992.0), Shown::Total(Value::MOST));
        for number in [-1.0, 0.5, 9_007_199_254_740_994.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Shown::number(number), Shown::Nonsense(number.to_string()), "{number}");
        }
        assert_eq!(Shown::whole(7), Shown::Total(7));
        assert_eq!(Shown::whole(-7), Shown::Nonsense("-7".to_owned()));
        assert_eq!(Shown::total(Value::MOST), Shown::Total(Value::MOST));
        assert_eq!(Shown::total(u64::MAX), Shown::Nonsense(u64::MAX.to_string()));
        let long = "x".repeat(1_000);
        assert_eq!(Shown::nonsense(&long), Shown::Nonsense("x".repeat(60)));
    }

    #[test]
    fn what_a_program_says_is_not_believed_beyond_a_total() {
        let most = Value::MOST;
        assert_eq!(Value::from(Shown::Total(most)), Value::Total(most));
        assert_eq!(
            Value::from(Shown::Total(most + 1)),
            Value::Nonsense("9007199254740993".to_owned())
        );
        let long = Shown::Nonsense("ä".repeat(1_000));
        assert_eq!(Value::from(long), Value::Nonsense("ä".repeat(60)));
    }

    #[test]
    fn every_security_has_a_name_and_only_some_encrypt() {
        for security in Security::ALL {
            assert_eq!(Security::from_name(security.as_str()), Some(security));
            assert_eq!(
                security.encrypts(),
                security != Security::None && !security.as_str().ends_with("_sign")
            );
        }
        assert_eq!(Security::from_name(""), None);
        assert!(Security::default().encrypts());
    }

    #[test]
    fn lines_are_as_they_are_written_here_and_no_secret_is_shown() {
        let batch = Say::Batch {
            gap: true,
            at: Some(5),
            readings: vec![
                Reading { node: 0, shown: Shown::Total(7), at: Some(4) },
                Reading { node: 1, shown: Shown::Unavailable, at: None },
            ],
        };
        let line = r#"{"say":"batch","gap":true,"at":5,"readings":[{"node":0,"shown":{"total":7},"at":4},{"node":1,"shown":"unavailable"}]}"#;
        assert_eq!(serde_json::to_string(&batch).unwrap(), line);
        assert_eq!(serde_json::from_str::<Say>(line).unwrap(), batch);
        let login = Login { user: "mtm".to_owned(), password: "geheim".to_owned() };
        assert_eq!(format!("{login:?}"), r#"Login { user: "mtm", .. }"#);
    }
}
