//! Which device scans come from, as people write it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::device::Device;
use super::hid;
use super::serial::{Flow, Parity, Port, Serial, Wire};
use super::tcp::{Caller, listening};

/// Where scans come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A serial port: `serial:/dev/ttyUSB0`, `serial:usb:0c2e:0901?baud=115200`.
    Serial(Port, Wire),
    /// A scanner that listens: `tcp:scanner-7.plant:4001`.
    Tcp(String),
    /// Scanners that connect here: `tcp-listen:10.1.0.5:4001`.
    Listen(SocketAddr),
    /// A keyboard that is grabbed: `hid:/dev/input/by-id/usb-Scanner-event-kbd`.
    Hid(PathBuf),
}

/// What is wrong with the text of a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is of no kind.
    #[error(
        "{text:?} is no source of scans; write stdin, serial:PORT, tcp:HOST:PORT, tcp-listen:ADDRESS:PORT or hid:PATH"
    )]
    Unknown {
        /// The text.
        text: String,
    },
    /// A part of it is wrong.
    #[error("{text:?} is no source of scans: {message}")]
    Wrong {
        /// The text.
        text: String,
        /// What is wrong, in words.
        message: String,
    },
    /// This system cannot.
    #[error(
        "{text:?} cannot be used: this system lets no program grab a keyboard; set the scanner to a serial port, or scan in the browser"
    )]
    Platform {
        /// The text.
        text: String,
    },
}

impl SourceError {
    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } | Self::Wrong { .. } => "source_wrong",
            Self::Platform { .. } => "source_unsupported",
        }
    }
}

impl Source {
    /// The device, where one is opened: standard input and those that connect are none.
    pub fn device(&self) -> Option<Box<dyn Device>> {
        Some(match self {
            Self::Stdin | Self::Listen(_) => return None,
            Self::Serial(port, wire) => Box::new(Serial::new(port.clone(), *wire)),
            Self::Tcp(address) => Box::new(Caller::new(address.clone())),
            #[cfg(target_os = "linux")]
            Self::Hid(path) => Box::new(hid::Keyboard::new(path.clone())),
            #[cfg(not(target_os = "linux"))]
            Self::Hid(_) => return None,
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("stdin"),
            Self::Serial(port, _) => write!(f, "serial:{port}"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Listen(address) => f.write_str(&listening(*address)),
            Self::Hid(path) => write!(f, "hid:{}", path.display()),
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        let wrong = |message: &str| SourceError::Wrong {
            text: text.to_owned(),
            message: message.to_owned(),
        };
        if text == "stdin" {
            return Ok(Self::Stdin);
        }
        let (kind, rest) =
            text.split_once(':').ok_or_else(|| SourceError::Unknown { text: text.to_owned() })?;
        match kind {
            "serial" => {
                let (port, options) = rest.split_once('?').unwrap_or((rest, ""));
                let port = parse_port(port).map_err(wrong)?;
                let wire = parse_wire(options).map_err(|message| wrong(&message))?;
                Ok(Self::Serial(port, wire))
            }
            "tcp" => {
                let (host, port) = rest.rsplit_once(':').ok_or_else(|| wrong("without a port"))?;
                if host.is_empty() || !port.parse::<u16>().is_ok_and(|port| port != 0) {
                    return Err(wrong("it needs a host and a port"));
                }
                Ok(Self::Tcp(rest.to_owned()))
            }
            "tcp-listen" => rest
                .parse()
                .map(Self::Listen)
                .map_err(|_| wrong("it needs an IP address of this machine and a port")),
            "hid" if rest.is_empty() => Err(wrong("without a path")),
            "hid" => {
                let path = PathBuf::from(rest);
                hid::check(&path)?;
                Ok(Self::Hid(path))
            }
            _ => Err(SourceError::Unknown { text: text.to_owned() }),
        }
    }
}

fn parse_port(text: &str) -> Result<Port, &'static str> {
    let Some(usb) = text.strip_prefix("usb:") else {
        return if text.is_empty() {
            Err("without a port")
        } else {
            Ok(Port::Path(text.to_owned()))
        };
    };
    let mut words = usb.splitn(3, ':');
    let mut number = || words.next().and_then(|word| u16::from_str_radix(word, 16).ok());
    let (Some(vendor), Some(product)) = (number(), number()) else {
        return Err("usb: needs vendor and product as hexadecimal numbers, such as usb:0c2e:0901");
    };
    let serial = words.next().filter(|serial| !serial.is_empty()).map(str::to_owned);
    Ok(Port::Usb { vendor, product, serial })
}

fn parse_wire(text: &str) -> Result<Wire, String> {
    let mut wire = Wire::default();
    for option in text.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match (name, value) {
            ("baud", baud) => match baud.parse() {
                Ok(baud @ 110..=4_000_000) => wire.baud = baud,
                _ => return Err(unknown(option)),
            },
            ("data", "7") => wire.data_bits = 7,
            ("data", "8") => wire.data_bits = 8,
            ("parity", "none") => wire.parity = Parity::None,
            ("parity", "odd") => wire.parity = Parity::Odd,
            ("parity", "even") => wire.parity = Parity::Even,
            ("stop", "1") => wire.stop_bits = 1,
            ("stop", "2") => wire.stop_bits = 2,
            ("flow", "none") => wire.flow = Flow::None,
            ("flow", "software") => wire.flow = Flow::Software,
            ("flow", "hardware") => wire.flow = Flow::Hardware,
            _ => return Err(unknown(option)),
        }
    }
    Ok(wire)
}

fn unknown(option: &str) -> String {
    format!(
        "{option:?} is not one of baud=110..4000000, data=7|8, parity=none|odd|even, stop=1|2, \
         flow=none|software|hardware"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_what_people_write() {
        let usb = Port::Usb { vendor: 0x0c2e, product: 0x0901, serial: Some("A1".to_owned()) };
        let wire = Wire { baud: 115_200, parity: Parity::Even, data_bits: 7, ..Wire::default() };
        for (text, source) in [
            ("stdin", Source::Stdin),
            (
                "serial:/dev/ttyUSB0",
                Source::Serial(Port::Path("/dev/ttyUSB0".to_owned()), Wire::default()),
            ),
            ("serial:usb:0c2e:0901:A1?baud=115200&parity=even&data=7", Source::Serial(usb, wire)),
            ("tcp:scanner-7.plant:4001", Source::Tcp("scanner-7.plant:4001".to_owned())),
            ("tcp-listen:127.0.0.1:0", Source::Listen("127.0.0.1:0".parse().unwrap())),
        ] {
            let parsed: Source = text.parse().unwrap();
            assert_eq!(parsed, source);
            assert!(text.starts_with(&parsed.to_string()), "{parsed}");
        }
    }

    #[test]
    fn what_is_no_source_says_why() {
        for text in [
            "",
            "usb",
            "bluetooth:1",
            "serial:",
            "serial:usb:1",
            "serial:x?baud=1",
            "serial:x?bits=9",
        ] {
            assert_eq!(text.parse::<Source>().unwrap_err().code(), "source_wrong", "{text}");
        }
        for text in
            ["tcp:host", "tcp:host:0", "tcp::1", "tcp-listen:host:1", "tcp-listen:1", "hid:"]
        {
            let error = text.parse::<Source>().unwrap_err();
            assert_eq!(error.code(), "source_wrong", "{text}: {error}");
        }
    }

    #[test]
    fn a_keyboard_is_grabbed_where_the_system_lets_programs_do_so_and_refused_elsewhere() {
        let parsed = "hid:/dev/input/event99999".parse::<Source>();
        if cfg!(target_os = "linux") {
            let mut device = parsed.unwrap().device().unwrap();
            assert_eq!(device.name(), "hid:/dev/input/event99999");
            assert_eq!(device.open().err().unwrap().code(), "device_away");
        } else {
            assert_eq!(parsed.unwrap_err().code(), "source_unsupported");
        }
    }
}
