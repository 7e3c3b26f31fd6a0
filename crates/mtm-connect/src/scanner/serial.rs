//! Scanners and scales at a serial port: RS-232, or a USB device that behaves like one.
//!
//! A port is named by its path, or by what the USB device says it is: the path of a device that is plugged in
//! elsewhere changes, its numbers do not. It is opened for this program alone. The package `serialport`
//! does what differs between systems; its reads wait on a thread of their own, so nothing of an asynchronous
//! runtime is needed at a terminal.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, SerialPort, SerialPortType};

use super::device::{Device, Line};
use super::error::{Loss, Lost};

/// Longest wait for a device to take an answer.
const SAY: Duration = Duration::from_secs(2);

/// Which port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// Its path or name: `/dev/ttyUSB0`, `COM3`.
    Path(String),
    /// The USB device with these numbers.
    Usb {
        /// Vendor.
        vendor: u16,
        /// Product.
        product: u16,
        /// Serial number, where several are alike.
        serial: Option<String>,
    },
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Usb { vendor, product, serial } => {
                write!(f, "usb:{vendor:04x}:{product:04x}")?;
                serial.iter().try_for_each(|serial| write!(f, ":{serial}"))
            }
        }
    }
}

/// The check bit of each character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parity {
    /// None.
    #[default]
    None,
    /// Odd.
    Odd,
    /// Even.
    Even,
}

/// How one side asks the other to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flow {
    /// Not at all.
    #[default]
    None,
    /// XON and XOFF.
    Software,
    /// RTS and CTS.
    Hardware,
}

/// How characters stand on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// Bits a second.
    pub baud: u32,
    /// Bits of a character: 7 or 8.
    pub data_bits: u8,
    /// The check bit.
    pub parity: Parity,
    /// Bits after a character: 1 or 2.
    pub stop_bits: u8,
    /// How one side asks the other to wait.
    pub flow: Flow,
}

impl Default for Wire {
    /// 9,600 bits a second, eight bits, no parity, one stop bit.
    fn default() -> Self {
        Self { baud: 9_600, data_bits: 8, parity: Parity::None, stop_bits: 1, flow: Flow::None }
    }
}

/// A serial port, opened when it is there.
#[derive(Debug)]
pub(super) struct Serial {
    name: String,
    port: Port,
    wire: Wire,
}

impl Serial {
    pub(super) fn new(port: Port, wire: Wire) -> Self {
        Self { name: format!("serial:{port}"), port, wire }
    }
}

impl Device for Serial {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&mut self) -> Result<Box<dyn Line>, Lost> {
        let path = match &self.port {
            Port::Path(path) => path.clone(),
            Port::Usb { vendor, product, serial } => find(*vendor, *product, serial.as_deref())?,
        };
        let wire = self.wire;
        let data_bits = if wire.data_bits == 7 {
            serialport::DataBits::Seven
        } else {
            serialport::DataBits::Eight
        };
        let stop_bits =
            if wire.stop_bits == 2 { serialport::StopBits::Two } else { serialport::StopBits::One };
        let parity = match wire.parity {
            Parity::None => serialport::Parity::None,
            Parity::Odd => serialport::Parity::Odd,
            Parity::Even => serialport::Parity::Even,
        };
        let flow = match wire.flow {
            Flow::None => serialport::FlowControl::None,
            Flow::Software => serialport::FlowControl::Software,
            Flow::Hardware => serialport::FlowControl::Hardware,
        };
        let port = serialport::new(&path, wire.baud)
            .data_bits(data_bits)
            .stop_bits(stop_bits)
            .parity(parity)
            .flow_control(flow)
            .open()
            .map_err(|error| not_opened(&path, error))?;
        // What came before the port was set up as it is to be may be anything.
        port.clear(ClearBuffer::Input).map_err(io::Error::from)?;
        Ok(Box::new(Open { port }))
    }
}

/// The path of the USB device with these numbers.
fn find(vendor: u16, product: u16, serial: Option<&str>) -> Result<String, Lost> {
    let ports = serialport::available_ports().map_err(io::Error::from)?;
    let fits = |kind: &SerialPortType| match kind {
        SerialPortType::UsbPort(usb) => {
            (usb.vid, usb.pid) == (vendor, product)
                && (serial.is_none() || usb.serial_number.as_deref() == serial)
        }
        _ => false,
    };
    let mut found = ports.into_iter().filter(|port| fits(&port.port_type));
    match (found.next(), found.next()) {
        (Some(port), None) => Ok(port.port_name),
        (Some(one), Some(other)) => Err(Lost::new(
            Loss::Ambiguous,
            format!("{} and {} are both such devices", one.port_name, other.port_name),
        )),
        (None, _) => Err(Lost::new(Loss::Away, "no such USB device is plugged in")),
    }
}

fn not_opened(path: &str, error: serialport::Error) -> Lost {
    let message = format!("failed to open {path}: {error}");
    // The package gives one kind to what is missing and to what somebody else has.
    let loss = match io::Error::from(error).kind() {
        io::ErrorKind::PermissionDenied => Loss::Denied,
        io::ErrorKind::ResourceBusy => Loss::Busy,
        _ if message.to_lowercase().contains("busy") => Loss::Busy,
        _ => Loss::Away,
    };
    Lost::new(loss, message)
}

struct Open {
    port: Box<dyn SerialPort>,
}

impl Line for Open {
    fn hear(&mut self, room: &mut [u8], wait: Duration) -> Result<usize, Lost> {
        self.port.set_timeout(wait).map_err(io::Error::from)?;
        match self.port.read(room) {
            // A port gives nothing only when it is gone.
            Ok(0) => Err(Lost::new(Loss::Away, "the port went away")),
            Ok(count) => Ok(count),
            Err(error) if is_silence(&error) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), Lost> {
        let until = Instant::now() + SAY;
        let mut rest = bytes;
        self.port.set_timeout(SAY).map_err(io::Error::from)?;
        while !rest.is_empty() {
            match self.port.write(rest) {
                Ok(count) => rest = &rest[count.min(rest.len())..],
                Err(error) if is_silence(&error) && Instant::now() < until => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
