//! Passages of the theory book by the tags of their equations.
//!
//! A notebook takes its equations from the chapters themselves, with the words around them, so
//! that the two cannot differ.

use super::notebook_error::NotebookError;

/// The chapters with tagged equations, in the order of the book.
const CHAPTERS: [&str; 12] = [
    include_str!("../../theory/gaussian-averages.md"),
    include_str!("../../theory/models.md"),
    include_str!("../../theory/replica-symmetric.md"),
    include_str!("../../theory/zero-temperature.md"),
    include_str!("../../theory/stability.md"),
    include_str!("../../theory/thresholds.md"),
    include_str!("../../theory/franz-parisi.md"),
    include_str!("../../theory/robust-ensemble.md"),
    include_str!("../../theory/gaussian-mixture.md"),
    include_str!("../../theory/belief-propagation.md"),
    include_str!("../../theory/message-passing.md"),
    include_str!("../../theory/solvers.md"),
];

/// A piece of a chapter.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    /// `# …`
    Heading(&'a str),
    /// A paragraph, list or table.
    Words(&'a str),
    /// Everything between two `$$`, these included.
    Display(&'a str),
}

/// Refuses a tag that no equation of the book has.
///
/// # Errors
/// [`NotebookError::NoEquation`] with the tags of the same chapter.
pub fn check(tags: &[String]) -> Result<(), NotebookError> {
    tags.iter().try_for_each(|tag| find(tag).map(drop))
}

/// The passages that hold these equations, as Markdown: the paragraph before each, the equation,
/// and the paragraph after it where that goes on with the sentence. Chapters stand in the order in
/// which `tags` first names them, passages in the order of the book, none of them twice.
///
/// # Errors
/// As [`check`].
pub fn passages(tags: &[String]) -> Result<String, NotebookError> {
    let mut chapters: Vec<(&str, Vec<usize>)> = Vec::new();
    for tag in tags {
        let (chapter, at) = find(tag)?;
        let pieces = around(&pieces(chapter), at);
        match chapters.iter_mut().find(|(known, _)| *known == chapter) {
            Some((_, list)) => list.extend(pieces),
            None => chapters.push((chapter, pieces)),
        }
    }
    let mut out = Vec::new();
    for (chapter, mut list) in chapters {
        list.sort_unstable();
        list.dedup();
        let pieces = pieces(chapter);
        if let Some(Piece::Heading(title)) = pieces.first() {
            out.push(format!("### {title}"));
        }
        out.extend(list.iter().map(|i| match pieces[*i] {
            Piece::Heading(text) | Piece::Display(text) => text.to_owned(),
            Piece::Words(text) => without_links(text),
        }));
    }
    Ok(out.join("\n\n"))
}

/// The chapter of a tag, and which of its pieces holds the equation.
fn find(tag: &str) -> Result<(&'static str, usize), NotebookError> {
    let wanted = format!("\\tag{{{tag}}}");
    for chapter in CHAPTERS.iter() {
        let pieces = pieces(chapter);
        let holds = |piece: &Piece| matches!(piece, Piece::Display(text) if text.contains(&wanted));
        if let Some(at) = pieces.iter().position(holds) {
            return Ok((chapter, at));
        }
    }
    Err(NotebookError::NoEquation {
        tag: tag.to_owned(),
        known: similar(tag),
    })
}

/// The tags that start with the same letters, else one of each chapter.
fn similar(tag: &str) -> String {
    let tags = CHAPTERS.iter().flat_map(|chapter| tags(chapter));
    let prefix = |tag: &str| tag.split('.').next().unwrap_or_default().to_owned();
    let same: Vec<&str> = tags.clone().filter(|t| prefix(t) == prefix(tag)).collect();
    if !same.is_empty() {
        return same.join(", ");
    }
    let mut firsts: Vec<&str> = Vec::new();
    for tag in tags {
        if !firsts.iter().any(|known| prefix(known) == prefix(tag)) {
            firsts.push(tag);
        }
    }
    format!("{}, …", firsts.join(", …, "))
}

fn tags(chapter: &str) -> Vec<&str> {
    let parts = chapter.split("\\tag{").skip(1);
    parts.filter_map(|rest| rest.split('}').next()).collect()
}

/// Indices of the pieces that belong to the equation at `at`.
fn around(pieces: &[Piece], at: usize) -> Vec<usize> {
    let display = |i: usize| matches!(pieces.get(i), Some(Piece::Display(_)));
    let mut first = at;
    while first > 0 && display(first - 1) {
        first -= 1;
    }
    if first > 0 && matches!(pieces[first - 1], Piece::Words(_)) {
        first -= 1;
    }
    let mut last = at;
    while display(last + 1) {
        last += 1;
    }
    if let Some(Piece::Words(text)) = pieces.get(last + 1)
        && text.starts_with(char::is_lowercase)
    {
        last += 1;
    }
    (first..=last).collect()
}

/// The pieces of a chapter, in order.
fn pieces(chapter: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    // Where the open piece starts, and whether it is a display.
    let mut open: Option<(usize, bool)> = None;
    let mut at = 0;
    for line in chapter.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let text = line.trim();
        match open {
            Some((from, true)) => {
                if text == "$$" {
                    out.push(Piece::Display(chapter[from..end].trim()));
                    open = None;
                }
            }
            _ if text.is_empty() || text == "$$" || text.starts_with('#') => {
                if let Some((from, _)) = open.take() {
                    out.push(Piece::Words(chapter[from..start].trim()));
                }
                if text == "$$" {
                    open = Some((start, true));
                } else if text.starts_with('#') {
                    out.push(Piece::Heading(text.trim_start_matches('#').trim()));
                }
            }
            None => open = Some((start, false)),
            Some(_) => {}
        }
    }
    if let Some((from, false)) = open {
        out.push(Piece::Words(chapter[from..].trim()));
    }
    out
}

/// `[Models](models.md)` leads nowhere outside the book: its words alone.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let start = rest[..middle].rfind('[');
        let end = rest[middle..].find(')');
        let (Some(start), Some(end)) = (start, end) else {
            break;
        };
        let target = &rest[middle + 2..middle + end];
        if target.ends_with(".md") {
            out.push_str(&rest[..start]);
            out.push_str(&rest[start + 1..middle]);
        } else {
            out.push_str(&rest[..=middle + end]);
        }
        rest = &rest[middle + end + 1..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tags: &[&str]) -> String {
        let tags: Vec<String> = tags.iter().map(|t| (*t).to_owned()).collect();
        passages(&tags).expect("known tags")
    }

    #[test]
    fn an_equation_comes_with_the_words_around_it() {
        let storage = text(&["RS.3"]);
        assert!(storage.starts_with("### Replica-symmetric free entropy\n\n**Storage.**"));
        assert!(storage.ends_with("\\tag{RS.3}\n$$"), "{storage}");
        let definition = text(&["FP.1"]);
        assert!(definition.starts_with("### Local entropy around a reference\n\n$$"));
        assert!(
            definition.contains("with $\\mathrm d\\mu=\\mathrm dP"),
            "{definition}"
        );
        // Two displays that share one tag.
        let both = text(&["FP.2"]);
        assert_eq!(both.matches("$$\n").count(), 4, "{both}");
        assert!(both.contains("\\phi(S)=\\underset"), "{both}");
    }

    #[test]
    fn every_equation_of_the_book_is_found_and_stands_once() {
        let all = CHAPTERS.iter().flat_map(|chapter| tags(chapter));
        let all: Vec<String> = all.map(str::to_owned).collect();
        assert!(all.len() > 150, "{}", all.len());
        let book = passages(&all).expect("known tags");
        for tag in &all {
            assert_eq!(book.matches(&format!("\\tag{{{tag}}}")).count(), 1, "{tag}");
        }
        assert_eq!(book.matches("$$").count() % 2, 0);
        assert!(!book.contains(".md)"));
    }

    #[test]
    fn chapters_stand_in_the_order_asked_and_passages_in_that_of_the_book() {
        let mixed = text(&["TH.2", "RS.5", "RS.3"]);
        let at = |part: &str| mixed.find(part).unwrap_or_else(|| panic!("no {part}"));
        assert!(at("\\tag{TH.2}") < at("\\tag{RS.3}"));
        assert!(at("\\tag{RS.3}") < at("\\tag{RS.5}"));
    }

    #[test]
    fn an_unknown_tag_is_one_line_with_the_tags_that_exist() {
        let error = check(&["TH.none".to_owned()])
            .expect_err("no such tag")
            .to_string();
        assert!(
            error.contains("TH.none") && error.contains("TH.1, "),
            "{error}"
        );
        let error = check(&["XX.1".to_owned()])
            .expect_err("no such tag")
            .to_string();
        assert!(error.contains("RS.1") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn links_into_the_book_become_words() {
        assert_eq!(
            without_links("of [Models](models.md): [x](https://a)."),
            "of Models: [x](https://a)."
        );
        assert_eq!(without_links("a [0](1"), "a [0](1");
    }
}
