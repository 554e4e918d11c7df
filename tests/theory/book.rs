//! The book: formulas can be set, and the guide knows every key of a recipe.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn chapters(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| match path.is_dir() {
        true => chapters(&path),
        false if path.extension().is_some_and(|ending| ending == "md") => vec![path],
        false => Vec::new(),
    };
    let mut found: Vec<PathBuf> = paths.flat_map(of).collect();
    found.sort();
    found
}

/// A text without what stands in fences and between backticks.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fenced && !fence {
            let pieces = line.split('`').step_by(2);
            kept += &pieces.collect::<Vec<_>>().join(" ");
        }
        kept.push('\n');
    }
    kept
}

/// What stands between dollar signs, displayed formulas first.
fn formulas(text: &str) -> Vec<String> {
    let prose = prose(text);
    let blocks = prose.split("$$");
    let displayed = blocks.clone().skip(1).step_by(2).map(str::to_owned);
    let mut found: Vec<String> = displayed.collect();
    for paragraph in blocks.step_by(2) {
        let inline = paragraph.split('$').skip(1).step_by(2);
        found.extend(inline.map(str::to_owned));
    }
    found
}

#[test]
fn formulas_are_found() {
    let text = "Of $a$ and `$b`:\n\n```sh\necho $c\n```\n\n$$\nd\n$$\nand $e_1$.\n";
    assert_eq!(formulas(text), ["\nd\n", "a", "e_1"]);
}

#[test]
fn every_formula_can_be_set() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in chapters(&root().join("theory")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for formula in formulas(&text) {
            count += 1;
            if let Err(error) = ratex_parser::parse(&formula) {
                wrong.push(format!("{}: {formula}: {error:?}", path.display()));
            }
        }
    }
    assert!(count > 2000, "only {count} formulas");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ratex_parser::parse(r"\frac{1").is_err());
}

/// Keys that a recipe may hold: fields of what is read from it, by their names in the file.
fn keys(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut renamed = None;
    let mut inside = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[cfg(test)]") {
            break;
        }
        if let Some((_, name)) = line.split_once("rename = \"") {
            renamed = name.split('"').next().map(str::to_owned);
        }
        if line.starts_with("pub struct ") && line.ends_with('{') {
            inside = !line.contains("Run");
        }
        let field = line
            .strip_prefix("pub ")
            .and_then(|line| line.split_once(": "));
        if let (Some((name, _)), true) = (field, inside) {
            found.push(renamed.take().unwrap_or(name.to_owned()));
        }
        if line == "}" {
            inside = false;
        }
    }
    found
}

#[test]
fn the_guide_explains_every_key_of_a_recipe() {
    let guide = std::fs::read_to_string(root().join("theory/guide/recipes.md")).unwrap();
    let files = ["figure_recipe", "marks", "panel", "size", "value"];
    let read = |name: &str| {
        let path = root().join(format!("src/ask/recipe/{name}.rs"));
        std::fs::read_to_string(path).unwrap()
    };
    let all: Vec<String> = files.iter().flat_map(|name| keys(&read(name))).collect();
    assert!(all.len() > 50, "{all:?}");
    for key in all
        .iter()
        .map(String::as_str)
        .chain(["verb", "quantity", "file", "column"])
    {
        assert!(guide.contains(&format!("`{key}`")), "no `{key}`");
    }
    let columns = quenched::ask::recipe::COLUMNS.iter().map(|(name, _)| *name);
    let colours = quenched::ask::recipe::COLOR_NAMES;
    for name in columns.chain(colours) {
        assert!(guide.contains(&format!("`{name}`")), "no `{name}`");
    }
}
