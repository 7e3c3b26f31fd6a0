//! A system that is called, in the list of all.

use mtm_connect::guard::{Hold, State};
use mtm_connect::peer::Peer;
use mtm_store::record::GuardRecord;

use super::{GuardView, Integration, IntegrationKind, IntegrationState};
use crate::App;
use crate::peers::{CredentialView, id_of};

/// How it stands. Nothing waits for it here: what is to be sent to it is its connector's.
pub(super) fn view(app: &App, peer: &Peer, record: Option<&GuardRecord>) -> Integration {
    let standing = peer.standing();
    let id = id_of(peer.name());
    // Whoever only looks, as the command line does, has called nobody: what a server told counts.
    let is_called_here = standing.answered_at.is_some() || standing.failed.is_some();
    let guard = match record {
        Some(told) if !is_called_here => GuardView::as_told(Some(told)),
        _ => GuardView::of_called(app, &id, record),
    };
    let goes_by_itself = guard.hold == Hold::Automatic;
    let is_left_alone = !is_called_here && goes_by_itself && guard.state != State::Closed;
    let state = match standing.failed {
        None if !is_left_alone => IntegrationState::Well,
        _ => IntegrationState::Failing,
    };
    Integration {
        guard,
        credential: Some(CredentialView::of(&standing)),
        id,
        name: peer.name().to_owned(),
        kind: IntegrationKind::Peer,
        state,
        since: standing.failing_since,
        position: 0,
        lag: 0,
        oldest_waiting: None,
        dead: 0,
        published: None,
        last_taken: standing.answered_at,
        last_error: standing.failed.map(|failed| failed.to_string()),
        erp: None,
    }
}
