//! Keys of devices of the floor: scanners and a scale at a terminal (`mtm scan`).

use crate::config::key::{Key, Kind};

/// They, in the order they are shown.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "scanner.sources",
        kind: Kind::Text,
        default: None,
        about: "where scans come from, with commas between: stdin, serial:PORT, tcp:HOST:PORT, tcp-listen:ADDRESS:PORT, hid:PATH; standard input unless set",
    },
    Key {
        name: "scanner.prefix",
        kind: Kind::Text,
        default: None,
        about: "what devices send before each scan, such as \\x02; it must not occur in a code",
    },
    Key {
        name: "scanner.end",
        kind: Kind::Text,
        default: Some("line"),
        about: "what ends each scan of a device: line for a line break, silence for scanner.quiet_ms of it, or bytes such as \\x03",
    },
    Key {
        name: "scanner.longest",
        kind: Kind::Integer(1, 4_096),
        default: Some("4096"),
        about: "most bytes of a scan; a longer one is garbled",
    },
    Key {
        name: "scanner.quiet_ms",
        kind: Kind::Integer(10, 60_000),
        default: Some("2000"),
        about: "milliseconds of silence after which a scan that did not end is given up as garbled, or is over (scanner.end)",
    },
    Key {
        name: "scanner.debounce_ms",
        kind: Kind::Integer(0, 60_000),
        default: Some("300"),
        about: "milliseconds within which the same code from the same device is no new scan; 0 for a device that keeps scans and sends them together",
    },
    Key {
        name: "scanner.taken",
        kind: Kind::Text,
        default: None,
        about: "bytes sent to a serial scanner for each scan that was taken, such as \\x06",
    },
    Key {
        name: "scanner.refused",
        kind: Kind::Text,
        default: None,
        about: "bytes sent to a serial scanner for each scan that was not, such as \\x15",
    },
    Key {
        name: "scanner.answers",
        kind: Kind::OneOf(&["on", "off"]),
        default: Some("on"),
        about: "whether scanners on the network are answered a line for each scan: OK and its number, or NO and why",
    },
    Key {
        name: "scanner.allow",
        kind: Kind::Text,
        default: None,
        about: "IP addresses of scanners that may connect to tcp-listen, with commas between; from this machine any may",
    },
    Key {
        name: "scale.source",
        kind: Kind::Text,
        default: None,
        about: "the scale: serial:PORT or tcp:HOST:PORT",
    },
    Key {
        name: "scale.protocol",
        kind: Kind::OneOf(&["sics", "pattern"]),
        default: Some("sics"),
        about: "how it speaks: MT-SICS, or lines that scale.pattern describes",
    },
    Key {
        name: "scale.pattern",
        kind: Kind::Text,
        default: None,
        about: "regular expression for a whole line, with the groups value, stable and unit; a weight counts where stable took part",
    },
    Key {
        name: "scale.unit",
        kind: Kind::OneOf(&["mg", "g", "kg", "t", "oz", "lb"]),
        default: None,
        about: "unit of a pattern without a group unit",
    },
    Key {
        name: "scale.question",
        kind: Kind::Text,
        default: None,
        about: "bytes that ask for a weight, such as W\\r; S\\r\\n for MT-SICS, and none for a pattern, unless set",
    },
    Key {
        name: "scale.patience_ms",
        kind: Kind::Integer(100, 60_000),
        default: Some("5000"),
        about: "milliseconds to wait for a weight that stands still",
    },
    Key {
        name: "scale.piece_weight",
        kind: Kind::Text,
        default: None,
        about: "what one piece weighs, such as 12.5 g",
    },
    Key {
        name: "scale.code",
        kind: Kind::Text,
        default: Some("SCALE"),
        about: "the code that asks the scale when it is scanned, and confirms its suggestion when it is scanned again",
    },
    Key {
        name: "scale.at_once_percent",
        kind: Kind::Integer(0, 25),
        default: Some("0"),
        about: "hundredths of a piece that may be rounded away, by the scale as well, for a suggestion to be taken without confirmation; 0 for never",
    },
];
