//! Disks that are full or read-only.
