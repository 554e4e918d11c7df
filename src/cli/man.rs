//! `quenched man`.

use super::Cli;
use super::exit::{self, Done, Failure, OK};
use clap::CommandFactory;
use std::io;

/// The manual page on stdout
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Man {}

const EXAMPLES: &str = "\
Examples:
  quenched man | man -l -
  quenched man > ~/.local/share/man/man1/quenched.1";

impl Man {
    pub(super) fn run(self) -> Done {
        let page = page().map_err(|error| Failure {
            code: exit::FILE,
            line: format!("cannot write the manual page: {error}"),
        })?;
        exit::print(&page)?;
        Ok(OK)
    }
}

/// One page: the program, then a section for each verb.
fn page() -> io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    let verbs: Vec<_> = command.get_subcommands().cloned().collect();
    let main = clap_mangen::Man::new(command);
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_options_section(&mut page)?;
    for verb in verbs.into_iter().filter(|v| v.get_name() != "help") {
        let mut section = Vec::new();
        let title = format!(".SH \"QUENCHED {}\"\n", verb.get_name().to_uppercase());
        let verb = clap_mangen::Man::new(verb);
        verb.render_synopsis_section(&mut section)?;
        verb.render_description_section(&mut section)?;
        verb.render_options_section(&mut section)?;
        verb.render_extra_section(&mut section)?;
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        page.extend(title.into_bytes());
        page.extend(section.into_bytes());
    }
    main.render_extra_section(&mut page)?;
    main.render_version_section(&mut page)?;
    Ok(page)
}
