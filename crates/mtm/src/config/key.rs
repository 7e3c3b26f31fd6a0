//! Every key there is. The file, the environment, `config show` and the documentation follow it.

use std::net::SocketAddr;
use std::path::Path;

use mtm_connect::broker::Address;

/// What values a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text that is not blank.
    Text,
    /// A path; relative ones count from where the program was started, or from the file's place.
    Path,
    /// IP address and port.
    Address,
    /// A base URL.
    Url,
    /// The address of an MQTT broker.
    Mqtt,
    /// Addresses of NATS servers, with commas between them.
    Nats,
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
#[derive(Debug)]
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

/// The keys, in the order they are shown.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "data_dir",
        kind: Kind::Path,
        default: None,
        about: "directory of the database; the operating system's place for data unless set",
    },
    Key {
        name: "database.url",
        kind: Kind::Secret,
        default: None,
        about: "sqlite:PATH or mysql://user:password@host:port/database instead of the data directory's file; several hosts with commas for a cluster, ?replica=host:port for reports",
    },
    Key {
        name: "database.url_file",
        kind: Kind::Path,
        default: None,
        about: "file that holds the database's URL",
    },
    Key {
        name: "database.connections",
        kind: Kind::Integer(1, 1_000),
        default: Some("16"),
        about: "batches and careful bookings under way at once on a database server; single ones go together in any case, so that it hardly matters to them",
    },
    Key {
        name: "database.readers",
        kind: Kind::Integer(1, 1_000),
        default: Some("4"),
        about: "queries at once; of a database server best with four for each of its processors",
    },
    Key {
        name: "database.reports",
        kind: Kind::Integer(1, 100),
        default: Some("2"),
        about: "exports and reports at once on a database server, or on its replica",
    },
    Key {
        name: "database.slow_statement_ms",
        kind: Kind::Integer(0, 3_600_000),
        default: Some("200"),
        about: "milliseconds from which on a statement of the database is told in the log; 0 for none",
    },
    Key {
        name: "site.name",
        kind: Kind::Text,
        default: Some("plant"),
        about: "name of the plant, given to the ledger when it is made",
    },
    Key {
        name: "site.time_zone",
        kind: Kind::TimeZone,
        default: None,
        about: "IANA zone of shifts and days, given to the ledger when it is made; this computer's unless set",
    },
    Key {
        name: "server.listen",
        kind: Kind::Address,
        default: Some("127.0.0.1:8080"),
        about: "where the server listens",
    },
    Key {
        name: "server.tls_cert",
        kind: Kind::Path,
        default: None,
        about: "PEM file of the certificate and its intermediates",
    },
    Key {
        name: "server.tls_key",
        kind: Kind::Path,
        default: None,
        about: "PEM file of the certificate's private key",
    },
    Key {
        name: "server.max_upload_mib",
        kind: Kind::Integer(1, 10_240),
        default: Some("100"),
        about: "largest file an import takes, in MiB",
    },
    Key {
        name: "server.max_connections",
        kind: Kind::Integer(1, 100_000),
        default: Some("1024"),
        about: "connections at once; more wait",
    },
    Key {
        name: "booking.max_quantity",
        kind: Kind::Integer(1, 1_000_000_000_000),
        default: Some("100000"),
        about: "most pieces of one receipt, unless the part has a bound of its own",
    },
    Key {
        name: "booking.undo_window_minutes",
        kind: Kind::Integer(0, 525_600),
        default: Some("480"),
        about: "how long operators may undo bookings of their own",
    },
    Key {
        name: "secrets.key_file",
        kind: Kind::Path,
        default: None,
        about: "key under which secrets of webhooks are kept in the database; secrets.key in the data directory unless set, made where there is none; servers that share a database share it",
    },
    Key {
        name: "mqtt.url",
        kind: Kind::Mqtt,
        default: None,
        about: "MQTT 5 broker that every event is relayed to: mqtt://user@host:port, or mqtts:// with TLS",
    },
    Key {
        name: "mqtt.password",
        kind: Kind::Secret,
        default: None,
        about: "password of the user in that address",
    },
    Key {
        name: "mqtt.password_file",
        kind: Kind::Path,
        default: None,
        about: "file that holds that password",
    },
    Key {
        name: "mqtt.ca_file",
        kind: Kind::Path,
        default: None,
        about: "PEM file of the authority that signed that broker's certificate; this computer's own unless set",
    },
    Key {
        name: "mqtt.client_id",
        kind: Kind::Text,
        default: None,
        about: "name of this program at that broker; mtm- and the site's name unless set",
    },
    Key {
        name: "mqtt.topic_prefix",
        kind: Kind::Without("+# $"),
        default: Some("mtm/v1"),
        about: "what topics begin with; the site's name and the event's type follow",
    },
    Key {
        name: "mqtt.resend_seconds",
        kind: Kind::Integer(0, 3_600),
        default: Some("60"),
        about: "how long after its acknowledgement an event may be lost when the broker is killed, as its autosave_interval says: what is newer is sent again when the connection broke; 0 never",
    },
    Key {
        name: "nats.url",
        kind: Kind::Nats,
        default: None,
        about: "NATS server with JetStream that every event is relayed to: nats://user@host:port, or tls:// with TLS; several of a cluster with commas",
    },
    Key {
        name: "nats.password",
        kind: Kind::Secret,
        default: None,
        about: "password of the user in that address, or the server's token where there is no user",
    },
    Key {
        name: "nats.password_file",
        kind: Kind::Path,
        default: None,
        about: "file that holds that password",
    },
    Key {
        name: "nats.credentials",
        kind: Kind::Secret,
        default: None,
        about: "contents of a credentials file (JWT and seed) for that server",
    },
    Key {
        name: "nats.credentials_file",
        kind: Kind::Path,
        default: None,
        about: "that credentials file",
    },
    Key {
        name: "nats.ca_file",
        kind: Kind::Path,
        default: None,
        about: "PEM file of the authority that signed that server's certificate; this computer's own unless set",
    },
    Key {
        name: "nats.stream",
        kind: Kind::Without(".*> /\\"),
        default: None,
        about: "JetStream stream for the events, made where there is none; mtm- and the site's name unless set",
    },
    Key {
        name: "truth.pace_ms",
        kind: Kind::Integer(10, 60_000),
        default: Some("2000"),
        about: "milliseconds between two looks at what must always hold (the truth light)",
    },
    Key {
        name: "truth.disk_low_mib",
        kind: Kind::Integer(0, 1_000_000_000),
        default: Some("1024"),
        about: "free MiB below which the truth light of a disk is yellow",
    },
    Key {
        name: "truth.disk_full_mib",
        kind: Kind::Integer(0, 1_000_000_000),
        default: Some("64"),
        about: "free MiB below which the truth light of a disk is red",
    },
    Key {
        name: "log.filter",
        kind: Kind::Text,
        default: Some("info"),
        about: "what is logged, as in RUST_LOG",
    },
    Key {
        name: "log.format",
        kind: Kind::OneOf(&["auto", "text", "json"]),
        default: Some("auto"),
        about: "auto: text on a terminal, JSON lines otherwise",
    },
    Key {
        name: "client.server",
        kind: Kind::Url,
        default: None,
        about: "book and look on this server instead of the data directory",
    },
    Key { name: "client.token", kind: Kind::Secret, default: None, about: "token for that server" },
    Key {
        name: "client.token_file",
        kind: Kind::Path,
        default: None,
        about: "file that holds the token",
    },
    Key {
        name: "client.ca_file",
        kind: Kind::Path,
        default: None,
        about: "PEM file of the authority that signed that server's certificate",
    },
    Key {
        name: "legacy.password",
        kind: Kind::Secret,
        default: None,
        about: "password of the account that `mtm migrate-legacy` reads a legacy server as",
    },
    Key {
        name: "legacy.password_file",
        kind: Kind::Path,
        default: None,
        about: "file that holds that password",
    },
];

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
            Kind::Text | Kind::Path | Kind::Secret => true,
            Kind::Address => value.parse::<SocketAddr>().is_ok(),
            Kind::Mqtt => {
                return Address::mqtt(value).map(drop).map_err(|error| error.to_string());
            }
            Kind::Nats => {
                let check = |one: &str| Address::nats(one.trim()).map(drop);
                return value.split(',').try_for_each(check).map_err(|error| error.to_string());
            }
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

    /// The value as it may be shown.
    pub(crate) fn shown<'v>(&self, value: &'v str) -> &'v str {
        if self.kind == Kind::Secret { "(hidden)" } else { value }
    }

    /// Paths of a file count from its place, so that a directory can be moved as a whole.
    pub(crate) fn anchored(&self, value: String, place: Option<&Path>) -> String {
        match (self.kind, place) {
            (Kind::Path, Some(place)) => place.join(&value).to_string_lossy().into_owned(),
            _ => value,
        }
    }
}

impl Kind {
    fn describe(self) -> String {
        match self {
            Self::Text | Self::Secret | Self::Mqtt | Self::Nats => "a text".to_owned(),
            Self::Without(characters) => format!("a text without any of {characters:?}"),
            Self::Path => "a path".to_owned(),
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
