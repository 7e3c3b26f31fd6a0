//! Style sheets, scripts and pictures, embedded in the binary in every build.
//!
//! All files share one version, a hash over the whole set, which stands in their address
//! (`/assets/<version>/js/app.js`). Modules can therefore import each other by relative path and
//! every reply may be cached for ever; a new build has new addresses.
//!
//! The style sheets are kept as several readable files and served as one (`css/app.css`).

use std::{borrow::Cow, fmt::Write as _, sync::LazyLock};

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "assets/"]
struct Files;

/// The style sheet of every page; exists only as the concatenation of `css/*.css`.
pub const STYLE: &str = "css/app.css";

/// The module that starts all others.
pub const SCRIPT: &str = "js/app.js";

/// A file ready to be sent.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The bytes, never changed at run time.
    pub bytes: Cow<'static, [u8]>,
    /// Media type for `Content-Type`.
    pub mime: &'static str,
}

static STYLE_SHEET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().filter(|name| name.starts_with("css/")).collect();
    names.sort_unstable();
    let mut sheet = Vec::new();
    for file in names.iter().filter_map(|name| Files::get(name)) {
        sheet.extend_from_slice(&file.data);
    }
    sheet
});

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort_unstable();
    let mut text = String::new();
    let digests =
        names.iter().filter_map(|name| Files::get(name)).map(|file| file.metadata.sha256_hash());
    // The files' own digests are strong; mixing them only has to notice a change.
    let mixed = digests.flatten().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    // Writing to a string cannot fail.
    let _ = write!(text, "{mixed:016x}");
    text
});

/// The hash over all files: 16 hexadecimal digits.
pub fn version() -> &'static str {
    &VERSION
}

/// The address of the file at `path` in this build, such as `/assets/0123456789abcdef/js/app.js`.
pub fn url(path: &str) -> String {
    format!("/assets/{}/{path}", version())
}

/// Finds a file by its path below `assets/`; `None` for an unknown path or a type that is not served.
pub fn find(path: &str) -> Option<Asset> {
    let mime = mime(path)?;
    if path == STYLE {
        return Some(Asset { bytes: Cow::Borrowed(&STYLE_SHEET), mime });
    }
    Files::get(path).map(|file| Asset { bytes: file.data, mime })
}

/// The scripts of every page, for `modulepreload`, so that they load at once rather than in turn.
pub fn modules() -> Vec<String> {
    let mut names: Vec<_> = Files::iter()
        .filter(|name| name.starts_with("js/") && name.as_ref() != "js/live-worker.js")
        .map(|name| url(&name))
        .collect();
    names.sort_unstable();
    names
}

fn mime(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}
