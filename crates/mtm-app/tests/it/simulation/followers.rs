//! Whoever follows the log behind the bookings, one round at a time, as the server has them do it; and
//! how everything settles when nothing is in the way any more.

use mtm_app::relay::NoticesDue;
use mtm_app::webhook::WebhookEdit;
use mtm_core::word::Timestamp;
use mtm_store::query::PageRequest;
use mtm_store::record::DeliveryState;
use mtm_store::{Clock as _, Fault};

use super::outside::DESTINATIONS;
use super::run::Run;

const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i64 = 24 * HOUR;
/// Movements looked at in one round: few, so that rounds end in the middle of the log.
const PIECE: u32 = 7;
/// Movements from one closing of the stock to the next.
const CLOSING: u32 = 15;
/// How long nobody comes: longer than anything is kept that nobody needs.
const WEEKS: u32 = 5;
/// Rounds within which everything must have settled.
const ROUNDS: u32 = 60;

impl Run {
    /// What a follower's round gave; it may fail only where something went wrong on purpose.
    async fn rounded<T>(&mut self, gave: Result<T, Fault>) -> Option<T> {
        if self.what_happened().await.is_some() {
            return None;
        }
        Some(gave.unwrap())
    }

    pub(super) async fn tell_webhooks(&mut self) {
        self.perhaps(4);
        let relay = self.service.webhooks.clone();
        let told = relay.step().await;
        self.rounded(told).await;
        self.tell_taken(0..2);
    }

    pub(super) async fn tell_broker(&mut self, broker: usize) {
        self.perhaps(2);
        let (relay, standing) = &mut self.service.brokers[broker];
        let told = relay.step(standing).await;
        self.rounded(told).await;
        self.tell_taken(2..4);
    }

    fn tell_taken(&mut self, destinations: std::ops::Range<usize>) {
        for destination in destinations {
            let taken = self.outside.taken(destination);
            self.story.tell(format_args!("  {} took {taken}", DESTINATIONS[destination]));
        }
    }

    pub(super) async fn watch_minimums(&mut self) {
        self.perhaps(1);
        let ledger = self.service.app.ledger().clone();
        let looked = ledger.watch_minimums(&mut self.service.minimums, PIECE).await;
        self.rounded(looked).await;
    }

    pub(super) async fn derive(&mut self) {
        self.perhaps(1);
        let rolled = self.service.app.ledger().roll_up(PIECE).await;
        self.rounded(rolled).await;
    }

    /// Begins a closing of the stock, or takes its next step.
    pub(super) async fn close_stock(&mut self) {
        self.perhaps(1);
        let ledger = self.service.app.ledger().clone();
        match self.service.closing.take() {
            None => {
                let begun = ledger.next_closing(CLOSING).await;
                self.service.closing = self.rounded(begun).await.flatten();
            }
            Some(mut closing) => {
                let stepped = closing.step(&ledger).await;
                if self.rounded(stepped).await == Some(true) {
                    self.service.closing = Some(closing);
                }
            }
        }
    }

    pub(super) async fn notify(&mut self) {
        self.perhaps(1);
        let taken = self.service.app.ledger().take_notices(PIECE).await;
        self.service.app.bus().send(&NoticesDue);
        self.rounded(taken).await;
    }

    /// What a server lets go of every hour.
    pub(super) async fn tidy(&mut self) {
        self.follow_outbox().await;
        self.perhaps(4);
        let oldest = self.clock.now().plus_micros(-30 * DAY);
        let tidied = self.let_go(oldest).await;
        self.rounded(tidied).await;
    }

    async fn let_go(&self, oldest: Timestamp) -> Result<(), Fault> {
        let ledger = self.service.app.ledger();
        ledger.purge_keys(oldest).await?;
        ledger.purge_events(oldest).await?;
        ledger.purge_import_rows(oldest).await?;
        ledger.purge_deliveries().await?;
        ledger.purge_brokers(oldest).await?;
        ledger.purge_notices(oldest.plus_micros(-60 * DAY)).await?;
        Ok(())
    }

    /// Everybody outside is there and takes what comes, whoever heard nothing asks again, and time
    /// passes until nothing waits any more.
    pub(super) async fn settle(&mut self) {
        self.story.tell("everything settles");
        self.outside.calm_down(true);
        // Somebody sets the clock, if it is behind what was recorded.
        self.clock.set(self.twin.now(self.clock.now()));
        while let Some(request) = self.lost.pop() {
            self.send(request).await;
        }
        for _ in 0..ROUNDS {
            if self.is_settled().await {
                self.judge_settled().await;
                self.outside.calm_down(false);
                return;
            }
            self.mend().await;
            self.clock.advance(2 * HOUR);
            let ledger = self.service.app.ledger().clone();
            while ledger.watch_minimums(&mut self.service.minimums, PIECE).await.unwrap() {}
            while ledger.roll_up(PIECE).await.unwrap() {}
            while ledger.take_notices(PIECE).await.unwrap() {}
            self.tell_everybody().await;
        }
        panic!("something still waits after {ROUNDS} rounds");
    }

    /// Relays tell what there is to tell.
    async fn tell_everybody(&mut self) {
        while self.service.webhooks.step().await.unwrap() {}
        for (relay, standing) in &mut self.service.brokers {
            while relay.step(standing).await.unwrap() {}
        }
    }

    /// What an administrator does when the light is red: enables what was disabled, and has what was
    /// given up sent again.
    async fn mend(&mut self) {
        let (app, admin) = (self.service.app.clone(), self.people[0].clone());
        for webhook in app.ledger().webhooks().await.unwrap() {
            if webhook.disabled_at.is_some() {
                let edit = WebhookEdit { enabled: Some(true), ..WebhookEdit::default() };
                app.edit_webhook(&admin, webhook.id, None, edit, None).await.unwrap();
            }
            let (state, page) = (Some(DeliveryState::Dead), PageRequest::default());
            let dead = app.ledger().deliveries(Some(webhook.id), state, page).await.unwrap();
            for letter in dead.items {
                app.resend_delivery(&admin, letter.id, None).await.unwrap();
            }
        }
        for letter in app.ledger().broker_letters(100).await.unwrap() {
            app.resend_broker_letter(&admin, letter.id, None).await.unwrap();
        }
    }

    async fn is_settled(&self) -> bool {
        let ledger = self.service.app.ledger();
        let webhooks = ledger.webhooks().await.unwrap();
        let brokers = ledger.brokers().await.unwrap();
        webhooks.iter().all(|it| (it.waiting, it.behind, it.dead) == (0, 0, 0))
            && webhooks.iter().all(|it| it.disabled_at.is_none())
            && brokers.iter().all(|it| (it.waiting, it.dead) == (0, 0))
            && self.all_falls_are_told().await
    }

    /// Nobody is in the building for five weeks, and perhaps one of those outside is away all the while:
    /// keys and events are let go of; stock, history and what somebody was not told yet are not.
    pub(super) async fn a_month_passes(&mut self) {
        self.outside.calm_down(true);
        // What brokers acknowledged is safe when somebody goes away.
        for _ in 0..2 {
            self.clock.advance(HOUR);
            self.tell_everybody().await;
        }
        let away = self.chance.once_in(2).then(|| self.chance.place(DESTINATIONS.len()));
        let name = away.map(|destination| DESTINATIONS[destination]);
        self.story.tell(format_args!("a month passes, {name:?} is away"));
        if let Some(destination) = away {
            self.outside.turn(destination);
            self.book_receipt().await;
        }
        for _ in 0..WEEKS {
            self.clock.advance(7 * DAY);
            for _ in 0..2 {
                self.tell_everybody().await;
                self.clock.advance(HOUR);
            }
            // Once a week somebody looks at the light: what waits again is needed again.
            self.mend().await;
            self.follow_outbox().await;
            let oldest = self.clock.now().plus_micros(-30 * DAY);
            self.let_go(oldest).await.unwrap();
        }
        self.answered.clear();
        let kept = self.service.app.ledger().oldest_event().await.unwrap();
        assert!(kept > Some(self.told[0].sequence), "events that nobody needs are let go of");
        self.book_receipt().await;
        self.settle().await;
        self.judge().await;
    }
}
