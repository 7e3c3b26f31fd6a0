//! How calls of other systems are guarded.

use std::time::Duration;

use mtm_app::guards::Settings as Guarding;

use super::error::ConfigError;
use super::layers::Settings;

const PAUSE: &str = "guard.pause_ms";
const LONGEST: &str = "guard.longest_pause_ms";

/// What every guard goes by.
pub(super) fn settings(settings: &Settings) -> Result<Guarding, ConfigError> {
    // Every key has a default, and was checked when it was set.
    let number = |name: &str| {
        let value = settings.setting(name).and_then(|setting| setting.value.parse::<u64>().ok());
        value.unwrap_or_default()
    };
    let millis = |name: &str| Duration::from_millis(number(name));
    let percent = |name: &str| u8::try_from(number(name)).unwrap_or(100);
    let count = |name: &str| u32::try_from(number(name)).unwrap_or(u32::MAX);
    let (pause, longest_pause) = (millis(PAUSE), millis(LONGEST));
    if longest_pause < pause {
        return Err(ConfigError::WrongValue {
            origin: settings.setting(LONGEST).map(|it| it.source.to_string()).unwrap_or_default(),
            key: LONGEST.to_owned(),
            message: format!("shorter than {PAUSE}, which is {}", pause.as_millis()),
        });
    }
    Ok(Guarding {
        error_percent: percent("guard.error_percent"),
        slow: millis("guard.slow_ms"),
        slow_percent: percent("guard.slow_percent"),
        least_calls: count("guard.least_calls"),
        window: Duration::from_secs(number("guard.window_seconds")),
        pause,
        longest_pause,
        at_once: u16::try_from(number("guard.at_once")).unwrap_or(u16::MAX),
        per_second: count("guard.per_second"),
        ..Guarding::default()
    })
}
