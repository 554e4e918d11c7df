//! Files that use each other in a circle: neither can be read, tested or moved without the others.

use crate::{code, sources, word};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A module by its path below `src`.
type Module = Vec<String>;

/// A path that stands in a module, split at its colons.
struct Named {
    /// Where `self` and `super` start from: the module, or one within its file.
    from: Module,
    /// Whether it is exported again.
    exported: bool,
    path: Vec<String>,
    /// The name that it has here.
    name: String,
}

/// All modules with the paths that their code holds, tests left out.
struct House(BTreeMap<Module, Vec<Named>>);

/// The module that a file holds; none for the program, and for tests in files of their own.
fn module(path: &Path) -> Option<Module> {
    let below = path.strip_prefix("src").ok()?.with_extension("");
    let mut parts: Module = below
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(parts.last()?.as_str(), "mod" | "lib") {
        parts.pop();
    }
    let is_left_out = |part: &String| part == "main" || part == "tests" || part.ends_with("_tests");
    (!parts.iter().any(is_left_out)).then_some(parts)
}

/// The paths of a tree such as `a::{b, c::{self, D as E}}`, each with the name that it gets.
fn branches(tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    let Some((before, list)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path: Vec<String> = path
            .split("::")
            .map(|part| part.trim().to_owned())
            .collect();
        let last = path.last().cloned().unwrap_or_default();
        let name = if name.is_empty() {
            last
        } else {
            name.trim().to_owned()
        };
        return vec![(path, name)];
    };
    let list = list.strip_suffix('}').unwrap_or(list);
    let (mut items, mut depth) = (vec![String::new()], 0);
    for c in list.chars() {
        match c {
            ',' if depth == 0 => items.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                items.last_mut().expect("never empty").push(c);
            }
        }
    }
    let items = items.iter().filter(|item| !item.trim().is_empty());
    items
        .flat_map(|item| branches(&format!("{before}{}", item.trim())))
        .collect()
}

/// The path that starts a text; none where a list follows, which belongs to a `use`.
fn path_at(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let part = word(rest);
        if part.is_empty() {
            return None;
        }
        parts.push(part.to_owned());
        match rest[part.len()..].strip_prefix("::") {
            Some(after) => rest = after,
            None => return Some(parts),
        }
    }
}

/// The paths of a piece of code that lies in one module.
fn paths(from: &Module, code: &str, found: &mut Vec<Named>) {
    let named = |exported, path, name| Named {
        from: from.clone(),
        exported,
        path,
        name,
    };
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let statement = line.trim_start();
        let exported = statement.starts_with("pub");
        let used = match statement.split_once("use ") {
            Some(("" | "pub " | "pub(crate) " | "pub(super) ", _)) => {
                code[start..].split_once("use ")
            }
            _ => None,
        };
        if let Some((tree, _)) = used.and_then(|(_, rest)| rest.split_once(';')) {
            let all = branches(tree).into_iter();
            found.extend(all.map(|(path, name)| named(exported, path, name)));
        }
        start += line.len();
    }
    for root in ["crate", "super", "self"] {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            let before = code[..at].chars().next_back();
            let starts = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            let path = path_at(&code[at..]).filter(|_| starts);
            found.extend(path.map(|path| named(false, path, String::new())));
        }
    }
}

/// The same of a whole file, whose modules in braces are modules of their own.
fn paths_of_file(module: &Module, code: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let (mut own, mut inner) = (String::new(), None::<(Module, String)>);
    for line in code.split_inclusive('\n') {
        let statement = line.trim_end();
        let opened = statement.strip_suffix(" {").map(|s| {
            s.trim_start_matches("pub(crate) ")
                .trim_start_matches("pub ")
        });
        match (&mut inner, opened.and_then(|s| s.strip_prefix("mod "))) {
            (None, Some(name)) => {
                inner = Some(([&module[..], &[name.to_owned()]].concat(), String::new()));
            }
            (None, None) => own.push_str(line),
            (Some((from, text)), _) if statement == "}" => {
                paths(from, text, &mut found);
                inner = None;
            }
            (Some((_, text)), _) => text.push_str(line),
        }
    }
    paths(module, &own, &mut found);
    found
}

impl House {
    fn new(files: &[(PathBuf, String)]) -> Self {
        let of = |(path, text): &(PathBuf, String)| {
            let module = module(path)?;
            let named = paths_of_file(&module, &code(path, text));
            Some((module, named))
        };
        House(files.iter().filter_map(of).collect())
    }

    /// The module that a path leads to, and what it names there.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<(Module, Vec<String>)> {
        let (mut at, mut rest) = (from.clone(), path);
        match rest.first()?.as_str() {
            "crate" => (at, rest) = (Module::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            child
                if !self
                    .0
                    .contains_key(&[&at[..], &[child.to_owned()]].concat()) =>
            {
                return None;
            }
            _ => {}
        }
        while let Some(part) = rest.first() {
            let child = [&at[..], std::slice::from_ref(part)].concat();
            if !self.0.contains_key(&child) {
                break;
            }
            (at, rest) = (child, &rest[1..]);
        }
        Some((at, rest.to_vec()))
    }

    /// The module that defines what `path` names in module `at`, exports followed.
    fn defined(&self, at: Module, path: &[String], depth: usize) -> Module {
        const DEEPEST: usize = 8;
        let Some(name) = path.first().filter(|_| depth < DEEPEST) else {
            return at;
        };
        for named in self.0.get(&at).into_iter().flatten() {
            if !named.exported || named.name != *name {
                continue;
            }
            if let Some((module, rest)) = self.resolve(&named.from, &named.path)
                && (module != at || rest != path)
            {
                return self.defined(module, &rest, depth + 1);
            }
        }
        at
    }

    /// What each module uses of others.
    fn uses(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let of = |(module, named): (_, &Vec<Named>)| {
            let module: &Module = module;
            let used = named.iter().filter_map(|named| {
                let (at, rest) = self.resolve(&named.from, &named.path)?;
                let found = self.defined(at, &rest, 0);
                (found != *module && self.0.contains_key(&found)).then_some(found)
            });
            (module, used.collect())
        };
        self.0.iter().map(of).collect()
    }

    /// Modules that reach each other, by their uses.
    fn circles(&self) -> Vec<BTreeSet<Module>> {
        let uses = self.uses();
        let reached = |start: &Module| {
            let (mut found, mut left) = (BTreeSet::new(), vec![start]);
            while let Some(module) = left.pop() {
                for used in uses.get(module).into_iter().flatten() {
                    if found.insert(used.clone()) {
                        left.push(used);
                    }
                }
            }
            found
        };
        let reach: BTreeMap<&Module, BTreeSet<Module>> = self
            .0
            .keys()
            .map(|module| (module, reached(module)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, all) in &reach {
            let back = |other: &&Module| reach.get(*other).is_some_and(|r| r.contains(*module));
            let circle: BTreeSet<Module> = all.iter().filter(back).cloned().collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let files: Vec<_> = sources()
        .into_iter()
        .map(|(path, _, text)| (path, text))
        .collect();
    let house = House::new(&files);
    let count: usize = house.uses().values().map(BTreeSet::len).sum();
    assert!(count > 1000, "only {count} uses were found");
    let mut circles = Vec::new();
    for circle in house.circles() {
        let names: Vec<String> = circle.iter().map(|module| module.join("/")).collect();
        circles.push(names.join(", "));
    }
    assert!(circles.is_empty(), "circles of files: {circles:?}");
}

#[test]
fn a_planted_circle_is_found() {
    let house = |files: &[(&str, &str)]| {
        let file = |(path, text): &(&str, &str)| (PathBuf::from(path), (*text).to_owned());
        House::new(&files.iter().map(file).collect::<Vec<_>>())
    };
    let list = ("src/a/mod.rs", "mod b;\nmod c;\npub use c::{C, D as E};\n");
    let c = ("src/a/c.rs", "use crate::a::b::{self, B};\n");
    let names = ["a/b", "a/c"].map(|name| name.split('/').map(str::to_owned).collect());
    let circle = vec![BTreeSet::from(names)];
    for text in [
        "use super::C;\n",
        "use super::E;\n",
        "use super::{\n    E as F,\n};\n",
        "fn f() {\n    crate::a::C::new()\n}\n",
        "mod inner {\n    use super::super::c;\n}\n",
    ] {
        assert_eq!(
            house(&[list, c, ("src/a/b.rs", text)]).circles(),
            circle,
            "{text}"
        );
    }
    for text in [
        "use crate::d::C;\n",
        "// use super::C;\n",
        "mod inner {\n    use super::f;\n}\n",
        "#[cfg(test)]\nmod tests {\n    use super::super::C;\n}\n",
    ] {
        let found = house(&[list, c, ("src/a/b.rs", text)]).circles();
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}
