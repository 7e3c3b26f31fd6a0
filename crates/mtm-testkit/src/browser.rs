//! A real browser: Chromium without a window, driven over the WebDriver protocol.
//!
//! [`Browser`] dereferences to the fantoccini client, so a test drives it with the library's own
//! words (`goto`, `find`, `wait`); what a journey needs beyond them is here: window size, dark
//! mode, pictures. Driver, browser and profile go with the value, also when a test panics.

use std::env;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::api::Api;
use crate::process::{self, Guard};
use crate::skip::{self, Fixture};

/// How long driver and browser may take to start, on a loaded machine.
const START: Duration = Duration::from_secs(60);

/// No first-run screens, no calls home, no crash collector that outlives the browser.
const FLAGS: [&str; 12] = [
    "--headless=new",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
];

/// A running browser with one window of 1280 × 800; stopped on drop.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Api,
    session: String,
    // Declared in this order: the processes end before the profile goes.
    _process: Guard,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser with an empty profile.
    pub async fn start() -> Result<Fixture<Self>> {
        if skip::quick() {
            return Ok(Fixture::Unavailable("left out of the quick run".to_owned()));
        }
        let (Some(driver), Some(browser)) =
            (first_program(&["chromedriver"]), first_program(&["chromium", "google-chrome"]))
        else {
            return Ok(Fixture::Unavailable("no chromium with chromedriver".to_owned()));
        };

        let profile = tempfile::Builder::new().prefix("mtm-browser-").tempdir()?;
        process::remove_at_exit(profile.path());
        let mut command = Command::new(driver);
        command.arg("--port=0").env("HOME", profile.path()).env("TMPDIR", profile.path());
        let guard = Guard::spawn(command)?;
        let stdout = guard.stdout().clone();
        let url = tokio::task::spawn_blocking(move || stdout.first(START, driver_url))
            .await?
            .context("failed to start chromedriver")?;

        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&browser, profile.path()));
        let client = builder.connect(&url).await.context("failed to start chromium")?;
        let session = client.session_id().await?.context("the driver names no session")?;
        let browser =
            Self { client, driver: Api::new(url), session, _process: guard, _profile: profile };
        Ok(Fixture::Ready(browser))
    }

    /// Sets the size of the page itself, in CSS pixels: 390 × 844 is a handheld.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Makes pages see a person who prefers dark, or light, colours.
    pub async fn prefer_dark(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.devtools("Emulation.setEmulatedMedia", feature).await?;
        Ok(())
    }

    /// Writes a picture of the window to `path` (PNG), making its directory.
    pub async fn picture(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let png = self.client.screenshot().await?;
        std::fs::write(path, png).with_context(|| format!("failed to write {}", path.display()))
    }

    /// Sends a command of the Chrome DevTools protocol, for what WebDriver has no words for.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        let driver = self.driver.clone();
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let body = json!({"cmd": method, "params": parameters});
        let reply = tokio::task::spawn_blocking(move || driver.post(&path, "", &body)).await??;
        if reply.status != 200 {
            bail!("failed to run {method}: {}", reply.text);
        }
        Ok(reply.json()?["value"].clone())
    }
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn capabilities(browser: &Path, profile: &Path) -> Map<String, Value> {
    let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--user-data-dir={}", profile.join("profile").display()));
    flags.push("--window-size=1280,800".to_owned());
    if rustix::process::getuid().is_root() {
        // Chromium's sandbox refuses to start for root.
        flags.push("--no-sandbox".to_owned());
    }
    let options = json!({"binary": browser, "args": flags});
    let mut capabilities = Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities
}

/// The port the driver chose, from the line that says that it listens.
fn driver_url(line: &str) -> Option<String> {
    let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
    let port: u16 = port.trim_end_matches('.').parse().ok()?;
    Some(format!("http://127.0.0.1:{port}"))
}

fn first_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let candidates = names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |directory| directory.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drivers_port_is_read_from_its_own_words() {
        let line = "ChromeDriver was started successfully on port 34163.";
        assert_eq!(driver_url(line).as_deref(), Some("http://127.0.0.1:34163"));
        assert_eq!(driver_url("Starting ChromeDriver 156 on port 0"), None);
    }

    #[tokio::test]
    async fn a_browser_shows_pages_in_the_size_and_colours_asked_for() {
        let Some(browser) = Browser::start().await.unwrap().or_skip("testkit: browser") else {
            return;
        };
        let page = "data:text/html,<title>Stock</title><p>7 pieces</p>";
        browser.goto(page).await.unwrap();
        assert_eq!(browser.title().await.unwrap(), "Stock");

        browser.resize(390, 844).await.unwrap();
        browser.prefer_dark(true).await.unwrap();
        let script = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]";
        let seen = browser.execute(script, Vec::new()).await.unwrap();
        assert_eq!(seen, json!([390, true]));
        browser.prefer_dark(false).await.unwrap();
        assert_eq!(browser.execute(script, Vec::new()).await.unwrap(), json!([390, false]));

        let directory = tempfile::tempdir().unwrap();
        let picture = directory.path().join("pictures/stock.png");
        browser.picture(&picture).await.unwrap();
        assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    }
}
