//! Requests as commands that can be typed in a shell.

use super::quote::in_shell;
use super::raw_request::RawRequest;

/// Options that are flags on the command line: there where true.
const FLAGS: [&str; 2] = ["all", "summary"];

impl RawRequest {
    /// The command that makes this request, in the folder that names of files start from.
    pub fn command(&self) -> String {
        let mut words = vec!["quenched".to_owned(), in_shell(&self.verb)];
        words.extend(self.quantity.as_deref().map(in_shell));
        for (name, value) in &self.options {
            match (FLAGS.contains(&name.as_str()), value.as_str()) {
                (true, "true") => words.push(format!("--{name}")),
                (true, "false") => {}
                // It would be read as another option.
                (false, value) if value.starts_with('-') => {
                    words.push(in_shell(&format!("--{name}={value}")));
                }
                _ => words.push(format!("--{name} {}", in_shell(value))),
            }
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_command_that_makes_it() {
        let options = [
            ("alpha", "0.1,0.2"),
            ("kappa", "-1"),
            ("summary", "true"),
            ("n", "it's"),
        ];
        let raw = RawRequest {
            verb: "simulate".to_owned(),
            quantity: Some("amp".to_owned()),
            options: options.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            ..RawRequest::default()
        };
        let expected = r"quenched simulate amp --alpha 0.1,0.2 --kappa=-1 --summary --n 'it'\''s'";
        assert_eq!(raw.command(), expected);
    }
}
