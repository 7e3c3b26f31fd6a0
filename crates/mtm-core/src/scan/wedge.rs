//! Scanners that type (keyboard wedges): what their keys begin with, end with, and stand for.
//!
//! A profile says by which keys a scan is told from fingers. With a prefix, everything from it to the suffix is a scan,
//! whatever has the focus. Without one its speed tells: there is one such profile, because nothing else would tell two
//! apart. What a browser does with it, its script says.
//!
//! Keys are written as words with blanks between: the name of a key (`F9`, `Enter`), `Ctrl+]`, `Alt+029` for that code
//! typed while Alt is held, or characters as they are (`~`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::gs1;

/// Most keys of a prefix, and of what stands for a separator.
const MOST_KEYS: usize = 6;
const RECORD: char = '\u{1e}';
const END: char = '\u{4}';
/// Keys that scanners can send and that are no characters, but for F1 to F24.
const NAMED: [&str; 8] = ["Enter", "Tab", "Escape", "Insert", "Home", "End", "PageUp", "PageDown"];

/// Why a profile cannot be used. Reads well after "is".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WedgeFault {
    /// No key of that name.
    #[error(
        "no keys: {0:?} is none; write characters as they are, F1 to F24, Enter, Tab, Ctrl+] or Alt+029, with blanks between"
    )]
    Key(String),
    /// None, or too many.
    #[error("not 1 to {MOST_KEYS} keys")]
    Count,
    /// What people type all day.
    #[error("a letter, a digit, Enter or Tab at its beginning: people type these all day")]
    Common,
    /// The end of a scan is one key.
    #[error("no end of a scan: write one key, or none for silence")]
    Suffix,
    /// Silence after what nothing began.
    #[error("none, and without a prefix nobody knows what silence ends")]
    Silence,
    /// A number beyond its bounds.
    #[error("no whole number from {least} to {most}")]
    Number {
        /// The smallest that is taken.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// What ends a scan stands within it.
    #[error("the same key as the end of a scan")]
    Ends,
    /// Too many profiles.
    #[error("there are {0} profiles; at most {most} are taken", most = Wedges::MAX)]
    TooMany(usize),
    /// Two profiles that nothing tells apart.
    #[error("{one} and {other} begin alike; a scan could be of either")]
    Alike {
        /// A profile.
        one: String,
        /// Another one.
        other: String,
    },
}

/// Keys, each as a browser's script names it: a character, the name of a key, or one with `Ctrl+` or `Alt+` before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Keys(Vec<String>);

impl Keys {
    /// Reads them.
    ///
    /// ```
    /// use mtm_core::scan::Keys;
    ///
    /// let keys = |text| Keys::parse(text).unwrap().iter().map(str::to_owned).collect::<Vec<_>>();
    /// assert_eq!(keys("F9 ~"), ["F9", "~"]);
    /// assert_eq!(keys("Ctrl+]"), ["Ctrl+]"]);
    /// assert_eq!(keys("Alt+029"), ["Alt+0", "Alt+2", "Alt+9"]);
    /// assert_eq!(keys("{GS}"), ["{", "G", "S", "}"]);
    /// ```
    pub fn parse(text: &str) -> Result<Self, WedgeFault> {
        let mut keys = Vec::new();
        for word in text.split_whitespace() {
            read_word(word, &mut keys).ok_or_else(|| WedgeFault::Key(word.to_owned()))?;
        }
        if keys.is_empty() || keys.len() > MOST_KEYS {
            Err(WedgeFault::Count)
        } else {
            Ok(Self(keys))
        }
    }

    /// They, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The same, where nobody types the first of them all day.
    fn uncommon(self) -> Result<Self, WedgeFault> {
        let is_common = |key: &String| {
            matches!(key.as_str(), "Enter" | "Tab")
                || (key.chars().count() == 1 && key.chars().all(char::is_alphanumeric))
        };
        if self.0.first().is_some_and(is_common) { Err(WedgeFault::Common) } else { Ok(self) }
    }
}

fn read_word(word: &str, keys: &mut Vec<String>) -> Option<()> {
    if let Some(key) = word.strip_prefix("Ctrl+") {
        let mut characters = key.chars();
        let (key, rest) = (characters.next()?, characters.next());
        if rest.is_some() || key.is_control() {
            return None;
        }
        keys.push(format!("Ctrl+{}", key.to_lowercase()));
    } else if let Some(digits) = word.strip_prefix("Alt+") {
        if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        keys.extend(digits.chars().map(|digit| format!("Alt+{digit}")));
    } else if NAMED.contains(&word) || is_function(word) {
        keys.push(word.to_owned());
    } else if word.chars().any(char::is_control) {
        return None;
    } else {
        keys.extend(word.chars().map(String::from));
    }
    Some(())
}

fn is_function(word: &str) -> bool {
    let number = word.strip_prefix('F').filter(|it| !it.starts_with('0'));
    number.and_then(|it| it.parse::<u8>().ok()).is_some_and(|it| (1..=24).contains(&it))
}

/// What is written of a profile, as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct WedgeText<'t> {
    /// Keys before each scan.
    pub prefix: Option<&'t str>,
    /// The key that ends a scan, or `none`.
    pub suffix: Option<&'t str>,
    /// Longest pause between two keys, in milliseconds.
    pub pause_ms: Option<&'t str>,
    /// Fewest characters of a scan.
    pub least: Option<&'t str>,
    /// Keys for the separator GS.
    pub gs: Option<&'t str>,
    /// Keys for the separator RS.
    pub rs: Option<&'t str>,
    /// Keys for EOT, the end of a message.
    pub eot: Option<&'t str>,
}

/// How one kind of scanner types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wedge {
    #[serde(skip)]
    name: String,
    prefix: Keys,
    /// Any one of these ends a scan; silence does where there is none.
    suffix: Vec<String>,
    /// With a prefix the longest pause, else the longest on average.
    pause: u32,
    least: u32,
    /// What stands for which control character.
    controls: BTreeMap<char, Keys>,
}

impl Wedge {
    /// The scanner that needs no profile: fast, and ended by Enter or Tab.
    fn plain() -> Self {
        Self {
            name: String::new(),
            prefix: Keys::default(),
            suffix: vec!["Enter".to_owned(), "Tab".to_owned()],
            pause: 40,
            least: 4,
            controls: BTreeMap::new(),
        }
    }

    /// Reads a profile; what is wrong is told with the member that says it, all at once.
    pub fn parse(name: &str, text: WedgeText<'_>) -> Result<Self, Vec<(&'static str, WedgeFault)>> {
        let mut faults = Vec::new();
        let plain = Self::plain();
        let keys = |text: &str| Keys::parse(text).and_then(Keys::uncommon);
        let prefix = text.prefix.map(|it| noted("prefix", keys(it), &mut faults));
        let prefix = prefix.flatten().unwrap_or_default();
        let is_led = text.prefix.is_some();
        let suffix = match text.suffix {
            None => plain.suffix,
            Some("none") if is_led => Vec::new(),
            Some("none") => {
                faults.push(("suffix", WedgeFault::Silence));
                Vec::new()
            }
            Some(it) => match Keys::parse(it) {
                Ok(Keys(keys)) if keys.len() == 1 => keys,
                Ok(_) | Err(WedgeFault::Count) => {
                    faults.push(("suffix", WedgeFault::Suffix));
                    Vec::new()
                }
                Err(fault) => {
                    faults.push(("suffix", fault));
                    Vec::new()
                }
            },
        };
        let mut number = |member, text: Option<&str>, otherwise, (least, most)| match text {
            None => otherwise,
            Some(text) => {
                let read = text.parse().ok().filter(|it| (least..=most).contains(it));
                let read = read.ok_or(WedgeFault::Number { least, most });
                noted(member, read, &mut faults).unwrap_or(otherwise)
            }
        };
        let (pause, least) = if is_led { (200, 1) } else { (plain.pause, plain.least) };
        let pause = number("pause_ms", text.pause_ms, pause, (5, 1_000));
        let least = number("least", text.least, least, (1, 100));
        let mut controls = BTreeMap::new();
        for (member, control, given) in
            [("gs", gs1::SEPARATOR, text.gs), ("rs", RECORD, text.rs), ("eot", END, text.eot)]
        {
            let Some(found) = given.and_then(|it| noted(member, keys(it), &mut faults)) else {
                continue;
            };
            if found.iter().any(|key| suffix.iter().any(|end| end == key)) {
                faults.push((member, WedgeFault::Ends));
            }
            controls.insert(control, found);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { name: name.to_owned(), prefix, suffix, pause, least, controls })
    }
}

fn noted<T>(
    member: &'static str,
    read: Result<T, WedgeFault>,
    faults: &mut Vec<(&'static str, WedgeFault)>,
) -> Option<T> {
    read.map_err(|fault| faults.push((member, fault))).ok()
}

/// All profiles that browsers know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Wedges(Vec<Wedge>);

impl Wedges {
    /// Most profiles.
    pub const MAX: usize = 16;

    /// These, and the plain one unless one of them takes its place.
    pub fn new(mut profiles: Vec<Wedge>) -> Result<Self, WedgeFault> {
        if profiles.len() > Self::MAX {
            return Err(WedgeFault::TooMany(profiles.len()));
        }
        for (at, one) in profiles.iter().enumerate() {
            let is_alike = |other: &&Wedge| {
                let (one, other) = (&one.prefix.0, &other.prefix.0);
                // Without a prefix there is one; that others have one tells them from it.
                one.is_empty() == other.is_empty()
                    && (one.starts_with(other) || other.starts_with(one))
            };
            if let Some(other) = profiles[at + 1..].iter().find(is_alike) {
                let (one, other) = (one.name.clone(), other.name.clone());
                return Err(WedgeFault::Alike { one, other });
            }
        }
        if profiles.iter().all(|it| !it.prefix.0.is_empty()) {
            profiles.push(Wedge::plain());
        }
        Ok(Self(profiles))
    }
}

impl Default for Wedges {
    fn default() -> Self {
        Self(vec![Wedge::plain()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(name: &str, prefix: &str) -> Wedge {
        let text = WedgeText { prefix: Some(prefix), ..WedgeText::default() };
        Wedge::parse(name, text).unwrap()
    }

    #[test]
    fn a_browser_is_told_of_every_profile_and_of_the_plain_one() {
        let text = WedgeText {
            prefix: Some("F9"),
            suffix: Some("none"),
            pause_ms: Some("90"),
            gs: Some("F8"),
            eot: Some("Alt+004"),
            ..WedgeText::default()
        };
        let wedges = Wedges::new(vec![Wedge::parse("ring", text).unwrap()]).unwrap();
        assert_eq!(
            serde_json::to_string(&wedges).unwrap(),
            r#"[{"prefix":["F9"],"suffix":[],"pause":90,"least":1,"controls":{"\u0004":["Alt+0","Alt+0","Alt+4"],"\u001d":["F8"]}},{"prefix":[],"suffix":["Enter","Tab"],"pause":40,"least":4,"controls":{}}]"#
        );
        assert_eq!(wedges.0[1..], Wedges::default().0);
    }

    #[test]
    fn a_profile_without_a_prefix_takes_the_place_of_the_plain_one() {
        let slow = WedgeText { pause_ms: Some("70"), ..WedgeText::default() };
        let slow = Wedge::parse("slow", slow).unwrap();
        let wedges = Wedges::new(vec![led("tilde", "~"), slow.clone()]).unwrap();
        assert_eq!(wedges.0.len(), 2);
        let error = Wedges::new(vec![slow.clone(), slow]).unwrap_err();
        assert!(matches!(error, WedgeFault::Alike { .. }));
    }

    #[test]
    fn profiles_that_begin_alike_are_refused() {
        let error = Wedges::new(vec![led("a", "F9"), led("b", "~"), led("c", "F9 x")]).unwrap_err();
        assert_eq!(error.to_string(), "a and c begin alike; a scan could be of either");
        assert!(Wedges::new(vec![led("a", "~a"), led("b", "~b")]).is_ok());
        let many = (0..17).map(|at| led("a", &format!("~{}", char::from(b'a' + at)))).collect();
        assert_eq!(Wedges::new(many), Err(WedgeFault::TooMany(17)));
    }

    #[test]
    fn everything_that_is_wrong_with_a_profile_is_told_at_once() {
        let text = WedgeText {
            prefix: Some("A~"),
            suffix: Some(";;"),
            pause_ms: Some("2000"),
            least: Some("0"),
            gs: Some("Ctrl+ab"),
            rs: Some("Alt+x"),
            eot: Some(" "),
        };
        let faults = Wedge::parse("x", text).unwrap_err();
        let members: Vec<&str> = faults.iter().map(|(member, _)| *member).collect();
        assert_eq!(members, ["prefix", "suffix", "pause_ms", "least", "gs", "rs", "eot"]);
        let none = WedgeText { suffix: Some("none"), ..WedgeText::default() };
        assert_eq!(Wedge::parse("x", none), Err(vec![("suffix", WedgeFault::Silence)]));
        let ends = WedgeText { suffix: Some("F8"), gs: Some("F8"), ..WedgeText::default() };
        assert_eq!(Wedge::parse("x", ends), Err(vec![("gs", WedgeFault::Ends)]));
        for common in ["a", "7", "Tab x", "Enter"] {
            let text = WedgeText { prefix: Some(common), ..WedgeText::default() };
            assert_eq!(Wedge::parse("x", text), Err(vec![("prefix", WedgeFault::Common)]));
        }
        assert_eq!(Keys::parse("F25"), Ok(Keys(["F", "2", "5"].map(str::to_owned).to_vec())));
    }
}
