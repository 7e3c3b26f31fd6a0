//! The steps of the test command, each a few lines around one tool.

use anyhow::Result;

use super::packages;
use super::summary::Outcome;
use super::tally::Tally;
use crate::tidy;
use crate::tool::{self, Tools};

/// The code is formatted.
pub(crate) fn format(tools: &Tools) -> Result<Outcome> {
    let ran = tool::run(&mut tools.cargo(&["fmt", "--all", "--check"]))?;
    Ok(Outcome::of(ran.ok))
}

/// The house rules hold.
pub(crate) fn tidy(tools: &Tools) -> Result<Outcome> {
    tidy::run(tools.root()).map(Outcome::of)
}

/// Clippy has nothing to say.
pub(crate) fn lints(tools: &Tools) -> Result<Outcome> {
    let arguments = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--",
        "-D",
        "warnings",
    ];
    let usual = tool::run(&mut tools.cargo(&arguments))?.ok;
    let with_spans =
        [&["clippy", "--locked", "--workspace"], SPANS, &["--bin", "mtm", "--", "-D", "warnings"]]
            .concat();
    let on_demand = tool::run(&mut tools.cargo(&with_spans))?.ok;
    let reader = [&["clippy", "--locked"], READER, &["--all-targets", "--", "-D", "warnings"]];
    let reader = tool::run(&mut tools.cargo(&reader.concat()))?.ok;
    let listener = [&["clippy", "--locked"], LISTENER, &["--all-targets", "--", "-D", "warnings"]];
    let listener = tool::run(&mut tools.cargo(&listener.concat()))?.ok;
    Ok(Outcome::of(usual && on_demand && reader && listener))
}

/// The program with what is built into it on demand only, and the tests of that: whatever else it does
/// was tested without.
const SPANS: &[&str] = &["--features", "mtm/otel", "--test", "otel"];

/// The program that reads an ERP's database. It is looked at everywhere, and linked only where the system
/// has the library.
const READER: &[&str] = &["--package", "mtm-odbc", "--features", "odbc"];

/// The program that listens to an OPC UA server, and its own tests.
const LISTENER: &[&str] = &["--package", "mtm-opcua", "--features", "opcua"];

/// The documentation builds without a broken link.
pub(crate) fn documentation(tools: &Tools) -> Result<Outcome> {
    let mut command = tools.cargo(&["doc", "--locked", "--workspace", "--no-deps", "--keep-going"]);
    Ok(Outcome::of(tool::run(command.env("RUSTDOCFLAGS", "-D warnings"))?.ok))
}

/// Everything the tests need compiles.
pub(crate) fn build(tools: &Tools) -> Result<Outcome> {
    let arguments = ["test", "--locked", "--workspace", "--no-run"];
    let built = tool::run(&mut tools.cargo(&arguments))?.ok;
    // Without it the tests that start it say so themselves.
    let reader = !packages::has_odbc()
        || tool::run(&mut tools.cargo(&[&["build", "--locked"], READER].concat()))?.ok;
    let listener = tool::run(&mut tools.cargo(&[&["build", "--locked"], LISTENER].concat()))?.ok;
    Ok(Outcome::of(built && reader && listener))
}

/// The tests, by nextest where it is installed (a process per test, bounded in time and in
/// servers at once), else by cargo itself.
pub(crate) fn tests(tools: &Tools) -> Result<Outcome> {
    let nextest = ["nextest", "run", "--locked", "--workspace", "--no-fail-fast"];
    let cargo = ["test", "--locked", "--workspace", "--tests", "--no-fail-fast"];
    let arguments = if tools.has("nextest") { &nextest[..] } else { &cargo[..] };
    let ran = tool::run(&mut tools.cargo(arguments))?;
    let tally = Tally::read(&ran.output).with_skips(&tools.recorded_skips()?);
    Ok(judge(ran.ok, tally))
}

/// The tests of what is built on demand only, into the program or beside it.
pub(crate) fn on_demand(tools: &Tools) -> Result<Outcome> {
    let nextest = ["nextest", "run", "--locked", "--workspace", "--no-fail-fast"];
    let cargo = ["test", "--locked", "--workspace", "--no-fail-fast"];
    let arguments = if tools.has("nextest") { &nextest[..] } else { &cargo[..] };
    let spans = tool::run(&mut tools.cargo(&[arguments, SPANS].concat()))?;
    let nextest = ["nextest", "run", "--locked", "--no-fail-fast"];
    let cargo = ["test", "--locked", "--no-fail-fast"];
    let arguments = if tools.has("nextest") { &nextest[..] } else { &cargo[..] };
    let ran = tool::run(&mut tools.cargo(&[arguments, LISTENER, &["--bins"]].concat()))?;
    let tally = Tally::read(&spans.output) + Tally::read(&ran.output);
    Ok(judge(spans.ok && ran.ok, tally))
}

/// The examples in the documentation.
pub(crate) fn examples(tools: &Tools) -> Result<Outcome> {
    let arguments = ["test", "--locked", "--workspace", "--doc", "--no-fail-fast"];
    let ran = tool::run(&mut tools.cargo(&arguments))?;
    Ok(judge(ran.ok, Tally::read(&ran.output)))
}

/// Tests passed when the runner says so and none failed. A runner that passes without having
/// run anything has proved nothing, but a crate without examples is no fault.
fn judge(ok: bool, tally: Tally) -> Outcome {
    if ok && tally.failed == 0 {
        Outcome::Passed(tally)
    } else {
        Outcome::Failed("see the failures above".to_owned(), tally)
    }
}
