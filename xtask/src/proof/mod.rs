//! The proofs at full size: what the test command shows in seconds on a small size, shown on the
//! size that was promised.
//!
//! A result that nobody can check is a claim, so each run writes down in `docs/evidence` what was
//! run, with which seed, of which commit, on which machine, and how it ended. A failed proof is
//! recorded like a passed one. What could not run (it does not build, a program is missing) has
//! proved nothing and records nothing. Absent on purpose: sizes to choose; a proof is its size.

mod bench;
mod evidence;
mod kind;
mod list;
mod machine;
mod mutants;
mod verdict;

use std::fs;
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;

use crate::test::{Extent, Outcome, leftovers, packages};
use crate::tool::{self, Tools};
use evidence::Evidence;
use kind::Proof;
use list::PROOFS;
use machine::Machine;
use verdict::Verdict;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// Which proofs there are.
    List,
    /// One of them, with a seed to repeat or one that chance chooses.
    Run(&'static Proof, Option<u64>),
}

impl Request {
    /// Reads the words behind `proof`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        match *words {
            [] => Ok(Self::List),
            [id] => Ok(Self::Run(named(id)?, None)),
            [id, "--seed", seed] | ["--seed", seed, id] => {
                let proof = named(id)?;
                if proof.seed.is_none() {
                    return Err(format!("{id} takes no seed: chance is in the timing alone"));
                }
                let seed = seed.parse().map_err(|_| format!("not a seed: {seed}"))?;
                Ok(Self::Run(proof, Some(seed)))
            }
            _ => Err(format!("not understood: proof {}", words.join(" "))),
        }
    }
}

fn named(id: &str) -> Result<&'static Proof, String> {
    PROOFS.iter().find(|proof| proof.id == id).ok_or_else(|| {
        let ids: Vec<&str> = PROOFS.iter().map(|proof| proof.id).collect();
        format!("no proof {id}; there are {}", ids.join(", "))
    })
}

/// Lists the proofs, or runs one and tells whether it passed.
pub(crate) fn run(root: &Path, request: &Request) -> Result<bool> {
    match *request {
        Request::List => {
            for proof in PROOFS {
                println!("{:<14} {}", proof.id, proof.promise);
            }
            Ok(true)
        }
        Request::Run(proof, seed) => prove(root, proof, seed.unwrap_or_else(chance)),
    }
}

fn prove(root: &Path, proof: &'static Proof, seed: u64) -> Result<bool> {
    for program in proof.needs {
        if packages::find(program).is_none() {
            bail!("{} needs {program}; `cargo xtask test` installs it where it may", proof.id);
        }
    }
    leftovers::adopt_orphans();
    let tools = Tools::new(root, Extent::Full)?;
    let commit = machine::commit(root)?;
    let built = tool::run(&mut tools.cargo(&proof.build()))?;
    ensure!(built.ok, "{} does not build: nothing was proved and nothing is recorded", proof.id);

    let machine = Machine::here();
    let started_at = Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string();
    proof.clear(root)?;
    let mut command = tools.cargo(&proof.arguments(seed));
    // The end of a failed run is kept: what failed belongs there, not by which calls.
    command.envs(proof.environment(seed)).env("RUST_BACKTRACE", "0");
    let started = Instant::now();
    let verdict = match tool::run_within(&mut command, proof.limit()) {
        Ok(ran) => proof.judge(root, ran.ok, &ran.output),
        Err(error) => Verdict::failed(format!("{error:#}"), Vec::new()),
    };
    let took = started.elapsed();
    let verdict = match leftovers::check()? {
        Outcome::Failed(why, _) => verdict.but(why),
        Outcome::Passed(_) | Outcome::Skipped(_) => verdict,
    };
    let evidence = Evidence { proof, started_at, commit, machine, seed, took, verdict };
    record(root, &evidence)?;
    println!("\n{}: {}", proof.id, evidence.verdict);
    Ok(evidence.verdict.holds())
}

/// Puts the result on top of the earlier ones.
fn record(root: &Path, evidence: &Evidence) -> Result<()> {
    let directory = root.join("docs/evidence");
    fs::create_dir_all(&directory)?;
    let path = directory.join(format!("{}.md", evidence.proof.id));
    let earlier = match fs::read_to_string(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        read => Ok(read.unwrap_or_default()),
    };
    let earlier = earlier.with_context(|| format!("failed to read {}", path.display()))?;
    // Output names files below the workspace; where the workspace lies is nobody's business.
    let text = evidence.on_top_of(&earlier).replace(&*root.to_string_lossy(), ".");
    fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
}

/// A seed that nobody chose: the clock's fine end, short enough to type.
fn chance() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_asked_for_by_its_id_and_perhaps_a_seed() {
        assert_eq!(Request::parse(&[]), Ok(Request::List));
        let kill9 = named("kill9").unwrap();
        assert_eq!(Request::parse(&["kill9"]), Ok(Request::Run(kill9, None)));
        let seeded = Ok(Request::Run(kill9, Some(7)));
        assert_eq!(Request::parse(&["kill9", "--seed", "7"]), seeded);
        assert_eq!(Request::parse(&["--seed", "7", "kill9"]), seeded);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let wrong = |words: &[&str]| Request::parse(words).unwrap_err();
        assert!(wrong(&["kill10"]).starts_with("no proof kill10; there are kill9, "));
        assert_eq!(wrong(&["kill9", "--seed", "x"]), "not a seed: x");
        assert_eq!(wrong(&["kill9", "again"]), "not understood: proof kill9 again");
        assert!(wrong(&["concurrency", "--seed", "7"]).contains("takes no seed"));
    }
}
