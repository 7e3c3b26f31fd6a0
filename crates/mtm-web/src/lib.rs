//! HTTP.

pub mod ui;
