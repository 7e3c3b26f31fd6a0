//! Data in bulk: generated, imported, exported, taken over.

pub(super) mod generate;

pub(crate) use generate::offset;
