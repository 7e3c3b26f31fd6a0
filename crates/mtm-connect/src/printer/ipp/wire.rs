//! Requests and answers of IPP as bytes (RFC 8010), by the package `ipp`; here is what of them is looked at.

use std::io::Cursor;

use ipp::IppHeader;
use ipp::attribute::{IppAttribute, IppAttributeGroup, IppAttributes};
use ipp::model::{DelimiterTag, IppVersion, Operation};
use ipp::parser::{IppParseError, IppParser};
use ipp::reader::IppReader;
use ipp::value::IppValue;

/// The media type of both.
pub(super) const MEDIA_TYPE: &str = "application/ipp";
/// Most characters of a text for people that are kept.
const LONGEST: usize = 200;
/// Bytes before the attributes: version, status and number of the request.
const HEADER: usize = 8;
/// The tag that ends all attributes, and the first one of a value.
const END: u8 = 0x03;
/// A collection begins, and ends (RFC 8010, 3.1.6).
const COLLECTION: u8 = 0x34;
const COLLECTION_END: u8 = 0x37;
/// Most collections in each other: answers have three.
const DEEPEST: usize = 8;
/// Most groups of an answer: one for each job, and those before.
const GROUPS_MAX: usize = 1_100;
const VALUES: u8 = 0x10;
/// Tags of texts and names that say their language, in lengths of their own.
const IN_A_LANGUAGE: [u8; 2] = [0x35, 0x36];

/// A request on its way.
pub(super) struct Request {
    header: IppHeader,
    attributes: IppAttributes,
}

impl Request {
    /// Asks the printer of this URI for something, in the name of `user`.
    pub(super) fn new(operation: Operation, uri: &str, user: &str) -> Result<Self, IppParseError> {
        // 1.1 is what every printer speaks. One request at a time is asked, so its number says nothing.
        let header = IppHeader::new(IppVersion::v1_1(), operation as i16, 1);
        let mut request = Self { header, attributes: IppAttributes::new() };
        request.put("attributes-charset", IppValue::new_charset("utf-8")?)?;
        request.put("attributes-natural-language", IppValue::new_natural_language("en")?)?;
        request.put("printer-uri", IppValue::new_uri(uri)?)?;
        request.put("requesting-user-name", IppValue::new_name_without_language(user)?)?;
        Ok(request)
    }

    /// Says something about what is asked.
    pub(super) fn put(&mut self, name: &str, value: IppValue) -> Result<(), IppParseError> {
        self.add(DelimiterTag::OperationAttributes, name, value)
    }

    /// Says something about the job that is asked for.
    pub(super) fn put_of_job(&mut self, name: &str, value: IppValue) -> Result<(), IppParseError> {
        self.add(DelimiterTag::JobAttributes, name, value)
    }

    /// Asks for these attributes alone.
    pub(super) fn want(&mut self, names: &[&str]) -> Result<(), IppParseError> {
        let words: Result<Vec<_>, _> = names.iter().map(|it| IppValue::new_keyword(*it)).collect();
        self.put("requested-attributes", IppValue::Array(words?))
    }

    fn add(
        &mut self,
        group: DelimiterTag,
        name: &str,
        value: IppValue,
    ) -> Result<(), IppParseError> {
        let attribute = IppAttribute::with_name(name, value)?;
        self.attributes.add(group, attribute);
        Ok(())
    }

    /// The request, and behind it the document.
    pub(super) fn bytes(&self, document: &[u8]) -> Vec<u8> {
        let mut bytes = self.header.to_bytes().to_vec();
        bytes.extend_from_slice(&self.attributes.to_bytes());
        bytes.extend_from_slice(document);
        bytes
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// Its status code.
    pub(super) status: u16,
    attributes: IppAttributes,
}

impl Answer {
    /// Reads one; nothing where that is none.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        if !is_sound(&bytes) {
            return None;
        }
        let parser = IppParser::new(IppReader::new(Cursor::new(bytes)));
        let (header, attributes, _) = parser.parse_parts().ok()?;
        Some(Self { status: header.operation_or_status.cast_unsigned(), attributes })
    }

    /// What it says of the printer.
    pub(super) fn printer(&self) -> Option<Group<'_>> {
        self.attributes.first_of(DelimiterTag::PrinterAttributes).map(Group)
    }

    /// What it says of jobs, each by itself.
    pub(super) fn jobs(&self) -> impl Iterator<Item = Group<'_>> {
        self.attributes.groups_of(DelimiterTag::JobAttributes).map(Group)
    }

    /// What it says for people, without what would break a line of a log.
    pub(super) fn message(&self) -> Option<String> {
        let group = self.attributes.first_of(DelimiterTag::OperationAttributes).map(Group)?;
        group.text("status-message")
    }
}

/// Attributes of one thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'a>(&'a IppAttributeGroup);

impl<'a> Group<'a> {
    fn value(self, name: &str) -> Option<&'a IppValue> {
        self.0.get(name).map(IppAttribute::value)
    }

    /// A number, or the number of a word.
    pub(super) fn number(self, name: &str) -> Option<i32> {
        match self.value(name)? {
            IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
            _ => None,
        }
    }

    /// Yes or no.
    pub(super) fn flag(self, name: &str) -> Option<bool> {
        match self.value(name)? {
            IppValue::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Whether it is there and says that there is nothing to say.
    pub(super) fn is_empty(self, name: &str) -> bool {
        // Besides "no value" there are "unknown" and "unsupported", which say something else.
        matches!(self.value(name), Some(IppValue::NoValue))
    }

    /// Words, media types and names, in small letters as they stand; none where there are none.
    pub(super) fn words(self, name: &str) -> Vec<String> {
        let all = match self.value(name) {
            None => return Vec::new(),
            Some(IppValue::Array(all)) => all.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        all.iter().filter_map(plain).collect()
    }

    /// A text, without what would break a line of a log.
    pub(super) fn text(self, name: &str) -> Option<String> {
        let text = plain(self.value(name)?)?;
        let words: Vec<&str> = text
            .split(|it: char| it.is_control() || it == ' ')
            .filter(|it| !it.is_empty())
            .collect();
        let line: String = words.join(" ").chars().take(LONGEST).collect();
        (!line.is_empty()).then_some(line)
    }
}

fn plain(value: &IppValue) -> Option<String> {
    match value {
        IppValue::Keyword(word) | IppValue::MimeMediaType(word) => Some(word.as_str().to_owned()),
        IppValue::NameWithoutLanguage(name) | IppValue::NameWithLanguage { name, .. } => {
            Some(name.as_str().to_owned())
        }
        IppValue::TextWithoutLanguage(text) | IppValue::TextWithLanguage { text, .. } => {
            Some(text.to_string())
        }
        _ => None,
    }
}

/// Whether every value holds what its lengths say, which the package takes for granted of texts with a language, and whether
/// it has neither more groups nor deeper collections than answers have: the package makes much of the first, and goes down the
/// second by the stack.
fn is_sound(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.get(HEADER..) else { return false };
    let (mut groups, mut depth) = (0, 0_usize);
    while let Some((tag, after)) = rest.split_first() {
        if *tag == END {
            return depth == 0;
        }
        rest = after;
        if *tag < VALUES {
            groups += 1;
            if groups > GROUPS_MAX {
                return false;
            }
            continue;
        }
        match *tag {
            COLLECTION if depth < DEEPEST => depth += 1,
            COLLECTION => return false,
            COLLECTION_END => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return false,
            },
            _ => {}
        }
        let Some((_, after)) = counted(rest) else { return false };
        let Some((value, after)) = counted(after) else { return false };
        rest = after;
        if IN_A_LANGUAGE.contains(tag) && counted(value).and_then(|it| counted(it.1)).is_none() {
            return false;
        }
    }
    false
}

/// Bytes behind their number, and the rest.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An answer of one group with one value.
    fn answer(group: u8, tag: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1, 1, 0, 0, 0, 0, 0, 1, group, tag, 0, 1, b'a'];
        bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        bytes.extend(value);
        bytes.push(END);
        bytes
    }

    #[test]
    fn what_is_too_deep_or_in_too_many_parts_is_no_answer() {
        let nested = |levels: usize, ends: usize| {
            let mut bytes = vec![1, 1, 0, 0, 0, 0, 0, 1, 4, COLLECTION, 0, 1, b'a', 0, 0];
            for _ in 1..levels {
                bytes.extend([0x4a, 0, 0, 0, 1, b'k', COLLECTION, 0, 0, 0, 0]);
            }
            bytes.extend([COLLECTION_END, 0, 0, 0, 0].repeat(ends));
            bytes.push(END);
            bytes
        };
        assert!(Answer::read(nested(DEEPEST, DEEPEST)).is_some());
        assert!(Answer::read(nested(DEEPEST + 1, DEEPEST + 1)).is_none());
        assert!(Answer::read(nested(200_000, 200_000)).is_none());
        assert!(Answer::read(nested(2, 3)).is_none());
        assert!(Answer::read(nested(2, 1)).is_none());
        let many = |groups: usize| {
            let mut bytes = vec![1, 1, 0, 0, 0, 0, 0, 1];
            bytes.extend([2].repeat(groups));
            bytes.push(END);
            bytes
        };
        assert!(Answer::read(many(GROUPS_MAX)).is_some());
        assert!(Answer::read(many(GROUPS_MAX + 1)).is_none());
    }

    #[test]
    fn a_text_that_is_shorter_than_it_says_is_no_answer() {
        let good = answer(4, 0x35, b"\0\x02en\0\x03low");
        let read = Answer::read(good).unwrap();
        assert_eq!(read.printer().unwrap().text("a").as_deref(), Some("low"));
        for value in [&b"\0\xffen"[..], b"\0", b"", b"\0\x02en\0\x04low"] {
            assert!(Answer::read(answer(4, 0x35, value)).is_none(), "{value:?}");
            assert!(Answer::read(answer(4, 0x36, value)).is_none(), "{value:?}");
        }
        assert!(Answer::read(b"HTTP/1.0 400 Bad Request\r\n\r\n".to_vec()).is_none());
    }

    proptest! {
        #[test]
        fn no_answer_in_ipp_of_whatever_kind_is_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Answer::read(bytes);
        }

        /// Near enough to an answer to get past the first look.
        #[test]
        fn no_value_of_whatever_kind_is_too_much(
            group in 0..=10_u8,
            values in proptest::collection::vec((0x10..=0x4a_u8, proptest::collection::vec(any::<u8>(), 0..12)), 0..8),
        ) {
            let mut bytes = vec![1, 1, 0, 0, 0, 0, 0, 1, group];
            for (tag, value) in values {
                bytes.extend([tag, 0, 1, b'a', 0, u8::try_from(value.len()).unwrap()]);
                bytes.extend(value);
            }
            bytes.push(END);
            let _ = Answer::read(bytes);
        }
    }
}
