//! People sign in with a certified identity provider, in a real browser, on the real program.
//!
//! The browser is sent to `localhost` and the provider is at `127.0.0.1`: two sites, as in a plant.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a step that cannot be taken fails the journey"
)]

use std::path::Path;
use std::time::Duration;

use fantoccini::Locator;
use mtm_testkit::mtm_process::Start;
use mtm_testkit::{Browser, Mtm, OidcProvider, poll};
use serde_json::Value;

use crate::support::PROGRAM;

const SOON: Duration = Duration::from_secs(30);
const WRONG: &str = "a secret that was given up";

struct Visit {
    browser: Browser,
    server: Mtm,
}

impl Visit {
    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.server.url().replace("127.0.0.1", "localhost"))
    }

    async fn shown(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.browser.wait().at_most(SOON).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                let page = self.browser.source().await.unwrap_or_default();
                panic!("{css} did not appear: {error}; {page}; {:?}", self.server.stderr().lines())
            }
        }
    }

    /// Presses the button of the provider on the sign-in page.
    async fn press_button(&self) {
        self.browser.goto(&self.address("/sign-in")).await.unwrap();
        let button = self.shown("#sign-in-provider").await;
        assert_eq!(button.text().await.unwrap(), "Sign in with plant account");
        button.click().await.unwrap();
    }

    /// Presses it and says at the provider, which knows the browser, that they want to: of clients on
    /// people's own machines it asks that each time (RFC 8252, 8.6).
    async fn come_again(&self) {
        self.press_button().await;
        self.consent().await;
    }

    async fn consent(&self) {
        self.shown("input[value=consent] ~ button").await.click().await.unwrap();
    }

    /// Who is signed in, as the API tells the browser; goes back to where it was.
    async fn me(&self) -> Value {
        let before = self.browser.current_url().await.unwrap();
        self.browser.goto(&self.address("/api/v1/me")).await.unwrap();
        let text =
            self.browser.execute("return document.body.innerText", Vec::new()).await.unwrap();
        self.browser.goto(before.as_str()).await.unwrap();
        serde_json::from_str(text.as_str().unwrap()).unwrap()
    }

    async fn sign_out(&self) {
        let script = "document.querySelector(\"form[action='/sign-out']\").requestSubmit()";
        self.browser.execute(script, Vec::new()).await.unwrap();
        self.shown("#sign-in-password").await;
    }

    /// Leaves a picture, if somebody wants to look at it.
    async fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("MTM_PICTURES") else { return };
        self.browser.picture(Path::new(&directory).join(format!("{name}.png"))).await.unwrap();
    }

    /// Waits until the program said once more that it took its configuration over.
    fn until_taken_over(&self, before: usize) {
        let taken = || Ok((self.taken_over() > before).then_some(()));
        poll::until("the configuration is taken over", SOON, taken).unwrap();
    }

    fn taken_over(&self) -> usize {
        let lines = self.server.stderr().lines();
        lines.iter().filter(|line| line.contains("the configuration was taken over")).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_signs_a_browser_in_with_the_role_of_its_groups() {
    let suite = "sign-in with a certified identity provider";
    let Some(mut provider) = OidcProvider::start().unwrap().or_skip(suite) else { return };
    let Some(browser) = Browser::start().await.unwrap().or_skip(suite) else { return };
    provider.set_groups(&[("anna", &["floor", "canteen"])]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    std::fs::write(&secret, OidcProvider::SECRET).unwrap();
    let server = Start::new(PROGRAM)
        .environment("MTM_LOG__FILTER", "trace")
        .environment("MTM_LOG__FORMAT", "json")
        .environment("MTM_OIDC__ISSUER", provider.issuer())
        .environment("MTM_OIDC__CLIENT_ID", OidcProvider::CLIENT)
        .environment("MTM_OIDC__CLIENT_SECRET_FILE", &secret)
        .environment("MTM_OIDC__NAME", "plant account")
        .environment("MTM_OIDC__SCOPES", "openid profile groups")
        .environment("MTM_OIDC__ROLES", "mtm-leads=lead,floor=operator")
        .start()
        .unwrap();
    let visit = Visit { browser, server };

    // The first time she says at the provider who she is, and that she wants to.
    visit.press_button().await;
    visit.shown("input[name=login]").await.send_keys("anna").await.unwrap();
    visit.shown("input[name=password]").await.send_keys("whatever").await.unwrap();
    visit.shown("button.login-submit").await.click().await.unwrap();
    visit.consent().await;
    visit.shown("form#receive").await;
    visit.picture("provider-signed-in").await;
    let me = visit.me().await;
    assert_eq!((&me["name"], &me["role"]), (&"anna".into(), &"operator".into()), "{me}");
    visit.sign_out().await;
    visit.picture("provider-sign-in").await;

    // The next time the provider knows her and asks for no password, and she is in another group.
    provider.set_groups(&[("anna", &["mtm-leads"])]).unwrap();
    visit.come_again().await;
    visit.shown("form#receive").await;
    let me = visit.me().await;
    assert_eq!((&me["name"], &me["role"]), (&"anna".into(), &"lead".into()), "{me}");
    visit.sign_out().await;

    // In no group that may come in.
    provider.set_groups(&[]).unwrap();
    visit.come_again().await;
    let words = visit.shown("div[role=alert]").await.text().await.unwrap();
    assert!(words.contains("Ask your administrator for a group"), "{words}");
    visit.picture("provider-no-role").await;
    provider.set_groups(&[("anna", &["mtm-leads"])]).unwrap();

    // The secret is another one, first at one side only, and nothing is started again for it.
    for (word, css) in [(WRONG, "div[role=alert]"), (OidcProvider::SECRET, "form#receive")] {
        let before = visit.taken_over();
        let fresh = directory.path().join("fresh");
        std::fs::write(&fresh, word).unwrap();
        std::fs::rename(&fresh, &secret).unwrap();
        visit.until_taken_over(before);
        visit.come_again().await;
        visit.shown(css).await;
    }

    // Whoever is in stays in, whatever becomes of the provider.
    provider.kill9().unwrap();
    visit.browser.goto(&visit.address("/stock")).await.unwrap();
    visit.shown("main").await;
    assert_eq!(visit.me().await["role"], "lead");
    visit.sign_out().await;

    keeps_to_itself(visit);
}

/// No log line holds a secret, a token, or what a browser kept, though all of them were traced.
fn keeps_to_itself(visit: Visit) {
    let Visit { mut server, .. } = visit;
    assert!(server.terminate().unwrap().success());
    let log = server.stderr().lines();
    assert!(log.iter().any(|line| line.contains("\"level\":\"TRACE\"")), "nothing was traced");
    let secrets = [
        OidcProvider::SECRET,
        &OidcProvider::SECRET.replace(' ', "+"),
        WRONG,
        // How the header with name (`mtm:`) and secret begins, and how every token does.
        "bXRtO",
        "eyJ",
        "code=",
        "mtm_attempt=",
        "mtm_session=",
        "code_verifier",
    ];
    for secret in secrets {
        let found: Vec<_> = log.iter().filter(|line| line.contains(secret)).take(3).collect();
        assert!(found.is_empty(), "the log holds {secret:?}: {found:#?}");
    }
}
