//! Figures for people who steer: what waits, what moved, how long it stayed, what was lost.
//!
//! Every figure is worked out from stock and log at the moment of the question; none is entered.

mod accuracy;
mod calendar;
mod dashboard;
mod flow;
mod sheet;
mod shift;
mod throughput;
mod wip;

pub use accuracy::{Accuracy, AccuracyItem};
pub use calendar::{Days, Period};
pub use dashboard::{Dashboard, HourItem};
pub use flow::{
    Dwell, DwellItem, Flow, FlowEnd, FlowItem, Occupancy, OccupancyItem, Scrap, ScrapItem,
};
pub use sheet::{Cell, SheetFormat, Tabular};
pub use shift::{ShiftFigures, ShiftItem, ShiftOperation, ShiftSum};
pub use throughput::{Throughput, ThroughputAsk, ThroughputItem};
pub use wip::{Ageing, AgeingItem, Wip, WipItem};
