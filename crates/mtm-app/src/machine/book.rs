//! Booking what was confirmed.

use std::time::Duration;

use mtm_core::code::Code;
use mtm_core::machine::Booking;
use mtm_store::machine::{Confirmation, DueProposal};
use mtm_store::{Fault, PostError};

use super::hear::{Machines, ProposalsDue};
use crate::App;
use crate::auth::principal;
use crate::error::{self, AppError};
use crate::movement::{Booked, BookingType, Circumstances, CompleteBody, MovementBody, PickBody};
use crate::principal::{Principal, PrincipalKind};

/// How often it is looked whether something is to be booked that nobody here told of.
const LOOK: Duration = Duration::from_secs(5);
/// Proposals that rules confirm in one go.
const PIECE: u16 = 100;
/// Microseconds for which a rule waits for pieces that somebody else has to book first.
const PATIENCE: i64 = 8 * 3_600 * 1_000_000;
/// Part of the fingerprint of bookings.
const ROUTE: &str = "MACHINE /machine-proposals";
/// What is not asked about pieces that were counted, and that somebody or a rule confirmed: both questions are about slips of
/// whoever types.
const CONFIRMED: [&str; 2] = ["implausible_quantity", "off_routing"];

impl Machines {
    /// Confirms by rules, and books what was confirmed and is not booked yet, again and again.
    pub(super) async fn book_again_and_again(&self) {
        let mut due = self.app.bus().follow::<ProposalsDue>();
        while !self.stop.is_wanted() {
            match self.app.book_confirmed().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "what machines counted waits for the database");
                }
            }
            tokio::select! {
                _ = due.next() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.stop.wanted() => {}
            }
        }
    }
}

impl App {
    /// One round of confirming by rules and booking. Whether there may be more to do at once. One that cannot be booked
    /// now keeps no other waiting.
    pub async fn book_confirmed(&self) -> Result<bool, Fault> {
        let ledger = self.ledger();
        if !ledger.is_elected().await? {
            return Ok(false);
        }
        let mut more = false;
        for row in ledger.due_by_rule(PIECE).await? {
            let all = Confirmation {
                confirmed: row.pieces,
                seen: Some(row.pieces),
                note: None,
                version: Some(row.version),
            };
            match ledger.confirm_proposal(row.id, all, None, None).await {
                Ok(_) => more = true,
                Err(PostError::Fault(error)) => {
                    tracing::warn!(proposal = row.id, %error, "a rule confirms later");
                }
                // Somebody decided meanwhile.
                Err(PostError::Rejected(_)) => {}
            }
        }
        let mut after = 0;
        while let Some(due) = ledger.next_booking(after).await? {
            after = due.row.id;
            match self.book_proposal(&due).await {
                Ok(is_over) => more |= is_over,
                Err(error) => {
                    tracing::warn!(proposal = after, %error, "what a machine counted is booked later");
                }
            }
        }
        Ok(more)
    }

    /// Books a proposal that was confirmed, and writes down what became of that. Under its own key: it is booked once,
    /// however often this is tried and whoever tries. Whether it is over.
    pub(super) async fn book_proposal(&self, due: &DueProposal) -> Result<bool, Fault> {
        let who = self.booker(due).await?;
        let (id, version) = (due.row.id, due.row.version);
        let confirmed = due.row.confirmed.unwrap_or_default();
        match self.submit_proposal(&who, due).await {
            Ok(booked) => {
                let command = booked.outcome.id;
                if !self.ledger().proposal_booked(id, confirmed, command).await? {
                    tracing::debug!(proposal = id, "that it is booked was known");
                }
                Ok(true)
            }
            // Nobody knows, or nothing was done: it is tried again.
            Err(AppError::Fault(fault)) => Err(fault),
            Err(refusal) if self.may_come(due, &refusal) => Ok(false),
            Err(refusal) => {
                let cause = refusal.to_string();
                tracing::info!(proposal = id, cause, "what a machine counted was not booked");
                self.ledger().proposal_refused(id, version, cause).await
            }
        }
    }

    /// Whether what a rule books may still come: pieces are finished here before somebody booked that they came.
    fn may_come(&self, due: &DueProposal, refusal: &AppError) -> bool {
        let oldest = self.clock().now().plus_micros(-PATIENCE);
        due.by.is_none()
            && refusal.code() == Code::InsufficientStock
            && due.row.decided_at.is_some_and(|at| at > oldest)
    }

    /// Whoever confirmed it, or the user of the machines.
    async fn booker(&self, due: &DueProposal) -> Result<Principal, Fault> {
        let ledger = self.ledger();
        let user = match due.by {
            Some(user) => ledger.user_of_row(user).await?,
            None => Some(ledger.ensure_machine_user().await.map_err(error::fault)?),
        };
        let gone = || Fault::Permanent(format!("nobody confirmed proposal {}", due.row.id));
        Ok(principal(user.ok_or_else(gone)?, PrincipalKind::Local))
    }

    async fn submit_proposal(
        &self,
        who: &Principal,
        due: &DueProposal,
    ) -> Result<Booked, AppError> {
        let row = &due.row;
        let around = Circumstances {
            route: ROUTE.to_owned(),
            key: Some(due.key()),
            station: row.machine.parse().ok(),
            ..Circumstances::default()
        };
        let confirmed = row.confirmed.unwrap_or_default();
        let pieces = Some(i64::try_from(confirmed).unwrap_or(i64::MAX));
        let part = Some(row.part.to_string());
        let operation = Some(row.operation.to_string());
        let location = Some(row.location.to_string());
        let confirm: Vec<String> = CONFIRMED.map(str::to_owned).into();
        let kind = match row.booking {
            Booking::Complete => {
                let pick = Some(PickBody::Fifo);
                let good = pieces;
                let rest = CompleteBody::default();
                let body = CompleteBody { part, operation, location, pick, good, confirm, ..rest };
                return self.complete(who, around, &body).await;
            }
            Booking::Receive => BookingType::In,
            Booking::Scrap => BookingType::Scrap,
        };
        let is_scrap = kind == BookingType::Scrap;
        let body = MovementBody {
            kind: Some(kind),
            part,
            operation,
            location,
            quantity: pieces,
            work_order: row.work_order.as_ref().filter(|_| !is_scrap).map(ToString::to_string),
            reason: row.scrap_reason.as_ref().map(ToString::to_string),
            pick: is_scrap.then_some(PickBody::Fifo),
            confirm,
            ..MovementBody::default()
        };
        self.book_line(who, around, &body).await
    }
}
