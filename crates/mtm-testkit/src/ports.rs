//! Ports nobody listens on.
//!
//! Taken from below the range from which systems give ports to outgoing connections: a server
//! that was killed finds its port free when it starts again, unless another fixture chose the same
//! number out of twenty thousand. Between choosing and binding somebody may still come first;
//! whoever starts a server tries again then.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::{Result, bail};

const RANGE: Range<u16> = 10_000..32_000;

/// How many numbers are tried for each port wanted.
const ATTEMPTS: usize = 100;

/// That many different ports of 127.0.0.1, free at this moment.
pub(crate) fn free<const COUNT: usize>() -> Result<[u16; COUNT]> {
    // Held together until all are found, so that none comes twice.
    let mut held = Vec::with_capacity(COUNT);
    for _ in 0..COUNT * ATTEMPTS {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, any())) {
            held.push(listener);
        }
        if held.len() == COUNT {
            let mut ports = [0; COUNT];
            for (port, listener) in ports.iter_mut().zip(&held) {
                *port = listener.local_addr()?.port();
            }
            return Ok(ports);
        }
    }
    bail!("found no {COUNT} free ports between {} and {}", RANGE.start, RANGE.end)
}

/// Chance from the standard library, which seeds every hasher differently.
fn any() -> u16 {
    let chance = RandomState::new().hash_one(std::process::id());
    let width = u64::from(RANGE.end - RANGE.start);
    RANGE.start + u16::try_from(chance % width).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different_and_below_those_of_outgoing_connections() {
        let mut ports = free::<12>().unwrap();
        assert!(ports.iter().all(|port| RANGE.contains(port)), "{ports:?}");
        ports.sort_unstable();
        assert!(ports.windows(2).all(|pair| pair[0] != pair[1]), "{ports:?}");
    }
}
