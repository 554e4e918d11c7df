//! Texts of the user's as the languages read them back in which the program writes: the shell, GNU
//! parallel, Python, and Markdown. Every text that is not the program's own goes through here on its
//! way into a command, a script or a notebook.

/// A word as a shell reads it back.
pub fn in_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,=+@%".contains(c);
    // An = at the start is a command's path to zsh.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        word.to_owned()
    } else {
        quoted(word)
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A word as a command that GNU parallel runs reads it back, to be written in a script: parallel puts
/// its words together, replaces what stands in braces and hands all of it to a shell.
pub fn in_parallel(word: &str) -> String {
    let mut inner = in_shell(word);
    if inner != word || word.contains('{') {
        inner = quoted(word);
    }
    // Braces and the bytes by which parallel marks its own places never touch what follows them.
    let mut parted = String::new();
    for c in inner.chars() {
        parted.push(c);
        if c == '{' || !c.is_ascii() {
            parted.push_str("''");
        }
    }
    in_shell(&parted)
}

/// A text as a Python string on one line: raw where that can be, so that TeX stays readable.
pub fn in_python(text: &str) -> String {
    let raw = text.contains('\\') && !text.ends_with('\\');
    if raw && !text.contains('"') && text.chars().all(printable) {
        return format!("r\"{text}\"");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if printable(c) => out.push(c),
            c if c as u32 <= 0xff => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if c as u32 <= 0xffff => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out + "\""
}

/// A text as the rest of a line that begins with a `#`, in Python and in a shell.
pub fn in_comment(text: &str) -> String {
    let plain = |c: char| if printable(c) { c } else { ' ' };
    let text: String = text.chars().map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as Markdown without tags of HTML: a `<` that would open one is written as a character,
/// between dollars as TeX writes it.
pub fn in_markdown(text: &str) -> String {
    let mut out = String::new();
    let mut math = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match c {
            '$' => {
                math = !math;
                out.push(c);
                // Two of them are one.
                out.extend(chars.next_if_eq(&'$'));
            }
            '\\' if next == '$' => {
                out.push(c);
                out.extend(chars.next());
            }
            '<' if next.is_ascii_alphabetic() || "/!?".contains(next) => {
                out.push_str(if math { "\\lt " } else { "&lt;" });
            }
            c if printable(c) || "\n\t".contains(c) => out.push(c),
            _ => out.push(' '),
        }
    }
    out
}

/// Whether a character is seen where it stands: none that controls, that ends a line, or that turns
/// the direction of what follows.
fn printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_as_they_are_where_a_shell_reads_them_so() {
        for plain in ["a.toml", "--kappa=-1", "0.1:0.1:0.3", "margin:max", "x@y"] {
            assert_eq!(
                (in_shell(plain), in_parallel(plain)),
                (plain.to_owned(), plain.to_owned())
            );
        }
        assert_eq!(in_shell("it's"), r"'it'\''s'");
        assert_eq!(in_shell(""), "''");
        assert_eq!(in_shell("=ls"), "'=ls'");
        assert_eq!(in_parallel("a b"), r"''\''a b'\'''");
        assert!(!in_parallel("{= x =}").contains("{="));
    }

    #[test]
    fn texts_stay_readable_where_they_can_and_right_where_they_cannot() {
        assert_eq!(in_python("load"), "\"load\"");
        assert_eq!(in_python(r"$\alpha$"), r#"r"$\alpha$""#);
        assert_eq!(in_python("a\\"), r#""a\\""#);
        assert_eq!(in_python("a\"\\b\n"), r#""a\"\\b\n""#);
        assert_eq!(
            in_python("a\r\u{2028}\u{e0001}\\"),
            r#""a\x0d\u2028\U000e0001\\""#
        );
        assert_eq!(
            in_comment("a\r import os\u{85}b\u{2029}c "),
            "a import os b c"
        );
    }

    #[test]
    fn markdown_has_no_tags() {
        assert_eq!(
            in_markdown("a < b, <b>x</b>, $a<b$"),
            "a < b, &lt;b>x&lt;/b>, $a\\lt b$"
        );
        assert_eq!(
            in_markdown("\\$<i> <!-- $$x<y$$ <?"),
            "\\$&lt;i> &lt;!-- $$x\\lt y$$ &lt;?"
        );
    }
}
