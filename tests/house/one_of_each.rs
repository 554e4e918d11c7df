//! One idea, one place: no method and no law of the patterns has a second home in the theory.

use crate::{code, root, sources};
use std::collections::BTreeMap;

/// Clusters are a law of the patterns, not a theory of their own.
#[test]
fn clusters_have_no_house_of_their_own() {
    assert!(!root().join("src/replica/mixture").exists());
    assert!(!root().join("src/replica/mixture.rs").exists());
}

/// Linear systems are solved for steps of Newton's method: by the solvers, and by them alone.
#[test]
fn newtons_method_stands_once() {
    const OWNERS: [&str; 2] = ["math", "solve"];
    let (mut loops, mut systems) = (Vec::new(), 0);
    for (path, room, text) in sources() {
        let code = code(&path, &text);
        let owner = room.is_some_and(|room| OWNERS.contains(&room.as_str()));
        let solved = code.matches(".lu()").count();
        assert!(owner || solved == 0, "{} solves a system", path.display());
        systems += solved;
        if code.contains("pub fn newton<") || code.contains("fn newton(") {
            loops.push(path);
        }
    }
    assert!(systems > 2, "only {systems} systems");
    let methods: Vec<_> = loops
        .iter()
        .filter(|path| path.starts_with("src/solve"))
        .collect();
    assert_eq!(methods.len(), 1, "{loops:?}");
}

/// A word names one file of the theory.
#[test]
fn files_of_the_theory_have_names_of_their_own() {
    let mut paths = BTreeMap::new();
    for (path, room, _) in sources() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let shared = matches!(name.as_str(), "mod" | "tests");
        if room.as_deref() == Some("replica") && !shared {
            let other = paths.insert(name, path.clone());
            assert!(other.is_none(), "{} and {other:?}", path.display());
        }
    }
    assert!(paths.len() > 40, "only {} files", paths.len());
}
