//! Following lots: whoever wants to know what becomes of one.

use mtm_core::policy::Deed;
use mtm_core::word::LotNumber;
use mtm_store::notice::FollowedLot;
use mtm_store::{IdempotencyKey, Once};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

impl App {
    /// `who` follows a lot from now on, or does not any more. Whether that is another thing than before.
    pub async fn follow_lot(
        &self,
        who: &Principal,
        lot: LotNumber,
        follow: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>, AppError> {
        who.require(Deed::Own)?;
        Ok(self.ledger().follow_lot(who.user, lot, follow, key).await?)
    }

    /// Whether `who` follows a lot.
    pub async fn follows_lot(&self, who: &Principal, lot: LotNumber) -> Result<bool, AppError> {
        Ok(self.ledger().follows_lot(who.user, lot).await?)
    }

    /// The lots that `who` follows, newest first.
    pub async fn followed_lots(&self, who: &Principal) -> Result<Vec<FollowedLot>, AppError> {
        who.require(Deed::Own)?;
        Ok(self.ledger().followed_lots(who.user).await?)
    }
}
