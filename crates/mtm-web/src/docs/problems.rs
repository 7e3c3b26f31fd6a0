//! `GET /docs/problems`: every code, its status, and what to do.

use maud::{DOCTYPE, Markup, html};
use mtm_core::code::Code;

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
                    table {
                        thead { tr { th { "Code" } th { "Status" } th { "What" } th { "Cure" } } }
                        tbody {
                            @for code in Code::ALL {
                                tr id=(code) {
                                    td {
                                        a href={ "#" (code) } { code { (code) } }
                                        @if code.confirmable() { " (confirmable)" }
                                    }
                                    td { (status_of(*code).as_u16()) }
                                    td { (code.title()) }
                                    td { (code.cure()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
