//! What goes wrong, and with which requests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer is late.
    Delay {
        /// By so many milliseconds.
        ms: u64,
    },
    /// Nothing is done, and this is answered.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Nothing is done, and the connection is gone without an answer.
    Cut,
    /// Everything is done, and the connection is gone without an answer.
    LostAnswer,
    /// Everything is done; half of the answer comes.
    Half,
    /// The answer comes drop by drop.
    Drip {
        /// So many bytes at a time.
        bytes: usize,
        /// With so many milliseconds between.
        ms: u64,
    },
    /// The answer never ends.
    Endless,
    /// The answer is not what its media type says.
    Garbage,
    /// The answer claims to be something else.
    MediaType {
        /// What.
        media_type: String,
    },
    /// Nothing is done; the client is sent elsewhere.
    Redirect {
        /// There.
        to: String,
    },
    /// The request is done twice, as by a proxy that sends it again.
    Twice,
    /// Each thing of a list is told twice.
    DoubleItems,
    /// A list is told the other way round.
    ReverseItems,
    /// An ID token is over.
    Expired,
    /// An ID token is for another client.
    WrongAudience,
    /// An ID token answers another attempt.
    WrongNonce,
    /// An ID token is signed by nobody (`alg` `none`).
    Unsigned,
    /// The clock is off: in the answer's `Date`, and in an ID token.
    Clock {
        /// By so many seconds.
        seconds: i64,
    },
}

impl Fault {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::Status { .. } => "status",
            Self::Cut => "cut",
            Self::LostAnswer => "lost_answer",
            Self::Half => "half",
            Self::Drip { .. } => "drip",
            Self::Endless => "endless",
            Self::Garbage => "garbage",
            Self::MediaType { .. } => "media_type",
            Self::Redirect { .. } => "redirect",
            Self::Twice => "twice",
            Self::DoubleItems => "double_items",
            Self::ReverseItems => "reverse_items",
            Self::Expired => "expired",
            Self::WrongAudience => "wrong_audience",
            Self::WrongNonce => "wrong_nonce",
            Self::Unsigned => "unsigned",
            Self::Clock { .. } => "clock",
        }
    }

    /// How long the answer waits for it.
    pub(super) const fn delay(&self) -> Option<Duration> {
        match self {
            Self::Delay { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        }
    }
}

/// A fault and the requests that meet it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What their paths begin with.
    pub path: String,
    /// Their method; any where there is none.
    #[serde(default)]
    pub method: Option<String>,
    /// So many of them are let through first.
    #[serde(default)]
    pub after: u32,
    /// So many meet it; all where it is 0.
    #[serde(default)]
    pub times: u32,
    /// What goes wrong.
    pub fault: Fault,
}

/// A rule and how often it was met.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Met {
    #[serde(flatten)]
    rule: Rule,
    /// Requests that it names, so far.
    seen: u32,
}

/// What goes wrong from now on.
#[derive(Debug, Default)]
pub(super) struct Script {
    rules: Vec<Met>,
}

impl Script {
    /// From now on, this goes wrong as well.
    pub(super) fn add(&mut self, rules: Vec<Rule>) {
        self.rules.extend(rules.into_iter().map(|rule| Met { rule, seen: 0 }));
    }

    /// Nothing goes wrong any more.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(super) fn rules(&self) -> &[Met] {
        &self.rules
    }

    /// Everything that goes wrong with this request.
    pub(super) fn meet(&mut self, method: &str, path: &str) -> Vec<Fault> {
        let names = |rule: &Rule| {
            path.starts_with(&rule.path)
                && rule.method.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(method))
        };
        let mut faults = Vec::new();
        for met in self.rules.iter_mut().filter(|met| names(&met.rule)) {
            let nth = met.seen;
            met.seen = met.seen.saturating_add(1);
            let within = met.rule.times == 0 || nth < met.rule.after.saturating_add(met.rule.times);
            if nth >= met.rule.after && within {
                faults.push(met.rule.fault.clone());
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_lets_some_through_and_ends() {
        let rule = Rule {
            path: "/erp".to_owned(),
            method: Some("post".to_owned()),
            after: 1,
            times: 2,
            fault: Fault::Cut,
        };
        let mut script = Script::default();
        script.add(vec![rule]);
        let met: Vec<usize> = (0..5).map(|_| script.meet("POST", "/erp/x").len()).collect();
        assert_eq!(met, [0, 1, 1, 0, 0]);
        assert!(script.meet("GET", "/erp/x").is_empty());
        assert!(script.meet("POST", "/webhooks/x").is_empty());
    }

    #[test]
    fn a_script_is_read_as_it_is_written() {
        let text = r#"[{"path": "/erp", "times": 3, "fault": {"kind": "status", "status": 503}}]"#;
        let rules: Vec<Rule> = serde_json::from_str(text).unwrap();
        assert_eq!(rules[0].fault, Fault::Status { status: 503, retry_after: None });
        assert!(
            serde_json::from_str::<Rule>(r#"{"path": "/", "fault": {"kind": "nap"}}"#).is_err()
        );
    }
}
