//! Waiting for a message, in a task.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Bus, Channel, Message};

/// A task's ear: keeps the newest message until the task comes back to it. What was sent in between
/// is skipped, so that a slow task costs nobody memory.
#[derive(Debug)]
pub struct Follower<M> {
    heard: watch::Receiver<Option<M>>,
    /// The recipient; the bus knows it as long as the follower lives.
    ear: Arc<watch::Sender<Option<M>>>,
}

impl Bus {
    /// Follows messages `M` from now on.
    pub fn follow<M: Message + Clone>(&self) -> Follower<M> {
        self.follow_on(&Channel::default())
    }

    /// Follows messages `M` that are sent on `channel`.
    pub fn follow_on<M: Message + Clone>(&self, channel: &Channel) -> Follower<M> {
        let (ear, heard) = watch::channel(None);
        let ear = Arc::new(ear);
        self.register_on(channel, &ear, |ear: &watch::Sender<Option<M>>, message: &M| {
            ear.send_replace(Some(message.clone()));
        });
        Follower { heard, ear }
    }
}

impl<M: Clone> Follower<M> {
    /// The newest message that was not given before; waits for one. May be given up and asked
    /// again without missing any.
    pub async fn next(&mut self) -> M {
        loop {
            // The sender is held here: it does not go away.
            let _ = self.heard.changed().await;
            if let Some(message) = self.heard.borrow_and_update().clone() {
                return message;
            }
        }
    }

    /// The newest message, whether it was given before or not.
    pub fn latest(&self) -> Option<M> {
        self.ear.borrow().clone()
    }
}
