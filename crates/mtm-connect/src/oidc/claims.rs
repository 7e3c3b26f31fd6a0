//! What a token or `UserInfo` says about somebody.

use serde_json::{Map, Value};

/// Most values that are read of one claim: a person in more groups has the first ones.
const MOST: usize = 1_000;

/// Claims by their names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// The text of a claim.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.at(path)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The texts of a claim that is a text or a list of texts; none where there is no such claim.
    pub fn texts(&self, path: &str) -> Vec<&str> {
        match self.at(path) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).take(MOST).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether there is such a claim.
    pub fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        // Seconds may have a fraction (RFC 7519, NumericDate).
        #[expect(clippy::cast_possible_truncation, reason = "a float beyond is held to the bound")]
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    /// The claims with those of `more` that are not among them.
    pub(super) fn and(mut self, more: Self) -> Self {
        for (name, value) in more.0 {
            self.0.entry(name).or_insert(value);
        }
        self
    }

    /// A claim by its own name, which may have dots (an address), or by the way into one.
    fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let mut steps = path.split('.');
        let first = self.0.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.as_object()?.get(step))
    }
}

impl std::fmt::Debug for Claims {
    /// Their names only: what they say is a person's own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_found_by_its_name_or_by_the_way_to_it() {
        let claims = json!({
            "groups": ["a", 7, "b"], "role": "lead", "https://plant.example/roles": ["c"],
            "realm_access": { "roles": ["d"] }, "empty": " ", "exp": 12.9,
        });
        let claims = Claims::new(claims.as_object().unwrap().clone());
        assert_eq!(claims.texts("groups"), ["a", "b"]);
        assert_eq!(claims.texts("role"), ["lead"]);
        assert_eq!(claims.texts("https://plant.example/roles"), ["c"]);
        assert_eq!(claims.texts("realm_access.roles"), ["d"]);
        assert!(
            claims.texts("realm_access.groups").is_empty() && claims.texts("groups.x").is_empty()
        );
        assert_eq!((claims.text("role"), claims.text("empty")), (Some("lead"), None));
        assert_eq!(claims.number("exp"), Some(12));
        assert!(!format!("{claims:?}").contains("lead"));
    }
}
