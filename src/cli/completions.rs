//! `quenched completions`.

use super::Cli;
use super::exit::{Done, OK, print};
use clap::CommandFactory;

/// Shell completions on stdout
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell to complete for
    shell: clap_complete::Shell,
}

const EXAMPLES: &str = "\
Examples:
  quenched completions bash > ~/.local/share/bash-completion/completions/quenched
  quenched completions fish > ~/.config/fish/completions/quenched.fish";

impl Completions {
    pub(super) fn run(self) -> Done {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "quenched", &mut script);
        print(&script)?;
        Ok(OK)
    }
}
