//! Keys of looking after it, and of the program as a client.

use crate::config::key::{Key, Kind};

/// They, in the order they are shown.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "audit.checkpoints_to",
        kind: Kind::Path,
        default: None,
        about: "directory on another machine or medium that every checkpoint of the audit chain is written to as well, best one where nothing can be changed; nothing is ever removed there",
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
        name: "otel.endpoint",
        kind: Kind::Url,
        default: None,
        about: "base address of a collector of traces (OTLP over HTTP, such as http://collector:4318), in a program built with the feature `otel`; OTEL_EXPORTER_OTLP_ENDPOINT says it as well",
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
