//! The program, and a real browser in which its first administrator is signed in.
//!
//! With `MTM_PICTURES` set to a directory, pictures of the screens are left there.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a step that cannot be taken fails the journey"
)]

use fantoccini::Locator;
use fantoccini::key::Key;
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Api, Browser, Mtm};
use serde_json::json;

use crate::support::PROGRAM;

const PASSWORD: &str = "correct horse battery";

/// The program, and a browser in which its first administrator is signed in.
pub(crate) struct Floor {
    pub(crate) server: Mtm,
    pub(crate) api: Api,
    pub(crate) browser: Browser,
}

impl Floor {
    /// Opens the setup link that the program printed; `None` where there is no browser.
    pub(crate) async fn open() -> Option<Self> {
        Self::open_with(Start::new(PROGRAM)).await
    }

    /// The same, of a program that is started so.
    pub(crate) async fn open_with(start: Start) -> Option<Self> {
        let browser = Browser::start().await.unwrap().or_skip("browser journey")?;
        let server = start.start().unwrap();
        let api = server.api_as("admin").unwrap();
        for (nouns, code) in
            [("parts", "P-1"), ("operations", "10"), ("locations", "R-1"), ("locations", "RACK-18")]
        {
            let path = format!("/api/v1/{nouns}");
            let reply = api.post(&path, code, &json!({ "code": code })).unwrap();
            assert_eq!(reply.status, 201, "{}", reply.text);
        }
        let printed = server.stdout().lines().join("\n");
        let link = printed.split_whitespace().find(|word| word.contains("/setup/"));
        let floor = Self { server, api, browser };
        floor.browser.goto(link.expect("a setup link")).await.unwrap();
        floor.fill("#setup-login", "boss").await;
        floor.fill("#setup-password", PASSWORD).await;
        floor.fill("#setup-password_again", PASSWORD).await;
        floor.press("form .primary").await;
        floor.shown("form#receive").await;
        Some(floor)
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) {
        self.shown(css).await.send_keys(text).await.unwrap();
    }

    /// Empties a field.
    pub(crate) async fn clear(&self, css: &str) {
        self.shown(css).await.clear().await.unwrap();
    }

    pub(crate) async fn press(&self, css: &str) {
        self.shown(css).await.click().await.unwrap();
    }

    pub(crate) async fn shown(&self, css: &str) -> fantoccini::elements::Element {
        self.browser.wait().for_element(Locator::Css(css)).await.unwrap_or_else(|error| {
            panic!("{css} did not appear: {error}; {:?}", self.server.stderr().lines())
        })
    }

    /// Waits until the page follows the ledger's events.
    pub(crate) async fn live(&self) {
        self.shown("#live-state[data-state=live]").await;
    }

    pub(crate) async fn go(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.server.url())).await.unwrap();
    }

    /// Pieces on hand, as the API tells them.
    pub(crate) fn on_hand(&self) -> i64 {
        let stock = self.api.get("/api/v1/stock?group_by=part").unwrap().json().unwrap();
        stock["items"][0]["quantity"].as_i64().unwrap_or(0)
    }

    /// The value of a form field.
    pub(crate) async fn value(&self, css: &str) -> String {
        self.shown(css).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// The words of the answer whose title begins with `title`.
    pub(crate) async fn answer(&self, title: &str) -> String {
        let script = "const title = document.querySelector('.answer-title'); \
             return title?.textContent.startsWith(arguments[0]) \
                 ? document.querySelector('[data-answer]').innerText : null";
        let found = eventually(|| async {
            let text = self.browser.execute(script, vec![json!(title)]).await.unwrap();
            text.as_str().map(str::to_owned)
        })
        .await;
        found.unwrap_or_else(|| panic!("no answer {title:?}"))
    }

    /// Receives 500 pieces by typing.
    pub(crate) async fn receive(&self) {
        for (css, text) in [
            ("#receive-part", "P-1"),
            ("#receive-operation", "10"),
            ("#receive-quantity", "500"),
            ("#receive-location", "R-1"),
        ] {
            self.fill(css, text).await;
            // Leaves the field, which closes its suggestions.
            self.fill(css, &Key::Tab.to_string()).await;
        }
        self.press("form#receive .primary").await;
    }

    /// Leaves pictures of a screen, if somebody wants to look at them.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("MTM_PICTURES") else { return };
        let directory = std::path::PathBuf::from(directory);
        for (size, width, height, dark) in
            [("1440", 1440, 900, false), ("390", 390, 844, false), ("dark", 1440, 900, true)]
        {
            self.browser.resize(width, height).await.unwrap();
            self.browser.prefer_dark(dark).await.unwrap();
            self.browser.picture(directory.join(format!("{name}-{size}.png"))).await.unwrap();
        }
        self.browser.resize(1280, 800).await.unwrap();
        self.browser.prefer_dark(false).await.unwrap();
    }
}

/// Asks until there is an answer or half a minute has passed.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    mut ask: impl FnMut() -> F,
) -> Option<T> {
    let patience = std::time::Duration::from_secs(30);
    let until = std::time::Instant::now() + patience;
    loop {
        if let Some(found) = ask().await {
            return Some(found);
        }
        if std::time::Instant::now() > until {
            return None;
        }
        tokio::task::yield_now().await;
    }
}
