use super::*;
use crate::answer::run;
use crate::observer::Silent;
use crate::record::Table;

fn spec(text: &str) -> Spec {
    Spec::parse(text, "a.toml", Path::new("")).unwrap()
}

fn commands(text: &str) -> Vec<String> {
    let tasks = tasks(&spec(text)).unwrap();
    tasks.iter().map(|task| task.raw.command()).collect()
}

fn rows(raw: &RawRequest) -> Table {
    run(&Request::new(raw).unwrap(), &Silent).unwrap()
}

/// The rows of the tasks in order are those of the whole request.
fn adds_up(text: &str, count: usize) {
    let spec = spec(text);
    let whole = rows(&spec.runs[0].raw);
    let tasks = tasks(&spec).unwrap();
    assert_eq!(tasks.len(), count, "{text}");
    let mut joined = Table::new(whole.columns().to_vec());
    for task in &tasks {
        let part = rows(&task.raw);
        assert_eq!(part.columns(), whole.columns());
        part.rows().iter().for_each(|row| joined.push(row.clone()));
    }
    assert_eq!(joined, whole, "{text}");
}

#[test]
fn rows_of_tasks_in_order_are_those_of_the_whole() {
    adds_up(
        "verb='solve'\nweights='spherical'\nalpha=0.5\nbranches='all'\nkappa=[0,0.5]",
        1,
    );
    adds_up(
        "verb='threshold'\nquantity='capacity'\nweights='spherical'\nkappa=[0,0.5,1]",
        3,
    );
    adds_up("verb='classifiers'\nalpha=[1,2]\nrho=[0.2,0.5]", 4);
    adds_up(
        "verb='local-entropy'\nweights='spherical'\nalpha=[0.5,0.6]\nreference='typical,margin:0.1'\n\
         distance=[0.1,0.2]",
        4,
    );
    adds_up(
        "streams='shared'\nverb='simulate'\nquantity='amp'\nn=[21,31]\nalpha=[0.2,0.3]\nsamples=3",
        12,
    );
    adds_up(
        "streams='shared'\nverb='simulate'\nquantity='sbpi'\nn=21\nalpha=[0.2,0.3]\nsamples=2\n\
         distance=[0.1,0.2]\nseed=5\nsummary=true",
        2,
    );
}

#[test]
fn points_of_a_solution_do_not_depend_on_the_grid() {
    let text = "verb='solve'\nweights='spherical'\nalpha=0.5\nkappa=[0,0.5]";
    let commands = commands(text);
    let start = "quenched solve --weights spherical --alpha 0.5 --kappa";
    assert_eq!(commands, [format!("{start} 0"), format!("{start} 0.5")]);
}

#[test]
fn simulations_have_streams_of_their_own() {
    let text = "verb='simulate'\nquantity='amp'\nn=21\nalpha=[0.2,0.3]\nsamples=2\nseed=5";
    let own = commands(text);
    assert_eq!(own.len(), 4);
    let seed = |command: &String| {
        let (_, rest) = command.split_once("--seed ").unwrap();
        rest.split(' ').next().unwrap().to_owned()
    };
    assert_eq!(seed(&own[0]), seed(&own[1]));
    assert_ne!(seed(&own[0]), seed(&own[2]));
    assert!(own[1].contains("--samples 1") && own[1].ends_with("--first-sample 1"));
    // They depend on the spec's seed, and on the point alone, not on the rest of the grid.
    let longer = commands(
        &text
            .replace("[0.2,0.3]", "[0.1,0.2,0.3]")
            .replace("samples=2", "samples=3"),
    );
    assert!(own.iter().all(|command| longer.contains(command)));
    assert_ne!(
        seed(&commands(&text.replace("seed=5", "seed=6"))[0]),
        seed(&own[0])
    );
    let shared = commands(&format!("streams='shared'\n{text}"));
    assert!(shared.iter().all(|command| seed(command) == "5"));
}

#[test]
fn references_that_need_each_others_options_stay_together() {
    let text = "verb='local-entropy'\ndata='mixture'\nweights='spherical'\nalpha=0.3\n\
                reference='bayes-optimal,square'\nlambda=2\ndistance=[0.1,0.2]";
    assert_eq!(commands(text).len(), 1);
}

#[test]
fn a_sweep_has_a_limit_and_refusals_name_their_place() {
    let text = "verb='simulate'\nquantity='amp'\nalpha='0.1:0.1:1'\nsamples=50000";
    let line = tasks(&spec(text)).unwrap_err().to_string();
    assert!(
        line.contains("samples: the sweep is too large") && line.contains("200000"),
        "{line}"
    );
    let many = (0..1000)
        .map(|i| i.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let text = format!("verb='simulate'\nquantity='amp'\nalpha=1\nseed='{many}'\nrate='{many}'");
    let line = tasks(&spec(&text)).unwrap_err().to_string();
    assert!(
        line.starts_with("a.toml: spec: the sweep is too large"),
        "{line}"
    );
    let text = "[data.a]\nverb='solve'\nalpha=[0.1,-1]";
    let line = tasks(&spec(text)).unwrap_err().to_string();
    assert!(
        line.starts_with("a.toml, data a: alpha = 0.1,-1: "),
        "{line}"
    );
}

#[test]
fn ids_are_those_of_the_commands() {
    let all = tasks(&spec("verb='classifiers'\nalpha=[1,2,1]")).unwrap();
    assert_eq!(all[0].id, all[2].id);
    assert_ne!(all[0].id, all[1].id);
    assert!(all.iter().all(|task| task.id.len() == 16));
}
