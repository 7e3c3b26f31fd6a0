//! People, tokens, sessions and setup links on a real ledger.

use mtm_core::command::Patch;
use mtm_core::policy::Role;
use mtm_core::word::{Timestamp, UserId, UserName};
use mtm_store::record::{
    NewSession, NewToken, NewUser, QuickButton, UserChanges, UserKind, UserRecord,
};
use mtm_store::{Clock, IdempotencyKey};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, key, operation, part, pieces, refused};

contract!(
    people_are_found_by_name_id_and_row_and_their_names_are_unique,
    a_change_needs_the_version_seen_and_the_last_admin_stays,
    a_repeated_request_has_one_effect_and_the_same_answer,
    a_token_acts_as_a_principal_of_its_own_until_it_is_revoked,
    a_tokens_secret_is_shown_once_and_told_to_nobody,
    the_last_use_is_written_about_once_a_minute,
    a_session_lives_while_it_is_used_and_ends,
    disabling_somebody_ends_their_sessions_at_once,
    a_setup_link_lets_one_of_two_in,
    a_setup_link_is_not_used_up_by_a_refusal_and_dies_of_age,
    a_command_line_has_one_user_for_each_system_user,
    everything_administrative_is_part_of_a_chain_that_verifies,
);

const HOUR: i64 = 3_600_000_000;
const SYSTEM: UserId = UserId(1);

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn person(login: &str, role: Role) -> NewUser {
    NewUser {
        name: name(login),
        display_name: Some(format!("Name of {login}")),
        role,
        password_hash: Some(format!("$argon2id$hash-of-{login}")),
    }
}

impl Plant {
    pub(crate) async fn person(&self, login: &str, role: Role) -> UserRecord {
        self.ledger.create_user(SYSTEM, person(login, role), None).await.unwrap().value
    }

    fn in_hours(&self, hours: i64) -> Timestamp {
        self.clock.now().plus_micros(hours * HOUR)
    }

    pub(crate) async fn session(&self, user: &UserRecord, secret: u8) {
        let new = NewSession {
            user: user.row,
            secret_hash: [secret; 32],
            csrf: "a csrf token".to_owned(),
            user_agent: None,
            expires_at: self.in_hours(1),
        };
        self.ledger.begin_session(new).await.unwrap();
    }

    pub(crate) async fn is_in(&self, secret: u8) -> bool {
        self.ledger.session_by_secret([secret; 32]).await.unwrap().is_some()
    }

    /// Everything that the audit log and the outbox hold, as text.
    pub(crate) fn told(&self) -> String {
        let mut told = self.home.rows("SELECT kind || entry FROM audit");
        let events = "SELECT type || subject || data FROM outbox WHERE data IS NOT NULL";
        told.extend(self.home.rows(events));
        told.join("\n")
    }
}

async fn people_are_found_by_name_id_and_row_and_their_names_are_unique(engine: Engine) {
    let plant = Plant::on(engine).await;
    let added = plant.person("Anna Smith", Role::Lead).await;
    assert_eq!((added.kind, added.role, added.version), (UserKind::Person, Role::Lead, 1));
    assert!(added.has_password && added.disabled_at.is_none());
    let ledger = &plant.ledger;
    assert_eq!(ledger.user(added.id).await.unwrap().as_ref(), Some(&added));
    assert_eq!(ledger.user_of_row(added.row).await.unwrap().as_ref(), Some(&added));
    let found = ledger.user_by_name(&name("anna  SMITH")).await.unwrap();
    assert_eq!(found.as_ref(), Some(&added));
    let (found, hash) = ledger.user_to_sign_in(&name("anna smith")).await.unwrap().unwrap();
    assert_eq!((found, hash.as_deref()), (added, Some("$argon2id$hash-of-Anna Smith")));
    let twice = ledger.create_user(SYSTEM, person("ANNA SMITH", Role::Viewer), None).await;
    assert_eq!(refused(&twice.unwrap_err()), "already_exists");
    let names: Vec<_> =
        ledger.users().await.unwrap().iter().map(|user| user.name.to_string()).collect();
    assert_eq!(names, ["Anna Smith", "system"]);
    assert_eq!(ledger.system_user().await.unwrap().row, SYSTEM);
}

async fn a_change_needs_the_version_seen_and_the_last_admin_stays(engine: Engine) {
    let plant = Plant::on(engine).await;
    let admin = plant.person("admin", Role::Admin).await;
    assert_eq!(plant.ledger.count_admins().await.unwrap(), 1);
    let edit = |version, changes| plant.ledger.edit_user(SYSTEM, admin.id, version, changes, None);
    let demote = UserChanges { role: Some(Role::Operator), ..UserChanges::default() };
    let disable = UserChanges { disabled: Some(true), ..UserChanges::default() };
    assert_eq!(refused(&edit(None, demote.clone()).await.unwrap_err()), "in_use");
    assert_eq!(refused(&edit(None, disable.clone()).await.unwrap_err()), "in_use");
    let patience = UserChanges { intent_window: Patch::Set(0), ..UserChanges::default() };
    assert_eq!(refused(&edit(Some(9), patience.clone()).await.unwrap_err()), "stale");
    let patient = edit(Some(1), patience).await.unwrap().value;
    assert_eq!((patient.intent_window, patient.version), (Some(0), 2));

    plant.person("second", Role::Admin).await;
    let demoted = edit(Some(2), demote).await.unwrap().value;
    assert_eq!((demoted.role, demoted.version), (Role::Operator, 3));
    assert_eq!(plant.ledger.count_admins().await.unwrap(), 1);
    let gone = edit(None, disable).await.unwrap().value;
    assert!(gone.disabled_at.is_some());
    let back = UserChanges { disabled: Some(false), ..UserChanges::default() };
    assert!(edit(None, back).await.unwrap().value.disabled_at.is_none());

    let system = plant.ledger.system_user().await.unwrap();
    let changes = UserChanges { role: Some(Role::Viewer), ..UserChanges::default() };
    let refusal = plant.ledger.edit_user(SYSTEM, system.id, None, changes, None).await;
    assert_eq!(refused(&refusal.unwrap_err()), "not_found");
}

async fn a_repeated_request_has_one_effect_and_the_same_answer(engine: Engine) {
    let plant = Plant::on(engine).await;
    let add = |text| plant.ledger.create_user(SYSTEM, person("anna", Role::Lead), Some(key(text)));
    let first = add("k-1").await.unwrap();
    let again = add("k-1").await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.value, again.value);
    assert_eq!(refused(&add("k-2").await.unwrap_err()), "already_exists");
    let other = IdempotencyKey { fingerprint: [8; 32], ..key("k-1") };
    let other = plant.ledger.create_user(SYSTEM, person("bob", Role::Lead), Some(other)).await;
    assert_eq!(refused(&other.unwrap_err()), "idempotency_key_reused");
    assert_eq!(plant.value("SELECT count(*) FROM user WHERE kind = 'person'"), "1");
}

fn token(label: &str, secret: u8) -> NewToken {
    NewToken {
        name: label.to_owned(),
        scope: Role::Operator,
        owns_lots: true,
        intent_window: Some(0),
        secret_hash: [secret; 32],
    }
}

async fn a_token_acts_as_a_principal_of_its_own_until_it_is_revoked(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let made = ledger.create_token(SYSTEM, token("press 7", 0xa5), None).await.unwrap();
    let (found, principal) = ledger.token_by_secret([0xa5; 32]).await.unwrap().unwrap();
    assert_eq!(found, made);
    assert_eq!((principal.kind, principal.role), (UserKind::Token, Role::Operator));
    assert_eq!((principal.name.as_str(), principal.row), ("token:press 7", made.user));
    assert_eq!((made.owns_lots, principal.intent_window), (true, Some(0)));
    assert!(ledger.token_by_secret([0; 32]).await.unwrap().is_none());
    let twice = ledger.create_token(SYSTEM, token("press 7", 1), None).await;
    assert_eq!(refused(&twice.unwrap_err()), "already_exists");
    let nameless = ledger.create_token(SYSTEM, token("  ", 1), None).await;
    assert_eq!(refused(&nameless.unwrap_err()), "invalid_body");

    assert!(ledger.revoke_token(SYSTEM, made.id, None).await.unwrap().value.revoked_at.is_some());
    assert!(ledger.token_by_secret([0xa5; 32]).await.unwrap().is_none());
    let next = ledger.create_token(SYSTEM, token("press 7", 2), None).await.unwrap();
    assert_ne!(next.user, made.user, "the past stays with the revoked one");
    assert_eq!(ledger.tokens().await.unwrap().len(), 2);
}

async fn a_tokens_secret_is_shown_once_and_told_to_nobody(engine: Engine) {
    let plant = Plant::on(engine).await;
    let make = || plant.ledger.create_token(SYSTEM, token("press 7", 0xa5), Some(key("k-1")));
    make().await.unwrap();
    assert_eq!(refused(&make().await.unwrap_err()), "secret_already_shown");
    let anna = plant.person("anna", Role::Lead).await;
    plant.session(&anna, 0xb6).await;
    plant.ledger.create_setup_link([0xc7; 32], plant.in_hours(1)).await.unwrap();
    let told = plant.told().to_lowercase();
    assert!(told.contains("token.created") && told.contains("session.begun"), "{told}");
    for secret in ["a5a5a5", "b6b6b6", "c7c7c7", "165,165,165", "argon2", "a csrf token", "anna"] {
        assert!(!told.contains(secret), "{secret} stands in the audit log or the outbox");
    }
    assert_eq!(plant.value("SELECT count(*) FROM idempotency_key WHERE body IS NOT NULL"), "0");
}

async fn the_last_use_is_written_about_once_a_minute(engine: Engine) {
    let plant = Plant::on(engine).await;
    plant.ledger.create_token(SYSTEM, token("press 7", 3), None).await.unwrap();
    let found = || async { plant.ledger.token_by_secret([3; 32]).await.unwrap().unwrap().0 };
    plant.ledger.touch_token(&found().await).await.unwrap();
    let first = found().await.last_used_at;
    assert_eq!(first, Some(plant.clock.now()));
    plant.clock.advance(59_000_000);
    plant.ledger.touch_token(&found().await).await.unwrap();
    assert_eq!(found().await.last_used_at, first);
    plant.clock.advance(1_000_000);
    plant.ledger.touch_token(&found().await).await.unwrap();
    assert_eq!(found().await.last_used_at, Some(plant.clock.now()));
    assert!(!plant.told().contains("touch"));
}

async fn a_session_lives_while_it_is_used_and_ends(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = plant.person("anna", Role::Operator).await;
    plant.session(&anna, 1).await;
    plant.session(&anna, 2).await;
    let (session, user) = plant.ledger.session_by_secret([1; 32]).await.unwrap().unwrap();
    assert_eq!((user.row, session.csrf.as_str()), (anna.row, "a csrf token"));
    plant.clock.advance(HOUR - 1);
    plant.ledger.touch_session(&session, HOUR).await.unwrap();
    plant.clock.advance(1);
    assert!(plant.is_in(1).await, "it was used a moment ago");
    assert!(!plant.is_in(2).await, "nobody used it for an hour");
    assert_eq!(plant.ledger.sessions_of(anna.row).await.unwrap().len(), 1);
    assert_eq!(plant.ledger.purge_expired_sessions().await.unwrap(), 1);
    plant.ledger.end_session([1; 32]).await.unwrap();
    assert!(!plant.is_in(1).await);
    plant.ledger.end_session([1; 32]).await.unwrap();
}

async fn disabling_somebody_ends_their_sessions_at_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = plant.person("anna", Role::Operator).await;
    let bob = plant.person("bob", Role::Operator).await;
    plant.session(&anna, 1).await;
    plant.session(&bob, 2).await;
    let disable = UserChanges { disabled: Some(true), ..UserChanges::default() };
    plant.ledger.edit_user(SYSTEM, anna.id, None, disable, None).await.unwrap();
    assert!(!plant.is_in(1).await);
    assert!(plant.is_in(2).await, "others stay in");
    let password =
        || UserChanges { password_hash: Some("$argon2id$new".to_owned()), ..Default::default() };
    plant.ledger.edit_user(bob.row, bob.id, None, password(), None).await.unwrap();
    assert!(plant.is_in(2).await, "one's own new password keeps one in");
    plant.ledger.edit_user(SYSTEM, bob.id, None, password(), None).await.unwrap();
    assert!(!plant.is_in(2).await, "somebody else's setting it does not");
    plant.session(&bob, 3).await;
    assert_eq!(plant.ledger.end_sessions_of(bob.row, SYSTEM).await.unwrap(), 1);
    assert!(!plant.is_in(3).await);
}

async fn a_setup_link_lets_one_of_two_in(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    ledger.create_setup_link([1; 32], plant.in_hours(1)).await.unwrap();
    ledger.create_setup_link([2; 32], plant.in_hours(1)).await.unwrap();
    assert!(!ledger.setup_link_works([1; 32]).await.unwrap(), "a newer one was made");
    assert!(ledger.setup_link_works([2; 32]).await.unwrap());
    let enter = |login| ledger.use_setup_link([2; 32], person(login, Role::Admin));
    let (one, other) = tokio::join!(enter("one"), enter("other"));
    let refusals: Vec<_> = [&one, &other].into_iter().filter_map(|a| a.as_ref().err()).collect();
    assert_eq!(refusals.len(), 1, "{one:?} {other:?}");
    assert_eq!(refused(refusals[0]), "not_found");
    assert_eq!(plant.value("SELECT count(*) FROM user WHERE kind = 'person'"), "1");
    assert!(!ledger.setup_link_works([2; 32]).await.unwrap());
}

async fn a_setup_link_is_not_used_up_by_a_refusal_and_dies_of_age(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    plant.person("taken", Role::Viewer).await;
    ledger.create_setup_link([1; 32], plant.in_hours(1)).await.unwrap();
    let taken = ledger.use_setup_link([1; 32], person("TAKEN", Role::Admin)).await;
    assert_eq!(refused(&taken.unwrap_err()), "already_exists");
    assert!(ledger.setup_link_works([1; 32]).await.unwrap());
    plant.clock.advance(HOUR);
    assert!(!ledger.setup_link_works([1; 32]).await.unwrap());
    let late = ledger.use_setup_link([1; 32], person("late", Role::Admin)).await;
    assert_eq!(refused(&late.unwrap_err()), "not_found");
    assert_eq!(ledger.count_admins().await.unwrap(), 0);
}

async fn a_command_line_has_one_user_for_each_system_user(engine: Engine) {
    let plant = Plant::on(engine).await;
    let first = plant.ledger.ensure_cli_user("root").await.unwrap();
    assert_eq!((first.kind, first.name.as_str()), (UserKind::Cli, "cli:root"));
    assert_eq!(plant.ledger.ensure_cli_user("root").await.unwrap(), first);
    let (one, other) =
        tokio::join!(plant.ledger.ensure_cli_user("x"), plant.ledger.ensure_cli_user("x"));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(plant.ledger.count_admins().await.unwrap(), 0, "it cannot sign in");
}

fn shortcut() -> QuickButton {
    QuickButton {
        slot: 1,
        part: part("P-1"),
        operation: operation("10"),
        quantity: pieces(50),
        location: None,
    }
}

async fn everything_administrative_is_part_of_a_chain_that_verifies(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = plant.person("anna", Role::Admin).await;
    plant.ledger.create_token(anna.row, token("press", 1), None).await.unwrap();
    plant.session(&anna, 2).await;
    plant.ledger.put_quick_button(anna.row, shortcut(), None).await.unwrap();
    plant.ledger.end_session([2; 32]).await.unwrap();
    let report =
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{report:?}");
    for kind in ["user.created", "token.created", "session.begun", "quick_button.put"] {
        let query = mtm_store::query::AuditQuery {
            kind: Some(kind.to_owned()),
            ..mtm_store::query::AuditQuery::default()
        };
        assert!(!plant.ledger.audit_rows(query).await.unwrap().items.is_empty(), "{kind}");
    }
}
