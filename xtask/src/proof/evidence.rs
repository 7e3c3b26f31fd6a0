//! The record of a proof: one file each, the newest result on top.

use std::fmt;
use std::time::Duration;

use super::kind::Proof;
use super::machine::Machine;
use super::verdict::Verdict;

/// A result with everything that is needed to judge and repeat it.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// What was to be proved.
    pub(crate) proof: &'static Proof,
    /// When it began.
    pub(crate) started_at: String,
    /// Of which commit, and whether it was changed.
    pub(crate) commit: String,
    /// Where.
    pub(crate) machine: Machine,
    /// With which seed, where it takes one.
    pub(crate) seed: u64,
    /// How long it ran, without building.
    pub(crate) took: Duration,
    /// How it ended.
    pub(crate) verdict: Verdict,
}

impl Evidence {
    /// The file's new text, given its old one.
    pub(crate) fn on_top_of(&self, earlier: &str) -> String {
        let Proof { id, promise, .. } = self.proof;
        let results = earlier.find("\n## ").map_or("", |at| &earlier[at..]);
        format!(
            "# Proof `{id}`\n\n\
             What it shows: {promise}.\n\n\
             Written by `cargo xtask proof {id}`, newest result first.\n\n\
             {self}{results}"
        )
    }

    /// The command as a person would type it.
    fn command(&self) -> String {
        let environment = self.proof.environment(self.seed);
        let variables = environment.iter().map(|(name, value)| format!("{name}={value}"));
        let words = variables.chain(["cargo".to_owned()]).chain(self.proof.arguments(self.seed));
        words.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, cpu, kernel, file_system, load } = &self.machine;
        writeln!(f, "## {}: {}\n", self.started_at, self.verdict)?;
        writeln!(f, "| | |\n|---|---|")?;
        writeln!(f, "| commit | {} |", self.commit)?;
        writeln!(f, "| machine | {cores} × {cpu}, {kernel}, {file_system} |")?;
        writeln!(f, "| load before it | {load} |")?;
        writeln!(f, "| command | `{}` |", self.command())?;
        match self.proof.seed {
            Some(_) => writeln!(f, "| seed | {} |", self.seed)?,
            None => writeln!(f, "| seed | none: chance is in the timing |")?,
        }
        writeln!(f, "| took | {} |\n", minutes(self.took))?;
        for line in &self.verdict.lines {
            writeln!(f, "- {line}")?;
        }
        if !self.verdict.verbatim.is_empty() {
            writeln!(f, "\n```text\n{}\n```", self.verdict.verbatim.join("\n"))?;
        }
        Ok(())
    }
}

fn minutes(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds / 60 {
        0 => format!("{seconds} s"),
        minutes => format!("{minutes} min {} s", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::super::named;
    use super::*;

    fn evidence(id: &str, started_at: &str, verdict: Verdict) -> Evidence {
        Evidence {
            proof: named(id).unwrap(),
            started_at: started_at.to_owned(),
            commit: "`66173de01234`".to_owned(),
            machine: Machine {
                cores: 2,
                cpu: "Quick 9000".to_owned(),
                kernel: "Linux 6.18 x86_64".to_owned(),
                file_system: "ext4".to_owned(),
                load: "0.10, 0.20, 0.30".to_owned(),
            },
            seed: 7,
            took: Duration::from_secs(423),
            verdict,
        }
    }

    #[test]
    fn a_result_can_be_judged_and_repeated_from_its_record() {
        let lines = vec!["seed 7, 1000 kills".to_owned()];
        let text = evidence("kill9", "2026-11-28 17:40 UTC", Verdict::passed(lines)).on_top_of("");
        assert!(
            text.starts_with("# Proof `kill9`\n\nWhat it shows: `kill -9` under load"),
            "{text}"
        );
        for part in [
            "\n## 2026-11-28 17:40 UTC: passed\n",
            "\n| commit | `66173de01234` |\n",
            "\n| machine | 2 × Quick 9000, Linux 6.18 x86_64, ext4 |\n",
            "\n| load before it | 0.10, 0.20, 0.30 |\n",
            "\n| command | `MTM_REQUIRE_ALL=1 MTM_KILLS=1000 MTM_SEED=7 cargo test --locked ",
            "\n| seed | 7 |\n",
            "\n| took | 7 min 3 s |\n",
            "\n- seed 7, 1000 kills\n",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_failure_stands_in_the_heading_with_its_output_below() {
        let verdict = Verdict::failed("see the end of its output below", Vec::new())
            .with(vec!["lost: 3-1-7".to_owned()]);
        let text = evidence("concurrency", "2026-11-28 17:40 UTC", verdict).on_top_of("");
        assert!(text.contains("UTC: FAILED: see the end of its output below\n"), "{text}");
        assert!(text.contains("| seed | none: chance is in the timing |"), "{text}");
        assert!(text.ends_with("\n```text\nlost: 3-1-7\n```\n"), "{text}");
    }

    #[test]
    fn the_newest_result_stands_on_top_and_the_earlier_ones_stay() {
        let result = |at| evidence("kill9", at, Verdict::passed(Vec::new()));
        let first = result("2026-11-27 10:00 UTC").on_top_of("");
        let second = result("2026-11-28 10:00 UTC").on_top_of(&first);
        let headings: Vec<&str> = second.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(
            headings,
            [
                "# Proof `kill9`",
                "## 2026-11-28 10:00 UTC: passed",
                "## 2026-11-27 10:00 UTC: passed"
            ]
        );
        assert!(second.ends_with(&first[first.find("\n## ").unwrap()..]));
    }
}
