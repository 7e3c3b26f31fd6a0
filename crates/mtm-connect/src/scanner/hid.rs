//! A scanner that types like a keyboard, taken away from the window that has the focus.
//!
//! On Linux the device is opened below `/dev/input` and grabbed: nobody else hears it, so a scan never lands
//! in whatever happens to be on the screen. Other systems let no program do that; there such a source
//! is refused with what to use instead.

#[cfg(target_os = "linux")]
mod keys;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub(super) use linux::Keyboard;

use std::path::Path;

use super::source::SourceError;

/// Refuses a keyboard where the system grabs none.
pub(super) fn check(path: &Path) -> Result<(), SourceError> {
    if cfg!(target_os = "linux") {
        return Ok(());
    }
    Err(SourceError::Platform { text: format!("hid:{}", path.display()) })
}
