//! People whom an identity provider vouches for, on a real ledger.

use mtm_core::policy::Role;
use mtm_core::word::{UserId, UserName};
use mtm_store::record::{Arrival, UserChanges, UserRecord};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, refused};

contract!(
    somebody_new_is_there_with_role_and_identity_and_is_known_afterwards,
    a_name_that_somebody_has_is_taken_over_only_where_that_is_allowed,
    somebody_disabled_stays_out_and_the_last_admin_stays_one,
    an_identity_is_taken_away_with_the_sessions,
);

const SYSTEM: UserId = UserId(1);

fn arrival(subject: &str, login: &str, role: Role) -> Arrival {
    Arrival {
        issuer: "https://id.plant".to_owned(),
        subject: subject.to_owned(),
        name: UserName::parse(login).unwrap(),
        display_name: Some("Anna Kern".to_owned()),
        role,
        link: false,
    }
}

fn linking(subject: &str, login: &str, role: Role) -> Arrival {
    Arrival { link: true, ..arrival(subject, login, role) }
}

impl Plant {
    async fn in_by(&self, arrival: Arrival) -> UserRecord {
        self.ledger.welcome(arrival).await.unwrap().user
    }

    async fn out_by(&self, arrival: Arrival) -> &'static str {
        refused(&self.ledger.welcome(arrival).await.unwrap_err())
    }

    fn count(&self, table: &str) -> String {
        self.value(&format!("SELECT count(*) FROM {table}"))
    }
}

async fn somebody_new_is_there_with_role_and_identity_and_is_known_afterwards(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = plant.in_by(arrival("1", "anna", Role::Operator)).await;
    assert_eq!((anna.role, anna.has_identity, anna.has_password), (Role::Operator, true, false));
    assert_eq!(anna.display_name.as_deref(), Some("Anna Kern"));
    // Another login name at the provider does not make her another person.
    let again = plant.ledger.welcome(arrival("1", "anna.kern", Role::Operator)).await.unwrap();
    assert_eq!((again.user, again.changed), (anna.clone(), false));
    let lead = plant.ledger.welcome(arrival("1", "anna", Role::Lead)).await.unwrap();
    assert_eq!((lead.user.id, lead.user.role, lead.changed), (anna.id, Role::Lead, true));
    assert_eq!(lead.user.version, anna.version + 1);
    // The same subject of another provider is somebody else, whose name is taken.
    let other = Arrival { issuer: "https://other".to_owned(), ..linking("1", "anna", Role::Admin) };
    assert_eq!(plant.out_by(other).await, "already_exists");
    // Upper and lower case are different people for a provider.
    plant.in_by(arrival("a", "small", Role::Viewer)).await;
    plant.in_by(arrival("A", "large", Role::Viewer)).await;
    assert_eq!((plant.count("identity").as_str(), plant.count("user").as_str()), ("3", "4"));
    let told = plant.told();
    assert!(told.contains("identity.linked") && !told.contains("Anna Kern"), "{told}");
}

async fn a_name_that_somebody_has_is_taken_over_only_where_that_is_allowed(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ben = plant.person("Ben", Role::Viewer).await;
    assert_eq!(plant.out_by(arrival("7", "ben", Role::Lead)).await, "already_exists");
    assert_eq!(plant.out_by(linking("7", "system", Role::Admin)).await, "already_exists");
    assert_eq!(plant.count("identity"), "0", "nothing is half made");
    let taken = plant.in_by(linking("7", "ben", Role::Lead)).await;
    assert_eq!((taken.id, taken.role, taken.has_identity), (ben.id, Role::Lead, true));
    assert!(taken.has_password, "the local way in stays");
    assert_eq!(plant.out_by(linking("8", "ben", Role::Lead)).await, "already_exists");
}

async fn somebody_disabled_stays_out_and_the_last_admin_stays_one(engine: Engine) {
    let plant = Plant::on(engine).await;
    let boss = plant.person("boss", Role::Admin).await;
    assert_eq!(plant.out_by(linking("1", "boss", Role::Viewer)).await, "in_use");
    assert_eq!(plant.count("identity"), "0", "nothing is half made");
    plant.in_by(linking("1", "boss", Role::Admin)).await;
    assert_eq!(plant.out_by(arrival("1", "boss", Role::Viewer)).await, "in_use");
    // An admin who comes in by the provider only does not count: it may be away.
    plant.in_by(arrival("2", "anna", Role::Admin)).await;
    assert_eq!(plant.out_by(arrival("1", "boss", Role::Viewer)).await, "in_use");
    plant.in_by(arrival("2", "anna", Role::Viewer)).await;
    plant.person("second", Role::Admin).await;
    assert_eq!(plant.in_by(arrival("1", "boss", Role::Viewer)).await.role, Role::Viewer);
    let disable = UserChanges { disabled: Some(true), ..UserChanges::default() };
    plant.ledger.edit_user(SYSTEM, boss.id, None, disable, None).await.unwrap();
    assert_eq!(plant.out_by(arrival("1", "boss", Role::Lead)).await, "forbidden");
    let gone = plant.ledger.user(boss.id).await.unwrap().unwrap();
    assert_eq!(gone.role, Role::Viewer);
}

async fn an_identity_is_taken_away_with_the_sessions(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = plant.in_by(arrival("1", "anna", Role::Lead)).await;
    plant.session(&anna, 1).await;
    let alone = plant.ledger.unlink_identity(SYSTEM, anna.id).await.unwrap();
    assert!(!alone.has_identity && !plant.is_in(1).await);
    let twice = plant.ledger.unlink_identity(SYSTEM, anna.id).await;
    assert_eq!(refused(&twice.unwrap_err()), "not_found");
    assert_eq!(plant.out_by(arrival("9", "anna", Role::Lead)).await, "already_exists");
    assert_eq!(plant.in_by(linking("9", "anna", Role::Lead)).await.id, anna.id);
    plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| ()).await.unwrap();
}
