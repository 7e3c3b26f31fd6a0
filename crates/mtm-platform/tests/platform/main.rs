//! Promises of the platform crate that need a second process or a failing disk.

mod disk;
mod owner;
