//! Has every check look, each at its own pace.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::{join, join_all};

use super::check::{self, Check};
use super::finding::Finding;
use super::herald::Herald;
use super::invariant::Scope;
use super::settings::Settings;
use crate::App;

/// Looks at every invariant again and again.
#[derive(Debug)]
pub struct Auditor {
    app: App,
    settings: Settings,
}

impl Auditor {
    /// An auditor of `app`.
    pub fn new(app: App, settings: Settings) -> Self {
        Self { app, settings }
    }

    /// Audits as long as it is polled. A check that hangs keeps no other from looking.
    pub async fn run(&self) -> Infallible {
        let checks = check::all(&self.settings);
        let looking = join_all(checks.into_iter().map(|check| self.watch(check)));
        join(self.tell(), looking).await.0
    }

    /// Looks once at everything, as far as one look tells, one after the other: for somebody who asks
    /// and goes.
    pub async fn look_once(&self) {
        for mut check in check::all(&self.settings) {
            self.look(&mut *check).await;
        }
    }

    async fn watch(&self, mut check: Box<dyn Check>) -> Infallible {
        loop {
            self.look(&mut *check).await;
            tokio::time::sleep(check.pause(self.settings.pace)).await;
        }
    }

    async fn look(&self, check: &mut dyn Check) {
        let invariant = check.invariant();
        let looking = tokio::time::timeout(check.patience(), self.in_turn(check)).await;
        let finding = match looking {
            Ok(Some(finding)) => finding,
            // Another server looks.
            Ok(None) => return,
            Err(_) => check.late(),
        };
        self.app.truth().put(invariant, finding, self.app.clock().now());
    }

    /// Looks, where it is this server that has to: of several the one that is elected audits the
    /// ledger.
    async fn in_turn(&self, check: &mut dyn Check) -> Option<Finding> {
        if check.invariant().scope == Scope::Ledger {
            match self.app.ledger().is_elected().await {
                Ok(true) => {}
                Ok(false) => {
                    check.elsewhere();
                    return None;
                }
                Err(error) => return Some(Finding::unasked(&error)),
            }
        }
        Some(check.look(&self.app).await)
    }

    /// Keeps what the world was told in step with the board.
    async fn tell(&self) -> Infallible {
        let mut herald = Herald::default();
        loop {
            if let Err(error) = herald.round(&self.app).await {
                // The next round tells what this one could not.
                tracing::debug!(%error, "nobody can be told of the truth light for a moment");
            }
            tokio::time::sleep(self.settings.pace.min(Duration::from_secs(2))).await;
        }
    }
}
