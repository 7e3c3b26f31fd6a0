//! Where Sparkplug messages go.

use std::fmt;

/// What every topic begins with.
const NAMESPACE: &str = "spBv1.0";
const STATE: &str = "STATE";

/// Bytes of an identifier, of which the standard says nothing and a topic has 65,535.
const LONGEST: usize = 255;

/// The name of a group, an edge node, a device or a host: one step of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

/// Why a text is no identifier. Reads well after "is".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// There is nothing.
    #[error("empty")]
    Empty,
    /// It is too long.
    #[error("longer than {LONGEST} bytes")]
    Long,
    /// It holds what topics are divided by or matched with, or what is not to be seen.
    #[error("not a name: it must not hold `+`, `/`, `#` or control characters")]
    Reserved,
}

impl Id {
    /// Takes a text that may be one.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > LONGEST {
            return Err(IdError::Long);
        }
        if text.contains(|it: char| matches!(it, '+' | '/' | '#') || it.is_control()) {
            return Err(IdError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a message of an edge node, or to it, is. With a device it is about that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `NBIRTH`, `DBIRTH`: what there is.
    Birth,
    /// `NDEATH`, `DDEATH`: it is gone.
    Death,
    /// `NDATA`, `DDATA`: what changed.
    Data,
    /// `NCMD`, `DCMD`: what it is to do.
    Command,
}

impl Verb {
    const ALL: [Self; 4] = [Self::Birth, Self::Death, Self::Data, Self::Command];

    const fn word(self) -> &'static str {
        match self {
            Self::Birth => "BIRTH",
            Self::Death => "DEATH",
            Self::Data => "DATA",
            Self::Command => "CMD",
        }
    }
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Of an edge node or a device.
    Edge {
        /// What is said there.
        verb: Verb,
        /// Its group.
        group: Id,
        /// The edge node.
        node: Id,
        /// The device, where it is about one.
        device: Option<Id>,
    },
    /// Of a host: whether it is there.
    State(Id),
}

impl Topic {
    /// Reads one; `None` where it is none of Sparkplug's.
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = text.split('/');
        if steps.next() != Some(NAMESPACE) {
            return None;
        }
        let first = steps.next()?;
        let mut id = || steps.next().map(|step| Id::parse(step).ok());
        if first == STATE {
            let host = id()??;
            return id().is_none().then_some(Self::State(host));
        }
        let group = Id::parse(first).ok()?;
        let word = id()??;
        let node = id()??;
        let device = match id() {
            Some(device) => Some(device?),
            None => None,
        };
        if id().is_some() {
            return None;
        }
        let about = if device.is_some() { "D" } else { "N" };
        let word = word.as_str().strip_prefix(about)?;
        let verb = Verb::ALL.into_iter().find(|verb| verb.word() == word)?;
        Some(Self::Edge { verb, group, node, device })
    }

    /// Of an edge node or a device.
    pub fn edge(verb: Verb, group: &Id, node: &Id, device: Option<&Id>) -> Self {
        Self::Edge { verb, group: group.clone(), node: node.clone(), device: device.cloned() }
    }

    /// Filters for everything that one edge node and its devices say.
    pub fn filters(group: &Id, node: &Id) -> Vec<String> {
        let of = |verb: Verb| {
            let word = verb.word();
            let node_says = format!("{NAMESPACE}/{group}/N{word}/{node}");
            [node_says, format!("{NAMESPACE}/{group}/D{word}/{node}/+")]
        };
        [Verb::Birth, Verb::Death, Verb::Data].into_iter().flat_map(of).collect()
    }

    /// Filters for what one edge node and its devices are commanded.
    pub fn commands(group: &Id, node: &Id) -> Vec<String> {
        let of_node = format!("{NAMESPACE}/{group}/NCMD/{node}");
        vec![of_node, format!("{NAMESPACE}/{group}/DCMD/{node}/+")]
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(host) => write!(f, "{NAMESPACE}/{STATE}/{host}"),
            Self::Edge { verb, group, node, device: None } => {
                write!(f, "{NAMESPACE}/{group}/N{}/{node}", verb.word())
            }
            Self::Edge { verb, group, node, device: Some(device) } => {
                write!(f, "{NAMESPACE}/{group}/D{}/{node}/{device}", verb.word())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    #[test]
    fn a_topic_is_read_as_it_is_written() {
        let (group, node, device) = (id("Plant 1"), id("Line:1"), id("Press7"));
        for (verb, of_node, of_device) in [
            (Verb::Birth, "NBIRTH", "DBIRTH"),
            (Verb::Death, "NDEATH", "DDEATH"),
            (Verb::Data, "NDATA", "DDATA"),
            (Verb::Command, "NCMD", "DCMD"),
        ] {
            let topic = Topic::edge(verb, &group, &node, None);
            assert_eq!(topic.to_string(), format!("spBv1.0/Plant 1/{of_node}/Line:1"));
            assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
            let topic = Topic::edge(verb, &group, &node, Some(&device));
            assert_eq!(topic.to_string(), format!("spBv1.0/Plant 1/{of_device}/Line:1/Press7"));
            assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
        }
        let state = Topic::State(id("mtm"));
        assert_eq!(state.to_string(), "spBv1.0/STATE/mtm");
        assert_eq!(Topic::parse("spBv1.0/STATE/mtm"), Some(state));
    }

    #[test]
    fn what_is_no_topic_of_sparkplug_is_none() {
        for text in [
            "",
            "spBv1.0",
            "spBv1.0/G/NDATA",
            "spBv1.0/G/DDATA/N",
            "spBv1.0/G/NDATA/N/D",
            "spBv1.0/G/DDATA/N/D/more",
            "spBv1.0/G/XDATA/N",
            "spBv1.0/G/NDATA/",
            "spBv1.0/STATE/",
            "spBv1.0/STATE/mtm/more",
            "spAv1.0/G/NDATA/N",
            "STATE/mtm",
        ] {
            assert_eq!(Topic::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_identifier_refuses_what_topics_are_made_of() {
        for text in ["a+b", "a/b", "#", "a\nb"] {
            assert_eq!(Id::parse(text), Err(IdError::Reserved), "{text}");
        }
        assert_eq!(Id::parse(""), Err(IdError::Empty));
        assert_eq!(Id::parse(&"x".repeat(256)), Err(IdError::Long));
        assert!(Id::parse(&"x".repeat(255)).is_ok());
    }
}
