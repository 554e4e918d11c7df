//! `quenched figure`: everything is checked first, then drawn and written whole.

use crate::common::Folder;

/// Two cheap curves, a marker that stands where one of them is computed, and TeX in the labels.
const RECIPE: &str = r#"title = "Two entropies"
caption = "Entropy per weight."

[size]
width_mm = 60

[data.binary]
verb = "solve"
alpha = "0.1:0.1:0.4"

[data.spherical]
verb = "threshold"
quantity = "capacity"
weights = "spherical"
kappa = [0, 1]

[[panel]]
x = { label = 'load $\alpha$' }
y = { label = '$s(\alpha)$' }

[[panel.curve]]
data = "binary"
x = "alpha"
y = "entropy"
label = '$w_i=\pm1$'

[[panel.points]]
data = "spherical"
x = "alpha"
y = 0.1
"#;

/// The recipe with one line replaced.
fn with(from: &str, to: &str) -> String {
    assert!(RECIPE.contains(from), "{from}");
    RECIPE.replacen(from, to, 1)
}

fn data_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn svg_and_csv_stand_beside_the_recipe() {
    let folder = Folder::new("figure");
    std::fs::create_dir(folder.file("figs")).unwrap();
    folder.write("figs/a.toml", RECIPE);
    let ran = folder.run("figure figs/a.toml");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.is_empty());
    let svg = folder.read("figs/a.svg");
    assert!(svg.contains("<svg") && svg.contains("<path") && svg.contains("width=\"60mm\""));
    assert!(!svg.contains("<text"), "labels are outlines");
    let csv = folder.read("figs/a.csv");
    let rows = data_lines(&csv);
    assert_eq!(rows.len(), 7);
    assert!(rows[0].starts_with("curve,weights,data,loss,alpha,kappa,beta,"));
    assert!(rows[1].starts_with("binary,binary,storage,theta,0.1,0.0,inf,"));
    let capacity: f64 = rows[5].split(',').nth(4).unwrap().parse().unwrap();
    assert!((capacity - 2.0).abs() < 1e-11, "{}", rows[5]);
    assert!(csv.contains("# command: \"quenched figure a.toml\"\n"));
    assert!(csv.contains("# curves: {\"binary\":{\"verb\":\"solve\","));
    assert!(!csv.contains("wall_time"));
}

#[test]
fn the_same_recipe_gives_the_same_bytes_anywhere() {
    let folder = Folder::new("figure-bytes");
    std::fs::create_dir(folder.file("out")).unwrap();
    folder.write("a.toml", RECIPE);
    let first = folder.run("figure a.toml --png --dpi 100 --pdf --threads 1");
    let second = folder.run("figure ./a.toml --png --dpi 100 --pdf --threads 2 -o out");
    assert_eq!((first.code, second.code), (0, 0), "{}", first.stderr);
    for (name, start) in [
        ("a.svg", &b"<"[..]),
        ("a.csv", b"# version"),
        ("a.png", b"\x89PNG"),
        ("a.pdf", b"%PDF"),
    ] {
        let [here, there] = [name.to_owned(), format!("out/{name}")]
            .map(|name| std::fs::read(folder.file(&name)).unwrap());
        assert!(here.starts_with(start), "{name}");
        assert!(here == there, "{name} differs");
    }
    assert_eq!(folder.run("figure a.toml -o out --png").code, 0);
    let [low, high] = ["a.png", "out/a.png"].map(|name| std::fs::read(folder.file(name)).unwrap());
    assert!(high.len() > low.len(), "300 dots per inch are the default");
}

#[test]
fn an_unknown_key_is_one_line_with_file_line_and_allowed_keys() {
    let folder = Folder::new("figure-key");
    folder.write(
        "a.toml",
        &with("label = '$w_i", "colour = 1\nlabel = '$w_i"),
    );
    folder.write("a.svg", "old");
    let ran = folder.run("figure ./a.toml");
    let parts = [
        "./a.toml:25:1: `colour = 1`: unknown field `colour`",
        "`color`",
        "`label`",
    ];
    ran.assert_refused(2, &parts);
    assert_eq!(ran.stderr.matches("a.toml").count(), 1, "{}", ran.stderr);
    assert_eq!(folder.read("a.svg"), "old");
    assert_eq!(folder.entries(), ["a.svg", "a.toml"]);
}

#[test]
fn one_bad_recipe_stops_all_before_anything_is_computed() {
    let folder = Folder::new("figure-bad");
    folder.write("good.toml", RECIPE);
    let alpha = "alpha = \"0.1:0.1:0.4\"";
    let cases: &[(&str, String, &[&str])] = &[
        (
            "range.toml",
            with(alpha, "alpha = \"0:0:1\""),
            &[
                "range.toml, binary: alpha = 0:0:1: step must not be zero",
                "allowed: a value",
            ],
        ),
        (
            "negative.toml",
            with(alpha, "alpha = -1"),
            &[
                "negative.toml, binary: alpha = -1: -1 is out of range",
                "greater than 0",
            ],
        ),
        (
            "nan.toml",
            with(alpha, "alpha = nan"),
            &["nan.toml, binary: alpha = NaN", "allowed"],
        ),
        (
            "name.toml",
            with(alpha, "alpa = 1"),
            &[
                "name.toml, binary: alpa = 1: no such option",
                "allowed: machine",
            ],
        ),
        (
            "weights.toml",
            with("weights = \"spherical\"", "weights = \"ridge\""),
            &[
                "weights.toml, spherical: weights = ridge",
                "allowed: binary, spherical",
            ],
        ),
        (
            "quantity.toml",
            with("\"capacity\"", "\"critical\""),
            &[
                "quantity.toml, spherical: quantity = critical",
                "allowed: capacity",
            ],
        ),
        (
            "verb.toml",
            with("\"solve\"", "\"dissolve\""),
            &[
                "verb.toml, binary: verb = dissolve",
                "allowed: solve, threshold",
            ],
        ),
        (
            "column.toml",
            with("y = \"entropy\"", "y = \"entropie\""),
            &[
                "column.toml: panel 1: curve 1: y = \"entropie\"",
                "there are: weights",
            ],
        ),
        (
            "data.toml",
            with("data = \"spherical\"", "data = \"round\""),
            &[
                "data.toml: panel 1: points 1: data = \"round\"",
                "binary, spherical",
            ],
        ),
        (
            "journal.toml",
            with("width_mm = 60", "column = \"prl\""),
            &["journal.toml: size.column = \"prl\"", "aps-single"],
        ),
        ("toml.toml", "nonsense\n".to_owned(), &["toml.toml:1:"]),
        ("empty.toml", String::new(), &["empty.toml", "panel"]),
        (
            "huge.toml",
            with(alpha, "alpha = \"1e-9:1e-9:1\""),
            &[
                "huge.toml, binary: alpha",
                "allowed: at most 1000000 grid points",
            ],
        ),
    ];
    for (name, text, parts) in cases {
        folder.write(name, text);
        let ran = folder.run(&format!("figure good.toml {name}"));
        ran.assert_refused(2, parts);
        assert_eq!(ran.stderr.matches(name).count(), 1, "{}", ran.stderr);
    }
    let others: &[(&str, i32, &[&str])] = &[
        ("missing.toml", 4, &["missing.toml", "cannot read"]),
        ("good.toml", 2, &["RECIPE good.toml", "writes the same"]),
        ("-o nowhere", 4, &["nowhere", "cannot write"]),
    ];
    for (line, code, parts) in others {
        let ran = folder.run(&format!("figure good.toml {line}"));
        ran.assert_refused(*code, parts);
    }
    let written = folder.entries();
    assert!(written.iter().all(|n| n.ends_with(".toml")), "{written:?}");
}

#[test]
fn points_of_ones_own_are_drawn_and_their_mistakes_named() {
    let folder = Folder::new("figure-points");
    let recipe = "[data.mine]\nfile = \"p.csv\"\n[[panel]]\n[[panel.points]]\ndata = \"mine\"\n\
                  x = \"n\"\ny = \"q\"\n";
    folder.write("a.toml", recipe);
    folder.write("p.csv", "# measured\nn,q\n1,0.5\n2,0.25\n");
    assert_eq!(folder.run("figure a.toml").code, 0);
    assert!(folder.read("a.svg").contains("<path"));
    folder.write("p.csv", "n,q\n1\n");
    let ran = folder.run("figure a.toml");
    ran.assert_refused(2, &["p.csv:2: 1 values, the header has 2"]);
    std::fs::remove_file(folder.file("p.csv")).unwrap();
    let ran = folder.run("figure a.toml");
    ran.assert_refused(4, &["p.csv: cannot read"]);
}
