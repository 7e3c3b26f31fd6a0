//! A generated plant, written into a ledger: through the same posting path as every booking, in
//! large groups, at the moments at which its history says that it happened.

mod clock;
mod elsewhere;
mod masters;
mod write;

pub(crate) use elsewhere::write_plant_to;
pub(crate) use write::{NewSite, PlantSize, write_plant};
