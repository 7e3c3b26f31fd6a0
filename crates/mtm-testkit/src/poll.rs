//! Waiting for a condition, never for a time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Pause between two looks at the condition.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks at `condition` until it yields a value; gives up with an error naming `what` after
/// `deadline`. An error of the condition ends the wait at once.
pub fn until<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = condition()? {
            return Ok(value);
        }
        if started.elapsed() > deadline {
            bail!("waited {deadline:?} in vain for {what}");
        }
        thread::sleep(PAUSE);
    }
}

/// The same for asynchronous tests: `condition` is asked anew until it yields a value.
pub async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = condition().await? {
            return Ok(value);
        }
        if started.elapsed() > deadline {
            bail!("waited {deadline:?} in vain for {what}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Lets `pause` go by, to move a fault to another moment of what runs meanwhile. Never to wait for
/// something: that is what [`until`] is for.
pub fn moment(pause: Duration) {
    std::thread::sleep(pause);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yields_the_value_once_it_is_there() {
        let mut looks = 0;
        let value = until("three looks", Duration::from_secs(60), || {
            looks += 1;
            Ok((looks == 3).then_some(looks))
        });
        assert_eq!(value.unwrap(), 3);
    }

    #[test]
    fn names_what_never_came_and_passes_errors_on() {
        let error = until::<()>("a miracle", Duration::ZERO, || Ok(None)).unwrap_err();
        assert!(error.to_string().contains("a miracle"));
        let error = until::<()>("x", Duration::from_secs(60), || bail!("broken")).unwrap_err();
        assert_eq!(error.to_string(), "broken");
    }

    #[tokio::test]
    async fn asynchronous_waits_keep_the_same_promise() {
        let mut looks = 0;
        let value = eventually("three looks", Duration::from_secs(60), async || {
            looks += 1;
            Ok((looks == 3).then_some(looks))
        });
        assert_eq!(value.await.unwrap(), 3);
        let error = eventually::<()>("a miracle", Duration::ZERO, async || Ok(None)).await;
        assert!(error.unwrap_err().to_string().contains("a miracle"));
    }
}
