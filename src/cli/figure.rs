//! `quenched figure`.

use super::Context;
use super::engine;
use super::exit::{self, Done, Failure, INTERRUPTED, NOT_CONVERGED};
use super::output::{compute, convergence};
use super::usage::in_shell;
use crate::error::{Error, InputError, shown};
use crate::recipe::{Destination, Format, Meta, RawRequest, Record, Request, Table, Value};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

const MAX_DPI: u32 = 2400;

/// Compute and draw figures from recipes
///
/// For each recipe NAME.toml writes NAME.svg, and NAME.csv with the numbers that were computed for
/// it, beside the recipe or in the folder of -o. A recipe names what solve, threshold,
/// local-entropy, simulate, classifiers or validate are to compute and how it is drawn. Every recipe is checked before anything is
/// computed; the same recipe gives the same bytes.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Figure {
    /// Recipes to draw
    #[arg(required = true, value_name = "RECIPE.toml", value_hint = clap::ValueHint::FilePath)]
    recipes: Vec<PathBuf>,
    /// Write into this folder, which must exist [default: beside each recipe]
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output: Option<PathBuf>,
    /// Write NAME.png too
    #[arg(long)]
    png: bool,
    /// Write NAME.pdf too
    #[arg(long)]
    pdf: bool,
    /// Resolution of the png in dots per inch, 1 to 2400 [default: 300]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    dpi: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  Draw one figure beside its recipe:
    quenched figure figures/binary-entropy.toml
  Draw several into another folder, as PDF too:
    quenched figure figures/*.toml --pdf -o paper";

/// A recipe with everything checked that can be checked before computing.
struct Plan {
    recipe: engine::Recipe,
    source: PathBuf,
    requests: Vec<(String, Request)>,
    svg: Destination,
    csv: Destination,
    png: Option<(Destination, u32)>,
    pdf: Option<Destination>,
}

impl Figure {
    pub(super) fn run(self, context: &Context) -> Done {
        let dpi = parse_dpi(self.dpi.as_deref(), self.png)?;
        let plans = self.recipes.iter().map(|path| self.plan(path, dpi));
        let plans = plans.collect::<Result<Vec<Plan>, Failure>>()?;
        refuse_collisions(&plans)?;
        let mut all = Vec::new();
        for (done, plan) in plans.iter().enumerate() {
            let Some(tables) = plan.compute(context)? else {
                let total = plans.len();
                return Err(Failure {
                    code: INTERRUPTED,
                    line: format!("interrupted; {done} of {total} figures were written"),
                });
            };
            plan.write(&tables)?;
            let said = context.verbose || (!context.quiet && io::stderr().is_terminal());
            if said {
                exit::note(&format!("wrote {}", plan.svg.path().display()));
            }
            all.extend(tables.into_iter().map(|(_, table)| table));
        }
        let code = convergence(&all.iter().collect::<Vec<_>>());
        if code == NOT_CONVERGED {
            exit::note("no row of any figure converged; see the status columns");
        }
        Ok(code)
    }

    fn plan(&self, path: &Path, dpi: u32) -> Result<Plan, Failure> {
        let recipe = engine::load(path)?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let validate = |(curve, raw): &(String, RawRequest)| {
            let place = format!("{}, {curve}", path.display());
            let raw = RawRequest {
                folder: beside.to_owned(),
                ..raw.clone()
            };
            let request = Request::new(&raw).map_err(|error| error.at(place))?;
            Ok((curve.clone(), request))
        };
        let requests = recipe.curves.iter().map(validate);
        let requests = requests.collect::<Result<Vec<_>, Error>>()?;
        engine::check(&recipe, &requests)?;
        refuse_path(&recipe.name, path)?;
        let folder = self.output.as_deref().unwrap_or(beside);
        let to = |ending: &str| Destination::new(folder.join(format!("{}.{ending}", recipe.name)));
        Ok(Plan {
            svg: to("svg")?,
            csv: to("csv")?,
            png: self.png.then(|| to("png")).transpose()?.map(|p| (p, dpi)),
            pdf: self.pdf.then(|| to("pdf")).transpose()?,
            source: path.to_owned(),
            requests,
            recipe,
        })
    }
}

impl Plan {
    /// The tables of all curves, or none where the user interrupted.
    fn compute(&self, context: &Context) -> Result<Option<Vec<(String, Table)>>, Failure> {
        let mut tables = Vec::new();
        for (curve, request) in &self.requests {
            let label = format!("{} {curve}", self.recipe.name);
            let result = compute(request, &label, context).map_err(|failure| Failure {
                line: format!("{}, {curve}: {}", self.source.display(), failure.line),
                ..failure
            })?;
            match result {
                Ok(table) => tables.push((curve.clone(), table)),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(tables))
    }

    /// Draws everything first, then writes, so that a drawing that fails leaves no file.
    fn write(&self, tables: &[(String, Table)]) -> Result<(), Failure> {
        let svg = engine::svg(&self.recipe, tables)?;
        let mut files = vec![(&self.svg, svg.clone().into_bytes())];
        if let Some((destination, dpi)) = &self.png {
            files.push((destination, engine::png(&self.recipe, &svg, *dpi)?));
        }
        if let Some(destination) = &self.pdf {
            files.push((destination, engine::pdf(&self.recipe, &svg)?));
        }
        let mut csv = Vec::new();
        let written = self.record(tables).write(Format::Csv, &mut csv);
        written.map_err(|error| Error::write(self.csv.path(), error))?;
        files.push((&self.csv, csv));
        for (destination, bytes) in files {
            destination.write(&bytes)?;
        }
        Ok(())
    }

    /// All tables in one; nothing in it depends on where, when or how fast it was made.
    fn record(&self, tables: &[(String, Table)]) -> Record {
        let file = self
            .source
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let asked = self.requests.iter();
        let meta = Meta {
            command: format!("quenched figure {}", in_shell(&file)),
            curves: asked.map(|(c, r)| (c.clone(), r.parameters())).collect(),
            tolerances: engine::tolerances(),
            ..Meta::default()
        };
        Record {
            meta,
            table: tidy(tables),
        }
    }
}

/// The tables under each other, the union of their columns after a first column `curve`.
fn tidy(tables: &[(String, Table)]) -> Table {
    let mut columns = vec!["curve".to_owned()];
    for name in tables.iter().flat_map(|(_, table)| table.columns()) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let mut joined = Table::new(columns.clone());
    for (curve, table) in tables {
        for i in 0..table.rows().len() {
            let cell = |name: &String| table.get(i, name).cloned().unwrap_or(Value::Null);
            let mut row = vec![Value::from(curve.as_str())];
            row.extend(columns[1..].iter().map(cell));
            joined.push(row);
        }
    }
    joined
}

/// A name may not lead out of the folder.
fn refuse_path(name: &str, path: &Path) -> Result<(), Error> {
    if Path::new(name).file_name() == Some(name.as_ref()) {
        return Ok(());
    }
    let (file, name) = (path.display(), shown(name));
    Err(Error::Recipe(format!(
        "{file}: name {name}: not a file's name; allowed: a name without folders"
    )))
}

/// Two recipes must not write the same file.
fn refuse_collisions(plans: &[Plan]) -> Result<(), InputError> {
    for (i, plan) in plans.iter().enumerate() {
        if let Some(other) = plans[..i].iter().find(|p| p.svg == plan.svg) {
            let first = other.source.display();
            return Err(InputError::new(
                "RECIPE",
                plan.source.display().to_string(),
                format!("writes the same {} as {first}", plan.svg.path().display()),
                "recipes of different names, each once",
            ));
        }
    }
    Ok(())
}

fn parse_dpi(text: Option<&str>, png: bool) -> Result<u32, InputError> {
    let Some(text) = text else {
        return Ok(300);
    };
    if !png {
        let reason = "only a png has a resolution";
        return Err(InputError::new(
            "dpi",
            text,
            reason,
            "leave it out, or --png too",
        ));
    }
    match text.parse() {
        Ok(dpi @ 1..=MAX_DPI) => Ok(dpi),
        _ => Err(InputError::new(
            "dpi",
            text,
            "not a resolution",
            format!("a whole number from 1 to {MAX_DPI}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_joined_by_the_union_of_their_columns() {
        let mut first = Table::new(["alpha", "q"]);
        first.push(vec![0.5.into(), 0.25.into()]);
        let mut second = Table::new(["kappa", "alpha"]);
        second.push(vec![1.0.into(), 2.0.into()]);
        let joined = tidy(&[("a".to_owned(), first), ("b".to_owned(), second)]);
        assert_eq!(joined.columns(), ["curve", "alpha", "q", "kappa"]);
        let rows = [
            vec!["a".into(), 0.5.into(), 0.25.into(), Value::Null],
            vec!["b".into(), 2.0.into(), Value::Null, 1.0.into()],
        ];
        assert_eq!(joined.rows(), rows);
    }
}
