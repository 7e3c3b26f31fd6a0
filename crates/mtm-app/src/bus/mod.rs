//! The in-process bus: parts of the program tell and ask each other things without knowing each
//! other.
//!
//! A [`Message`] is told to whoever registered for its type: the sender does not know who, and
//! need not wait for anybody's loop to come round, because handlers run where it sends, in the
//! order in which they registered. A [`Request`] is answered. The bus holds its recipients weakly,
//! so that nobody is kept alive by having once been interested. A [`Channel`] keeps messages of
//! one type apart, one destination's from another's. A task that waits is a [`Follower`].
//!
//! What the bus carries is advice: wake up, look again, how are you. What must not be lost stands
//! in the outbox, in the transaction of the movement that it tells of; whoever was not woken finds
//! it there. Readers who come from desktop frameworks find their words in `docs/messages.md`.
//!
//! Deliberately absent: a global instance (one is made in the composition root and handed on),
//! queues, threads, and anything that crosses a process.

mod channel;
mod follow;
mod recipient;
mod request;
mod switchboard;

pub use channel::Channel;
pub use follow::Follower;
pub use recipient::{Active, Recipient};
pub use request::{AnswerLater, Request, Unanswered};

use std::sync::Arc;

use self::switchboard::{Address, Switchboard};

/// Something that is told. Its type says what.
pub trait Message: Send + Sync + 'static {}

/// A value is another one now. Receivers know by `T` which value; the newest one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueChanged<T>(
    /// What it is now.
    pub T,
);

impl<T: Send + Sync + 'static> Message for ValueChanged<T> {}

/// The bus. Cheap to clone: clones are the same bus.
#[derive(Clone, Default)]
pub struct Bus {
    switchboard: Arc<Switchboard>,
}

impl Bus {
    /// Has `handle` called with `recipient` whenever an `M` is sent, as long as the recipient lives.
    /// A recipient has one handler for a message: the last one registered.
    ///
    /// `handle` must not block, and should not take long: the sender waits.
    pub fn register<M: Message, R: Send + Sync + 'static>(
        &self,
        recipient: &Arc<R>,
        handle: impl Fn(&R, &M) + Send + Sync + 'static,
    ) {
        self.register_on(&Channel::default(), recipient, handle);
    }

    /// Like [`Bus::register`], for what is sent on `channel` only.
    pub fn register_on<M: Message, R: Send + Sync + 'static>(
        &self,
        channel: &Channel,
        recipient: &Arc<R>,
        handle: impl Fn(&R, &M) + Send + Sync + 'static,
    ) {
        let handle = move |recipient: Arc<R>, message: &M| handle(&recipient, message);
        self.switchboard.connect(Address::of::<M>(channel), recipient, handle);
    }

    /// Tells everybody who registered for it. How many were told.
    pub fn send<M: Message>(&self, message: &M) -> usize {
        self.send_on(&Channel::default(), message)
    }

    /// Tells those who registered for it on `channel`. How many were told.
    pub fn send_on<M: Message>(&self, channel: &Channel, message: &M) -> usize {
        self.switchboard.call::<M, ()>(&Address::of::<M>(channel), message).len()
    }

    /// Whether `recipient` would be told an `M`, or asked one, on the common channel.
    pub fn is_registered<M: 'static, R>(&self, recipient: &Arc<R>) -> bool {
        self.switchboard.is_connected(&Address::of::<M>(&Channel::default()), recipient)
    }

    /// Ends what [`Bus::register`] or [`Bus::answer`] began for `M`.
    pub fn unregister<M: 'static, R>(&self, recipient: &Arc<R>) {
        self.unregister_on::<M, R>(&Channel::default(), recipient);
    }

    /// Ends what [`Bus::register_on`] began.
    pub fn unregister_on<M: 'static, R>(&self, channel: &Channel, recipient: &Arc<R>) {
        self.switchboard.disconnect(recipient, |address| *address == Address::of::<M>(channel));
    }

    /// Ends everything that `recipient` registered for, on every channel.
    pub fn unregister_all<R>(&self, recipient: &Arc<R>) {
        self.switchboard.disconnect(recipient, |_| true);
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").finish_non_exhaustive()
    }
}
