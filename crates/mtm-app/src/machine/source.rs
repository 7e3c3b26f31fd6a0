//! The ways in which machines speak, behind one.

use mtm_connect::mtconnect::{self, Agent};
use mtm_connect::opcua::{self, Opcua};
use mtm_connect::sparkplug::{self, Host};
use mtm_core::machine::{Batch, Tag};
use sha2::{Digest, Sha256};

use crate::hex::hex;

/// How a machine is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// An agent of `MTConnect`.
    MtConnect(mtconnect::Settings),
    /// An edge node of Sparkplug B.
    Sparkplug(sparkplug::HostSettings),
    /// An OPC UA server.
    Opcua(opcua::Settings),
}

impl Protocol {
    /// What people call it.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::MtConnect(_) => "MTConnect",
            Self::Sparkplug(_) => "Sparkplug B",
            Self::Opcua(_) => "OPC UA",
        }
    }

    /// Where the machine is and, behind a `:`, what of it is heard, as digests: a position is good for the same and nothing
    /// else, and what is newly heard has no past.
    pub(super) fn source(&self) -> String {
        let heard = match self {
            Self::MtConnect(it) => format!("{:?}", it.wanted),
            Self::Sparkplug(_) => String::new(),
            Self::Opcua(it) => format!("{:?}", it.nodes),
        };
        format!("{}:{}", digest(&self.address()), digest(&heard))
    }

    /// Where the machine is, without secrets, for people.
    pub fn address(&self) -> String {
        match self {
            Self::MtConnect(it) => it.address.shown(),
            Self::Sparkplug(it) => it.shown(),
            Self::Opcua(it) => it.url.clone(),
        }
    }

    /// Opens the line, and goes on at `position` where the machine remembers so far back.
    pub(super) async fn open(&self, position: Option<&str>) -> Result<Source, String> {
        Ok(match self {
            Self::MtConnect(it) => {
                let agent = Agent::open(it.clone(), position).await;
                Source::MtConnect(Box::new(agent.map_err(|away| away.to_string())?))
            }
            Self::Sparkplug(it) => {
                let host = Host::open(it.clone()).await;
                Source::Sparkplug(Box::new(host.map_err(|away| away.to_string())?))
            }
            Self::Opcua(it) => {
                let source = Opcua::open(it, position).await;
                let source = source.map_err(|away| format!("{away}. {}", away.next_step()))?;
                let tag = |name: &String| Tag { name: name.clone(), words: String::new() };
                Source::Opcua(Box::new(source), it.nodes.iter().map(tag).collect())
            }
        })
    }
}

/// A line to a machine.
#[derive(Debug)]
pub(super) enum Source {
    MtConnect(Box<Agent>),
    Sparkplug(Box<Host>),
    Opcua(Box<opcua::Source>, Vec<Tag>),
}

impl Source {
    /// What it says next; in words why it says nothing any more.
    pub(super) async fn next(&mut self) -> Result<Batch, String> {
        match self {
            Self::MtConnect(it) => it.next().await.map_err(|away| away.to_string()),
            Self::Sparkplug(it) => it.next().await.map_err(|away| away.to_string()),
            Self::Opcua(it, _) => it.next().await.map_err(|away| away.to_string()),
        }
    }

    /// What may be counted of it.
    pub(super) fn tags(&self) -> Vec<Tag> {
        match self {
            Self::MtConnect(it) => it.tags().to_vec(),
            Self::Sparkplug(it) => it.tags(),
            Self::Opcua(_, tags) => tags.clone(),
        }
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}
