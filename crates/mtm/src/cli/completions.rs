//! `mtm completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Call, Cli, PROGRAM};
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm completions bash > ~/.local/share/bash-completion/completions/mtm
  mtm completions zsh > ~/.zfunc/_mtm";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(call: &Call, arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), PROGRAM, &mut script);
    call.console.write(String::from_utf8_lossy(&script).trim_end())
}
