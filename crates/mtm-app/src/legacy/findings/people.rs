//! People and their quick buttons.

use std::collections::HashMap;

use mtm_core::policy::Role;
use mtm_core::word::fold;

use super::{Finding, Gathered, Kind};
use crate::legacy::plan::{LeftOutReason, MigrationPlan};
use crate::legacy::plant::LegacyPlant;

const USERS: &str = "usr_users";
const BUTTONS: &str = "sys_last_10_transactions";

pub(super) fn findings(plant: &LegacyPlant, plan: &MigrationPlan) -> Vec<Finding> {
    [
        left_out(plan),
        twice(plan),
        roles(plan),
        admins(plan),
        buttons(
            plan,
            LeftOutReason::BeyondTen,
            Kind {
                code: "quick_buttons_beyond_ten",
                title: "Quick buttons beyond the tenth of a user",
                decision: "Left out: the first ten by position, then by last use, are kept.",
            },
        ),
        buttons(
            plan,
            LeftOutReason::Repeated,
            Kind {
                code: "quick_buttons_repeated",
                title: "Quick buttons that a user has twice",
                decision: "Left out: the first of each is kept.",
            },
        ),
        buttons(
            plan,
            LeftOutReason::Unusable,
            Kind {
                code: "quick_buttons_unusable",
                title: "Quick buttons without user, part, operation or pieces",
                decision: "Left out.",
            },
        ),
        positions(plant),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn left_out(plan: &MigrationPlan) -> Option<Finding> {
    let mut found = Gathered::default();
    for (id, text) in &plan.people.left_out {
        found.add(USERS, text.as_str(), Some(*id));
    }
    found.finding(Kind {
        code: "user_left_out",
        title: "Rows of the user table that are nobody",
        decision: "No user is created.",
    })
}

fn twice(plan: &MigrationPlan) -> Option<Finding> {
    let mut found = Gathered::default();
    for (id, text) in &plan.people.twice {
        found.add(USERS, text.as_str(), Some(*id));
    }
    found.finding(Kind {
        code: "user_twice",
        title: "User names that differ in case or blanks only",
        decision: "One user, of the first row.",
    })
}

fn roles(plan: &MigrationPlan) -> Option<Finding> {
    let mut found = Gathered::default();
    for user in plan.people.users.iter().filter(|user| !user.unverified) {
        if user.legacy_roles.is_empty() {
            found.add(USERS, format!("{} has no role", user.name), user.legacy_id);
        } else if user.legacy_roles.len() > 1 {
            let roles = user.legacy_roles.join(", ");
            found.add(USERS, format!("{} has {roles}: {}", user.name, user.role), user.legacy_id);
        }
    }
    found.finding(Kind {
        code: "user_role_unclear",
        title: "Users with no role or several",
        decision: "Viewer without one, the strongest of several.",
    })
}

/// More admins than a plant needs, where legacy roles were given out freely.
fn admins(plan: &MigrationPlan) -> Option<Finding> {
    let users = &plan.people.users;
    let admins: Vec<_> = users.iter().filter(|user| user.role == Role::Admin).collect();
    if admins.len() * 4 <= users.len() {
        return None;
    }
    let mut found = Gathered::default();
    for user in admins {
        found.add(USERS, user.name.as_str(), user.legacy_id);
    }
    found.finding(Kind {
        code: "many_admins",
        title: "More than a quarter of the users are administrators",
        decision: "Taken over disabled; give most of them the operator role before enabling them.",
    })
}

fn buttons(plan: &MigrationPlan, reason: LeftOutReason, kind: Kind) -> Option<Finding> {
    let mut found = Gathered::default();
    for button in plan.buttons.left_out.iter().filter(|button| button.reason == reason) {
        found.add(BUTTONS, button.user.as_str(), Some(button.legacy_id));
    }
    found.finding(kind)
}

fn positions(plant: &LegacyPlant) -> Option<Finding> {
    let mut taken = HashMap::<_, u64>::new();
    let mut found = Gathered::default();
    for row in &plant.quick_buttons {
        let user = row.user.verbatim().unwrap_or_default();
        let rows = taken.entry((fold(user), row.position)).or_default();
        if *rows > 0 {
            found.add(BUTTONS, format!("{user} position {}", row.position), Some(row.id));
        }
        *rows += 1;
    }
    found.finding(Kind {
        code: "quick_button_position_shared",
        title: "Quick buttons on a position that the user had filled",
        decision: "Slots are given anew, 1 to 10, in the order kept.",
    })
}
