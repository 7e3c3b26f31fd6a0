//! The test command: everything that proves the project on this machine, in one run.
//!
//! Every step runs even when an earlier one failed, except that nothing is tested that does not
//! build. What the machine cannot run is named with its reason; what the tests started must be
//! gone at the end. The last line counts tests, and each failed check beside the tests as one
//! failure more, so that it can never say "0 failed" about a failed run.

mod deny;
pub(crate) mod leftovers;
pub(crate) mod packages;
mod steps;
mod summary;
pub(crate) mod tally;

use std::path::Path;

use anyhow::Result;

use crate::tool::Tools;
use summary::Summary;

pub(crate) use summary::Outcome;

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything the machine can run.
    Full,
    /// Without the tests that need a database server or a browser.
    Quick,
}

/// Runs every step and tells whether all of them passed.
pub(crate) fn run(root: &Path, extent: Extent) -> Result<bool> {
    leftovers::adopt_orphans();
    let tools = Tools::new(root, extent)?;
    let mut summary = Summary::default();

    match extent {
        Extent::Full => summary.step("packages", || packages::provide(tools.target())),
        Extent::Quick => summary.skip("packages", "quick run: no database server, no browser"),
    }
    summary.step("format", || steps::format(&tools));
    summary.step("tidy", || steps::tidy(&tools));
    summary.step("dependencies", || deny::dependencies(&tools));
    summary.step("advisories", || deny::advisories(&tools));
    summary.step("lints", || steps::lints(&tools));
    summary.step("documentation", || steps::documentation(&tools));
    summary.step("build", || steps::build(&tools));
    if summary.passed("build") {
        summary.step("tests", || steps::tests(&tools));
        summary.step("on demand", || steps::on_demand(&tools));
        summary.step("examples", || steps::examples(&tools));
    } else {
        summary.skip("tests", "the build failed");
        summary.skip("on demand", "the build failed");
        summary.skip("examples", "the build failed");
    }
    summary.step("leftovers", leftovers::check);

    println!("\n{summary}");
    Ok(summary.all_passed())
}
