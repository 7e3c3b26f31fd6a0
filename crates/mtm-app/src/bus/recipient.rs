//! Recipients that are told things while they are active.

use std::ops::Deref;
use std::sync::Arc;

use super::Bus;

/// Something that knows what it wants to be told.
pub trait Recipient: Send + Sync + Sized + 'static {
    /// Registers for everything that it wants to be told while it is active.
    fn register(self: &Arc<Self>, bus: &Bus);
}

/// A recipient that is active until this is dropped.
#[derive(Debug)]
pub struct Active<R> {
    recipient: Arc<R>,
    bus: Bus,
}

impl Bus {
    /// Makes `recipient` active: from now on it is told what it registers for.
    pub fn activate<R: Recipient>(&self, recipient: Arc<R>) -> Active<R> {
        recipient.register(self);
        Active { recipient, bus: self.clone() }
    }
}

impl<R> Deref for Active<R> {
    type Target = Arc<R>;

    fn deref(&self) -> &Arc<R> {
        &self.recipient
    }
}

impl<R> Drop for Active<R> {
    fn drop(&mut self) {
        self.bus.unregister_all(&self.recipient);
    }
}
