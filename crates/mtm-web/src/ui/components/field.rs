//! Form fields: label, control, hint and error belong together and are tied by ids.
//!
//! Browsers' own validation bubbles are not used: the server judges, and its words stand at the
//! field, with or without scripts.

use maud::{Markup, html};

use super::icon::{Icon, icon};

/// What a field holds and what the server says about it. Empty text means "nothing".
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The text as typed; kept when the form is refused.
    pub value: String,
    /// Why it was refused.
    pub error: String,
    /// What helps to fill it.
    pub hint: String,
}

impl Entry {
    /// A field that holds `value`.
    pub fn holding(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// The same field, refused with `error`.
    pub fn refused(self, error: impl Into<String>) -> Self {
        Self { error: error.into(), ..self }
    }

    /// The same field with a hint.
    pub fn hinted(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// What a field takes. Decides keyboard, suggestions and which scans land in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A part number.
    Part,
    /// An operation.
    Operation,
    /// A location.
    Location,
    /// A lot number.
    Lot,
    /// A work order.
    WorkOrder,
    /// Pieces; takes scanned quantities.
    Quantity,
    /// A whole number that no scan fills.
    Count,
    /// Free text.
    Text,
    /// A search in everything.
    Search,
    /// A day and time of the site.
    Time,
    /// A day of the site.
    Day,
    /// A time of the day of the site.
    Clock,
    /// A user name.
    Login,
    /// A password that exists.
    Password,
    /// A password to be set.
    NewPassword,
}

impl Kind {
    /// The kind of label whose scan lands in this field; also the kind of its suggestions.
    const fn scan(self) -> Option<&'static str> {
        match self {
            Self::Part => Some("part"),
            Self::Operation => Some("operation"),
            Self::Location => Some("location"),
            Self::Lot => Some("lot"),
            Self::WorkOrder => Some("work_order"),
            Self::Quantity => Some("quantity"),
            _ => None,
        }
    }

    const fn suggests(self) -> bool {
        matches!(self, Self::Part | Self::Operation | Self::Location | Self::Lot)
    }

    const fn is_code(self) -> bool {
        self.suggests() || matches!(self, Self::WorkOrder)
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Quantity | Self::Count)
    }

    const fn input_type(self) -> &'static str {
        match self {
            Self::Password | Self::NewPassword => "password",
            Self::Time => "datetime-local",
            Self::Day => "date",
            Self::Clock => "time",
            Self::Search => "search",
            _ => "text",
        }
    }

    const fn autocomplete(self) -> &'static str {
        match self {
            Self::Login => "username",
            Self::Password => "current-password",
            Self::NewPassword => "new-password",
            _ => "off",
        }
    }

    const fn max_length(self) -> u32 {
        match self {
            Self::Part | Self::Operation | Self::Location | Self::Lot | Self::WorkOrder => 80,
            Self::Quantity | Self::Count => 20,
            Self::Time | Self::Day | Self::Clock => 32,
            Self::Search | Self::Login => 200,
            Self::Text => 2000,
            Self::Password | Self::NewPassword => 1024,
        }
    }
}

/// Whether a field may stay empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// Must be filled.
    #[default]
    Required,
    /// May stay empty, and says so.
    Optional,
    /// One of many ways to narrow a search; may stay empty, which goes without saying.
    Filter,
}

/// A one-line field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Prefix of the id, so that ids stay unique on a page with several forms.
    pub form: &'a str,
    /// Name in the form.
    pub name: &'a str,
    /// The words above it.
    pub label: &'a str,
    /// What it takes.
    pub kind: Kind,
    /// What it holds.
    pub entry: &'a Entry,
    /// Whether it may stay empty.
    pub need: Need,
    /// What an empty field means, shown in it.
    pub empty_means: &'a str,
    /// Shown large: part, quantity, place.
    pub big: bool,
    /// Has the cursor when the page opens.
    pub first: bool,
    /// Extra classes of the grid cell.
    pub class: &'a str,
}

impl<'a> Field<'a> {
    /// A required field of normal size.
    pub const fn new(
        form: &'a str,
        name: &'a str,
        label: &'a str,
        kind: Kind,
        entry: &'a Entry,
    ) -> Self {
        Self {
            form,
            name,
            label,
            kind,
            entry,
            need: Need::Required,
            empty_means: "",
            big: false,
            first: false,
            class: "",
        }
    }

    /// May stay empty.
    pub const fn optional(self) -> Self {
        Self { need: Need::Optional, ..self }
    }

    /// One of many ways to narrow a search.
    pub const fn filter(self) -> Self {
        Self { need: Need::Filter, ..self }
    }

    /// May stay empty, which means `words`.
    pub const fn empty_means(self, words: &'a str) -> Self {
        Self { need: Need::Filter, empty_means: words, ..self }
    }

    /// Shown large.
    pub const fn big(self) -> Self {
        Self { big: true, ..self }
    }

    /// Has the cursor when the page opens, if `first`: not on a page that opens with an answer,
    /// which would scroll out of sight on a small screen.
    pub const fn first(self, first: bool) -> Self {
        Self { first, ..self }
    }

    /// Extra classes of the grid cell.
    pub const fn class(self, class: &'a str) -> Self {
        Self { class, ..self }
    }

    fn id(&self) -> String {
        format!("{}-{}", self.form, self.name.replace('.', "-"))
    }

    fn input_class(&self) -> String {
        let mut class = String::from("input");
        if self.big {
            class.push_str(" big");
        }
        if self.kind.is_code() {
            class.push_str(" code");
        }
        if self.kind.is_number() {
            class.push_str(" number");
        }
        class
    }

    fn described_by(&self, id: &str) -> Option<String> {
        let hint = (!self.entry.hint.is_empty()).then(|| format!("{id}-hint"));
        let error = (!self.entry.error.is_empty()).then(|| format!("{id}-error"));
        match (error, hint) {
            (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
            (error, hint) => error.or(hint),
        }
    }

    /// Label, control, hint and error.
    pub fn draw(&self) -> Markup {
        let id = self.id();
        html! {
            div class={ "field " (self.class) } {
                label for=(id) {
                    (self.label)
                    @if self.need == Need::Optional { span class="optional" { "optional" } }
                }
                (self.control(&id))
                (notes(&id, self.entry))
            }
        }
    }

    /// Only the control, for a table cell that names it by `aria-label`.
    pub fn draw_bare(&self) -> Markup {
        let id = self.id();
        html! {
            (self.control(&id))
            @if !self.entry.error.is_empty() { div class="field" { (notes(&id, self.entry)) } }
        }
    }

    fn control(&self, id: &str) -> Markup {
        html! {
            input id=(id) name=(self.name) class=(self.input_class()) type=(self.kind.input_type())
                value=[(!matches!(self.kind, Kind::Password | Kind::NewPassword)).then_some(&self.entry.value)]
                placeholder=[(!self.empty_means.is_empty()).then_some(self.empty_means)]
                maxlength=(self.kind.max_length())
                inputmode=[self.kind.is_number().then_some("numeric")]
                autocomplete=(self.kind.autocomplete())
                autocapitalize=[self.kind.is_code().then_some("characters")]
                spellcheck=[(self.kind != Kind::Text).then_some("false")]
                aria-required=[(self.need == Need::Required).then_some("true")]
                aria-invalid=[(!self.entry.error.is_empty()).then_some("true")]
                aria-describedby=[self.described_by(id)]
                aria-label=[self.class.contains("bare").then_some(self.label)]
                data-kind=[self.kind.scan()]
                data-suggest=[self.kind.suggests().then(|| self.kind.scan()).flatten()]
                enterkeyhint="next"
                autofocus[self.first];
        }
    }
}

fn notes(id: &str, entry: &Entry) -> Markup {
    html! {
        @if !entry.error.is_empty() {
            p class="error" id={ (id) "-error" } { (icon(Icon::Warning)) span { (entry.error) } }
        }
        @if !entry.hint.is_empty() { p class="hint" id={ (id) "-hint" } { (entry.hint) } }
    }
}

/// One line of a closed list.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The value sent.
    pub value: String,
    /// The words shown.
    pub label: String,
}

impl Choice {
    /// A line whose value and words differ.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A closed list. With `none`, an empty first line of these words.
#[derive(Clone, Copy, Debug)]
pub struct Select<'a> {
    /// Prefix of the id.
    pub form: &'a str,
    /// Name in the form.
    pub name: &'a str,
    /// The words above it.
    pub label: &'a str,
    /// What it holds.
    pub entry: &'a Entry,
    /// The lines.
    pub choices: &'a [Choice],
    /// Words of the empty line; `None` if one must be chosen.
    pub none: Option<&'a str>,
    /// Extra classes of the grid cell.
    pub class: &'a str,
}

impl Select<'_> {
    /// Label, list, hint and error.
    pub fn draw(&self) -> Markup {
        let id = format!("{}-{}", self.form, self.name);
        html! {
            div class={ "field " (self.class) } {
                label for=(id) {
                    (self.label)
                }
                select class="input" id=(id) name=(self.name)
                    aria-invalid=[(!self.entry.error.is_empty()).then_some("true")]
                    aria-describedby=[(!self.entry.error.is_empty()).then(|| format!("{id}-error"))]
                {
                    @if let Some(words) = self.none { option value="" { (words) } }
                    @for choice in self.choices {
                        option value=(choice.value) selected[choice.value == self.entry.value] { (choice.label) }
                    }
                }
                (notes(&id, self.entry))
            }
        }
    }
}

/// A tick with its words.
pub fn tick(form: &str, name: &str, value: &str, label: &str, ticked: bool) -> Markup {
    let id = format!("{form}-{name}-{value}");
    html! {
        label class="check" for=(id) {
            input type="checkbox" id=(id) name=(name) value=(value) checked[ticked];
            span { (label) }
        }
    }
}

/// A field that people do not see.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// What every booking form carries: proof that the form is ours, the key that makes a repeat
/// harmless, and the questions that were already answered.
pub fn guards(csrf: &str, idempotency_key: &str, confirmed: &[String]) -> Markup {
    html! {
        (hidden("csrf", csrf))
        (hidden("idempotency_key", idempotency_key))
        @for code in confirmed { (hidden("confirm", code)) }
    }
}
