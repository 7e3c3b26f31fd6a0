//! The pure domain of MTM WIP.
