//! Verifying everything, as a job: it takes minutes, so that somebody asks for it and looks later.
//!
//! One at a time, by a background task of this server. A restart forgets it: what it would have found
//! another one finds as well.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mtm_core::policy::Deed;
use mtm_core::word::{Timestamp, UserName};
use mtm_store::integrity::{VerifyRange, VerifyReport};
use serde::Serialize;
use tokio::sync::Notify;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum VerificationState {
    /// It begins in a moment.
    Waiting,
    /// It is under way.
    Running,
    /// It is over; `report` says what was found.
    Done,
    /// It could not be found out; `error` says why.
    Failed,
}

/// A verification of everything that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FullVerification {
    /// How far it is.
    pub state: VerificationState,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Login name of who asked.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub asked_by: UserName,
    /// Audit entries and lots checked so far.
    pub done: u64,
    /// How many there are to check, about; 0 while nobody knows.
    pub total: u64,
    /// What was found, when it is over.
    pub report: Option<VerifyReport>,
    /// Why it failed, where it did.
    pub error: Option<String>,
}

impl FullVerification {
    fn is_over(&self) -> bool {
        matches!(self.state, VerificationState::Done | VerificationState::Failed)
    }
}

/// The job, if there is one, and what wakes whoever does it.
#[derive(Debug, Default)]
pub(crate) struct Verifications {
    job: Mutex<Option<FullVerification>>,
    asked: Notify,
}

impl Verifications {
    fn job(&self) -> MutexGuard<'_, Option<FullVerification>> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut FullVerification)) {
        if let Some(job) = self.job().as_mut() {
            change(job);
        }
    }
}

impl App {
    /// Has everything verified, in the background; where that is under way already, it is that one.
    pub fn ask_full_verification(&self, who: &Principal) -> Result<FullVerification, AppError> {
        who.require(Deed::Administer)?;
        let verifications = self.verifications();
        let mut job = verifications.job();
        if let Some(job) = job.as_ref().filter(|job| !job.is_over()) {
            return Ok(job.clone());
        }
        let asked = FullVerification {
            state: VerificationState::Waiting,
            asked_at: self.clock().now(),
            asked_by: who.name.clone(),
            done: 0,
            total: 0,
            report: None,
            error: None,
        };
        *job = Some(asked.clone());
        verifications.asked.notify_one();
        Ok(asked)
    }

    /// The last one that somebody asked for since the program started.
    pub fn full_verification(&self) -> Option<FullVerification> {
        self.verifications().job().clone()
    }

    /// Does what is asked for, one after the other.
    pub async fn run_verifications(&self) -> Infallible {
        let verifications = self.verifications();
        loop {
            // Also one that was cut off: whoever waits for it waits for an answer.
            if self.full_verification().is_some_and(|job| !job.is_over()) {
                self.verify_everything(verifications).await;
            }
            verifications.asked.notified().await;
        }
    }

    async fn verify_everything(&self, verifications: &Verifications) {
        verifications.change(|job| job.state = VerificationState::Running);
        let verified = self.ledger().verify(VerifyRange::Full, |progress| {
            verifications.change(|job| (job.done, job.total) = (progress.done, progress.total));
        });
        match verified.await {
            Ok(report) => {
                self.truth().verified(&report);
                verifications.change(|job| {
                    job.state = VerificationState::Done;
                    job.report = Some(report);
                });
            }
            Err(fault) => {
                tracing::warn!(%fault, "a verification that was asked for failed");
                verifications.change(|job| {
                    job.state = VerificationState::Failed;
                    job.error = Some(fault.to_string());
                });
            }
        }
    }
}
