//! `quenched figure`: everything is checked first, then drawn and written whole.

use crate::common::Folder;

const RECIPE: &str = "\
binary: solve alpha=0.1:0.1:0.3
spherical: threshold capacity weights=spherical kappa=0,1
";

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn svg_and_csv_stand_beside_the_recipe() {
    let folder = Folder::new("figure");
    std::fs::create_dir(folder.file("figs")).unwrap();
    folder.write("figs/a.toml", RECIPE);
    let ran = folder.run("figure figs/a.toml");
    assert_eq!(
        (ran.code, ran.stdout.len(), ran.stderr.as_str()),
        (0, 0, "")
    );
    assert!(folder.read("figs/a.svg").contains("a: 2 curves"));
    let csv = folder.read("figs/a.csv");
    let rows = lines(&csv);
    assert_eq!(rows.len(), 6);
    assert!(rows[0].starts_with("curve,alpha,kappa,beta,q,"));
    assert!(rows[1].starts_with("binary,0.1,0.0,inf,"));
    assert!(rows[5].starts_with("spherical,0.30000000000000004,1.0,inf,"));
    assert!(csv.contains("# command: \"quenched figure a.toml\"\n"));
    assert!(csv.contains("# curves: {\"binary\":{\"verb\":\"solve\","));
    assert!(!csv.contains("wall_time"));
}

#[test]
fn the_same_recipe_gives_the_same_bytes_anywhere() {
    let folder = Folder::new("figure-bytes");
    std::fs::create_dir(folder.file("out")).unwrap();
    folder.write("a.toml", RECIPE);
    assert_eq!(folder.run("figure a.toml --png --dpi 150 --pdf").code, 0);
    assert_eq!(folder.run("figure ./a.toml -o out").code, 0);
    for name in ["a.svg", "a.csv"] {
        assert_eq!(folder.read(name), folder.read(&format!("out/{name}")));
    }
    assert!(folder.read("a.png").starts_with("PNG 150"));
    assert!(folder.file("a.pdf").exists() && !folder.file("out/a.pdf").exists());
}

#[test]
fn one_bad_recipe_stops_all_before_anything_is_computed() {
    let folder = Folder::new("figure-bad");
    folder.write("good.toml", RECIPE);
    folder.write("range.toml", "low: solve alpha=0:0:1\n");
    folder.write("name.toml", "low: solve alpa=1\n");
    folder.write("quantity.toml", "low: threshold critical\n");
    folder.write("text.toml", "nonsense\n");
    let cases: &[(&str, i32, &[&str])] = &[
        (
            "range.toml",
            2,
            &[
                "range.toml, low: alpha = 0:0:1: step must not be zero",
                "allowed",
            ],
        ),
        (
            "name.toml",
            2,
            &[
                "name.toml, low: alpa = 1: no such option",
                "allowed: machine",
            ],
        ),
        (
            "quantity.toml",
            2,
            &[
                "quantity.toml, low: quantity = critical",
                "allowed: capacity",
            ],
        ),
        ("text.toml", 2, &["text.toml", "allowed"]),
        ("missing.toml", 4, &["missing.toml", "cannot read"]),
        ("good.toml", 2, &["RECIPE good.toml", "writes the same"]),
        ("good.toml -o nowhere", 4, &["nowhere", "cannot write"]),
    ];
    for (line, code, parts) in cases {
        folder
            .run(&format!("figure good.toml {line}"))
            .assert_refused(*code, parts);
    }
    assert!(
        !folder
            .entries()
            .iter()
            .any(|n| n.ends_with(".svg") || n.ends_with(".csv"))
    );
}

#[test]
fn nothing_converged_in_any_figure_is_code_3() {
    let folder = Folder::new("figure-3");
    folder.write("a.toml", "x: solve alpha=20\n");
    folder.write("b.toml", "x: solve alpha=1\n");
    assert_eq!(folder.run("figure a.toml").code, 3);
    assert!(folder.file("a.svg").exists());
    assert_eq!(folder.run("figure a.toml b.toml").code, 0);
}
