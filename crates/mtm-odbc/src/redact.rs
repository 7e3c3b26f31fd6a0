//! Keeping a connection string out of what is said: drivers repeat parts of it in their messages.

/// What stands for a secret.
const HIDDEN: &str = "***";
/// Longest message, in characters.
const MESSAGE_MAX: usize = 400;
/// Values shorter than this are switches and numbers of seconds, unless the key says that they are passwords.
const SHORT: usize = 4;
/// Keys of passwords.
const PASSWORDS: [&str; 2] = ["pwd", "password"];
/// Keys whose values are no secrets: people need them to find what is wrong.
const OPEN: [&str; 12] = [
    "driver",
    "dsn",
    "server",
    "address",
    "addr",
    "port",
    "database",
    "db",
    "charset",
    "encrypt",
    "trustservercertificate",
    "tds_version",
];

/// A connection string, as far as it must not be shown.
#[derive(Default)]
pub struct Secrets {
    hidden: Vec<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// The secrets of a connection string: values of all keys but those that are known to be none.
    pub fn of(connection: &str) -> Self {
        let mut hidden = vec![connection.to_owned()];
        for (key, value) in pairs(connection) {
            let key = key.trim().to_ascii_lowercase();
            let value = value.trim();
            let short = value.chars().count() < SHORT && !PASSWORDS.contains(&key.as_str());
            if !value.is_empty() && !short && !OPEN.contains(&key.as_str()) {
                hidden.push(value.to_owned());
                hidden.push(value.trim_matches(['{', '}']).to_owned());
            }
        }
        // A user's name helps, and is in every message about signing in; a long one first, so that no rest of
        // it is left.
        let names: Vec<String> = pairs(connection)
            .into_iter()
            .filter(|(key, _)| ["uid", "user"].contains(&key.trim().to_ascii_lowercase().as_str()))
            .map(|(_, value)| value.trim().to_owned())
            .collect();
        hidden.retain(|it| !it.is_empty() && !names.contains(it));
        hidden.sort_by_key(|it| std::cmp::Reverse(it.len()));
        hidden.dedup();
        Self { hidden }
    }

    /// A message without them, and not longer than anybody reads.
    pub fn hide(&self, message: &str) -> String {
        let mut shown = message.replace(['\r', '\n'], " ");
        for secret in &self.hidden {
            shown = shown.replace(secret.as_str(), HIDDEN);
        }
        shown.chars().take(MESSAGE_MAX).collect()
    }
}

/// The keys and values of a connection string; a value in braces may hold semicolons.
fn pairs(connection: &str) -> Vec<(String, String)> {
    let (mut all, mut key, mut value) = (Vec::new(), String::new(), None::<String>);
    let mut braced = false;
    for c in connection.chars().chain([';']) {
        match (c, &mut value) {
            (';', _) if !braced => {
                if let Some(value) = value.take() {
                    all.push((std::mem::take(&mut key), value));
                }
                key.clear();
            }
            ('=', None) => value = Some(String::new()),
            (c, None) => key.push(c),
            (c, Some(value)) => {
                braced = match c {
                    '{' if value.is_empty() => true,
                    '}' => false,
                    _ => braced,
                };
                value.push(c);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden_and_names_are_not() {
        let secrets =
            Secrets::of("Driver={ODBC 18};Server=erp1;UID=reader;PWD={ge;heim};Token=abc123;X=1");
        let shown =
            secrets.hide("login failed for 'reader' on erp1 with {ge;heim}, abc123\nand ge;heim");
        assert_eq!(shown, "login failed for 'reader' on erp1 with ***, *** and ***");
        let whole = "Driver={ODBC 18};Server=erp1;UID=reader;PWD={ge;heim};Token=abc123";
        assert_eq!(secrets.hide(whole), "***");
        assert!(!format!("{secrets:?}").contains("heim"));
    }

    #[test]
    fn messages_are_bounded() {
        assert_eq!(Secrets::of("").hide(&"x".repeat(5_000)).len(), MESSAGE_MAX);
    }
}
