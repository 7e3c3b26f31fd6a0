//! Certificates as they lie in files and come over the line.
//!
//! A file holds one in DER, or any number in PEM. A server may show its own with those of its issuers behind it; only its
//! own is compared, octet by octet. Deliberately absent: chains. A controller's certificate is its own issuer's as a rule,
//! and who trusts it trusts this one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Most octets of a file of certificates.
pub const FILE_MAX: u64 = 256 * 1024;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates in a file, each in DER. None where it holds none.
pub fn read(file: &[u8]) -> Vec<Vec<u8>> {
    if let Some(own) = first(file) {
        return vec![own.to_vec()];
    }
    let text = String::from_utf8_lossy(file);
    let blocks = text.split(BEGIN).skip(1).filter_map(|it| it.split_once(END));
    blocks
        .filter_map(|(block, _)| {
            let digits: String = block.split_whitespace().collect();
            let der = STANDARD.decode(digits).ok()?;
            first(&der).map(<[u8]>::to_vec)
        })
        .collect()
}

/// The first of certificates that stand one behind the other: a server's own.
pub fn first(der: &[u8]) -> Option<&[u8]> {
    let (length, head) = match *der {
        [0x30, length, ..] if length < 0x80 => (usize::from(length), 2),
        [0x30, 0x81, length, ..] => (usize::from(length), 3),
        [0x30, 0x82, high, low, ..] => (usize::from(u16::from_be_bytes([high, low])), 4),
        _ => return None,
    };
    der.get(..head + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_in_der_or_some_in_pem() {
        let one = [vec![0x30, 3], vec![1, 2, 3]].concat();
        let long = [vec![0x30, 0x82, 1, 0], vec![7; 256]].concat();
        assert_eq!(read(&one), std::slice::from_ref(&one));
        let pem = |der: &[u8]| format!("{BEGIN}\r\n{}\r\n{END}\n", STANDARD.encode(der));
        let file = format!("subject=press\n{}{}", pem(&one), pem(&long));
        assert_eq!(read(file.as_bytes()), [one, long]);
        for file in ["", "certificate", BEGIN, &format!("{BEGIN}!{END}"), &pem(&[0x30, 9, 1])] {
            assert_eq!(read(file.as_bytes()), Vec::<Vec<u8>>::new(), "{file:?}");
        }
    }

    #[test]
    fn of_a_chain_the_first_counts() {
        let own = [0x30, 0x81, 2, 8, 9];
        assert_eq!(first(&[own.as_slice(), &[0x30, 1, 5]].concat()), Some(own.as_slice()));
        for der in [&[] as &[u8], &[0x30], &[0x30, 2, 1], &[0x30, 0x83, 0, 0, 1, 5], &[2, 1, 1]] {
            assert_eq!(first(der), None, "{der:?}");
        }
    }
}
