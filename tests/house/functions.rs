//! Functions are as long as an eye takes in at once.

use crate::{code, sources};

/// Most lines of code in a function's body; blank lines and comments do not count.
const LONGEST: usize = 60;

/// The functions of a text with the lines of code in their bodies.
fn lengths(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let Some((before, after)) = line.split_once("fn ") else {
            continue;
        };
        let words = before.split_whitespace();
        let known = [
            "pub",
            "pub(crate)",
            "pub(super)",
            "const",
            "unsafe",
            "extern",
            "\"C\"",
        ];
        let name = crate::word(after);
        if name.is_empty() || !words.into_iter().all(|word| known.contains(&word)) {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let ends = |line: &str| line.ends_with('{') || line.ends_with(';') || line.ends_with('}');
        let Some(open) = lines[i..].iter().position(|line| ends(line)) else {
            continue;
        };
        if !lines[i + open].ends_with('{') {
            continue;
        }
        let body = &lines[i + open + 1..];
        let close = format!("{indent}}}");
        let end = body.iter().position(|line| *line == close);
        let body = &body[..end.unwrap_or(body.len())];
        let is_code = |line: &&&str| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with("//")
        };
        found.push((name.to_owned(), body.iter().filter(is_code).count()));
    }
    found
}

#[test]
fn no_function_is_longer_than_an_eye_takes_in() {
    let mut count = 0;
    let mut longer = Vec::new();
    for (path, _, text) in sources() {
        let path = path.to_string_lossy().into_owned();
        for (name, lines) in lengths(&code(path.as_ref(), &text)) {
            count += 1;
            if lines > LONGEST {
                longer.push(format!("{path}: {name} has {lines} lines"));
            }
        }
    }
    assert!(count > 2000, "only {count} functions were found");
    assert!(longer.is_empty(), "{}", longer.join("\n"));
}

#[test]
fn lines_of_a_body_are_counted() {
    let text = "impl A {\n    pub(super) const fn a(\n        x: f64,\n    ) -> f64 {\n        // Why.\n\n        \
                let y = x;\n        if y > 0.0 {\n            y\n        } else {\n            x\n        \
                }\n    }\n\n    fn b(self);\n    fn c() {}\n}\n\nfn d() {\n    1\n}\n";
    let expected = [("a", 6), ("d", 1)].map(|(name, lines)| (name.to_owned(), lines));
    assert_eq!(lengths(text), expected);
}
