//! One submission inside the writer's transaction: once, decide, write, answer.

use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::command::Command;
use mtm_core::decide;
use mtm_core::intent::{self, RecentCommand};
use mtm_core::outcome::Outcome;
use mtm_core::rejection::Rejection;
use mtm_core::view::{Needs, View, needs};
use mtm_core::word::Timestamp;

use super::apply;
use super::heads::LotCounter;
use super::transaction::Transaction;
use crate::submission::{Answer, Mode, Submission};
use crate::write::{Facts, Failure, WriteContext, book, look, once, replay, watched};

/// Most commands of one submission: an import's rows. Doors that take batches from outside bound
/// themselves lower.
pub(crate) const MOST_COMMANDS: usize = 100_000;

impl Transaction<'_> {
    /// Does what `submission` asks for. A failure leaves nothing of it behind only where it has a
    /// savepoint of its own: when it is `guarded`, when it could be refused after it wrote
    /// something, or when it is a preview. Otherwise a refusal comes before anything is written,
    /// and trouble is for the whole transaction.
    pub(crate) fn submit(
        &mut self,
        submission: &Submission,
        guarded: bool,
    ) -> Result<Answer, Failure> {
        let preview = submission.mode == Mode::Preview;
        if let (Some(key), false) = (&submission.key, preview)
            && let Some(before) = once::answered(self.connection.into(), key)?
        {
            return replay(&before);
        }
        if submission.commands.len() > MOST_COMMANDS {
            return Err(Rejection::new(
                Code::TooLarge,
                "items",
                format!("a batch has at most {MOST_COMMANDS} items"),
            )
            .into());
        }
        let may_fail_late = submission.atomic && submission.commands.len() > 1;
        if !(guarded || preview || may_fail_late) {
            return book(&mut WriteContext::new(self), submission);
        }
        let mark = self.state.mark();
        self.connection.prepare_cached("SAVEPOINT submission")?.execute([])?;
        let answer = book(&mut WriteContext::new(self), submission);
        if answer.is_err() || preview {
            self.state.restore(mark);
            // After a full disk the engine has rolled everything back by itself.
            if !self.connection.is_autocommit() {
                self.connection.prepare_cached("ROLLBACK TO submission")?.execute([])?;
                self.connection.prepare_cached("RELEASE submission")?.execute([])?;
            }
        } else {
            self.connection.prepare_cached("RELEASE submission")?.execute([])?;
        }
        answer
    }

    /// Decides on one command and writes what it does. A refusal comes before anything is
    /// written.
    pub(crate) fn execute(
        &mut self,
        command: &Command,
        traceparent: Option<&str>,
    ) -> Result<Outcome, Failure> {
        let now = self.now();
        let catalogue = Arc::clone(&self.state.catalogue);
        let (view, counter) = self.view(&catalogue, command, now)?;
        let postings = decide(&view, command)?;
        let lots = view.lots;
        if let Some(counter) = counter {
            self.state.heads.advance_lots(counter);
        }
        let outcome = apply::apply(self, command, &postings, &lots, now, traceparent)?;
        if let (Some(window), Some(signature)) = (watched(command), look(command)) {
            let recent = RecentCommand { id: command.id, signature, recorded_at: now };
            self.state.recent.add(command.context.actor.id, recent, window);
        }
        Ok(outcome)
    }

    /// What deciding on `command` at `now` needs to know, and the lot counter as it stands after
    /// the view's fresh numbers were used.
    fn view<'c>(
        &mut self,
        catalogue: &'c Catalogue,
        command: &Command,
        now: Timestamp,
    ) -> Result<(View<'c>, Option<LotCounter>), Failure> {
        let connection = self.connection;
        let needs = needs(&command.action);
        let Facts { stock, lots, reversals, reservations, .. } =
            Facts::read(connection.into(), catalogue, &needs)?;
        let (fresh_lots, counter) = match needs.fresh_lots {
            0 => (Vec::new(), None),
            wanted => {
                let (numbers, counter) = self.state.heads.fresh_lots(connection, wanted)?;
                (numbers, Some(counter))
            }
        };
        let receipts = match needs.receipts_of.and_then(|code| catalogue.part(code)) {
            Some(part) => self.state.receipts.of(connection, part.row)?,
            None => Vec::new(),
        };
        let recent = self.recent(&needs, command);
        let limits = self.limits;
        let view = View {
            now,
            catalogue,
            limits,
            stock,
            lots,
            reservations,
            fresh_lots,
            receipts,
            recent,
            reversals,
        };
        Ok((view, counter))
    }

    /// Only commands that look the same can be the twin; the memory finds them at once.
    fn recent(&self, needs: &Needs<'_>, command: &Command) -> Vec<RecentCommand> {
        if !needs.recent || command.context.intent_window.unwrap_or(0) == 0 {
            return Vec::new();
        }
        intent::signature(&command.action).map_or_else(Vec::new, |signature| {
            self.state.recent.of(command.context.actor.id, signature).to_vec()
        })
    }
}
