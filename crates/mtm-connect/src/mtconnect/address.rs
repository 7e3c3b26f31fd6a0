//! Where an agent is, and which of its devices is meant.

use std::time::Duration;

use crate::outgoing::{Target, TargetError};

/// Longest name or identity of a device, in bytes.
const LONGEST: usize = 200;
/// Longest interval and heartbeat that an agent is asked for; agents count in 32 bits.
const SELDOM: Duration = Duration::from_secs(86_400);

/// Why something is no address of an agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No address that may be called.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It asks for something already.
    #[error("the address has a query; write it up to the agent's root, like http://agent:5000")]
    Query,
    /// No name of a device.
    #[error("{0:?} is no name or uuid of a device")]
    Device(String),
}

/// The agent at an address: all of its devices, or one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    root: Target,
    device: Option<String>,
}

/// What an agent is asked (ANSI/MTC1.4 Part 1, "HTTP Request and Response").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// What there is.
    Probe,
    /// What everything shows now.
    Current,
    /// What was observed from a number on, in one document.
    Sample { from: u64, count: u64 },
    /// The same, and all that comes, as a stream.
    Follow { from: u64, count: u64, interval: Duration, heartbeat: Duration },
}

impl Address {
    /// The agent whose root is `url`, and its device of that name or uuid where one is meant.
    pub fn parse(url: &str, device: Option<&str>) -> Result<Self, AddressError> {
        let root = Target::parse(url)?;
        if root.url().query().is_some() {
            return Err(AddressError::Query);
        }
        let device = device.map(str::trim);
        if let Some(device) = device {
            let is_plain = !device.is_empty() && !device.chars().any(char::is_control);
            // Dots would lead upwards.
            if !is_plain || device.len() > LONGEST || [".", ".."].contains(&device) {
                return Err(AddressError::Device(device.chars().take(40).collect()));
            }
        }
        Ok(Self { root, device: device.map(str::to_owned) })
    }

    /// The device that is meant.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// The address that people see.
    pub fn shown(&self) -> String {
        let root = self.root.as_str();
        match &self.device {
            Some(device) => format!("{root} ({device})"),
            None => root.to_owned(),
        }
    }

    /// Where a request is sent.
    pub(super) fn of(&self, request: Request) -> Result<Target, TargetError> {
        let mut url = self.root.url();
        let word = match request {
            Request::Probe => "probe",
            Request::Current => "current",
            Request::Sample { .. } | Request::Follow { .. } => "sample",
        };
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(self.device.as_deref()).push(word);
        }
        match request {
            Request::Probe | Request::Current => {}
            Request::Sample { from, count } => {
                let (from, count) = (from.to_string(), count.to_string());
                url.query_pairs_mut().append_pair("from", &from).append_pair("count", &count);
            }
            Request::Follow { from, count, interval, heartbeat } => {
                let ms = |time: Duration| time.min(SELDOM).as_millis();
                // A heartbeat of 1 ms or none is refused.
                let heartbeat = heartbeat.max(Duration::from_millis(2));
                url.query_pairs_mut()
                    .append_pair("from", &from.to_string())
                    .append_pair("interval", &ms(interval).to_string())
                    .append_pair("heartbeat", &ms(heartbeat).to_string())
                    .append_pair("count", &count.to_string());
            }
        }
        Target::parse(url.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_below_the_root_and_name_the_device() {
        let check = |url: &str, device: Option<&str>, request, asked: &str| {
            let address = Address::parse(url, device).unwrap();
            assert_eq!(address.of(request).unwrap().as_str(), asked);
        };
        check("http://agent:5000", None, Request::Probe, "http://agent:5000/probe");
        check(
            "http://gate/mtc/",
            Some("VF 2/é"),
            Request::Current,
            "http://gate/mtc/VF%202%2F%C3%A9/current",
        );
        let sample = Request::Sample { from: 7, count: 100 };
        check(
            "http://agent:5000/",
            Some(" M1 "),
            sample,
            "http://agent:5000/M1/sample?from=7&count=100",
        );
        let (interval, heartbeat) = (Duration::from_secs(1), Duration::ZERO);
        let follow = Request::Follow { from: 7, count: 9, interval, heartbeat };
        let asked = "http://agent:5000/sample?from=7&interval=1000&heartbeat=2&count=9";
        check("http://agent:5000", None, follow, asked);
    }

    #[test]
    fn what_is_no_address_of_an_agent_says_why() {
        let refused = |url, device| Address::parse(url, device).unwrap_err();
        assert!(matches!(refused("agent:5000", None), AddressError::Target(_)));
        assert!(matches!(refused("http://169.254.169.254", None), AddressError::Target(_)));
        assert_eq!(refused("http://agent/?x=1", None), AddressError::Query);
        let long = "x".repeat(201);
        for device in ["", "  ", ".", "..", "a\nb", long.as_str()] {
            let refusal = refused("http://agent", Some(device));
            assert!(matches!(refusal, AddressError::Device(_)), "{device}");
        }
    }
}
