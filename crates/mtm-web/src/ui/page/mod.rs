//! One module per page: the view model and the functions that draw it.
//!
//! `page` draws the whole document, `fragment` only the title and the main part, for a script
//! that sent `X-Fragment: 1`.

pub mod approvals;
pub mod complete;
pub mod count;
pub mod count_enter;
pub mod count_sheet;
pub mod counts;
pub mod dashboard;
pub mod error;
pub mod explain;
pub mod history;
pub mod history_undo;
pub mod integrations;
pub mod integrations_files;
pub mod label;
pub mod labels;
pub mod lot;
pub mod lot_labels;
pub mod lot_reservations;
pub mod machines;
pub mod master_sync;
pub mod merge;
pub mod minimum;
pub mod move_stock;
pub mod notifications;
pub mod periods;
pub mod pick;
pub mod printing;
pub mod quick_buttons;
pub mod receive;
pub mod reconciliation;
pub mod routing;
pub mod routings;
pub mod setup;
pub mod shift_report;
pub mod shifts;
pub mod sign_in;
pub mod status;
pub mod stock;
pub mod take;
pub mod throughput;
pub mod webhooks;
pub mod work_order;
pub mod work_orders;
pub mod worklist;
