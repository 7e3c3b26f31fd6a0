//! Who is connected to what, with the types forgotten.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Channel;

/// What somebody registers for: a type of message, on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    what: TypeId,
    channel: Channel,
}

impl Address {
    pub(super) fn of<M: 'static>(channel: &Channel) -> Self {
        Self { what: TypeId::of::<M>(), channel: channel.clone() }
    }
}

/// Calls a recipient; nothing when there is none any more.
type Handler = dyn Fn(&dyn Any) -> Option<Box<dyn Any>> + Send + Sync;

/// One recipient's connection to one address.
#[derive(Clone)]
struct Line {
    /// Where the recipient is. The handler's weak reference keeps the place taken, so that no
    /// later recipient can be mistaken for it.
    recipient: usize,
    handler: Arc<Handler>,
}

/// All connections. Handlers run outside the lock: they may send and register themselves.
#[derive(Default)]
pub(super) struct Switchboard {
    lines: Mutex<HashMap<Address, Vec<Line>>>,
}

impl Switchboard {
    /// Connects; a line that the recipient had to the same address goes.
    pub(super) fn connect<M: 'static, R: Send + Sync + 'static, T: 'static>(
        &self,
        address: Address,
        recipient: &Arc<R>,
        handle: impl Fn(Arc<R>, &M) -> T + Send + Sync + 'static,
    ) {
        let weak = Arc::downgrade(recipient);
        let handler: Arc<Handler> = Arc::new(move |message| {
            let recipient = weak.upgrade()?;
            // The address is made of the type: it is always the right one.
            let answer = handle(recipient, message.downcast_ref::<M>()?);
            Some(Box::new(answer))
        });
        let recipient = place(recipient);
        let mut lines = self.lock();
        let lines = lines.entry(address).or_default();
        lines.retain(|line| line.recipient != recipient);
        lines.push(Line { recipient, handler });
    }

    pub(super) fn disconnect<R>(&self, recipient: &Arc<R>, which: impl Fn(&Address) -> bool) {
        let recipient = place(recipient);
        self.lock().retain(|address, lines| {
            lines.retain(|line| line.recipient != recipient || !which(address));
            !lines.is_empty()
        });
    }

    pub(super) fn is_connected<R>(&self, address: &Address, recipient: &Arc<R>) -> bool {
        let recipient = place(recipient);
        let lines = self.lock();
        lines.get(address).is_some_and(|it| it.iter().any(|line| line.recipient == recipient))
    }

    /// Calls everybody at `address`, in the order in which they came; their answers. A recipient
    /// that panics keeps the others from nothing, and is told in the log.
    pub(super) fn call<M: 'static, T: 'static>(&self, address: &Address, message: &M) -> Vec<T> {
        let lines = self.lock().get(address).cloned().unwrap_or_default();
        let (mut answers, mut gone) = (Vec::with_capacity(lines.len()), Vec::new());
        for line in &lines {
            match catch_unwind(AssertUnwindSafe(|| (line.handler)(message))) {
                Ok(Some(answer)) => answers.extend(answer.downcast().map(|answer| *answer)),
                Ok(None) => gone.push(Arc::clone(&line.handler)),
                Err(_) => {
                    let message = std::any::type_name::<M>();
                    tracing::error!(message, "a recipient panicked; the others were told");
                }
            }
        }
        if !gone.is_empty() {
            self.forget(address, &gone);
        }
        answers
    }

    fn forget(&self, address: &Address, gone: &[Arc<Handler>]) {
        let mut lines = self.lock();
        if let Some(left) = lines.get_mut(address) {
            left.retain(|line| !gone.iter().any(|it| Arc::ptr_eq(it, &line.handler)));
            if left.is_empty() {
                lines.remove(address);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Vec<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place<R>(recipient: &Arc<R>) -> usize {
    Arc::as_ptr(recipient).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_gone_take_no_room() {
        let switchboard = Switchboard::default();
        let address = Address::of::<u8>(&Channel::default());
        for _ in 0..3 {
            let recipient = Arc::new(());
            switchboard.connect(address.clone(), &recipient, |_, _: &u8| ());
        }
        assert!(switchboard.call::<u8, ()>(&address, &1).is_empty());
        assert!(switchboard.lock().is_empty());
    }

    #[test]
    fn a_recipient_that_panics_keeps_the_others_from_nothing() {
        let switchboard = Switchboard::default();
        let address = Address::of::<u8>(&Channel::default());
        let (bad, good) = (Arc::new('b'), Arc::new('g'));
        switchboard.connect(address.clone(), &bad, |_, number: &u8| {
            assert!(*number > 1, "on purpose");
            0
        });
        switchboard.connect(address.clone(), &good, |_, number: &u8| i32::from(*number));
        assert_eq!(switchboard.call::<u8, i32>(&address, &1), [1]);
        assert_eq!(switchboard.call::<u8, i32>(&address, &2), [0, 2], "it is asked again");
    }
}
