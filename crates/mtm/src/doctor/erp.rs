//! The ERP of the configuration: can its books be read, and only read?

use mtm_connect::erp::{ErpError, Session};
use mtm_connect::guard::{Guard, Settings};
use mtm_core::erp::protocol::Login;
use mtm_core::word::Timestamp;

use super::Finding;
use crate::config::Config;
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
    // One call, which nothing is known before.
    let guard = Guard::new(Settings::default(), 0, std::sync::Arc::new(Timestamp::default));
    let looked = async {
        let (mut session, opened) = Session::open(&erp_way(erp), &guard).await?;
        let login = session.login().await?;
        Ok::<_, ErpError>((opened, login))
    };
    findings.push(match looked.await {
        Ok((opened, Login { writes: Some(false), .. })) => {
            let found = format!(
                "{} ({}) is read as {}; the login may not write",
                erp.name, opened.product, opened.isolation
            );
            Finding::ok(CHECK, found)
        }
        Ok((_, login)) => {
            let found = format!("{} is not read: {}", erp.name, login.evidence);
            let next = "Give the login SELECT and nothing else, as docs/erp.md shows.";
            Finding::problem(CHECK, found, next)
        }
        Err(error) => Finding::problem(CHECK, format!("{}: {error}", erp.name), error.next_step()),
    });
}
