//! Taking over the data of the legacy inventory database: its dump is read, judged and turned into a
//! plan, as values. Deliberately absent: files, the store, the clock; whoever applies the plan has them.

pub mod dump;
