//! Rights that change while somebody is using them.

use super::Doorkeeper;
use crate::bus::{Bus, Message, Recipient};

/// Somebody's rights or secrets were changed by this process: who remembers them asks again. It is
/// sent after the change was committed. What other processes change is felt within a second, because
/// nobody is believed for longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RightsChanged;

impl Message for RightsChanged {}

impl Recipient for Doorkeeper {
    fn register(self: &std::sync::Arc<Self>, bus: &Bus) {
        bus.register(self, |door: &Self, _: &RightsChanged| door.forget_all());
    }
}
