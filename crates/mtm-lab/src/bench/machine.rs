//! Where a figure was measured. Without it, a figure means nothing.

use std::fs;
use std::thread;

use serde::Serialize;

/// The machine of the load generator, and of the server where both share one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Cores this process may use.
    pub cores: usize,
    /// The processor as it names itself; `unknown` where it does not.
    pub cpu: String,
    /// Operating system and its version as far as known.
    pub os: String,
    /// Instruction set.
    pub architecture: &'static str,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            cpu: cpu().unwrap_or_else(|| "unknown".to_owned()),
            os: os().unwrap_or_else(|| std::env::consts::OS.to_owned()),
            architecture: std::env::consts::ARCH,
        }
    }
}

fn cpu() -> Option<String> {
    let named = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| cpu_named_in(&text));
    named.or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok())
}

/// The first processor's name in the form of Linux's `cpuinfo`.
fn cpu_named_in(text: &str) -> Option<String> {
    ["model name", "Hardware", "cpu"].into_iter().find_map(|field| {
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, value)| name.trim() == field && !value.trim().is_empty())
            .map(|(_, value)| value.trim().to_owned())
    })
}

fn os() -> Option<String> {
    let release = fs::read_to_string("/etc/os-release").ok()?;
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"').to_owned())?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Some(format!("{name}, kernel {}", kernel.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_cores_and_names() {
        let here = Machine::here();
        assert!(here.cores >= 1);
        assert!(!here.cpu.is_empty() && !here.os.is_empty());
    }

    #[test]
    fn the_first_processor_named_counts() {
        let text = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Quick 9000 @ 3 GHz\n";
        assert_eq!(cpu_named_in(text).as_deref(), Some("Quick 9000 @ 3 GHz"));
        assert_eq!(cpu_named_in("processor : 0\n"), None);
    }
}
