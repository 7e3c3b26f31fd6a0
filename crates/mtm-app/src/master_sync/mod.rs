//! Keeping parts as an ERP has them: read beside its ledger, compared with ours, taken over as the plant wants.
//!
//! The server that reads an ERP ([`crate::erp`]) compares its parts whenever they were read anew, when somebody decided
//! who acts on differences, and when parts changed here (`round`). What differs is kept with what
//! people decide about it ([`mtm_store::master_sync`]); what is taken goes the one way in which master data changes.
//!
//! Nothing is written to the ERP, and no quantity follows from what it says.

mod decide;
mod list;
mod round;

use std::collections::BTreeMap;

use mtm_core::master_sync::Rules;

pub use self::decide::{BulkBody, DecideBody, SyncBody};
pub use self::list::{Differences, MasterSyncView, MasterSyncs};
pub use mtm_core::master_sync::{Change, Conflict, Deed, Difference, Field, NewParts};
pub use mtm_core::sync::Mode;
pub use mtm_store::master_sync::{BulkDone, DifferenceQuery, DifferenceRow, MasterSyncRow};

/// What is whose, by the ERP's name.
pub(crate) type RulesSet = BTreeMap<String, Rules>;

pub(crate) use self::round::Seen;

use crate::App;

impl App {
    /// From now on parts are kept as the ERP of this name has them, by these rules, where somebody wants it.
    pub fn keep_masters(&self, erp: &str, rules: Rules) {
        let mut all = RulesSet::clone(&self.master_rules());
        all.insert(erp.to_owned(), rules);
        self.store_master_rules(all);
    }
}
