//! A mapping: how facts become requests, and how answers are understood.

use std::collections::{BTreeMap, BTreeSet};

use mtm_core::sync::{Class, Fact};
use serde_json::Value;

use super::answer::Answers;
use super::fault::{MappingFault, NotMapped};
use super::given::Given;
use super::list::List;
use super::paging::Paging;
use super::parse;
use super::path::Path;
use super::posting::{Missing, Posting, Search, Several};
use super::shape::Shape;
use super::template::{Hole, Template};
use super::units::{Units, Values};

/// A mapping file that was read, and holds.
#[derive(Debug)]
pub struct Mapping {
    pub(super) rules: Rules,
}

/// Everything that it says.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) about: String,
    pub(super) key: Key,
    pub(super) answers: Answers,
    pub(super) paging: Paging,
    pub(super) units: Units,
    pub(super) values: BTreeMap<String, Values>,
    pub(super) lookups: BTreeMap<String, Lookup>,
    pub(super) postings: BTreeMap<Class, Entry>,
    pub(super) find: Vec<Lookup>,
    pub(super) lists: BTreeMap<String, List>,
}

/// The key of a posting.
#[derive(Debug, Clone, Default)]
pub(super) struct Key {
    /// The header that carries it.
    pub(super) header: Option<String>,
    /// The other system answers one that it knows as it did the first time.
    pub(super) is_honoured: bool,
}

/// A request that posts.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) method: &'static str,
    pub(super) path: Path,
    pub(super) body: Shape,
    /// What is sent where a look-up finds nothing and says so.
    pub(super) otherwise: Option<Box<Self>>,
}

/// Something that is looked for there.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    pub(super) path: Path,
    /// Where the rows stand; without, the answer is the one row.
    pub(super) items: Option<String>,
    /// What stands in a row that counts.
    pub(super) rows: Vec<(String, Shape)>,
    /// What a row has at least.
    pub(super) least: Vec<(String, Shape)>,
    /// What of it is wanted.
    pub(super) value: Option<String>,
    pub(super) several: Several,
    pub(super) missing: Missing,
    /// Statuses that say that there is nothing.
    pub(super) absent: Vec<u16>,
}

impl Mapping {
    /// Reads a mapping file; everything that is wrong with it is told at once, in the order of its lines.
    pub fn parse(text: &str) -> Result<Self, Vec<MappingFault>> {
        parse::rules(text).map(|rules| Self { rules })
    }

    /// What it says of itself.
    pub fn about(&self) -> &str {
        &self.rules.about
    }

    /// The classes of movements that it has a posting for.
    pub fn classes(&self) -> impl Iterator<Item = Class> {
        self.rules.postings.keys().copied()
    }

    /// The lists that can be read by it, each with its members.
    pub fn lists(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.rules.lists.iter().map(|(name, list)| {
            let read = list.fields.iter().map(|(field, _)| field.as_str());
            let fixed = list.fixed.iter().map(|(field, _)| field.as_str());
            (name.as_str(), read.chain(fixed).collect())
        })
    }

    /// The list of this name, and how its pages follow.
    pub(crate) fn list(&self, name: &str) -> Option<(&List, &Paging)> {
        let list = self.rules.lists.get(name)?;
        Some((list, list.paging.as_ref().unwrap_or(&self.rules.paging)))
    }

    /// Whether the other system answers a key that it has seen as it did the first time, so that the same
    /// may be sent again under it where an answer was lost.
    pub fn honours_key(&self) -> bool {
        self.rules.key.is_honoured
    }

    /// The header that carries the key, where one does.
    pub fn key_header(&self) -> Option<&str> {
        self.rules.key.header.as_deref()
    }

    /// Whether it says how a posting is found again.
    pub fn finds(&self) -> bool {
        !self.rules.find.is_empty()
    }

    /// What would be sent for a fact; nothing where its class has no posting. The movement's id as text is
    /// its key.
    pub fn posting(&self, fact: &Fact) -> Result<Option<Posting>, NotMapped> {
        let given = Given { fact, rules: &self.rules };
        let Some(entry) = self.rules.postings.get(&fact.class) else { return Ok(None) };
        let find = self.rules.find.iter().map(|look| look.filled(&given));
        let find = find.collect::<Result<Vec<_>, _>>()?;
        let lookups = self.rules.find.iter().flat_map(Lookup::holes);
        let mut posting = entry.filled(&given)?;
        posting.lookups.extend(self.rules.searches(lookups.collect(), &given)?);
        Ok(Some(Posting { find, ..posting }))
    }
}

impl Entry {
    fn filled(&self, given: &Given<'_>) -> Result<Posting, NotMapped> {
        let templates = self.path.templates().into_iter().chain(self.body.templates());
        let holes = templates.flat_map(Template::holes).collect();
        let body =
            self.body.filled(given)?.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let otherwise = self.otherwise.as_ref().map(|entry| entry.filled(given)).transpose()?;
        Ok(Posting {
            key: given.fact.movement.to_string(),
            method: self.method.to_owned(),
            path: self.path.filled(given)?,
            body,
            lookups: given.rules.searches(holes, given)?,
            find: Vec::new(),
            otherwise: otherwise.map(Box::new),
        })
    }

    /// The look-ups that it names itself.
    pub(super) fn named(&self) -> BTreeSet<&str> {
        let templates = self.path.templates().into_iter().chain(self.body.templates());
        templates.flat_map(Template::holes).filter_map(Hole::lookup).collect()
    }
}

impl Rules {
    /// The look-ups that `holes` name, with those that they name themselves. None is named in a circle:
    /// that was seen when the file was read.
    fn searches(
        &self,
        holes: Vec<&Hole>,
        given: &Given<'_>,
    ) -> Result<BTreeMap<String, Search>, NotMapped> {
        let mut searches = BTreeMap::new();
        let mut wanted: Vec<&str> = holes.into_iter().filter_map(Hole::lookup).collect();
        while let Some(name) = wanted.pop() {
            let Some(lookup) = self.lookups.get(name) else { continue };
            if !searches.contains_key(name) {
                searches.insert(name.to_owned(), lookup.filled(given)?);
                wanted.extend(lookup.holes().filter_map(Hole::lookup));
            }
        }
        Ok(searches)
    }
}

impl Lookup {
    fn filled(&self, given: &Given<'_>) -> Result<Search, NotMapped> {
        let conditions = |shapes: &[(String, Shape)]| {
            let mut filled = BTreeMap::new();
            for (place, shape) in shapes {
                // A condition that is left out would find what was not meant.
                let value = shape.filled(given)?.ok_or_else(|| NotMapped::missing(place))?;
                filled.insert(place.clone(), value);
            }
            Ok(filled)
        };
        Ok(Search {
            path: self.path.filled(given)?,
            items: self.items.clone(),
            rows: conditions(&self.rows)?,
            least: conditions(&self.least)?,
            value: self.value.clone(),
            several: self.several,
            missing: self.missing,
            absent: self.absent.clone(),
        })
    }

    pub(super) fn holes(&self) -> impl Iterator<Item = &Hole> {
        let conditions = self.rows.iter().chain(&self.least);
        let conditions = conditions.flat_map(|(_, shape)| shape.templates());
        self.path.templates().into_iter().chain(conditions).flat_map(Template::holes)
    }
}
