//! The rows of an import, and the differences of a count, on the way of a booking: permission and
//! circumstances as ever, and no guard against repetitions, which a file is full of.

use mtm_core::Action;
use mtm_core::command::{Command, Confirmations};
use mtm_core::word::{ImportId, Timestamp};

use super::body::MovementBody;
use super::book::{Asked, Circumstances};
use crate::App;
use crate::error::{AppError, FieldError};
use crate::principal::Principal;

/// What a row asks for.
pub(crate) struct AskedRow(Asked);

impl AskedRow {
    /// What a row asks for that was judged before: how long ago it happened was looked at then.
    pub(crate) fn judged(body: &MovementBody) -> Result<Self, Vec<FieldError>> {
        let occurred_at = body.occurred_at.as_deref().and_then(|at| Timestamp::parse(at).ok());
        Ok(Self(Asked { occurred_at, ..Asked::plain(body.parse()?) }))
    }
}

impl App {
    /// What a row of a file asks for, or everything that is wrong with it.
    pub(crate) fn row(&self, body: &MovementBody) -> Result<AskedRow, Vec<FieldError>> {
        self.movement(body).map(AskedRow).map_err(|error| match error {
            AppError::Invalid(errors) => errors,
            other => vec![FieldError::new("", other.code(), other.to_string())],
        })
    }

    /// The commands of rows, in order, as they are booked for `import`.
    pub(crate) fn row_commands(
        &self,
        who: &Principal,
        import: ImportId,
        rows: Vec<AskedRow>,
    ) -> Result<Vec<Command>, AppError> {
        let around = Circumstances { import: Some(import), ..Circumstances::default() };
        self.commands(who, &around, rows.into_iter().map(|row| row.0).collect())
    }

    /// The commands of `actions`, in order, of whoever confirmed the same of all of them.
    pub(crate) fn confirmed_commands(
        &self,
        who: &Principal,
        around: &Circumstances,
        actions: Vec<Action>,
        confirm: Confirmations,
    ) -> Result<Vec<Command>, AppError> {
        let asked = actions.into_iter().map(|action| Asked { confirm, ..Asked::plain(action) });
        self.commands(who, around, asked.collect())
    }
}
