//! The text form of a template: TOML, read into the model, with the line and element of what is wrong.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::content::Content;
use super::element::{Align, Barcode, Data, Element, Place, Symbology, Text};
use super::error::{TemplateError, nearest};
use super::fields::{Fields, Subject};
use super::gs1::ElementString;
use super::length::Length;
use super::template::{MAX_TEXT, Template};

const MAX_ELEMENTS: usize = 60;
const MAX_TITLE: usize = 80;
const KINDS: [&str; 8] =
    ["text", "copy", "line", "box", "datamatrix", "gs1-datamatrix", "qr", "code128"];
/// What a copy says where the template has no other word for it.
const COPY: &str = "COPY";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTemplate {
    title: Spanned<String>,
    of: Spanned<String>,
    width: Spanned<f64>,
    height: Spanned<f64>,
    #[serde(default)]
    element: Vec<Spanned<RawElement>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawElement {
    kind: Spanned<String>,
    at: Spanned<[f64; 2]>,
    to: Option<Spanned<[f64; 2]>>,
    size: Option<Spanned<f64>>,
    width: Option<Spanned<f64>>,
    align: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    thickness: Option<Spanned<f64>>,
    module: Option<Spanned<f64>>,
    height: Option<Spanned<f64>>,
    data: Option<Spanned<String>>,
}

pub(super) fn template(text: &str) -> Result<Template, TemplateError> {
    let whole = |what: String| TemplateError { line: None, element: None, key: "", what };
    if text.len() > MAX_TEXT {
        return Err(whole(format!("it has {} bytes; at most {MAX_TEXT} are read", text.len())));
    }
    let raw: RawTemplate = toml::from_str(text).map_err(|error| TemplateError {
        line: error.span().map(|span| line_of(text, &span)),
        ..whole(error.message().to_owned())
    })?;
    let at = |key, span: Range<usize>, what: String| TemplateError {
        line: Some(line_of(text, &span)),
        key,
        ..whole(what)
    };
    let (title, of) = (raw.title.get_ref().trim(), raw.of.get_ref());
    if title.is_empty() || title.chars().count() > MAX_TITLE || title.contains(char::is_control) {
        let what = format!("is 1 to {MAX_TITLE} characters of one line");
        return Err(at("title", raw.title.span(), what));
    }
    let subject = Subject::from_name(of).ok_or_else(|| {
        let names: Vec<_> = Subject::ALL.iter().map(|subject| subject.as_str()).collect();
        at("of", raw.of.span(), format!("is one of {}, not {of:?}", names.join(", ")))
    })?;
    let side = |key, given: &Spanned<f64>| {
        let length = Length::millimetres(*given.get_ref());
        length.filter(|it| *it >= Length::micrometres(5_000)).ok_or_else(|| {
            at(key, given.span(), format!("is 5 to 300 millimetres, not {}", given.get_ref()))
        })
    };
    let (width, height) = (side("width", &raw.width)?, side("height", &raw.height)?);
    if raw.element.len() > MAX_ELEMENTS {
        return Err(whole(format!("it has more than {MAX_ELEMENTS} elements")));
    }
    let read = |(index, raw): (usize, &Spanned<RawElement>)| {
        Reader { text, subject, number: index + 1, raw: raw.get_ref() }.element()
    };
    let elements = raw.element.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let copies = elements.iter().filter(|element| matches!(element, Element::Copy(_))).count();
    if copies != 1 {
        let what = "exactly one element says where a copy is marked: give it `kind = \"copy\"`, \
                    `at` and `size`";
        return Err(whole(format!("it has {copies} marks of a copy; {what}")));
    }
    if let Some(Element::Copy(mark)) = elements.iter().find(|it| matches!(it, Element::Copy(_))) {
        let end = |from: Length| from.in_micrometres().saturating_add(mark.size.in_micrometres());
        let is_on =
            end(mark.at.x) <= width.in_micrometres() && end(mark.at.y) <= height.in_micrometres();
        if !is_on {
            return Err(whole("the mark of a copy is not on the label".to_owned()));
        }
    }
    Ok(Template { title: title.to_owned(), of: subject, width, height, elements })
}

/// The line at which a span begins, counted from 1.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

/// Reads one element.
struct Reader<'t> {
    text: &'t str,
    subject: Subject,
    number: usize,
    raw: &'t RawElement,
}

impl Reader<'_> {
    fn element(&self) -> Result<Element, TemplateError> {
        let kind = self.raw.kind.get_ref().as_str();
        match kind {
            "text" => {
                self.only(kind, &["size", "width", "align", "text"])?;
                let text = self.given("text", self.raw.text.as_ref())?;
                self.line(self.content("text", text)?).map(Element::Text)
            }
            "copy" => {
                self.only(kind, &["size", "width", "align", "text"])?;
                let content = match &self.raw.text {
                    Some(text) => self.content("text", text)?,
                    None => self.parsed("text", self.raw.kind.span(), COPY)?,
                };
                if content.fields().next().is_some() {
                    let span = self.raw.kind.span();
                    return Err(self.wrong("text", &span, "holds no fields: it marks every copy"));
                }
                let text = content.filled(&Fields::of(self.subject));
                if !text.chars().any(char::is_alphanumeric) {
                    let span = self.raw.kind.span();
                    return Err(self.wrong("text", &span, "says something that can be seen"));
                }
                self.line(content).map(Element::Copy)
            }
            "line" | "box" => self.drawn(kind),
            "datamatrix" => self.code(kind, Symbology::DataMatrix),
            "gs1-datamatrix" => self.code(kind, Symbology::Gs1DataMatrix),
            "qr" => self.code(kind, Symbology::Qr),
            "code128" => self.code(kind, Symbology::Code128),
            other => {
                let meant = nearest(other, &KINDS).map(|kind| format!("; did you mean {kind:?}?"));
                let what = format!("is one of {}{}", KINDS.join(", "), meant.unwrap_or_default());
                Err(self.wrong("kind", &self.raw.kind.span(), what))
            }
        }
    }

    fn line(&self, content: Content) -> Result<Text, TemplateError> {
        let align = match self.raw.align.as_ref().map(|align| (align.get_ref().as_str(), align)) {
            None | Some(("left", _)) => Align::Left,
            Some(("center" | "centre", _)) => Align::Centre,
            Some(("right", _)) => Align::Right,
            Some((_, given)) => {
                return Err(self.wrong("align", &given.span(), "is left, center or right"));
            }
        };
        let size = self.given("size", self.raw.size.as_ref())?;
        let width = self.raw.width.as_ref();
        Ok(Text {
            at: self.place("at", &self.raw.at)?,
            size: self.length("size", size, 1_000, 100_000)?,
            width: width.map(|it| self.length("width", it, 1_000, 300_000)).transpose()?,
            align,
            content,
        })
    }

    fn drawn(&self, kind: &str) -> Result<Element, TemplateError> {
        self.only(kind, &["to", "thickness"])?;
        let end = self.given("to", self.raw.to.as_ref())?;
        let (at, to) = (self.place("at", &self.raw.at)?, self.place("to", end)?);
        let thickness = match &self.raw.thickness {
            Some(given) => self.length("thickness", given, 100, 10_000)?,
            None => Length::micrometres(300),
        };
        let (level, upright) = (at.y == to.y, at.x == to.x);
        let ordered = at.x <= to.x && at.y <= to.y;
        if kind == "line" {
            if ordered && level != upright {
                return Ok(Element::Line { at, to, thickness });
            }
            let what = "is to the right of `at` or below it: lines are level or upright";
            return Err(self.wrong("to", &end.span(), what));
        }
        if !ordered || level || upright {
            return Err(self.wrong("to", &end.span(), "is to the right of `at` and below it"));
        }
        Ok(Element::Box { at, to, thickness })
    }

    fn code(&self, kind: &str, symbology: Symbology) -> Result<Element, TemplateError> {
        let bars = symbology == Symbology::Code128;
        let keys: &[_] = if bars { &["module", "height", "data"] } else { &["module", "data"] };
        self.only(kind, keys)?;
        let module = self.given("module", self.raw.module.as_ref())?;
        let height = match (bars, &self.raw.height) {
            (true, given) => {
                self.length("height", self.given("height", given.as_ref())?, 2_000, 200_000)?
            }
            (false, _) => Length::default(),
        };
        let data = self.given("data", self.raw.data.as_ref())?;
        let says = if symbology == Symbology::Gs1DataMatrix {
            let parsed = ElementString::parse(data.get_ref(), self.subject);
            Data::Gs1(parsed.map_err(|what| self.wrong("data", &data.span(), what))?)
        } else {
            let content = self.content("data", data)?;
            if content.is_empty() {
                return Err(self.wrong("data", &data.span(), "is empty"));
            }
            Data::Plain(content)
        };
        Ok(Element::Barcode(Barcode {
            at: self.place("at", &self.raw.at)?,
            symbology,
            module: self.length("module", module, 100, 5_000)?,
            height,
            data: says,
        }))
    }

    /// Refuses a key that this kind of element does not have.
    fn only(&self, kind: &str, keys: &[&str]) -> Result<(), TemplateError> {
        let raw = self.raw;
        let given = [
            ("to", raw.to.as_ref().map(Spanned::span)),
            ("size", raw.size.as_ref().map(Spanned::span)),
            ("width", raw.width.as_ref().map(Spanned::span)),
            ("align", raw.align.as_ref().map(Spanned::span)),
            ("text", raw.text.as_ref().map(Spanned::span)),
            ("thickness", raw.thickness.as_ref().map(Spanned::span)),
            ("module", raw.module.as_ref().map(Spanned::span)),
            ("height", raw.height.as_ref().map(Spanned::span)),
            ("data", raw.data.as_ref().map(Spanned::span)),
        ];
        for (key, span) in given {
            if let Some(span) = span.filter(|_| !keys.contains(&key)) {
                let what = format!("a {kind:?} has `at`, `{}`, and no such key", keys.join("`, `"));
                return Err(self.wrong(key, &span, what));
            }
        }
        Ok(())
    }

    fn given<'r, T>(
        &self,
        key: &'static str,
        value: Option<&'r Spanned<T>>,
    ) -> Result<&'r Spanned<T>, TemplateError> {
        value.ok_or_else(|| self.wrong(key, &self.raw.kind.span(), "is missing"))
    }

    fn content(
        &self,
        key: &'static str,
        given: &Spanned<String>,
    ) -> Result<Content, TemplateError> {
        self.parsed(key, given.span(), given.get_ref())
    }

    fn parsed(
        &self,
        key: &'static str,
        span: Range<usize>,
        text: &str,
    ) -> Result<Content, TemplateError> {
        Content::parse(text, self.subject).map_err(|what| self.wrong(key, &span, what))
    }

    fn place(&self, key: &'static str, given: &Spanned<[f64; 2]>) -> Result<Place, TemplateError> {
        let [x, y] = given.get_ref().map(Length::millimetres);
        let place = x.zip(y).map(|(x, y)| Place { x, y });
        place.ok_or_else(|| {
            self.wrong(key, &given.span(), "is [left, top] in millimetres, each 0 to 300")
        })
    }

    /// A length between two, in micrometres.
    fn length(
        &self,
        key: &'static str,
        given: &Spanned<f64>,
        least: u32,
        most: u32,
    ) -> Result<Length, TemplateError> {
        let (least, most) = (Length::micrometres(least), Length::micrometres(most));
        let length = Length::millimetres(*given.get_ref());
        length.filter(|length| (least..=most).contains(length)).ok_or_else(|| {
            let what = format!("is {least} to {most}, in millimetres; not {}", given.get_ref());
            self.wrong(key, &given.span(), what)
        })
    }

    fn wrong(
        &self,
        key: &'static str,
        span: &Range<usize>,
        what: impl Into<String>,
    ) -> TemplateError {
        let line = Some(line_of(self.text, span));
        TemplateError { line, element: Some(self.number), key, what: what.into() }
    }
}
