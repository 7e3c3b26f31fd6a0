//! What the store keeps besides the ledger itself: people, tokens, sessions, shortcuts, imports,
//! webhooks, brokers, and what an earlier system leaves behind.

mod broker;
mod count;
mod erp;
mod follow;
mod guard;
mod import;
mod inbound;
mod migration;
mod people;
mod quick_button;
mod undo;
mod webhook;

pub use broker::{BrokerKind, BrokerLetter, BrokerRecord, RefusedEvent, Told};
pub use count::{
    AccuracyBy, AccuracyRow, CountAccuracy, CountEntry, CountFilter, CountLine, CountPlace,
    CountProgress, CountRecord, CountRefusal, CountSpot, CountTarget, Entered, LineFilter,
    LinePosting, NewCount, PostedLine,
};
pub use erp::{BlockTaken, ErpFailure, ErpRow, ErpState, FeedState, Page, TableState, Taken};
pub use follow::{FollowState, Followed, LegacyStock, Look, LotHere, MirroredLot, Spots};
pub use guard::{GuardRecord, GuardTold};
pub use import::{ImportBlock, ImportRecord, ImportState, ImportStep, NewImport};
pub use inbound::{InboundSource, KnownSource, NewSource, RotatedSecret};
pub use migration::{Migrated, Migration, Opening, PastLot};
pub use people::{
    Arrival, NewSession, NewToken, NewUser, PlantLogin, SessionRecord, TokenRecord, UserChanges,
    UserKind, UserRecord, Welcome,
};
pub use quick_button::QuickButton;
pub use undo::{UNDO_AT_ONCE, UNDO_SHOWN, UndoStep, UndoTrial};
pub use webhook::{
    ActiveWebhook, Attempt, DeliveryRecord, DeliveryState, DisabledWhy, DueDelivery, NewWebhook,
    Verdict, WebhookChanges, WebhookRecord,
};
