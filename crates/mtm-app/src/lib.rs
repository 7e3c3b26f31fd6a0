//! The use cases.

pub mod legacy;
