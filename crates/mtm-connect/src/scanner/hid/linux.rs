//! A keyboard of Linux: events below `/dev/input`, read by the package `evdev`.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use evdev::raw_stream::RawDevice;
use evdev::{EventType, KeyCode, SynchronizationCode};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::keys::Keys;
use crate::scanner::device::{Device, Line};
use crate::scanner::error::{Loss, Lost};

/// Between two looks at the device.
const LOOK: Duration = Duration::from_millis(5);

/// A keyboard by its path.
#[derive(Debug)]
pub(in crate::scanner) struct Keyboard {
    name: String,
    path: PathBuf,
}

impl Keyboard {
    pub(in crate::scanner) fn new(path: PathBuf) -> Self {
        Self { name: format!("hid:{}", path.display()), path }
    }
}

impl Device for Keyboard {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&mut self) -> Result<Box<dyn Line>, Lost> {
        let mut device = RawDevice::open(&self.path)?;
        let keys = device.supported_keys();
        let types = [KeyCode::KEY_ENTER, KeyCode::KEY_0];
        if !keys.is_some_and(|keys| types.iter().all(|key| keys.contains(*key))) {
            let why = format!("{} has no keys to type a code with", self.path.display());
            return Err(Lost::new(Loss::Unfit, why));
        }
        device.grab()?;
        let flags = fcntl_getfl(&device).map_err(io::Error::from)?;
        fcntl_setfl(&device, flags | OFlags::NONBLOCK).map_err(io::Error::from)?;
        Ok(Box::new(Grabbed { device, keys: Keys::default(), typed: Vec::new() }))
    }
}

struct Grabbed {
    device: RawDevice,
    keys: Keys,
    /// Characters that are not handed over yet.
    typed: Vec<u8>,
}

impl Line for Grabbed {
    fn hear(&mut self, room: &mut [u8], wait: Duration) -> Result<usize, Lost> {
        let until = Instant::now() + wait;
        while self.typed.is_empty() {
            match self.device.fetch_events() {
                Ok(events) => {
                    for event in events {
                        let lost = event.event_type() == EventType::SYNCHRONIZATION
                            && event.code() == SynchronizationCode::SYN_DROPPED.0;
                        if lost {
                            // The system let go of keys that nobody fetched: this scan is not whole.
                            self.typed.push(0);
                            // That one was let go may be among them.
                            self.keys = Keys::default();
                        } else if event.event_type() == EventType::KEY {
                            self.typed.extend(self.keys.press(event.code(), event.value()));
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
            if self.typed.is_empty() {
                if Instant::now() >= until {
                    return Ok(0);
                }
                std::thread::sleep(LOOK);
            }
        }
        let count = self.typed.len().min(room.len());
        room[..count].copy_from_slice(&self.typed[..count]);
        self.typed.drain(..count);
        Ok(count)
    }

    fn say(&mut self, _: &[u8]) -> Result<(), Lost> {
        Ok(())
    }
}
