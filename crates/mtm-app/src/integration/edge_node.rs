//! An edge node of this plant, in the list of all.

use mtm_connect::guard::{Hold, State};
use mtm_connect::sparkplug::Standing;
use mtm_store::record::GuardRecord;

use super::{GuardView, Integration, IntegrationKind, IntegrationState};
use crate::App;
use crate::edge_node::{EdgeNodeSettings, id_of};

/// How it stands: where this process tells it, as it knows; else as whoever tells it said.
pub(super) fn view(app: &App, it: &EdgeNodeSettings, guards: &[GuardRecord]) -> Integration {
    let id = id_of(&it.name);
    let record = guards.iter().find(|record| record.peer == id);
    let here = app.edge_nodes_here().of(&it.name);
    let told = record.and_then(|record| record.told);
    let is_paused = record.is_some_and(|record| record.hold == Hold::Open);
    let (state, since) = match (&here, told) {
        _ if is_paused => (IntegrationState::Off, record.and_then(|record| record.at)),
        (Some(here), _) if here.status.standing == Standing::Born => (IntegrationState::Well, None),
        (Some(here), _) => (IntegrationState::Failing, Some(here.since)),
        (None, Some(told)) if told.state == State::Closed => (IntegrationState::Well, None),
        (None, Some(told)) => (IntegrationState::Failing, Some(told.since)),
        (None, None) => (IntegrationState::Off, None),
    };
    let last_error = here.as_ref().and_then(|here| match &here.status.standing {
        Standing::Away(away) => Some(away.to_string()),
        Standing::Waiting => {
            let host = it.edge.primary_host.as_ref();
            host.map(|host| format!("its primary host {host} did not say that it is there"))
        }
        Standing::Born => None,
    });
    Integration {
        guard: GuardView::of_patience(state, since, record),
        id,
        name: it.name.clone(),
        kind: IntegrationKind::EdgeNode,
        state,
        since,
        position: *app.ledger().subscribe().borrow(),
        lag: here.as_ref().map_or(0, |here| u64::try_from(here.status.kept).unwrap_or(u64::MAX)),
        oldest_waiting: None,
        dead: here.as_ref().map_or(0, |here| here.status.dropped),
        published: None,
        last_taken: here.and_then(|here| here.read_at),
        last_error,
        erp: None,
        credential: None,
    }
}
