//! Everything of a shift or of a scan session, to be undone together: offered where the list shows
//! just that, and never without its consequences.

use mtm_app::movement::{Circumstances, ReverseBody};
use mtm_core::policy::{self, Deed};
use mtm_core::shift::ShiftKey;
use mtm_core::word::UserName;
use uuid::Uuid;

use super::detail::{blocked, changes, returned};
use super::{OPENS, PATH};
use crate::pages::answer::Reply;
use crate::pages::filter::address;
use crate::pages::form::Form;
use crate::pages::visit::Visit;
use crate::problem::Problem;
use crate::ui::components::field::Entry;
use crate::ui::format;
use crate::ui::page::history::{Group, GroupState};
use crate::web::Web;

/// Filters that leave less than the whole of it.
const OTHERS: [&str; 9] =
    ["part", "operation", "location", "lot", "type", "q", "from", "to", "days"];
/// What names it.
const FIELDS: [&str; 3] = ["shift", "user", "session"];

/// What the list can be undone as, if it is a group and the person may.
pub(super) async fn of_list<N>(
    web: &Web,
    visit: &Visit<N>,
    query: &Form,
) -> Result<Option<Group>, Problem> {
    let Some(body) = named(query) else { return Ok(None) };
    let narrowed = OTHERS.iter().any(|name| query.given(name).is_some());
    if narrowed || !policy::allows(visit.who.role, Deed::UndoAny) {
        return Ok(None);
    }
    if query.text("undo") == "group" {
        let key = web.app().clock().fresh_uuid().to_string();
        return Ok(Some(consequences(web, visit, query, &body, key, Entry::default()).await?));
    }
    let preview = address(PATH, query, &OPENS, &[("undo", "group")]);
    Ok(Some(group(query, &body, GroupState::Offered(preview))))
}

/// The group that was not undone, with the form as it was sent.
pub(super) async fn refused<N>(
    web: &Web,
    visit: &Visit<N>,
    query: &Form,
    form: &Form,
    key: String,
    reply: &Reply,
) -> Result<Option<Group>, Problem> {
    let Some(body) = named(query) else { return Ok(None) };
    let key = if key.is_empty() { web.app().clock().fresh_uuid().to_string() } else { key };
    let reason = reply.at("reason", Entry::holding(form.text("reason")));
    Ok(Some(consequences(web, visit, query, &body, key, reason).await?))
}

/// The list that a form's group stands in, as its address says it.
pub(super) fn list_of(form: &Form) -> Result<Form, Problem> {
    let pairs = FIELDS.iter().filter_map(|name| {
        let value = form.given(if *name == "session" { "session_id" } else { name })?;
        Some(format!("{name}={}", format::query(&value)))
    });
    Form::parse(&pairs.collect::<Vec<_>>().join("&"))
}

/// What undoes the group that a list shows; `None` where it shows none.
fn named(query: &Form) -> Option<ReverseBody> {
    let user = query.given("user");
    let exact = |text: &String| UserName::parse(text).is_ok() && !text.contains(['%', '*']);
    match (query.given("shift"), query.given("session")) {
        (Some(shift), None) if user.as_ref().is_none_or(exact) => {
            let shift = ShiftKey::parse(&shift).ok()?.to_string();
            Some(ReverseBody { shift: Some(shift), user, ..ReverseBody::default() })
        }
        (None, Some(session)) if user.is_none() => {
            let session = Uuid::parse_str(&session).ok()?;
            Some(ReverseBody { session_id: Some(session), ..ReverseBody::default() })
        }
        _ => None,
    }
}

fn group(query: &Form, body: &ReverseBody, state: GroupState) -> Group {
    let given = |name: &str, value: Option<String>| Some((name.to_owned(), value?));
    let fields = [
        given("shift", body.shift.clone()),
        given("user", body.user.clone()),
        given("session_id", body.session_id.map(|id| id.to_string())),
    ];
    let words = match (&body.shift, &body.user) {
        (Some(shift), Some(user)) => format!("what {user} booked in shift {shift}"),
        (Some(shift), None) => format!("what was booked in shift {shift}"),
        (None, _) => "what was booked in this scan session".to_owned(),
    };
    Group {
        words,
        fields: fields.into_iter().flatten().collect(),
        close: address(PATH, query, &OPENS, &[]),
        state,
    }
}

/// What undoing would change, decided by the ledger without writing anything; or why it cannot be.
async fn consequences<N>(
    web: &Web,
    visit: &Visit<N>,
    query: &Form,
    body: &ReverseBody,
    key: String,
    reason: Entry,
) -> Result<Group, Problem> {
    let asked = ReverseBody { preview: true, ..body.clone() };
    let state = match web.app().reverse(&visit.who, Circumstances::default(), None, &asked).await {
        Ok(made) => GroupState::Preview {
            idempotency_key: key,
            movements: made.outcome.movements.len(),
            changes: changes(&made.outcome, &returned(web, &made.outcome).await?),
            reason,
        },
        Err(error) => GroupState::Blocked(blocked(error)?),
    };
    Ok(group(query, body, state))
}
