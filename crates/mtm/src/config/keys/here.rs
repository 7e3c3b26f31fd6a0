//! Keys of what is here: the ledger, the plant, the server, and what may be booked.

use crate::config::key::{Key, Kind};

/// They, in the order they are shown.
pub(super) const KEYS: &[Key] = &[
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
        name: "server.public_url",
        kind: Kind::Url,
        default: None,
        about: "address by which people open this server, for links in mail and to their webhooks; without it there are none",
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
];
