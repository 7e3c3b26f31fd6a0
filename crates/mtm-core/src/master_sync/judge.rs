//! What differs, and what becomes of it.

use super::field::{Change, Difference, Field, Values, YES};
use super::link::Link;
use super::rules::{Conflict, Rules, Theirs};
use crate::sync::Mode;
use crate::word::fold;

/// Why a part that is gone is not retired by itself: too many went at once.
pub const TOO_MANY_GONE: &str = "too_many_gone";

/// What they say of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There<'a> {
    /// They have it.
    Part(&'a Theirs),
    /// They had it, and have it no more.
    Gone,
    /// Our part goes by another code by now, and they have one of that code: what they say under this one is
    /// not about it.
    Others,
}

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What is known from now on, before anything is taken; nothing where there is nothing to know.
    pub link: Option<Link>,
    /// What becomes here as it is there, by itself.
    pub take: Vec<Field>,
}

/// Judges a part: what they say of it, what stands here (nothing where it is not here), and what is known.
/// `is_flood` says that so many are retired there at once that somebody has to look first.
pub fn judge(
    rules: &Rules,
    mode: Mode,
    (there, is_flood): (There<'_>, bool),
    ours: Option<&Values>,
    known: Option<&Link>,
) -> Judged {
    let mut link = known.cloned().unwrap_or_default();
    link.differences.clear();
    link.cause = None;
    let said = match there {
        There::Part(part) => {
            link.gone = false;
            link.code.clone_from(&part.code);
            part.values.clone()
        }
        There::Gone => {
            link.gone = true;
            let is_owned = rules.owned.contains(&Field::Retired);
            is_owned.then(|| (Field::Retired, YES.to_owned())).into_iter().collect()
        }
        There::Others => {
            let link = known.map(|known| Link { code: known.code.clone(), ..Link::default() });
            return Judged { link, take: Vec::new() };
        }
    };
    // Silence is not something else.
    link.kept.retain(|field, kept| said.get(field).is_none_or(|said| said == kept));
    match (ours, there) {
        (Some(ours), _) => compare(rules, &mut link, ours, &said),
        (None, There::Part(part)) => {
            let is_declined = link.kept.contains_key(&Field::Part);
            if part.is_wanted && !is_declined {
                link.differences = newcomer(rules, part, &link.kept);
            } else if known.is_none() {
                return Judged { link: None, take: Vec::new() };
            }
        }
        (None, _) => {}
    }
    hold_back(&mut link, known, is_flood);
    let take: Vec<Field> = match mode {
        Mode::Automatic => {
            link.differences.iter().filter(|it| !it.asks).map(|it| it.field).collect()
        }
        Mode::Off | Mode::Shadow | Mode::Worklist => Vec::new(),
    };
    if take.is_empty() && link.cause.is_none() {
        // Nothing is tried again, so what stood in the way still does.
        let is_same = known.is_some_and(|known| same(&known.differences, &link.differences));
        link.cause = known.filter(|_| is_same).and_then(|known| known.cause.clone());
    }
    Judged { link: Some(link), take }
}

/// What was retired there in a flood waits for somebody, also when the flood is over.
fn hold_back(link: &mut Link, known: Option<&Link>, is_flood: bool) {
    let was_held = known.is_some_and(|known| known.cause.as_deref() == Some(TOO_MANY_GONE));
    let retired = |it: &&mut Difference| it.field == Field::Retired && it.theirs == YES;
    if let Some(it) = link.differences.iter_mut().find(retired)
        && (was_held || is_flood)
    {
        it.asks = true;
        link.cause = Some(TOO_MANY_GONE.to_owned());
    }
}

/// Whether the same differs, whoever is asked about it.
fn same(before: &[Difference], after: &[Difference]) -> bool {
    let what = |it: &Difference| (it.field, it.ours.clone(), it.theirs.clone());
    before.len() == after.len() && before.iter().zip(after).all(|(a, b)| what(a) == what(b))
}

fn compare(rules: &Rules, link: &mut Link, ours: &Values, said: &Values) {
    for (field, theirs) in said {
        let here = ours.get(field);
        if here.is_some_and(|here| is_same(*field, here, theirs)) {
            link.agreed.insert(*field, theirs.clone());
            link.kept.remove(field);
            continue;
        }
        if link.kept.contains_key(field) {
            continue;
        }
        let is_agreed = |value: Option<&String>| {
            let agreed = link.agreed.get(field);
            agreed.zip(value).is_some_and(|(agreed, value)| is_same(*field, agreed, value))
        };
        let change = match (link.agreed.contains_key(field), is_agreed(here)) {
            (false, _) => Change::First,
            (true, true) => Change::Theirs,
            (true, false) if is_agreed(Some(theirs)) => Change::Ours,
            (true, false) => Change::Both,
        };
        let asks = !field.can_be_taken() || asks(rules, change, here.is_some());
        link.differences.push(Difference {
            field: *field,
            ours: here.cloned(),
            theirs: theirs.clone(),
            change,
            asks,
        });
    }
}

/// Where nothing stands here there is nothing to lose, unless somebody took it away.
fn asks(rules: &Rules, change: Change, is_here: bool) -> bool {
    let in_conflict = match change {
        Change::Theirs => false,
        Change::First => is_here,
        Change::Ours | Change::Both => true,
    };
    in_conflict && rules.conflict == Conflict::Ask
}

fn newcomer(rules: &Rules, part: &Theirs, kept: &Values) -> Vec<Difference> {
    let new = |field, theirs: &String| Difference {
        field,
        ours: None,
        theirs: theirs.clone(),
        change: Change::First,
        asks: false,
    };
    let mut all = vec![new(Field::Part, &part.code)];
    let said = part.values.iter().filter(|(field, _)| rules.owned.contains(field));
    let said = said.filter(|(field, _)| **field != Field::Retired && !kept.contains_key(field));
    all.extend(said.map(|(field, theirs)| new(*field, theirs)));
    all
}

/// Codes are compared folded, as everywhere; words as they are written.
fn is_same(field: Field, one: &str, other: &str) -> bool {
    match field {
        Field::ItemType | Field::Part => fold(one) == fold(other),
        Field::Description | Field::Retired | Field::Unit => one == other,
    }
}
