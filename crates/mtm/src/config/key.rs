//! What a key is, and which values it takes.

use std::net::SocketAddr;
use std::path::Path;

use mtm_connect::broker::Address;
use mtm_connect::mail;

use super::keys::KEYS;

/// What values a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text that is not blank.
    Text,
    /// A path; relative ones count from where the program was started, or from the file's place.
    Path,
    /// IP address and port.
    Address,
    /// A mapping: a file, or the name of one that comes with the program.
    Mapping,
    /// A base URL.
    Url,
    /// The address of an MQTT broker.
    Mqtt,
    /// Addresses of NATS servers, with commas between them.
    Nats,
    /// The address of a mail server.
    Smtp,
    /// An e-mail address, with a name where there is one.
    Mailbox,
    /// A text without any of these characters.
    Without(&'static str),
    /// A whole number within bounds.
    Integer(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An IANA time zone.
    TimeZone,
    /// Never shown; may also come from the file that the key with `_file` names.
    Secret,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its dotted name, as in `mtm.toml`.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// Its value where nobody sets one; `None` for "not set" or worked out at the start.
    pub(crate) default: Option<&'static str>,
    /// What it is for.
    pub(crate) about: &'static str,
}

/// Whether a mapping is named, and no file.
pub(super) fn is_map_name(text: &str) -> bool {
    !text.contains(['/', '\\', '.'])
}

/// The key of this name.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

impl Key {
    /// The environment variable that sets it: `server.listen` is `MTM_SERVER__LISTEN`.
    pub(crate) fn variable(&self) -> String {
        format!("MTM_{}", self.name.replace('.', "__").to_uppercase())
    }

    /// What is wrong with `value`, in words that read well after "is".
    pub(crate) fn check(&self, value: &str) -> Result<(), String> {
        if value.trim().is_empty() {
            return Err("empty".to_owned());
        }
        let ok = match self.kind {
            Kind::Text | Kind::Path | Kind::Mapping | Kind::Secret => true,
            Kind::Address => value.parse::<SocketAddr>().is_ok(),
            Kind::Mqtt => {
                return Address::mqtt(value).map(drop).map_err(|error| error.to_string());
            }
            Kind::Nats => {
                let check = |one: &str| Address::nats(one.trim()).map(drop);
                return value.split(',').try_for_each(check).map_err(|error| error.to_string());
            }
            Kind::Smtp => {
                return mail::Address::parse(value).map(drop).map_err(|error| error.to_string());
            }
            Kind::Mailbox => mail::Mailbox::parse(value).is_ok(),
            Kind::Without(characters) => !value.contains(|it| characters.contains(it)),
            Kind::Url => value.starts_with("http://") || value.starts_with("https://"),
            Kind::Integer(least, most) => {
                value.parse::<i64>().is_ok_and(|number| (least..=most).contains(&number))
            }
            Kind::OneOf(words) => words.contains(&value),
            Kind::TimeZone => jiff::tz::TimeZone::get(value).is_ok(),
        };
        if ok { Ok(()) } else { Err(format!("not {}", self.kind.describe())) }
    }

    /// The value as it may be shown. A web address may have a password in it, which is of no use there.
    pub(crate) fn shown<'v>(&self, value: &'v str) -> &'v str {
        match self.kind {
            Kind::Secret => "(hidden)",
            Kind::Url if value.contains('@') => "(hidden)",
            _ => value,
        }
    }

    /// Paths of a file count from its place, so that a directory can be moved as a whole.
    pub(crate) fn anchored(&self, value: String, place: Option<&Path>) -> String {
        match (self.kind, place) {
            (Kind::Mapping, _) if is_map_name(&value) => value,
            (Kind::Path | Kind::Mapping, Some(place)) => {
                place.join(&value).to_string_lossy().into_owned()
            }
            _ => value,
        }
    }
}

impl Kind {
    fn describe(self) -> String {
        match self {
            Self::Text | Self::Secret | Self::Mqtt | Self::Nats | Self::Smtp => "a text".to_owned(),
            Self::Mailbox => "an e-mail address, such as mtm@plant.example".to_owned(),
            Self::Without(characters) => format!("a text without any of {characters:?}"),
            Self::Path => "a path".to_owned(),
            Self::Mapping => "a mapping file, or the name of one that comes along".to_owned(),
            Self::Address => "an IP address with a port, such as 127.0.0.1:8080".to_owned(),
            Self::Url => "a URL that starts with http:// or https://".to_owned(),
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::TimeZone => "an IANA time zone, such as Europe/Berlin".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_its_key_takes() {
        for key in KEYS {
            if let Some(default) = key.default {
                assert_eq!(key.check(default), Ok(()), "{}", key.name);
            }
        }
    }

    #[test]
    fn no_password_is_shown() {
        let shown = |name: &str, value: &'static str| key(name).unwrap().shown(value);
        assert_eq!(shown("client.token", "mtm_1"), "(hidden)");
        assert_eq!(shown("otel.endpoint", "http://me:secret@collector:4318"), "(hidden)");
        assert_eq!(shown("otel.endpoint", "http://collector:4318"), "http://collector:4318");
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        let wrong = |name: &str, value: &str| key(name).unwrap().check(value).unwrap_err();
        assert_eq!(
            wrong("server.listen", "8080"),
            "not an IP address with a port, such as 127.0.0.1:8080"
        );
        assert_eq!(wrong("log.format", "xml"), "not one of auto, text, json");
        assert_eq!(
            wrong("booking.max_quantity", "0"),
            "not a whole number from 1 to 1000000000000"
        );
        assert_eq!(wrong("site.name", " "), "empty");
        assert!(wrong("site.time_zone", "Mars/Base").starts_with("not an IANA time zone"));
    }
}
