//! The form in which answers are kept under their keys.

use mtm_core::outcome::Verdict;

use super::failure::Failure;

/// The bytes to keep.
pub(super) fn encode(verdicts: &[Verdict]) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(verdicts)
        .map_err(|error| Failure::Broken(format!("an answer cannot be kept: {error}")))
}

/// The answer that `bytes` keep.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Verdict>, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|error| Failure::Broken(format!("a kept answer cannot be read: {error}")))
}
