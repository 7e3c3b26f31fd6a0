//! Texts with holes: `"{part}"`, `"MTM {movement}"`, `"{to.place|to.location}"`.
//!
//! A hole names members of a fact, the first that is there counts; `?` says that it may be missing, and
//! then the whole value is left out. `:text` and `:number` say what it becomes where it stands alone.

/// The members of a fact that a hole may name.
pub(super) const MEMBERS: [&str; 23] = [
    "movement",
    "sequence",
    "class",
    "type",
    "part",
    "unit",
    "quantity",
    "pieces",
    "lot",
    "to_lot",
    "from.location",
    "from.operation",
    "from.warehouse",
    "from.place",
    "to.location",
    "to.operation",
    "to.warehouse",
    "to.place",
    "work_order",
    "reason",
    "user",
    "recorded_at",
    "occurred_at",
];

/// What a fact names besides: the movement that it undoes.
pub(super) const REVERSES: &str = "reverses";

/// A text with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
}

/// A piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Stays as it is.
    Literal(String),
    /// Is filled.
    Hole(Hole),
}

/// A hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hole {
    /// The first of these that is there.
    pub(super) names: Vec<Name>,
    /// It may be missing.
    pub(super) is_optional: bool,
    /// The number below nothing.
    pub(super) is_negated: bool,
    /// What it becomes.
    pub(super) kind: Kind,
}

/// What a hole names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A member of the fact.
    Member(&'static str),
    /// What a table of the mapping makes of one.
    Values(String),
    /// What the other system calls it, which is to be looked up there.
    Lookup(String),
}

/// What a hole becomes where it stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What it is by itself.
    Own,
    /// A text.
    Text,
    /// A number.
    Number,
}

/// What is wrong with a text, and what would be right.
pub(super) type Wrong = (String, String);

impl Template {
    /// Reads a text, or says everything that is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, Vec<Wrong>> {
        let (mut pieces, mut wrong) = (Vec::new(), Vec::new());
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let end = if brace == "{" { rest.find('}') } else { None };
            let Some(end) = end else {
                let next = "Write {{ or }} for a brace that is meant as one.".to_owned();
                wrong.push(("a brace stands alone".to_owned(), next));
                return Err(wrong);
            };
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            match Hole::parse(&rest[..end]) {
                Ok(hole) => pieces.push(Piece::Hole(hole)),
                Err(error) => wrong.push(error),
            }
            rest = &rest[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if wrong.is_empty() { Ok(Self { pieces }) } else { Err(wrong) }
    }

    /// Its holes.
    pub(super) fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Literal(_) => None,
        })
    }

    /// The hole that it is, where it is one and nothing else.
    pub(super) fn alone(&self) -> Option<&Hole> {
        match &*self.pieces {
            [Piece::Hole(hole)] => Some(hole),
            _ => None,
        }
    }
}

impl Hole {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let (text, kind) = match text.rsplit_once(':') {
            Some((rest, "text")) => (rest, Kind::Text),
            Some((rest, "number")) => (rest, Kind::Number),
            Some((_, other)) => {
                let what = format!("{{{text}}} ends with :{other}");
                return Err((what, "Write :text or :number, or neither.".to_owned()));
            }
            None => (text, Kind::Own),
        };
        let (text, is_optional) = text.strip_suffix('?').map_or((text, false), |it| (it, true));
        let (text, is_negated) = text.strip_prefix('-').map_or((text, false), |it| (it, true));
        let names = text.split('|').map(Name::parse).collect::<Result<Vec<_>, _>>()?;
        let is_count = |name: &Name| matches!(name, Name::Member("quantity" | "pieces"));
        if is_negated && !names.iter().all(is_count) {
            let what = format!("-{text} is no number");
            return Err((what, "Only {-quantity} and {-pieces} are below nothing.".to_owned()));
        }
        if names.len() > 1 && names.iter().any(|name| matches!(name, Name::Lookup(_))) {
            let what = format!("{{{text}}} names a look-up beside something else");
            return Err((
                what,
                "A look-up stands alone; it is there or the posting is not.".into(),
            ));
        }
        Ok(Self { names, is_optional, is_negated, kind })
    }

    /// The look-up that it is.
    pub(super) fn lookup(&self) -> Option<&str> {
        match &*self.names {
            [Name::Lookup(name)] => Some(name),
            _ => None,
        }
    }
}

impl Name {
    fn parse(text: &str) -> Result<Self, Wrong> {
        if let Some(name) = text.strip_prefix("values.") {
            return Ok(Self::Values(name.to_owned()));
        }
        if let Some(name) = text.strip_prefix("lookups.") {
            return Ok(Self::Lookup(name.to_owned()));
        }
        let mut known = MEMBERS.into_iter().chain([REVERSES]);
        if let Some(member) = known.find(|member| *member == text) {
            return Ok(Self::Member(member));
        }
        let near = super::nearest::nearest(text, MEMBERS.into_iter().chain([REVERSES]));
        let next = match near {
            Some(near) => format!("Write {{{near}}}, if that is meant."),
            None => format!(
                "Name one of {}, {REVERSES}, or values.NAME or lookups.NAME.",
                MEMBERS.join(", ")
            ),
        };
        Err((format!("a movement has no member {text}"), next))
    }

    /// As it is written.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Member(name) => (*name).to_owned(),
            Self::Values(name) => format!("values.{name}"),
            Self::Lookup(name) => format!("lookups.{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_with_its_holes() {
        let template =
            Template::parse("{{MTM}} {movement}/{-quantity:text}{to.place|lot?}").unwrap();
        let holes: Vec<_> = template.holes().collect();
        assert_eq!(template.pieces[0], Piece::Literal("{MTM} ".to_owned()));
        assert_eq!(holes[0].names, [Name::Member("movement")]);
        assert_eq!((holes[1].is_negated, holes[1].kind), (true, Kind::Text));
        assert_eq!((holes[2].names.len(), holes[2].is_optional), (2, true));
        assert!(template.alone().is_none());
        let alone = Template::parse("{lookups.part}").unwrap();
        assert_eq!(alone.alone().and_then(Hole::lookup), Some("part"));
    }

    #[test]
    fn what_is_no_template_says_what_would_be_one() {
        let wrong = |text: &str| Template::parse(text).unwrap_err().remove(0);
        assert_eq!(Template::parse("{a}{part}{b}").unwrap_err().len(), 2);
        assert!(wrong("{prat}").1.contains("{part}"));
        assert!(wrong("{to.plaec}").1.contains("{to.place}"));
        assert!(wrong("a } b").1.contains("}}"));
        assert!(wrong("{part").1.contains("{{"));
        assert!(wrong("{part:word}").1.contains(":text"));
        assert!(wrong("{-lot}").1.contains("{-quantity}"));
        assert!(wrong("{lookups.a|lot}").0.contains("look-up"));
        assert!(wrong("{}").1.contains("movement"));
    }
}
