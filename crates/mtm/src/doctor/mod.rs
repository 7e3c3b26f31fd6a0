//! The doctor: looks at everything a server needs, and says cause and next step of what it finds.
//!
//! Each look is a file-sized question with one [`Finding`]; none of them repairs anything. The
//! ledger is opened as every command opens it, so a schema that is behind is brought up to date.

mod directory;
mod erp;
mod ledger;
mod network;
mod provider;
mod server;
mod statements;
mod truth;

use std::fmt;

use serde::Serialize;

use crate::config::Config;

/// How a look ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// It works, and should be changed.
    Warning,
    /// It does not work.
    Problem,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "PROBLEM",
        })
    }
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    /// How it ended.
    pub(crate) state: State,
    /// What was found; the cause, where something is wrong.
    pub(crate) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_step: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), next_step: None }
    }

    fn warning(
        check: &'static str,
        found: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        let next_step = Some(next_step.into());
        Self { check, state: State::Warning, found: found.into(), next_step }
    }

    fn problem(
        check: &'static str,
        found: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        let next_step = Some(next_step.into());
        Self { check, state: State::Problem, found: found.into(), next_step }
    }
}

/// Looks at everything, in the order in which a server would meet it.
pub(crate) async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (directory, owner) = directory::look(config, &mut findings);
    network::look(config, owner.as_ref(), &mut findings);
    provider::look(config, &mut findings).await;
    erp::look(config, &mut findings).await;
    if config.database.is_some() {
        server::look(config, &mut findings).await;
    }
    if config.database.is_some() || directory.is_some() {
        ledger::look(config, directory.as_ref(), &mut findings).await;
    }
    if let (Some(directory), Some(owner)) = (directory, owner) {
        truth::look(&directory, &owner, &mut findings);
        statements::look(&directory, &owner, &mut findings);
    }
    findings
}
