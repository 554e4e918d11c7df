//! What recipes mean and what their errors say.

use super::super::points::read_points;
use super::*;

const GOOD: &str = "[data.a]\nverb = \"threshold\"\nquantity = \"capacity\"\nkappa = \"0:0.5:1\"\n\
                    weights = \"binary\"\nbeta = inf\nalpha = [1, 0.5]\n\n\
                    [[panel]]\n[[panel.curve]]\ndata = \"a\"\nx = \"kappa\"\ny = \"alpha\"\n";

fn error(text: &str) -> String {
    let error = FigureRecipe::parse(text, "f.toml")
        .expect_err("a bad recipe")
        .to_string();
    assert!(!error.contains('\n'));
    error
}

#[test]
fn options_keep_their_order() {
    let recipe = FigureRecipe::parse(GOOD, "f.toml").expect("a good recipe");
    let Source::Run(run) = &recipe.data["a"] else {
        panic!("a run")
    };
    assert_eq!(
        (run.verb.as_str(), run.quantity.as_deref()),
        ("threshold", Some("capacity"))
    );
    let pairs: Vec<(&str, &str)> = run
        .options
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    let wanted = [
        ("kappa", "0:0.5:1"),
        ("weights", "binary"),
        ("beta", "inf"),
        ("alpha", "1,0.5"),
    ];
    assert_eq!(pairs, wanted);
}

#[test]
fn an_unknown_key_names_file_place_and_what_is_allowed() {
    let message = error(&GOOD.replace("y = \"alpha\"", "y = \"alpha\"\ncolour = 1"));
    assert!(
        message.starts_with("f.toml:14:1: `colour = 1`: unknown field `colour`"),
        "{message}"
    );
    assert!(message.contains("`color`"), "{message}");
}

#[test]
fn an_unknown_word_names_the_words_that_exist() {
    let message = error(&format!("{GOOD}style = \"wavy\"\n"));
    assert!(
        message.contains("`style = \"wavy\"`") && message.contains("`dashed`"),
        "{message}"
    );
    let message = error(&format!("{GOOD}color = \"mauve\"\n"));
    assert!(
        message.contains("mauve") && message.contains("vermillion"),
        "{message}"
    );
}

#[test]
fn what_cannot_be_is_refused() {
    for (from, to, part) in [
        (
            "data = \"a\"",
            "data = \"b\"",
            "data = \"b\": no such table",
        ),
        (
            "[[panel]]",
            "[size]\ncolumn = \"prl\"\n[[panel]]",
            "must be one of aps-single",
        ),
        (
            "[[panel]]",
            "[size]\naspect = 99\n[[panel]]",
            "size.aspect = 99",
        ),
        (
            "[[panel]]",
            "[[panel]]\nx = { min = 1, max = 0 }",
            "x.min = 1",
        ),
        (
            "[[panel]]",
            "[[panel]]\nx = { min = 0, scale = \"log\" }",
            "positive",
        ),
        ("[data.a]", "columns = 3\n[data.a]", "columns = 3"),
        (
            "verb = \"threshold\"",
            "file = \"x.csv\"",
            "takes no options",
        ),
        ("kappa = \"0:0.5:1\"", "kappa = [[1]]", "kappa"),
        (
            "y = \"alpha\"",
            "y = \"alpha\"\nwhere = { q = { least = 1 } }",
            "min = ",
        ),
    ] {
        let message = error(&GOOD.replace(from, to));
        assert!(message.contains(part), "{to}: {message}");
    }
}

#[test]
fn a_callback_checks_the_runs() {
    let recipe = FigureRecipe::parse(GOOD, "f.toml").expect("a good recipe");
    assert_eq!(recipe.check_runs("f.toml", |_| Ok(())), Ok(()));
    let refused = recipe.check_runs("f.toml", |run| Err(format!("verb = {}", run.verb)));
    assert_eq!(
        refused.expect_err("refused").to_string(),
        "f.toml: [data.a]: verb = threshold"
    );
}

#[test]
fn points_are_read_with_comments_gaps_and_quotes() {
    let table = read_points(
        "# a\nx, y,name\n1,,\"a, \"\"b\"\"\"\n# b\n2,nan,ok\n",
        "p.csv",
    );
    let table = table.expect("a table");
    use crate::record::Value as V;
    assert_eq!(table.columns(), ["x", "y", "name"]);
    assert_eq!(
        table.rows()[0],
        [V::Num(1.0), V::Null, V::Text("a, \"b\"".into())]
    );
    assert_eq!(table.rows()[1][1], V::Null);
    let error = read_points("x,y\n1\n", "p.csv")
        .expect_err("a short row")
        .to_string();
    assert_eq!(error, "p.csv:2: 1 values, the header has 2");
}

#[test]
fn a_notebook_has_a_text_and_tags_and_no_other_key() {
    let recipe = |lines: &str| format!("[notebook]\n{lines}\n\n{GOOD}");
    let good = recipe("text = \"Why $q$.\"\ntheory = [\"RS.3\"]");
    let parsed = FigureRecipe::parse(&good, "f.toml").expect("a good recipe");
    assert_eq!(parsed.notebook.text, "Why $q$.");
    assert_eq!(parsed.notebook.theory, ["RS.3"]);
    let message = error(&recipe("tags = [\"RS.3\"]"));
    assert!(
        message.starts_with("f.toml:2:1: `tags = [\"RS.3\"]`: unknown field `tags`"),
        "{message}"
    );
    assert!(message.contains("`theory`"), "{message}");
}
