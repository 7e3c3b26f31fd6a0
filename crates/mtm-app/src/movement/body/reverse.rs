//! Undoing.

use mtm_core::Action;
use mtm_core::code::Code;
use mtm_core::command::{BookedIn, Reverse, ReverseTarget};
use mtm_core::shift::ShiftKey;
use mtm_core::word::{CommandId, ImportId, MovementId, SessionId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Fields;
use crate::error::FieldError;

/// Earlier movements are undone. Exactly one of `command_id`, `ids`, `import_id`, `session_id` and
/// `shift` is sent; none of them where the address names the movement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReverseBody {
    /// Everything one command did.
    #[serde(default)]
    pub command_id: Option<Uuid>,
    /// These movements.
    #[serde(default)]
    pub ids: Option<Vec<Uuid>>,
    /// Everything an import did.
    #[serde(default)]
    pub import_id: Option<Uuid>,
    /// Everything a scan session did.
    #[serde(default)]
    pub session_id: Option<Uuid>,
    /// What was booked in a shift and is not undone yet, as movements keep it: `2026-11-23/1`. At
    /// most 1,000 movements.
    #[serde(default)]
    pub shift: Option<String>,
    /// Of a shift: only what this person or token booked.
    #[serde(default)]
    pub user: Option<String>,
    /// Of a shift: only what was booked at this terminal.
    #[serde(default)]
    pub station: Option<String>,
    /// Why, in words.
    #[serde(default)]
    pub reason: Option<String>,
    /// Only show what would happen.
    #[serde(default)]
    pub preview: bool,
    /// Of an import that is undone in steps: after so many movements the answer is given, with the
    /// warning `undo_goes_on` where others are left; ask again under the same key to go on. All of
    /// them where it is not said.
    #[serde(default)]
    pub at_most: Option<u32>,
}

impl ReverseBody {
    /// The action asked for; `movement` is the one that the address names, if it does.
    pub fn parse(&self, movement: Option<MovementId>) -> Result<Action, Vec<FieldError>> {
        let mut fields = Fields::default();
        let mut targets: Vec<ReverseTarget> = Vec::new();
        targets.extend(movement.map(ReverseTarget::Movement));
        targets.extend(self.command_id.map(|id| ReverseTarget::Command(CommandId(id))));
        targets.extend(
            self.ids
                .iter()
                .map(|ids| ReverseTarget::Movements(ids.iter().copied().map(MovementId).collect())),
        );
        targets.extend(self.import_id.map(|id| ReverseTarget::Import(ImportId(id))));
        targets.extend(self.session_id.map(|id| ReverseTarget::Session(SessionId(id))));
        let shifts = usize::from(self.shift.is_some());
        if targets.len() + shifts != 1 {
            let message = "name one of command_id, ids, import_id, session_id, shift";
            fields.wrong("ids", Code::InvalidBody, message);
        }
        targets.extend(self.booked_in(&mut fields).map(ReverseTarget::Shift));
        let target = targets.pop();
        if let Some(ReverseTarget::Movements(ids)) = &target
            && (ids.is_empty() || ids.len() > 1000)
        {
            fields.wrong("ids", Code::InvalidBody, "ids lists 1 to 1000 movements");
        }
        let reason = match self.reason.as_deref() {
            None if self.preview => "preview".parse().ok(),
            text => {
                if text.is_none_or(|text| text.trim().is_empty()) {
                    fields.wrong("reason", Code::ReasonRequired, "say why it is undone");
                    None
                } else {
                    fields.optional("reason", text)
                }
            }
        };
        let action = target.zip(reason);
        fields.finish(action.map(|(target, reason)| Action::Reverse(Reverse { target, reason })))
    }

    /// The shift that is named, and what narrows it.
    fn booked_in(&self, fields: &mut Fields) -> Option<BookedIn> {
        let Some(shift) = &self.shift else {
            for (name, given) in [("user", &self.user), ("station", &self.station)] {
                if given.is_some() {
                    let message = format!("{name} narrows a shift, and none is named");
                    fields.wrong(name, Code::InvalidBody, message);
                }
            }
            return None;
        };
        let shift: Option<ShiftKey> = fields.required("shift", Some(shift));
        let user = fields.optional("user", self.user.as_deref());
        let station = fields.optional("station", self.station.as_deref());
        Some(BookedIn { shift: shift?, user, station })
    }
}
