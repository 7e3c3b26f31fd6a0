//! `GET /docs/problems`: every code, what kind of trouble it is, and what to do. A problem's `type`
//! leads here.

use maud::{DOCTYPE, Markup, html};
use mtm_core::code::Code;
use mtm_core::trouble::Trouble;

use super::page::head;
use crate::problem::status_of;

/// Every problem code.
pub(super) async fn show() -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("Problem codes"))
            body {
                main {
                    h1 { "Problem codes" }
                    p { a href="/docs" { "API documentation" } }
                    p {
                        "Refusals and failures are " code { "application/problem+json" }
                        ". The code is stable; texts may change."
                    }
                    h2 { "What kinds of trouble there are" }
                    (troubles())
                    h2 { "Codes" }
                    (codes())
                }
            }
        }
    }
}

fn troubles() -> Markup {
    html! {
        table {
            thead { tr { th { "Trouble" } th { "What it is" } th { "Send the same again?" } th { "Effect" } th { "Who acts" } } }
            tbody {
                @for trouble in Trouble::ALL {
                    @let policy = trouble.policy();
                    tr id={ "trouble-" (trouble.as_str()) } {
                        td { code { (trouble.as_str()) } }
                        td { (trouble.meaning()) }
                        td { (policy.again.advice()) }
                        td { (policy.effect) }
                        td { (policy.who) }
                    }
                }
            }
        }
    }
}

fn codes() -> Markup {
    html! {
        table {
            thead { tr { th { "Code" } th { "Status" } th { "Exit" } th { "Trouble" } th { "What" } th { "Cure" } } }
            tbody {
                @for code in Code::ALL {
                    @let trouble = code.trouble().as_str();
                    tr id=(code) {
                        td {
                            a href={ "#" (code) } { code { (code) } }
                            @if code.confirmable() { " (confirmable)" }
                        }
                        td { (status_of(*code).as_u16()) }
                        td { (code.class().exit()) }
                        td { a href={ "#trouble-" (trouble) } { (trouble) } }
                        td { (code.title()) }
                        td { (code.cure()) }
                    }
                }
            }
        }
    }
}
