//! The web pages: server-rendered HTML in our own small design system.
//!
//! Every page is a pure function from a plain view model to markup
//! ([`page::receive::page`] and its neighbours), so that it can be looked at, snapshotted and
//! checked without a server, a clock or a database. View models hold strings and whole numbers
//! only; handlers fill them from the app layer and decide nothing about how they look.
//!
//! Every form works without scripts. The modules under `assets/js` add speed (Enter walks the
//! fields, scans land in the right field, answers arrive without a page load) and never hold a
//! rule of their own: what the screen says is what the server rendered.
//!
//! Absent on purpose: inline scripts and styles (the content security policy forbids them),
//! third-party scripts, fonts and styles, a bundler, client-side templates, and any number that
//! the server did not send.
//!
//! The routes, form fields and replies that pages and scripts expect of the server follow.
#![doc = include_str!("CONTRACT.md")]

pub mod assets;
pub mod components;
pub(crate) mod format;
pub mod page;

#[cfg(test)]
mod tests;
