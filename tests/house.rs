//! How the house is arranged: rooms, equations, names and versions agree with what is written
//! about them.

#[path = "house/circles.rs"]
mod circles;
#[path = "house/functions.rs"]
mod functions;
#[path = "house/one_of_each.rs"]
mod one_of_each;

use quenched::model::registry::{DATA, LOSSES, WEIGHTS};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms from the lowest to the highest; each may use those before it.
const ROOMS: [&str; 14] = [
    "math",
    "model",
    "solve",
    "replica",
    "message_passing",
    "search",
    "experiment",
    "record",
    "ask",
    "answer",
    "figure",
    "notebook",
    "sweep",
    "cli",
];

/// Rooms that any room from the second on may use: what fails, and who watches.
const SHARED: [&str; 2] = ["error", "observer"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// All files below a folder with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Rust files with their room (none for files directly in `src`) and text.
fn sources() -> Vec<(PathBuf, Option<String>, String)> {
    let source = |path: PathBuf| {
        let below = path.strip_prefix(root()).unwrap().to_owned();
        let parts: Vec<_> = below.iter().filter_map(|p| p.to_str()).collect();
        let room = (parts.len() > 2).then(|| parts[1].to_owned());
        let text = read(&path);
        (below, room, text)
    };
    let all: Vec<_> = files(&root().join("src"), "rs")
        .into_iter()
        .map(source)
        .collect();
    assert!(all.len() > 50, "{} files", all.len());
    all
}

/// The word that starts a text.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The rooms that a text names after `crate::`, also in a list in braces.
fn rooms_named(text: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, path) in text.match_indices("crate::") {
        let rest = &text[at + path.len()..];
        match rest.strip_prefix('{') {
            None => named.push(word(rest).to_owned()),
            Some(list) => {
                let mut depth = 0;
                let mut first = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => named.push(std::mem::take(&mut first)),
                        c if depth == 0 => first.push(c),
                        _ => {}
                    }
                }
                named.push(first);
            }
        }
    }
    let names = named.iter().map(|name| word(name.trim()).to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn rooms_depend_downward_only() {
    let height = |room: &str| ROOMS.iter().position(|r| *r == room);
    let mut uses = 0;
    for (path, room, text) in sources() {
        let Some(room) = room else { continue };
        let own = height(&room).unwrap_or_else(|| panic!("{room} is not a known room"));
        for used in rooms_named(&text) {
            uses += 1;
            let strangers = room == "message_passing" && used == "replica";
            let allowed = match height(&used) {
                Some(other) => other <= own && !strangers,
                None => own > 0 && SHARED.contains(&used.as_str()),
            };
            assert!(allowed, "{}: {room} uses {used}", path.display());
        }
    }
    assert!(uses > 100, "only {uses} uses were found");
    for shared in SHARED {
        let named = rooms_named(&read(format!("src/{shared}.rs")));
        assert!(named.is_empty(), "{shared} uses {named:?}");
    }
}

/// Every room with those that it uses, a line each.
fn arrows() -> String {
    let mut uses = vec![BTreeSet::new(); ROOMS.len()];
    let height = |room: &str| ROOMS.iter().position(|r| *r == room);
    for (path, room, text) in sources() {
        let Some(own) = room.as_deref().and_then(height) else {
            continue;
        };
        let named = rooms_named(&code(&path, &text));
        let others = named.iter().filter_map(|used| height(used));
        uses[own].extend(others.filter(|other| *other != own));
    }
    let line = |(room, used): (&&str, &BTreeSet<usize>)| {
        let used: Vec<&str> = used.iter().map(|i| ROOMS[*i]).collect();
        let line = format!("{room:15} → {}", used.join(", "));
        line.trim_end_matches([' ', '→']).to_owned() + "\n"
    };
    ROOMS.iter().zip(&uses).map(line).collect()
}

#[test]
fn arrows_between_rooms_are_those_of_the_design() {
    let design = read("theory/DESIGN.md");
    let arrows = arrows();
    assert!(
        design.contains(&format!("```text\n{arrows}```\n")),
        "theory/DESIGN.md has to show\n{arrows}"
    );
}

#[test]
fn uses_are_read_in_every_form() {
    let text = "use crate::math::{Real, special};\ncrate::solve::root();\nuse crate::{model::{A, b}, \
                error::Error};";
    assert_eq!(rooms_named(text), ["math", "solve", "model", "error"]);
}

/// Tags such as `RS.5` that a text cites.
fn cited(text: &str) -> BTreeSet<String> {
    const CHAPTERS: [&str; 14] = [
        "GA", "W", "L", "RS", "ZT", "AT", "TH", "S", "FP", "FN", "LD", "MP", "BP", "MX",
    ];
    let mut found = BTreeSet::new();
    for (dot, _) in text.match_indices('.') {
        let start = text[..dot]
            .rfind(|c: char| !c.is_alphanumeric())
            .map_or(0, |i| {
                i + text[i..].chars().next().map_or(1, char::len_utf8)
            });
        let chapter = &text[start..dot];
        let number = word(&text[dot + 1..]);
        let numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if numbered && CHAPTERS.contains(&chapter) {
            found.insert(format!("{chapter}.{number}"));
        }
    }
    found
}

#[test]
fn every_cited_equation_exists_once() {
    let mut defined = BTreeSet::new();
    for path in files(&root().join("theory"), "md") {
        let text = read(&path);
        for (at, start) in text.match_indices("\\tag{") {
            let rest = &text[at + start.len()..];
            let tag = rest[..rest.find('}').unwrap()].to_owned();
            assert!(defined.insert(tag.clone()), "({tag}) is defined twice");
        }
    }
    assert!(defined.len() > 50, "only {} equations", defined.len());
    let texts = sources().into_iter().map(|(path, _, text)| (path, text));
    let chapters = files(&root().join("theory"), "md").into_iter();
    let chapters = chapters.map(|path| (path.clone(), read(path)));
    let mut citations = 0;
    for (path, text) in texts.chain(chapters) {
        for tag in cited(&text) {
            citations += 1;
            assert!(defined.contains(&tag), "{}: no ({tag})", path.display());
        }
    }
    assert!(citations > 100, "only {citations} citations");
}

#[test]
fn citations_are_found_and_numbers_are_not() {
    let found = cited("(RS.5), TH.1 to TH.7 and √W.20; not 1.5, S.x, ALPHAS.1, or version L.1a");
    let expected = ["RS.5", "TH.1", "TH.7", "W.20"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

/// A file's text without its tests, comments and documentation.
fn code(path: &Path, text: &str) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if name == "tests" || name.ends_with("_tests") {
        return String::new();
    }
    let library = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = library.lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_library_does_not_print_exit_or_unwrap() {
    const FORBIDDEN: [&str; 8] = [
        "println!",
        "print!",
        "dbg!",
        "process::exit",
        "env::args",
        "unwrap()",
        "todo!",
        "unimplemented!",
    ];
    for (path, room, text) in sources() {
        let is_cli = room.as_deref() == Some("cli") || path == Path::new("src/main.rs");
        let code = code(&path, &text);
        for word in FORBIDDEN {
            let allowed = is_cli && word == "env::args";
            assert!(
                allowed || !code.contains(word),
                "{} holds {word}",
                path.display()
            );
        }
    }
}

#[test]
fn answering_computes_no_physics() {
    const FORMULAS: [&str; 11] = [
        "crate::math",
        "crate::search::",
        ".ln()",
        ".exp()",
        ".sqrt()",
        ".powi(",
        ".powf(",
        ".acos()",
        ".tanh()",
        "1.0 - ",
        "PI",
    ];
    let mut looked_at = 0;
    for (path, room, text) in sources() {
        if room.as_deref() != Some("answer") {
            continue;
        }
        looked_at += 1;
        let code = code(&path, &text);
        for formula in FORMULAS {
            assert!(!code.contains(formula), "{}: {formula}", path.display());
        }
    }
    assert!(looked_at > 10, "only {looked_at} files");
}

/// In the rooms above the theory a word names one thing.
#[test]
fn each_word_has_one_meaning() {
    const WORDS: [&str; 6] = [
        "landscape",
        "clusters",
        "reference",
        "series",
        "square",
        "local",
    ];
    const OF_THE_THEORY: [&str; 4] = ["math", "model", "solve", "replica"];
    let mut stems = Vec::new();
    let mut rooms = BTreeSet::new();
    for (path, room, text) in sources() {
        let Some(room) = room.filter(|room| !OF_THE_THEORY.contains(&room.as_str())) else {
            continue;
        };
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        stems.extend(WORDS.contains(&name.as_str()).then_some(name));
        for word in ["Parameters", "Order"] {
            let code = code(&path, &text);
            for kind in ["struct", "enum", "type"] {
                let defined = code.contains(&format!("{kind} {word} "));
                assert!(!defined, "{}: {word}", path.display());
            }
        }
        rooms.insert(room);
    }
    let different: BTreeSet<_> = stems.iter().collect();
    assert_eq!(different.len(), stems.len(), "{stems:?}");
    assert!(rooms.len() > 5, "{rooms:?}");
}

#[test]
fn every_registered_name_is_in_the_book() {
    let words = |texts: &[String]| -> BTreeSet<String> {
        let text = texts.join(" ").to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
        words.map(str::to_owned).collect()
    };
    let models = words(&[read("theory/models.md")]);
    for name in WEIGHTS.iter().chain(LOSSES.iter()) {
        assert!(models.contains(*name), "theory/models.md: no {name}");
    }
    let book: Vec<String> = files(&root().join("theory"), "md")
        .iter()
        .map(read)
        .collect();
    let book = words(&book);
    for name in DATA {
        assert!(book.contains(*name), "theory: no {name}");
    }
}

#[test]
fn versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    let citation = read("CITATION.cff");
    let cited = citation.lines().find_map(|l| l.strip_prefix("version: "));
    assert_eq!(cited, Some(version), "CITATION.cff");
    let changes = read("CHANGELOG.md");
    let newest = changes
        .lines()
        .filter_map(|line| line.strip_prefix("## [")?.split(']').next())
        .find(|entry| *entry != "Unreleased");
    assert_eq!(newest, Some(version), "CHANGELOG.md");
}

#[cfg(feature = "cli")]
#[test]
fn recipes_of_the_house_are_valid() {
    use quenched::ask::recipe::{FigureRecipe, Source};
    use quenched::ask::{RawRequest, Request};
    let recipes = files(&root().join("figures"), "toml");
    assert!(!recipes.is_empty());
    for path in recipes {
        let name = path.display().to_string();
        let recipe = FigureRecipe::parse(&read(&path), &name).unwrap_or_else(|e| panic!("{e}"));
        if let Err(error) = quenched::notebook::check(&recipe.notebook.theory) {
            panic!("{name}: {error}");
        }
        for (data, source) in recipe.data {
            let Source::Run(run) = source else { continue };
            let raw = RawRequest {
                verb: run.verb,
                quantity: run.quantity,
                options: run.options,
                ..RawRequest::default()
            };
            if let Err(error) = Request::new(&raw) {
                panic!("{}", error.at(format!("{name}, {data}")));
            }
        }
    }
}

#[test]
fn every_recipe_is_in_the_gallery() {
    let gallery = read("figures/README.md");
    let recipes = files(&root().join("figures"), "toml");
    assert!(!recipes.is_empty());
    for path in recipes {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let drawn = format!("]({name}.svg)");
        let command = format!("\nquenched figure figures/{name}.toml\n");
        let data = format!("[{name}.csv]({name}.csv)");
        for part in [&drawn, &format!("({name}.toml)"), &command, &data] {
            assert!(gallery.contains(part), "figures/README.md: no {part}");
        }
    }
}

/// Rooms that know weights and losses only by what they can do. A reference of a margin is one of the
/// default loss, which alone they may name.
const OF_ANY_MODEL: [&str; 3] = ["math", "solve", "replica"];

/// What would tell such a room which model it has: names in quotes, types, and questions by name.
fn names_of_models() -> BTreeSet<String> {
    let names = [&WEIGHTS[1..], &LOSSES[1..]].concat();
    let mut words: BTreeSet<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    for (room, role) in [
        ("prior", "Prior for "),
        ("loss", "Loss for "),
        ("loss", "Piecewise for "),
    ] {
        for path in files(&root().join("src/model").join(room), "rs") {
            let text = code(&path, &read(&path));
            let types = text.match_indices(role);
            let types = types.map(|(at, role)| word(&text[at + role.len()..]));
            // A type parameter is no model.
            let types = types.filter(|name| name.len() > 1);
            words.extend(types.map(|name| format!("{room}::{name}")));
        }
    }
    let questions = ["has_atoms(", "jumps(", "norm("].map(|asked| format!("registry::{asked}"));
    words.extend(questions);
    words.insert("is_binary".to_owned());
    words
}

#[test]
fn theory_names_no_model() {
    let words = names_of_models();
    for known in ["\"ternary\"", "\"window\"", "prior::Binary", "loss::Theta"] {
        assert!(words.contains(known), "{known}: {words:?}");
    }
    let mut looked_at = 0;
    for (path, room, text) in sources() {
        if !room.is_some_and(|room| OF_ANY_MODEL.contains(&room.as_str())) {
            continue;
        }
        looked_at += 1;
        let code = code(&path, &text);
        for word in &words {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
    }
    assert!(looked_at > 50, "only {looked_at} files");
}
