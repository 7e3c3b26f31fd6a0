//! What happened in a run, line by line, and one hash of it all.

use std::fmt::Display;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Lines shown of a run that failed.
const LAST: usize = 40;

/// What happened so far. Where a run fails it says how to repeat it, and what happened last.
pub(super) struct Story {
    seed: u64,
    steps: u64,
    lines: Vec<String>,
    hash: Sha256,
}

impl Story {
    pub(super) fn of(seed: u64, steps: u64) -> Self {
        Self { seed, steps, lines: Vec::new(), hash: Sha256::new() }
    }

    pub(super) fn tell(&mut self, line: impl Display) {
        let line = line.to_string();
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        self.lines.push(line);
    }

    /// The hash of everything told.
    pub(super) fn hash(&self) -> String {
        let digest = self.hash.clone().finalize();
        digest.iter().take(16).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, steps, lines, .. } = self;
            println!("\nMTM_SEED={seed} MTM_STEPS={steps} repeats this run; it ended with:");
            for line in &lines[lines.len().saturating_sub(LAST)..] {
                println!("  {line}");
            }
        }
    }
}
