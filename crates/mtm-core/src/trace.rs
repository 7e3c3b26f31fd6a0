//! Which request caused what: W3C trace context, from the door to whoever is told of the event.

use std::fmt;

/// The header, and the attribute of an event, that carry it.
pub const TRACEPARENT: &str = "traceparent";

/// The target of spans that are meant for a collector of traces, and for nobody else. Their level is
/// `TRACE`, so that they cost nothing where nobody collects.
pub const SPANS: &str = "mtm::spans";

/// The flag of a trace that somebody records.
const SAMPLED: u8 = 1;

/// Longest that is looked at: later versions may be longer, and end somewhere.
const LONGEST: usize = 256;

/// A valid `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

impl TraceParent {
    /// The context of a request that came without one; `None` where an id is all zero. Nothing is
    /// recorded of it elsewhere, so it is not marked as sampled.
    pub const fn new(trace: u128, span: u64) -> Option<Self> {
        if trace == 0 || span == 0 { None } else { Some(Self { trace, span, flags: 0 }) }
    }

    /// The context in a header's value. What a later version says beyond the first is left out, as
    /// the specification wants it.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut fields = text.split('-');
        let (version, trace) = (number(fields.next()?, 2)?, number(fields.next()?, 32)?);
        let (span, flags) = (number(fields.next()?, 16)?, number(fields.next()?, 2)?);
        if version == 0xff || (version == 0 && fields.next().is_some()) {
            return None;
        }
        let flags = u8::try_from(flags).ok()? & if version == 0 { 0xff } else { 1 };
        Some(Self { flags, ..Self::new(trace, u64::try_from(span).ok()?)? })
    }

    /// The place in the same trace of a span of ours that is recorded; `None` where its id is zero.
    pub const fn recorded(self, span: u64) -> Option<Self> {
        match Self::new(self.trace, span) {
            Some(own) => Some(Self { flags: self.flags | SAMPLED, ..own }),
            None => None,
        }
    }

    /// Whether whoever began the trace has it recorded.
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED == SAMPLED
    }

    /// The trace.
    pub const fn trace(&self) -> u128 {
        self.trace
    }

    /// The span.
    pub const fn span(&self) -> u64 {
        self.span
    }

    /// The span's id, as collectors name it.
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span)
    }

    /// The trace's id, as people and logs name it.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }
}

/// A number of exactly so many lower case hexadecimal digits.
fn number(field: &str, digits: usize) -> Option<u128> {
    let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let whole = field.len() == digits && field.bytes().all(plain);
    whole.then(|| u128::from_str_radix(field, 16).ok()).flatten()
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_context_comes_back_as_it_was() {
        let context = TraceParent::parse(GOOD).unwrap();
        assert_eq!(context.to_string(), GOOD);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id(), "00f067aa0ba902b7");
    }

    #[test]
    fn what_is_recorded_of_a_trace_is_another_span_of_it() {
        let unrecorded = TraceParent::new(7, 8).unwrap();
        let own = unrecorded.recorded(9).unwrap();
        assert!(own.is_sampled() && !unrecorded.is_sampled());
        assert_eq!((own.trace(), own.span()), (7, 9));
        assert_eq!(unrecorded.recorded(0), None);
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for later in [GOOD.replacen("00", "01", 1), format!("cc{}-what-ever", &GOOD[2..])] {
            assert_eq!(TraceParent::parse(&later).unwrap().to_string(), GOOD, "{later}");
        }
    }

    #[test]
    fn what_is_broken_is_none() {
        for broken in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::parse(broken), None, "{broken}");
        }
        let endless = format!("01{}-{}", &GOOD[2..], "x".repeat(LONGEST));
        assert_eq!(TraceParent::parse(&endless), None);
        assert_eq!((TraceParent::new(0, 1), TraceParent::new(1, 0)), (None, None));
    }
}
