//! How much room a disk has.

use std::io;
use std::path::Path;

/// Room on the disk under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this account may still write.
    pub free: u64,
    /// Bytes in all.
    pub size: u64,
}

/// The room on the disk that holds `path`; `None` where this system is not asked.
///
/// # Errors
/// The system's own, where there is no such path.
#[cfg(unix)]
pub fn room(path: &Path) -> io::Result<Option<Room>> {
    let disk = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Ok(Some(Room { free: bytes(disk.f_bavail), size: bytes(disk.f_blocks) }))
}

/// The room on the disk that holds `path`; `None` where this system is not asked.
///
/// # Errors
/// The system's own, where there is no such path.
#[cfg(not(unix))]
pub fn room(path: &Path) -> io::Result<Option<Room>> {
    std::fs::metadata(path).map(|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_no_more_room_than_it_is_large() {
        let directory = tempfile::tempdir().unwrap();
        if let Some(room) = room(directory.path()).unwrap() {
            assert!(room.size > 0 && room.free <= room.size, "{room:?}");
        }
        assert!(super::room(&directory.path().join("gone")).is_err());
    }
}
