//! What the argument parser has to say: help as it is, errors in one line.

use super::exit::{BAD_INPUT, Done, Failure, OK};
use crate::ask::in_shell;
use crate::error::Error;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory};
use std::ffi::OsString;
use std::io::{self, Write};

/// Prints help and version texts; turns an error into one line.
pub(super) fn answer(error: &clap::Error, args: &[OsString]) -> Done {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let printed = error.print().and_then(|()| io::stdout().flush());
            match printed {
                Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                    Err(Error::write("stdout", e).into())
                }
                _ => Ok(OK),
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // It goes to stderr, and nobody is left to tell where that is closed.
            let _ = error.print();
            Ok(BAD_INPUT)
        }
        kind => Err(Failure::bad_input(one_line(error, kind, args))),
    }
}

fn one_line(error: &clap::Error, kind: ErrorKind, args: &[OsString]) -> String {
    let text = error.render().to_string();
    let body = text
        .lines()
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.contains("as a value, use"));
    let mut out = String::new();
    for line in body {
        let line = line.strip_prefix("error: ").unwrap_or(line);
        if let Some(tip) = line.strip_prefix("tip: ") {
            out.push_str("; ");
            out.push_str(tip);
        } else if let Some(list) = bracketed(line) {
            out.push_str("; allowed: ");
            out.push_str(list);
        } else {
            out.push_str(if out.is_empty() { "" } else { " " });
            out.push_str(line);
        }
    }
    match kind {
        ErrorKind::InvalidSubcommand | ErrorKind::MissingSubcommand => {
            let verbs: Vec<String> = verbs().map(|v| v.get_name().to_owned()).collect();
            let start = out.split(" [subcommands").next().unwrap_or_default();
            format!("{start}; allowed: {}", verbs.join(", "))
        }
        ErrorKind::UnknownArgument
        | ErrorKind::MissingRequiredArgument
        | ErrorKind::ArgumentConflict => {
            format!("{out}; see quenched {}--help", verb_of(args))
        }
        _ => out,
    }
}

/// The list inside `[possible values: a, b]`.
fn bracketed(line: &str) -> Option<&str> {
    line.strip_prefix("[possible values: ")?.strip_suffix(']')
}

/// The verb among the arguments, with a space after it.
fn verb_of(args: &[OsString]) -> String {
    let typed = |v: &Command| args.iter().any(|a| a.to_str() == Some(v.get_name()));
    let found = verbs().find(typed);
    found.map_or(String::new(), |v| format!("{} ", v.get_name()))
}

fn verbs() -> impl Iterator<Item = Command> {
    let command = super::Cli::command();
    let verbs: Vec<Command> = command.get_subcommands().cloned().collect();
    verbs.into_iter()
}

/// The arguments as one could type them again in a shell; the program by its own name, wherever
/// it lies.
pub(super) fn typed_again(args: &[OsString]) -> String {
    let words = args.iter().skip(1).map(|a| in_shell(&a.to_string_lossy()));
    let all: Vec<String> = std::iter::once("quenched".to_owned())
        .chain(words)
        .collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_quoted_where_a_shell_needs_it() {
        let args = ["/x/quenched", "solve", "--alpha", "0, 1", "it's", ""].map(OsString::from);
        let typed = r"quenched solve --alpha '0, 1' 'it'\''s' ''";
        assert_eq!(typed_again(&args), typed);
    }
}
