//! Scanners and a scale at a terminal, as the configuration describes them.

use std::net::IpAddr;
use std::time::Duration;

use mtm_connect::scale::{Ask, Mass, Protocol, Unit};
use mtm_connect::scanner::{End, Framing, Replies, Rules, Source, unescape};

use super::error::ConfigError;
use super::layers::Settings;

/// Scanners that are devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scanner {
    /// Where scans come from; nowhere but from standard input unless set.
    pub(crate) sources: Vec<Source>,
    /// Where scans begin and end.
    pub(crate) framing: Framing,
    /// The same code within this time is no new scan.
    pub(crate) debounce: Duration,
    /// What serial scanners are answered.
    pub(crate) serial_replies: Replies,
    /// Whether scanners on the network are answered.
    pub(crate) answers: bool,
    /// From where scanners may connect.
    pub(crate) allow: Vec<IpAddr>,
}

/// A scale, and what becomes of its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weighing {
    /// Which one.
    pub(crate) source: Source,
    /// How it is asked.
    pub(crate) ask: Ask,
    /// What one piece weighs.
    pub(crate) piece: Mass,
    /// The code that asks it.
    pub(crate) code: String,
    /// Hundredths of a piece that a suggestion taken at once may be off; never unless set.
    pub(crate) at_once: Option<u32>,
}

/// Values of the settings, each with where it stands.
struct Values<'s>(&'s Settings);

impl Values<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.setting(key).map(|setting| setting.value.as_str())
    }

    fn number(&self, key: &str) -> u64 {
        // Their kind was checked, and each has a default.
        self.text(key).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    fn millis(&self, key: &str) -> Duration {
        Duration::from_millis(self.number(key))
    }

    fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>, ConfigError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let bytes = unescape(text).ok_or_else(|| {
            self.wrong(
                key,
                "not bytes; write \\r, \\n, \\t, \\\\ or \\x02 for what is no character",
            )
        })?;
        Ok(Some(bytes))
    }

    fn wrong(&self, key: &str, message: impl Into<String>) -> ConfigError {
        let origin = self.0.setting(key).map(|setting| setting.source.to_string());
        ConfigError::WrongValue {
            origin: origin.unwrap_or_default(),
            key: key.to_owned(),
            message: message.into(),
        }
    }
}

/// The scanners.
pub(super) fn scanner(settings: &Settings) -> Result<Scanner, ConfigError> {
    const SOURCES: &str = "scanner.sources";
    const ALLOW: &str = "scanner.allow";
    let values = Values(settings);
    let split = |key: &str| {
        let text = values.text(key).unwrap_or_default();
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
    };
    let sources: Vec<Source> = split(SOURCES)
        .map(|text| text.parse())
        .collect::<Result<_, _>>()
        .map_err(|error| values.wrong(SOURCES, format!("wrong: {error}")))?;
    for (nth, source) in sources.iter().enumerate() {
        if sources[..nth].iter().any(|other| other.to_string() == source.to_string()) {
            return Err(values.wrong(SOURCES, format!("wrong: {source} is named twice")));
        }
    }
    let allow: Vec<IpAddr> = split(ALLOW)
        .map(|text| text.parse::<IpAddr>().map(|address| address.to_canonical()))
        .collect::<Result<_, _>>()
        .map_err(|_| values.wrong(ALLOW, "not a list of IP addresses"))?;
    let open = sources.iter().find(|source| match source {
        Source::Listen(address) => !address.ip().is_loopback(),
        _ => false,
    });
    if let (Some(source), true) = (open, allow.is_empty()) {
        let message = format!("wrong: {source} needs scanner.allow, which says who may connect");
        return Err(values.wrong(SOURCES, message));
    }
    let end = match values.text("scanner.end") {
        Some("silence") => End::Silence,
        Some("line") | None => End::LineBreak,
        Some(_) => End::Bytes(values.bytes("scanner.end")?.unwrap_or_default()),
    };
    let framing = Framing {
        prefix: values.bytes("scanner.prefix")?.unwrap_or_default(),
        end,
        longest: usize::try_from(values.number("scanner.longest")).unwrap_or(1),
        quiet: values.millis("scanner.quiet_ms"),
    };
    let (taken, refused) = (values.bytes("scanner.taken")?, values.bytes("scanner.refused")?);
    let serial_replies = if taken.is_none() && refused.is_none() {
        Replies::Nothing
    } else {
        Replies::Bytes { taken: taken.unwrap_or_default(), refused: refused.unwrap_or_default() }
    };
    Ok(Scanner {
        sources,
        framing,
        debounce: values.millis("scanner.debounce_ms"),
        serial_replies,
        answers: values.text("scanner.answers") != Some("off"),
        allow,
    })
}

/// The scale, where there is one.
pub(super) fn scale(settings: &Settings) -> Result<Option<Weighing>, ConfigError> {
    const SOURCE: &str = "scale.source";
    const PATTERN: &str = "scale.pattern";
    const PIECE: &str = "scale.piece_weight";
    let values = Values(settings);
    let Some(text) = values.text(SOURCE) else { return Ok(None) };
    let source: Source =
        text.parse().map_err(|error| values.wrong(SOURCE, format!("wrong: {error}")))?;
    if !matches!(source, Source::Serial(..) | Source::Tcp(_)) {
        return Err(values.wrong(SOURCE, "no scale; write serial:PORT or tcp:HOST:PORT"));
    }
    let protocol = match (values.text("scale.protocol"), values.text(PATTERN)) {
        (Some("pattern"), Some(pattern)) => {
            let unit = values.text("scale.unit").and_then(Unit::parse);
            Protocol::pattern(pattern, unit)
                .map_err(|error| values.wrong(PATTERN, error.to_string()))?
        }
        (Some("pattern"), None) => {
            return Err(ConfigError::Halves { one: "scale.protocol", other: PATTERN });
        }
        _ => Protocol::Sics,
    };
    let Some(piece) = values.text(PIECE) else {
        return Err(ConfigError::Halves { one: SOURCE, other: PIECE });
    };
    let piece: Mass = piece.parse().map_err(|error| values.wrong(PIECE, format!("{error}")))?;
    if piece.femtograms() <= 0 {
        return Err(values.wrong(PIECE, "not above zero"));
    }
    let question = values.bytes("scale.question")?;
    let question = question.unwrap_or_else(|| protocol.question().to_vec());
    let at_once = u32::try_from(values.number("scale.at_once_percent")).unwrap_or(0);
    Ok(Some(Weighing {
        source,
        ask: Ask { protocol, question, patience: values.millis("scale.patience_ms") },
        piece,
        code: values.text("scale.code").unwrap_or("SCALE").to_owned(),
        at_once: (at_once > 0).then_some(at_once),
    }))
}

impl Scanner {
    /// What holds for scans of `source`.
    pub(crate) fn rules(&self, source: &Source) -> Rules {
        let replies = match source {
            Source::Serial(..) => self.serial_replies.clone(),
            Source::Tcp(_) | Source::Listen(_) if self.answers => Replies::Lines,
            _ => Replies::Nothing,
        };
        Rules { framing: self.framing.clone(), debounce: self.debounce, replies }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;

    fn of(
        flags: &[(&'static str, &str)],
    ) -> Result<(Scanner, Option<Weighing>), Box<dyn std::error::Error>> {
        let flags = flags.iter().map(|(key, value)| (*key, (*value).to_owned(), "--x"));
        // No file of this computer is read: a named one that is empty.
        let file = tempfile::NamedTempFile::new()?;
        let settings = read(Some(file.path()), [], flags)?;
        Ok((scanner(&settings)?, scale(&settings)?))
    }

    fn wrong(flags: &[(&'static str, &str)]) -> String {
        of(flags).unwrap_err().to_string()
    }

    #[test]
    fn scanners_and_a_scale_are_read() {
        let (scanner, scale) = of(&[
            ("scanner.sources", "stdin, serial:/dev/ttyUSB0?baud=19200,tcp-listen:10.0.0.1:4001"),
            ("scanner.allow", "10.0.0.7, ::ffff:10.0.0.8"),
            ("scanner.prefix", "\\x02"),
            ("scanner.end", "\\x03\\r"),
            ("scanner.taken", "\\x06"),
            ("scale.source", "tcp:scale.plant:4305"),
            ("scale.piece_weight", "12.5 g"),
            ("scale.at_once_percent", "5"),
        ])
        .unwrap();
        assert_eq!(scanner.sources.len(), 3);
        assert_eq!(scanner.framing.prefix, [2]);
        assert_eq!(scanner.framing.end, End::Bytes(vec![3, 13]));
        let allowed: [IpAddr; 2] = [[10, 0, 0, 7].into(), [10, 0, 0, 8].into()];
        assert_eq!(scanner.allow, allowed);
        let replies = |nth: usize| scanner.rules(&scanner.sources[nth]).replies;
        assert_eq!(replies(0), Replies::Nothing);
        assert_eq!(replies(1), Replies::Bytes { taken: vec![6], refused: Vec::new() });
        assert_eq!(replies(2), Replies::Lines);
        let scale = scale.unwrap();
        assert_eq!((scale.code.as_str(), scale.at_once), ("SCALE", Some(5)));
        assert_eq!(scale.ask.question, b"S\r\n");
        let (scanner, scale) = of(&[]).unwrap();
        assert!(scanner.sources.is_empty() && scale.is_none());
    }

    #[test]
    fn what_cannot_work_is_told_before_it_starts() {
        for (flags, told) in [
            (&[("scanner.sources", "serial:")][..], "without a port"),
            (&[("scanner.sources", "stdin,stdin")], "stdin is named twice"),
            (&[("scanner.sources", "tcp-listen:0.0.0.0:1")], "needs scanner.allow"),
            (&[("scanner.allow", "10.0.0.0/8")], "not a list of IP addresses"),
            (&[("scanner.end", "\\x0")], "scanner.end is not bytes"),
            (&[("scale.source", "stdin")], "scale.source is no scale"),
            (&[("scale.source", "tcp:s:1")], "scale.piece_weight"),
            (&[("scale.source", "tcp:s:1"), ("scale.piece_weight", "0 g")], "not above zero"),
            (&[("scale.source", "tcp:s:1"), ("scale.protocol", "pattern")], "scale.pattern"),
        ] {
            let error = wrong(flags);
            assert!(error.contains(told), "{flags:?}: {error}");
        }
    }
}
