//! Whatever is altered in an archive, it is noticed, and where.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use mtm_core::audit::{self, Hash};
use mtm_core::word::Timestamp;
use mtm_store::entries::ChainEntry;
use mtm_store::totals::ChainPlace;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::check::prove;
use super::line::{Seal, text};
use super::packing::{stored, text_of};
use super::write::Writer;
use super::{ArchiveError, ArchiveReport, BadRow, Redaction, joined, redact};
use crate::checkpoint::{Checkpoint, Flaw, Signature, SigningKey};

/// A directory with a key and archives.
struct Shelf {
    directory: TempDir,
    key: SigningKey,
}

/// What happened: a master, or pieces of a part with or without notes.
#[derive(Debug, Clone)]
enum Fact {
    Master,
    In(i64, i64, Option<&'static str>),
    Out(i64, i64),
}

/// A chain that grows.
struct Chain {
    hash: Hash,
    sequence: u64,
    movement: u64,
}

impl Chain {
    const fn new() -> Self {
        Self { hash: Hash::GENESIS, sequence: 0, movement: 0 }
    }

    fn add(&mut self, fact: &Fact) -> ChainEntry {
        self.sequence += 1;
        let salt = [self.sequence.to_le_bytes()[0]; 16];
        let outside = "[\"supplier\",0,0,\"\"]";
        let stock = format!("[\"stock\",1,2,\"{:010}\"]", self.sequence);
        let mut movement = |part: i64, pieces: i64, from: &str, to: &str, notes: Option<&str>| {
            self.movement += 1;
            let (place, units) = (self.movement, pieces * 1_000_000);
            let notes = notes.map_or_else(
                || "null".to_owned(),
                |notes| format!("{:?}", audit::text_hash(&salt, notes).hex()),
            );
            format!(
                "[\"movement\",{place},\"0193\",\"in\",{part},{units},{from},{to},null,1,7,null,\
                 {notes},null,null,null,null,null,null]"
            )
        };
        let (entry, notes) = match fact {
            Fact::Master => ("[\"part\",1,7,{\"code\":\"P-1\"}]".to_owned(), None),
            Fact::In(part, pieces, notes) => {
                (movement(*part, *pieces, outside, &stock, *notes), *notes)
            }
            Fact::Out(part, pieces) => (movement(*part, *pieces, &stock, outside, None), None),
        };
        self.hash = audit::chain(&self.hash, entry.as_bytes());
        let notes = notes.map(|notes| (notes.to_owned(), salt));
        ChainEntry { sequence: self.sequence, entry, hash: self.hash, notes }
    }

    fn place(&self) -> ChainPlace {
        ChainPlace {
            sequence: self.sequence,
            hash: self.hash.hex(),
            recorded_at: Timestamp::from_micros(7),
            movement: self.movement,
        }
    }
}

const FACTS: [Fact; 6] = [
    Fact::Master,
    Fact::In(1, 30, None),
    Fact::In(1, 41, Some("for the sample room")),
    Fact::Out(1, 11),
    Fact::In(7, 5, Some("ä \"quoted\" note")),
    Fact::Out(7, 5),
];

impl Shelf {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKey::open(&directory.path().join("key")).unwrap();
        Self { directory, key }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn try_archive(
        &self,
        name: &str,
        chain: &mut Chain,
        after: Option<&Checkpoint>,
        facts: &[Fact],
    ) -> Result<ArchiveReport, ArchiveError> {
        let mut writer = Writer::begin(&self.file(name), after, true)?;
        for fact in facts {
            writer.entry(chain.add(fact))?;
        }
        let code = |id| Some(format!("P-{id}"));
        writer.end(chain.place(), code, &self.key, Timestamp::from_micros(9))
    }

    /// The bytes of an archive of these facts.
    fn bytes(&self, facts: &[Fact]) -> Vec<u8> {
        let name = format!("{}.gz", std::fs::read_dir(self.directory.path()).unwrap().count());
        self.try_archive(&name, &mut Chain::new(), None, facts).unwrap();
        std::fs::read(self.file(&name)).unwrap()
    }

    fn prove(&self, bytes: &[u8]) -> Result<ArchiveReport, ArchiveError> {
        let trusted = [self.key.public()];
        Ok(prove(Path::new("archive"), bytes, &trusted, |_| Ok(()))?.0)
    }

    /// Where the first bad row is.
    fn bad(&self, lines: &[String], seal: &Seal) -> BadRow {
        match self.prove(&packed(lines, seal)) {
            Err(ArchiveError::Altered { bad, .. }) => *bad,
            other => panic!("{other:?} of {lines:#?}"),
        }
    }
}

/// The lines of an archive without the seal, and the seal.
fn unpacked(bytes: &[u8]) -> (Vec<String>, Seal) {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(bytes), &mut text)
        .unwrap();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let seal = serde_json::from_str(&lines.pop().unwrap()).unwrap();
    (lines, seal)
}

/// An archive of these lines, packed by somebody who has everything but the key.
fn packed(lines: &[String], seal: &Seal) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(lines.concat().as_bytes()).unwrap();
    let mut bytes = encoder.finish().unwrap();
    let packed = Hash(Sha256::digest(&bytes).into()).hex();
    bytes.extend(stored(text(&Seal { packed, signature: seal.signature.clone() }).as_bytes()));
    bytes
}

#[test]
fn an_archive_proves_what_was_put_into_it() {
    let shelf = Shelf::new();
    let bytes = shelf.bytes(&FACTS);
    let report = shelf.prove(&bytes).unwrap();
    assert_eq!((report.from, report.to, report.entries, report.movements), (1, 6, 6, 5));
    assert_eq!((report.parts, report.pieces), (1, 60), "of the other part there is none any more");
    assert_eq!((report.notes, report.notes_removed), (2, 0));
    assert_eq!(report.signature, Signature::Trusted(shelf.key.public()));
    let (lines, seal) = unpacked(&bytes);
    assert_eq!(lines.len(), 8);
    assert!(lines[3].contains("for the sample room"), "{}", lines[3]);
    // Packed otherwise it is the same.
    let again = shelf.prove(&packed(&lines, &seal)).unwrap();
    assert_eq!(again, report);
    let other = Shelf::new();
    let stranger = other.prove(&bytes).unwrap_err();
    assert!(
        matches!(&stranger, ArchiveError::NotVouchedFor { flaw: Flaw::OtherKey { .. }, .. }),
        "{stranger:?}"
    );
}

#[test]
fn no_byte_of_the_file_can_be_another_one_and_none_can_be_cut_off() {
    let shelf = Shelf::new();
    let bytes = shelf.bytes(&FACTS);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            assert!(shelf.prove(&altered).is_err(), "byte {at} of {} ^ {flip}", bytes.len());
        }
        assert!(shelf.prove(&bytes[..at]).is_err(), "cut after {at}");
    }
    for more in [&[0][..], b"\n", &bytes] {
        assert!(shelf.prove(&[&bytes, more].concat()).is_err(), "{} more", more.len());
    }
}

#[test]
fn no_character_of_the_text_can_be_another_one_and_the_row_is_named() {
    let shelf = Shelf::new();
    let (lines, seal) = unpacked(&shelf.bytes(&FACTS));
    for (number, line) in lines.iter().enumerate() {
        for (at, character) in line.char_indices().filter(|(_, it)| *it != '\n') {
            for other in ['0', '1', 'f', '"', ' ', ','] {
                if other == character {
                    continue;
                }
                let mut altered = lines.clone();
                altered[number] =
                    [&line[..at], &other.to_string(), &line[at + character.len_utf8()..]].concat();
                let bytes = packed(&altered, &seal);
                let bad = match shelf.prove(&bytes) {
                    Err(ArchiveError::Altered { bad, .. }) => *bad,
                    // What is no archive any more cannot name a row.
                    Err(ArchiveError::NotOne { .. }) if number == 0 => continue,
                    proved => panic!("{proved:?} of {}", altered[number]),
                };
                if (1..=FACTS.len()).contains(&number) {
                    let place = Some(number as u64);
                    assert_eq!(bad.sequence, place, "{bad:?} of {}", altered[number]);
                    assert_eq!(bad.line, place.map(|place| place + 1));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_row_can_be_removed_doubled_or_moved(
        facts in prop::collection::vec(
            prop_oneof![
                Just(Fact::Master),
                (1..4_i64, 1..90_i64, prop::option::of(Just("a note")))
                    .prop_map(|(part, pieces, notes)| Fact::In(part, pieces, notes)),
                (1..4_i64, 1..90_i64).prop_map(|(part, pieces)| Fact::Out(part, pieces)),
            ],
            2..12,
        ),
        pick in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let shelf = Shelf::new();
        let (lines, seal) = unpacked(&shelf.bytes(&facts));
        // Entries stand on the lines after the first.
        let (row, other) = (pick.index(facts.len()), to.index(facts.len()));
        let mut removed = lines.clone();
        removed.remove(row + 1);
        prop_assert_eq!(shelf.bad(&removed, &seal).sequence, Some(row as u64 + 1));
        let mut doubled = lines.clone();
        doubled.insert(row + 1, lines[row + 1].clone());
        prop_assert_eq!(shelf.bad(&doubled, &seal).sequence, Some(row as u64 + 2));
        if row != other {
            let mut swapped = lines.clone();
            swapped.swap(row + 1, other + 1);
            prop_assert_eq!(shelf.bad(&swapped, &seal).sequence, Some(row.min(other) as u64 + 1));
        }
        let mut cut = lines.clone();
        cut.truncate(row + 1);
        prop_assert_eq!(shelf.bad(&cut, &seal).sequence, Some(row as u64 + 1));
        // With its end, but without the last rows.
        let mut ended = lines[..=row].to_vec();
        ended.push(lines[lines.len() - 1].clone());
        prop_assert_eq!(shelf.bad(&ended, &seal).sequence, Some(row as u64 + 1));
    }
}

#[test]
fn a_chain_computed_anew_is_not_what_was_signed() {
    let shelf = Shelf::new();
    let (lines, _) = unpacked(&shelf.bytes(&FACTS));
    // Somebody without the key has ten pieces less come in, computes every hash, and signs with their own.
    let other = Shelf::new();
    let mut facts = FACTS;
    facts[1] = Fact::In(1, 20, None);
    let forged = other.bytes(&facts);
    let refused = shelf.prove(&forged).unwrap_err();
    assert!(matches!(refused, ArchiveError::NotVouchedFor { .. }), "{refused:?}");
    // The signed end of the true one does not fit.
    let (mut mixed, seal) = unpacked(&forged);
    mixed.pop();
    mixed.push(lines[lines.len() - 1].clone());
    assert!(shelf.bad(&mixed, &seal).message.contains("not that of the last entry"));
}

#[test]
fn notes_can_be_taken_out_and_the_rest_stays_proved_by_the_same_signature() {
    let shelf = Shelf::new();
    shelf.try_archive("whole", &mut Chain::new(), None, &FACTS).unwrap();
    let trusted = [shelf.key.public()];
    let take_out = |from: &str, to: &str, redaction: &Redaction| {
        redact(&shelf.file(from), &shelf.file(to), &trusted, redaction)
    };
    let of = |places: &[u64]| Redaction::Of(places.iter().copied().collect::<BTreeSet<u64>>());
    let one = take_out("whole", "one", &of(&[3])).unwrap();
    assert_eq!((one.notes, one.notes_removed), (2, 1));
    let bytes = std::fs::read(shelf.file("one")).unwrap();
    assert_eq!(shelf.prove(&bytes).unwrap(), ArchiveReport { path: "archive".into(), ..one });
    let (lines, seal) = unpacked(&bytes);
    assert!(!lines.concat().contains("sample room") && lines.concat().contains("quoted"));
    let (whole, sealed) = unpacked(&std::fs::read(shelf.file("whole")).unwrap());
    assert_eq!(seal.signature, sealed.signature);
    assert_eq!(lines[3].find("\"notes\""), None);
    assert!(whole[3].contains("\"salt\""));

    let none = take_out("one", "none", &Redaction::All).unwrap();
    assert_eq!((none.notes, none.notes_removed), (2, 2));
    // Other words in their place are noticed, also where only one of notes and salt is left.
    for (from, to) in [("sample room", "scrap bin"), ("\"salt\":\"03", "\"salt\":\"04")] {
        let mut altered = whole.clone();
        altered[3] = altered[3].replace(from, to);
        assert_ne!(altered, whole);
        assert_eq!(shelf.bad(&altered, &seal).sequence, Some(3));
    }
    // Nothing is left of what could not be done.
    let missing = take_out("whole", "not", &of(&[3, 4])).unwrap_err();
    assert!(matches!(missing, ArchiveError::NoNotes { sequence: 4, .. }), "{missing:?}");
    assert!(!shelf.file("not").exists());
    let exists = take_out("whole", "one", &Redaction::All).unwrap_err();
    assert!(matches!(exists, ArchiveError::File(_)), "{exists:?}");
}

#[test]
fn archives_follow_each_other_without_a_gap() {
    let shelf = Shelf::new();
    let mut chain = Chain::new();
    let first = shelf.try_archive("1", &mut chain, None, &FACTS[..3]).unwrap();
    let after = Some(&first.checkpoint);
    let second = shelf.try_archive("2", &mut chain, after, &FACTS[3..5]).unwrap();
    let after = Some(&second.checkpoint);
    let third = shelf.try_archive("3", &mut chain, after, &FACTS[5..]).unwrap();
    let all = [&first, &second, &third];
    for report in all {
        let bytes = std::fs::read(&report.path).unwrap();
        let proved = shelf.prove(&bytes).unwrap();
        assert_eq!(proved, ArchiveReport { path: "archive".into(), ..report.clone() });
    }
    assert_eq!((third.from, third.pieces, &third.previous), (6, 60, &second.hash));
    let mut reports = [third.clone(), first.clone(), second.clone()];
    joined(&mut reports).unwrap();
    assert_eq!(reports.each_ref(), all);

    let refused = |reports: &[&ArchiveReport]| {
        let mut reports: Vec<_> = reports.iter().map(|it| (*it).clone()).collect();
        joined(&mut reports).unwrap_err().to_string()
    };
    assert!(refused(&[&first, &third]).contains("entries 4 to 5 are in neither"));
    assert!(refused(&[&first, &second, &second]).contains("entry 4 is in both"));
    // One of another chain that begins at the same place.
    let mut other = Chain::new();
    let begun = [Fact::Master, Fact::Master, Fact::In(1, 1, None)];
    let begun = shelf.try_archive("4", &mut other, None, &begun).unwrap();
    let foreign = Some(&begun.checkpoint);
    let foreign = shelf.try_archive("5", &mut other, foreign, &FACTS[3..4]).unwrap();
    assert!(refused(&[&first, &foreign]).contains("another entry 3"));
}

#[test]
fn what_does_not_fit_the_chain_is_not_archived() {
    let shelf = Shelf::new();
    let written = |alter: fn(&mut ChainEntry)| {
        let mut chain = Chain::new();
        let mut writer = Writer::begin(&shelf.file("never"), None, true).unwrap();
        let mut entries: Vec<_> = FACTS.iter().map(|fact| chain.add(fact)).collect();
        alter(&mut entries[2]);
        entries.into_iter().try_for_each(|entry| writer.entry(entry)).unwrap_err()
    };
    let alterations: [fn(&mut ChainEntry); 4] = [
        |it| it.entry = it.entry.replace("41000000", "42000000"),
        |it| it.hash = Hash::GENESIS,
        |it| it.sequence += 1,
        |it| it.notes.as_mut().unwrap().0.push('!'),
    ];
    for alter in alterations {
        match written(alter) {
            ArchiveError::Broken { bad } => assert_eq!(bad.sequence, Some(3), "{bad:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(!shelf.file("never").exists());
}

#[test]
fn a_seal_is_the_bytes_of_its_text_and_no_others() {
    let member = stored(b"{}\n");
    assert_eq!(text_of(&member), Some("{}\n"));
    let mut read = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&member[..]), &mut read)
        .unwrap();
    assert_eq!(read, "{}\n", "others unpack it as well");
    assert_eq!(text_of(&member[..member.len() - 1]), None);
    assert_eq!(text_of(&[]), None);
}
