//! `mtm user sql-login`: whom the logins of a plant's own SQL clients book as.

use clap::Args;
use mtm_core::policy::Deed;
use serde_json::json;

use super::locally;
use super::user::named;
use crate::cli::Call;
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm user sql-login
  mtm user sql-login press1 --user press
  mtm user sql-login press1 --remove

The procedures mtm_receive, mtm_take and mtm_move book as the user that stands here for the login of
the connection; `mtm db accounts --plant NAME` makes such a login.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The login on the database server, without a host; all are shown where it is left out
    #[arg(value_name = "LOGIN")]
    login: Option<String>,
    /// The user it books as
    #[arg(long, value_name = "NAME", requires = "login")]
    user: Option<String>,
    /// It books for nobody any more
    #[arg(long, requires = "login", conflicts_with = "user")]
    remove: bool,
}

pub(super) async fn run(call: &Call, it: &Arguments) -> Outcome {
    match (&it.login, &it.user) {
        (Some(login), Some(name)) => {
            let linked = locally(call, async |local| {
                local.who.require(Deed::Administer)?;
                let user = named(local, name).await?;
                Ok(local.app.ledger().link_plant_login(local.who.user, login, user.row).await?)
            })
            .await?;
            call.console.answer(&linked, || format!("{login} books as {}.", linked.user))
        }
        (Some(_), None) if !it.remove => {
            Err(Failure::usage("name the user with --user, or --remove the login"))
        }
        (Some(login), None) => {
            locally(call, async |local| {
                local.who.require(Deed::Administer)?;
                Ok(local.app.ledger().unlink_plant_login(local.who.user, login).await?)
            })
            .await?;
            let answer = json!({ "login": login, "user": null });
            call.console.answer(&answer, || format!("{login} books for nobody any more."))
        }
        (None, _) => list(call).await,
    }
}

async fn list(call: &Call) -> Outcome {
    let logins = locally(call, async |local| Ok(local.app.ledger().plant_logins().await?)).await?;
    call.console.answer(&json!({ "items": logins }), || {
        let columns = [Column::text("LOGIN"), Column::text("BOOKS AS"), Column::text("SINCE")];
        let mut table = Table::new(columns);
        for it in &logins {
            table.row([it.login.clone(), it.user.to_string(), crate::output::moment(it.linked_at)]);
        }
        if table.is_empty() {
            "No login of the database server books for anybody.".to_owned()
        } else {
            call.console.table(&table)
        }
    })
}
