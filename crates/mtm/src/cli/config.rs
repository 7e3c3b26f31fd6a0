//! `mtm config check` and `mtm config show`.

use clap::Subcommand;
use serde_json::json;

use super::Call;
use crate::config::{self, Config, Erp, KEYS, Reach};
use crate::failure::Outcome;
use crate::mapping::books;
use crate::output::{Column, Table};
use crate::serve::provable;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether the configuration can be used
    #[command(after_help = "Examples:\n  mtm config check\n  mtm config check --config ./mtm.toml")]
    Check,
    /// Show what is set
    #[command(after_help = "Examples:\n  mtm config show\n  mtm config show --effective --json")]
    Show {
        /// Every key with its value and where it comes from, not only what is set
        #[arg(long)]
        effective: bool,
    },
}

pub(crate) fn run(call: &Call, command: &Command) -> Outcome {
    let settings = call.globals.settings([])?;
    match *command {
        Command::Check => {
            let config = Config::of(&settings)?;
            if let Some(Erp { reach: Reach::Rest { mapping, .. }, .. }) = &config.erp {
                books(mapping)?;
            }
            provable(&config)?;
            let file = call.globals.config.clone().or_else(config::standard_file);
            let read = file.as_ref().filter(|path| path.exists());
            let answer = json!({ "ok": true, "file": read });
            call.console.answer(&answer, || match read {
                Some(path) => format!("The configuration can be used ({}).", path.display()),
                None => "The configuration can be used (no file, built-in values).".to_owned(),
            })
        }
        Command::Show { effective } => {
            let config = Config::of(&settings)?;
            let mut rows = Vec::new();
            let mut table = Table::new([
                Column::text("KEY"),
                Column::text("VALUE"),
                Column::text("FROM"),
                Column::text("MEANING"),
            ]);
            for key in KEYS {
                let setting = settings.setting(key.name);
                let changed = setting.is_some_and(|it| it.source != config::Source::Default);
                if !changed && !effective {
                    continue;
                }
                let worked_out = match key.name {
                    "data_dir" => Some(config.data_dir.to_string_lossy().into_owned()),
                    "site.time_zone" => Some(config.site_time_zone.clone()),
                    _ => None,
                };
                let value = setting.map(|it| key.shown(&it.value).to_owned()).or(worked_out);
                let source = setting.map_or("default".to_owned(), |it| it.source.to_string());
                let shown = value.clone().unwrap_or_else(|| "-".to_owned());
                rows.push(json!({ "key": key.name, "value": value, "source": source }));
                table.row([key.name.to_owned(), shown, source, key.about.to_owned()]);
            }
            let peers: Vec<_> = config::peer_members().collect();
            let flows: Vec<_> = config::flow_members().collect();
            let printers: Vec<_> = config::printer_members().collect();
            let machines: Vec<_> = config::machine_members().collect();
            let edge_nodes: Vec<_> = config::edge_node_members().collect();
            let codes: Vec<_> = config::code_members().collect();
            let wedges: Vec<_> = config::wedge_members().collect();
            let sections = [
                ("peers", peers),
                ("flows", flows),
                ("printers", printers),
                ("machines", machines),
                ("edge_nodes", edge_nodes),
                ("codes", codes),
                ("wedges", wedges),
            ];
            for (section, known) in sections {
                for (name, members) in settings.tables(section) {
                    for (member, about) in &known {
                        let Some(setting) = members.get(*member) else { continue };
                        // A secret is named by where it is; what else stood here was refused above.
                        let key = format!("{section}.{name}.{member}");
                        let (value, source) = (setting.value.clone(), setting.source.to_string());
                        rows.push(json!({ "key": key, "value": value, "source": source }));
                        table.row([key, value, source, (*about).to_owned()]);
                    }
                }
            }
            call.console.answer(&rows, || {
                if table.is_empty() {
                    return "Nothing is set; `mtm config show --effective` shows the built-in values."
                        .to_owned();
                }
                call.console.table(&table)
            })
        }
    }
}
