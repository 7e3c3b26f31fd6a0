//! `GET /docs`: the API as one page, rendered from the OpenAPI document.

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::schema;
use crate::openapi;
use crate::ui::assets;

/// The page; it changes only with the program.
pub(super) async fn show() -> Markup {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let document = serde_json::to_value(openapi::document()).unwrap_or_default();
        page(&document).into_string()
    });
    PreEscaped(PAGE.clone())
}

/// The head of a documentation page.
pub(super) fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) " · MTM WIP" }
            link rel="stylesheet" href=(assets::url(assets::STYLE));
        }
    }
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn page(document: &Value) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("API documentation"))
            body {
                main {
                    h1 { (text(&document["info"]["title"])) " API " (text(&document["info"]["version"])) }
                    @for paragraph in text(&document["info"]["description"]).split("\n\n") {
                        p { (prose(paragraph)) }
                    }
                    p {
                        a href="/api/v1/openapi.json" { "OpenAPI 3.1 document" } " · "
                        a href="/docs/problems" { "problem codes" } " · "
                        a href="#schemas" { "types" }
                    }
                    (contents(document))
                    @for (path, method, operation) in operations(document) {
                        (section(path, method, operation))
                    }
                    h2 id="schemas" { "Types" }
                    @for (name, schema) in members(&document["components"]["schemas"]) {
                        (schema::section(name, schema))
                    }
                }
            }
        }
    }
}

fn contents(document: &Value) -> Markup {
    html! {
        nav aria-label="Operations" {
            table {
                thead { tr { th { "Method" } th { "Path" } th { "What" } } }
                tbody {
                    @for (path, method, operation) in operations(document) {
                        tr {
                            td { code { (method.to_uppercase()) } }
                            td { a href={ "#" (text(&operation["operationId"])) } { code { (path) } } }
                            td { (prose(text(&operation["summary"]))) }
                        }
                    }
                }
            }
        }
    }
}

fn section(path: &str, method: &str, operation: &Value) -> Markup {
    let public = operation["security"].as_array().is_some_and(|all| all.iter().any(is_empty));
    html! {
        section id=(text(&operation["operationId"])) {
            h2 { code { (method.to_uppercase()) " " (path) } }
            p { strong { (prose(text(&operation["summary"]))) } }
            @if let Some(description) = operation["description"].as_str() {
                p { (prose(description)) }
            }
            @if public { p { "Needs no credentials." } }
            @if let Some(parameters) = operation["parameters"].as_array() {
                (parameters_of(parameters))
            }
            @if let Some(content) = operation["requestBody"]["content"].as_object() {
                p {
                    "Body: "
                    @for (kind, media) in content {
                        code { (kind) } " " (schema::name(&media["schema"])) " "
                    }
                }
            }
            (answers(&operation["responses"]))
        }
    }
}

fn parameters_of(parameters: &[Value]) -> Markup {
    html! {
        table {
            thead { tr { th { "Parameter" } th { "In" } th { "Type" } th { "Meaning" } } }
            tbody {
                @for parameter in parameters {
                    tr {
                        td {
                            code { (text(&parameter["name"])) }
                            @if parameter["required"] == true { " (required)" }
                        }
                        td { (text(&parameter["in"])) }
                        td { (schema::name(&parameter["schema"])) }
                        td { (prose(text(&parameter["description"]))) }
                    }
                }
            }
        }
    }
}

fn answers(responses: &Value) -> Markup {
    html! {
        ul {
            @for (status, response) in members(responses).filter(|(status, _)| *status != "default") {
                li {
                    code { (status) } " " (prose(text(&response["description"])))
                    @for (_, media) in members(&response["content"]) {
                        " " (schema::name(&media["schema"]))
                    }
                }
            }
        }
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    members(&document["paths"]).flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some((path, method, item.get(method)?)))
    })
}

/// The members of an object; none of anything else.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn is_empty(requirement: &Value) -> bool {
    requirement.as_object().is_some_and(serde_json::Map::is_empty)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Text with `code` between backticks.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (index, piece) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}
