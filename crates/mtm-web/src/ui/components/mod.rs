//! The parts that pages are made of: pure functions over plain structs.

pub mod acknowledgement;
pub mod badge;
pub mod bell;
pub mod bucket;
pub mod field;
pub mod icon;
pub mod keys;
pub mod layout;
pub mod life_cycle;
pub mod pager;
pub mod past;
pub mod qr;
pub mod quick;
pub mod state;
pub mod table;
pub mod truth;
