//! Types of the API as tables of their fields.

use maud::{Markup, html};
use serde_json::Value;

use super::page::{members, prose, text};

const REFERENCE: &str = "#/components/schemas/";

/// A type with its fields.
pub(super) fn section(name: &str, schema: &Value) -> Markup {
    html! {
        section id={ "type-" (name) } {
            h3 { (name) }
            @if let Some(description) = schema["description"].as_str() {
                p { (prose(description)) }
            }
            @if schema["properties"].is_object() {
                (fields(schema))
            } @else {
                p { (self::name(schema)) }
            }
        }
    }
}

fn fields(schema: &Value) -> Markup {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|all| all.iter().any(|known| known == name))
    };
    html! {
        table {
            thead { tr { th { "Field" } th { "Type" } th { "Meaning" } } }
            tbody {
                @for (name, field) in members(&schema["properties"]) {
                    tr {
                        td { code { (name) } @if required(name) { " (always)" } }
                        td { (self::name(field)) }
                        td { (prose(text(&field["description"]))) }
                    }
                }
            }
        }
    }
}

/// What a schema is called: a link where it has a name of its own.
pub(super) fn name(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix(REFERENCE)) {
        return html! { a href={ "#type-" (name) } { (name) } };
    }
    for combination in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[combination].as_array() {
            let joint = if combination == "allOf" { " and " } else { " or " };
            return html! {
                @for (index, part) in parts.iter().enumerate() {
                    @if index > 0 { (joint) }
                    (name(part))
                }
            };
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return html! {
            @for (index, value) in values.iter().enumerate() {
                @if index > 0 { " | " }
                code { (text(value)) }
            }
        };
    }
    html! { (kind(schema)) @if schema["items"].is_object() { " of " (name(&schema["items"])) } }
}

fn kind(schema: &Value) -> String {
    match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}
