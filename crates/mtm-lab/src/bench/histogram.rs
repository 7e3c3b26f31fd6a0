//! Times without coordinated omission.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Three significant digits: 1 ms is told from 1.001 ms.
const DIGITS: u8 = 3;
/// Longest time that is told apart: ten minutes, in microseconds.
const LONGEST: u64 = 600_000_000;

/// Times of a run, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Latency {
    /// How many.
    pub count: u64,
    /// Half took at most this.
    pub p50_us: u64,
    /// 90 % took at most this.
    pub p90_us: u64,
    /// 99 % took at most this.
    pub p99_us: u64,
    /// 99.9 % took at most this.
    pub p999_us: u64,
    /// The longest.
    pub max_us: u64,
}

/// Collects the times of one client, or of all.
#[derive(Debug, Clone)]
pub struct Recorder {
    service: Histogram<u64>,
    response: Histogram<u64>,
    lag: Histogram<u64>,
}

/// When a request was planned, sent and answered, each since the start of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// When it should have been sent; `None` where there is no plan.
    pub(super) planned: Option<Duration>,
    /// When the client had nothing else to do.
    pub(super) idle_since: Duration,
    pub(super) sent: Duration,
    pub(super) answered: Duration,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { service: histogram(), response: histogram(), lag: histogram() }
    }
}

#[expect(clippy::expect_used, reason = "the bounds are constants that the histogram accepts")]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("constant bounds are valid")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(LONGEST).clamp(1, LONGEST)
}

impl Recorder {
    pub(super) fn record(&mut self, times: Times) {
        let Times { planned, idle_since, sent, answered } = times;
        self.service.saturating_record(micros(answered.saturating_sub(sent)));
        if let Some(planned) = planned {
            self.response.saturating_record(micros(answered.saturating_sub(planned)));
            let could_send = planned.max(idle_since);
            self.lag.saturating_record(micros(sent.saturating_sub(could_send)));
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        // All histograms of this module have the same bounds, so that adding cannot fail.
        for (into, from) in [
            (&mut self.service, &other.service),
            (&mut self.response, &other.response),
            (&mut self.lag, &other.lag),
        ] {
            let added = into.add(from);
            debug_assert!(added.is_ok(), "histograms of equal bounds add up");
        }
    }

    /// From sending a request to having read its answer.
    pub fn service(&self) -> Latency {
        summary(&self.service)
    }

    /// From the planned moment to having read the answer; for a closed pace, service times
    /// corrected for stalls.
    pub fn response(&self) -> Latency {
        if self.response.is_empty() && !self.service.is_empty() {
            return summary(&self.service.clone_correct(self.mean_service()));
        }
        summary(&self.response)
    }

    /// How late requests were sent although the client was idle; `None` without planned moments.
    pub fn lag(&self) -> Option<Latency> {
        (!self.lag.is_empty()).then(|| summary(&self.lag))
    }

    /// Mean service time in whole microseconds, at least one.
    fn mean_service(&self) -> u64 {
        let sum: u128 = self
            .service
            .iter_recorded()
            .map(|step| {
                u128::from(self.service.median_equivalent(step.value_iterated_to()))
                    * u128::from(step.count_at_value())
            })
            .sum();
        u64::try_from(sum / u128::from(self.service.len().max(1))).unwrap_or(LONGEST).max(1)
    }
}

fn summary(histogram: &Histogram<u64>) -> Latency {
    if histogram.is_empty() {
        return Latency::default();
    }
    Latency {
        count: histogram.len(),
        p50_us: histogram.value_at_quantile(0.5),
        p90_us: histogram.value_at_quantile(0.9),
        p99_us: histogram.value_at_quantile(0.99),
        p999_us: histogram.value_at_quantile(0.999),
        max_us: histogram.max(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// One client, a request planned every 10 ms, each served in 1 ms, but the server stands
    /// still from 1 s to 2 s.
    fn stalled(planned: bool) -> Recorder {
        let mut recorder = Recorder::default();
        let mut free = Duration::ZERO;
        for nth in 0..300 {
            let plan = MS * 10 * nth;
            let sent = if planned { plan.max(free) } else { free };
            let stalls = sent >= MS * 1_000 && sent < MS * 2_000;
            let answered = if stalls { MS * 2_001 } else { sent + MS };
            recorder.record(Times {
                planned: planned.then_some(plan),
                idle_since: free,
                sent,
                answered,
            });
            free = answered;
        }
        recorder
    }

    fn near(value: u64, wanted: u64) -> bool {
        value.abs_diff(wanted) <= wanted / 500 + 1
    }

    #[test]
    fn a_stall_counts_for_every_request_planned_in_it() {
        let recorder = stalled(true);
        let (service, response) = (recorder.service(), recorder.response());
        assert_eq!((service.count, response.count), (300, 300));
        // Only one request was in flight when the server stood still: service times hide it.
        assert!(near(service.p99_us, 1_000), "{service:?}");
        assert!(near(service.max_us, 1_001_000), "{service:?}");
        // A third of all requests was planned in the stall or queued behind it.
        assert!(response.p90_us > 600_000, "{response:?}");
        assert!(near(response.max_us, 1_001_000), "{response:?}");
        assert!(near(response.p50_us, 1_000), "{response:?}");
        // The generator itself was never late.
        assert_eq!(recorder.lag().map(|lag| lag.max_us), Some(1));
    }

    #[test]
    fn a_closed_pace_is_corrected_for_the_requests_it_did_not_send() {
        let recorder = stalled(false);
        // 300 requests of 1 ms each end before the stall; let one client stall for a second.
        let mut stalls = recorder.clone();
        stalls.record(Times {
            planned: None,
            idle_since: Duration::ZERO,
            sent: Duration::ZERO,
            answered: MS * 1_000,
        });
        let (service, response) = (stalls.service(), stalls.response());
        assert_eq!(service.count, 301);
        assert!(near(service.p99_us, 1_000), "{service:?}");
        // The mean is (300 + 1000) / 301 ms: about 231 requests were not sent in the stall.
        assert!((500..560).contains(&response.count), "{response:?}");
        assert!(response.p90_us > 700_000, "{response:?}");
        assert_eq!(stalls.lag(), None);
    }

    #[test]
    fn clients_add_up_and_nothing_is_nothing() {
        let mut all = Recorder::default();
        assert_eq!(all.service(), Latency::default());
        assert_eq!(all.response(), Latency::default());
        all.merge(&stalled(true));
        all.merge(&stalled(true));
        assert_eq!(all.response().count, 600);
        assert_eq!(all.response().max_us, stalled(true).response().max_us);
    }

    #[test]
    fn late_sending_is_the_generators_fault_and_counts() {
        let mut recorder = Recorder::default();
        recorder.record(Times {
            planned: Some(MS * 10),
            idle_since: Duration::ZERO,
            sent: MS * 14,
            answered: MS * 15,
        });
        assert!(near(recorder.response().max_us, 5_000));
        assert!(recorder.lag().is_some_and(|lag| near(lag.max_us, 4_000)));
        assert!(near(recorder.service().max_us, 1_000));
    }
}
