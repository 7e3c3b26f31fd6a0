//! Who comes in, and who does not.

use std::net::{IpAddr, Ipv4Addr};

use mtm_app::auth::{NewPerson, PersonChanges, TokenRequest};
use mtm_app::movement::{BookingType, Circumstances, MovementBody};
use mtm_app::{App, AppError, Principal};
use mtm_core::code::Code;
use mtm_core::policy::Role;

use crate::plant::Plant;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const PASSWORD: &str = "correct horse";

fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> Code {
    result.unwrap_err().code()
}

async fn add(app: &App, by: &Principal, name: &str, role: Role) -> uuid::Uuid {
    let new = NewPerson {
        name: name.to_owned(),
        display_name: None,
        role,
        password: Some(PASSWORD.to_owned()),
    };
    app.create_user(by, new, None).await.unwrap().id
}

#[tokio::test]
async fn the_setup_link_lets_one_admin_in_once() {
    let plant = Plant::open().await;
    let app = &plant.app;
    assert!(app.needs_setup().await.unwrap());
    let first = app.setup_link().await.unwrap();
    let second = app.setup_link().await.unwrap();
    let set_up = async |link: &str| app.set_up(link, "boss", PASSWORD, None).await;
    assert_eq!(code(set_up(first.reveal()).await), Code::NotFound, "a newer link replaced it");
    let weak = app.set_up(second.reveal(), "boss", "boss", None).await;
    assert_eq!(code(weak), Code::WeakPassword, "a refused password does not use the link up");
    let grant = set_up(second.reveal()).await.unwrap();
    assert_eq!(grant.principal.role, Role::Admin);
    assert!(!app.needs_setup().await.unwrap());
    let again = app.set_up(second.reveal(), "boss2", PASSWORD, None).await;
    assert_eq!(code(again), Code::NotFound);
}

#[tokio::test]
async fn a_session_is_recognised_until_it_is_ended() {
    let plant = Plant::open().await;
    let app = &plant.app;
    add(app, &plant.lead, "Jane Miller", Role::Operator).await;
    let grant = app.sign_in("jane  miller", PASSWORD, HERE, None).await.unwrap();
    let secret = grant.secret.reveal();
    let known = app.principal_of_session(secret).await.unwrap().unwrap();
    assert_eq!(known.name.as_str(), "Jane Miller");
    assert!(app.principal_of_session("something else").await.unwrap().is_none());
    app.sign_out(secret).await.unwrap();
    assert!(app.principal_of_session(secret).await.unwrap().is_none());
}

#[tokio::test]
async fn guessing_is_refused_alike_and_then_made_to_wait() {
    let plant = Plant::open().await;
    let app = &plant.app;
    add(app, &plant.lead, "jane", Role::Operator).await;
    let wrong = app.sign_in("jane", "wrong password", HERE, None).await.unwrap_err();
    let nobody = app.sign_in("nobody", "wrong password", HERE, None).await.unwrap_err();
    assert_eq!(wrong.to_string(), nobody.to_string());
    assert_eq!(wrong.code(), Code::Unauthenticated);
    for _ in 0..9 {
        let result = app.sign_in("jane", "wrong password", HERE, None).await;
        assert_eq!(code(result), Code::Unauthenticated);
    }
    let right = app.sign_in("jane", PASSWORD, HERE, None).await;
    assert_eq!(code(right), Code::TooManyRequests, "even the right one waits");
    app.sign_in("jane", PASSWORD, ELSEWHERE, None).await.unwrap();
}

#[tokio::test]
async fn disabling_somebody_ends_their_sessions_at_once() {
    let plant = Plant::open().await;
    let app = &plant.app;
    let id = add(app, &plant.lead, "jane", Role::Lead).await;
    let grant = app.sign_in("jane", PASSWORD, HERE, None).await.unwrap();
    assert!(app.principal_of_session(grant.secret.reveal()).await.unwrap().is_some());
    let changes = PersonChanges { disabled: Some(true), ..PersonChanges::default() };
    app.edit_user(&plant.lead, id, None, changes, None).await.unwrap();
    assert!(app.principal_of_session(grant.secret.reveal()).await.unwrap().is_none());
    let back = app.sign_in("jane", PASSWORD, HERE, None).await;
    assert_eq!(code(back), Code::Unauthenticated);
}

#[tokio::test]
async fn a_token_books_until_it_is_revoked() {
    let plant = Plant::open().await;
    let app = &plant.app;
    let request = TokenRequest {
        name: "erp".to_owned(),
        scope: Role::Operator,
        owns_lots: false,
        intent_window: None,
    };
    let (token, secret) = app.create_token(&plant.lead, request, None).await.unwrap();
    let machine = app.principal_of_token(secret.reveal()).await.unwrap().unwrap();
    assert!(machine.is_machine());
    let receive = MovementBody {
        kind: Some(BookingType::In),
        part: Some("11058-1779".to_owned()),
        operation: Some("19".to_owned()),
        location: Some("R-E4-18".to_owned()),
        quantity: Some(5),
        ..MovementBody::default()
    };
    app.book(&machine, Circumstances::default(), &receive).await.unwrap();
    let own_lot = MovementBody { lot: Some("MY-1".to_owned()), ..receive };
    let refused = app.book(&machine, Circumstances::default(), &own_lot).await;
    assert_eq!(code(refused), Code::Forbidden);
    app.revoke_token(&plant.lead, token.id, None).await.unwrap();
    assert!(app.principal_of_token(secret.reveal()).await.unwrap().is_none());
    let machine_makes_token = TokenRequest {
        name: "more".to_owned(),
        scope: Role::Admin,
        owns_lots: false,
        intent_window: None,
    };
    let refused = app.create_token(&machine, machine_makes_token, None).await;
    assert_eq!(code(refused), Code::Forbidden);
}

#[tokio::test]
async fn one_click_sign_in_is_for_the_demo_on_this_machine() {
    let plant = Plant::open().await;
    assert_eq!(code(plant.app.demo_sign_in(HERE, None).await), Code::Forbidden);
    let mut site = plant.app.ledger().site().await.unwrap();
    site.demo = true;
    plant.app.ledger().set_site(site, plant.lead.user).await.unwrap();
    let demo = App::new(plant.app.ledger().clone()).await.unwrap();
    assert_eq!(code(demo.demo_sign_in(ELSEWHERE, None).await), Code::Forbidden);
    let grant = demo.demo_sign_in(HERE, None).await.unwrap();
    assert_eq!(grant.principal.role, Role::Admin);
    demo.demo_sign_in(HERE, None).await.unwrap();
}
