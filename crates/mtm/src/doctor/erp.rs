//! The ERP of the configuration: can its books be read, and only read?

use mtm_connect::erp::{Session, Unread};
use mtm_connect::guard::{Guard, Settings};
use mtm_core::erp::protocol::Login;
use mtm_core::word::Timestamp;

use super::Finding;
use crate::config::Config;
use crate::peer::called;
use crate::serve::erp_way;

const CHECK: &str = "ERP";

/// Connects, and looks at what the login may.
pub(super) async fn look(config: &Config, findings: &mut Vec<Finding>) {
    let Some(erp) = &config.erp else { return };
    if let Some(file) = &erp.map_file
        && let Err(error) = mtm_app::erp::read_map(file)
    {
        let next = "Correct the file that `erp.map_file` names; docs/erp.md shows one.";
        findings.push(Finding::problem(CHECK, error.to_string(), next));
    }
    let peers = config.peers.clone();
    let peer = move |name: &str| peers.iter().find(|it| it.name == name).cloned().map(called);
    let way = match erp_way(erp, peer) {
        Ok(way) => way,
        Err(failure) => {
            let faults = failure.errors.iter().map(|it| format!("{}: {}", it.field, it.message));
            let found = [failure.message.to_string()].into_iter().chain(faults);
            let next = failure.next_step.clone().unwrap_or_default();
            findings.push(Finding::problem(CHECK, found.collect::<Vec<_>>().join("; "), next));
            return;
        }
    };
    // Calls which nothing is known before.
    let guard = Guard::new(Settings::default(), 0, std::sync::Arc::new(Timestamp::default));
    let looked = async {
        let unread = |error| Unread { table: None, error };
        let (mut session, opened) = Session::open(&way, &guard).await.map_err(unread)?;
        let login = session.login().await.map_err(unread)?;
        if login.writes == Some(false) {
            session.look().await?;
        }
        Ok::<_, Unread>((opened, login))
    };
    findings.push(match looked.await {
        Ok((opened, Login { writes: Some(false), evidence })) => {
            let found = format!(
                "{} ({}) is read as {}; {}",
                erp.name,
                opened.product,
                opened.isolation,
                if opened.dialect == "rest" { &evidence } else { "the login may not write" }
            );
            Finding::ok(CHECK, found)
        }
        Ok((_, login)) => {
            let found = format!("{} is not read: {}", erp.name, login.evidence);
            let next = "Give the login SELECT and nothing else, as docs/erp.md shows.";
            Finding::problem(CHECK, found, next)
        }
        Err(unread) => {
            let next = unread.error.next_step();
            Finding::problem(CHECK, format!("{}: {unread}", erp.name), next)
        }
    });
}
