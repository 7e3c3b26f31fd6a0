//! What a handler's signature says about a request: who may send it, how it is identified, and
//! what it must look like. Extractors run in the order in which a request is judged: permission,
//! then key, then body.

mod body;
mod caller;
pub(crate) mod cookie;
mod diagnosis;
mod key;
mod nearest;
mod paging;
mod path;
mod query;
mod trace;
mod version;

pub use body::{BodyLimit, Json};
pub use caller::{Booking, CSRF_TOKEN, Caller, Need, matching_csrf, need, same_origin};
pub use key::{IDEMPOTENCY_KEY, Key, REPLAYED};
pub use paging::{Everything, Listing, NoParameters, Paging};
pub use path::Path;
pub use query::{Beside, Named, Query};
pub use trace::Trace;
pub use version::{IfMatch, MaybeIfMatch};

pub(crate) use body::{is_json, media_type, parse, read, too_large};
pub(crate) use caller::{principal, route};
pub(crate) use paging::numbered;
pub(crate) use version::tag;
