//! `quenched man`.

use super::Cli;
use super::exit::{self, Done, Failure, OK};
use clap::{Command, CommandFactory};
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

/// One page: the program, then a section for each verb and each verb of a verb.
fn page() -> io::Result<Vec<u8>> {
    of(Cli::command())
}

fn of(mut command: Command) -> io::Result<Vec<u8>> {
    command.build();
    let mut page = Vec::new();
    let mut sections = Vec::new();
    add_sections(&command, "", &mut sections)?;
    let main = clap_mangen::Man::new(command);
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_options_section(&mut page)?;
    page.extend(sections);
    main.render_extra_section(&mut page)?;
    main.render_version_section(&mut page)?;
    Ok(page)
}

/// Sections of the verbs of a command, each followed by those of its own verbs.
fn add_sections(command: &Command, words: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let verbs = command.get_subcommands();
    for verb in verbs.filter(|verb| verb.get_name() != "help") {
        let words = format!("{words} {}", verb.get_name());
        let mut section = Vec::new();
        let man = clap_mangen::Man::new(verb.clone());
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        man.render_extra_section(&mut section)?;
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        page.extend(format!(".SH \"QUENCHED{}\"\n", words.to_uppercase()).into_bytes());
        page.extend(section.into_bytes());
        add_sections(verb, &words, page)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    /// Every verb, with the words that lead to it.
    fn verbs(command: &Command, words: &str) -> Vec<(String, Command)> {
        let own = command.get_subcommands().filter(|v| v.get_name() != "help");
        own.flat_map(|verb| {
            let words = format!("{words} {}", verb.get_name());
            let inner = verbs(verb, &words);
            [(words, verb.clone())].into_iter().chain(inner)
        })
        .collect()
    }

    /// The section of a verb as plain text.
    fn section(page: &str, words: &str) -> String {
        let start = format!(".SH \"QUENCHED{}\"\n", words.to_uppercase());
        let (_, rest) = page
            .split_once(&start)
            .unwrap_or_else(|| panic!("no {start}"));
        let end = rest.find("\n.SH ").unwrap_or(rest.len());
        let text = rest[..end].replace("\\-", "-");
        [r"\fB", r"\fI", r"\fR"]
            .iter()
            .fold(text, |text, font| text.replace(font, ""))
    }

    /// Asserts that the page and the completions of a shell hold every verb and flag.
    fn assert_complete(mut command: Command) -> usize {
        command.build();
        let page = String::from_utf8(of(command.clone()).unwrap()).unwrap();
        let scripts = [
            clap_complete::Shell::Bash,
            clap_complete::Shell::Zsh,
            clap_complete::Shell::Fish,
        ];
        let scripts = scripts.map(|shell| {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command.clone(), "quenched", &mut script);
            String::from_utf8(script).unwrap()
        });
        let mut flags = 0;
        for (words, verb) in verbs(&command, "") {
            let section = section(&page, &words);
            for script in &scripts {
                let name = verb.get_name();
                assert!(script.contains(name), "a completion lacks {words}");
            }
            let shown = verb.get_arguments().filter(|arg| !arg.is_hide_set());
            for flag in shown.filter_map(Arg::get_long) {
                flags += 1;
                assert!(
                    section.contains(&format!("--{flag}")),
                    "quenched{words}: no --{flag}: {section}"
                );
                let [bash, zsh, fish] = &scripts;
                let long = format!("--{flag}");
                assert!(
                    bash.contains(&long) && zsh.contains(&long),
                    "{words}: {long}"
                );
                assert!(fish.contains(&format!("-l {flag}")), "{words}: {long}");
            }
            for word in verb
                .get_positionals()
                .filter_map(Arg::get_value_names)
                .flatten()
            {
                assert!(
                    section.contains(word.as_str()),
                    "quenched{words}: no {word}"
                );
            }
        }
        flags
    }

    #[test]
    fn every_verb_and_flag_is_in_the_page_and_in_the_completions() {
        let flags = assert_complete(Cli::command());
        assert!(flags > 100, "only {flags}");
        let names: Vec<String> = verbs(&Cli::command(), "")
            .into_iter()
            .map(|(w, _)| w)
            .collect();
        for verb in [" solve", " simulate", " models", " explain", " man"] {
            assert!(names.iter().any(|name| name == verb), "no{verb}");
        }
    }

    #[test]
    fn verbs_of_verbs_have_sections_too() {
        let depth = Arg::new("depth").long("depth");
        let inner = Command::new("inner").arg(depth).about("Deep down");
        let outer = Command::new("outer").subcommand(inner);
        assert_eq!(
            assert_complete(Command::new("quenched").version("1").subcommand(outer)),
            3
        );
    }
}
