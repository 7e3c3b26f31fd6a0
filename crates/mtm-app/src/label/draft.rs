//! A template that is being written, in an address: so that a page can show its picture before it is kept,
//! and no server has to remember it.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use mtm_core::code::Code;
use mtm_core::label::MAX_TEXT;

use crate::error::AppError;

/// `text` as a piece of an address.
pub fn pack(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Memory takes what it is given.
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    URL_SAFE_NO_PAD.encode(packed.unwrap_or_default())
}

/// The text in a piece of an address; never more than a template may have.
pub fn unpack(piece: &str) -> Result<String, AppError> {
    let wrong = || AppError::field("text", Code::InvalidParameter, "this is no packed template");
    let packed = URL_SAFE_NO_PAD.decode(piece).map_err(|_| wrong())?;
    let most = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX) + 1;
    let mut text = String::new();
    let read = DeflateDecoder::new(packed.as_slice()).take(most).read_to_string(&mut text);
    if read.is_err() || text.len() > MAX_TEXT {
        return Err(wrong());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_comes_out_of_its_address_as_it_went_in_and_no_bomb_does() {
        let text = "title = \"Größe\"\n".repeat(900);
        assert_eq!(unpack(&pack(&text)).unwrap(), text);
        assert!(
            pack(&text).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        for wrong in ["!", "AAAA", &pack(&"x".repeat(MAX_TEXT + 1)), &pack(&"x".repeat(3_000_000))]
        {
            assert!(unpack(wrong).is_err());
        }
    }
}
