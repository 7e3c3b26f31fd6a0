//! The bell in the bar of every page: how much is new, and the way there.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::ui::format::counted;

/// From here on nobody counts.
const MANY: u64 = 100;

/// The bell.
pub fn bell(unread: u64) -> Markup {
    let many = unread >= MANY;
    let count = i64::try_from(unread).unwrap_or(i64::MAX);
    let words = match unread {
        0 => "Nothing new".to_owned(),
        _ if many => format!("{MANY} notifications or more"),
        _ => counted(count, "new notification", "new notifications"),
    };
    html! {
        a id="bell" class="bell" href="/notifications" title=(words) data-live="notice"
            data-live-from="/notifications"
        {
            (icon(Icon::Bell))
            @if unread > 0 {
                span class="bell-count" aria-hidden="true" { @if many { "99+" } @else { (unread) } }
            }
            span class="visually-hidden" { (words) }
        }
    }
}
