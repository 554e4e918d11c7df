//! `quenched figure`.

use super::Context;
use super::drawing::{self, Drawing, refuse_collisions};
use super::engine;
use super::exit::{self, Done, Failure, INTERRUPTED, NOT_CONVERGED};
use super::output::convergence;
use crate::error::{Error, InputError};
use crate::record::{Destination, Format, Table};
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

/// A recipe that can be drawn, and where to.
struct Plan {
    drawing: Drawing,
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
        let files = plans
            .iter()
            .map(|plan| (plan.drawing.source.as_path(), &plan.svg));
        refuse_collisions(&files.collect::<Vec<_>>())?;
        let mut all = Vec::new();
        for (done, plan) in plans.iter().enumerate() {
            let Some(tables) = plan.drawing.compute(context)? else {
                let total = plans.len();
                return Err(Failure {
                    code: INTERRUPTED,
                    line: format!("interrupted; {done} of {total} figures were written"),
                });
            };
            plan.write(&tables)?;
            if !context.quiet {
                let lines = engine::left_out(&plan.drawing.recipe, &tables);
                lines.iter().for_each(|line| exit::note(line));
            }
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
        let drawing = Drawing::load(path)?;
        let folder = self.output.as_deref().unwrap_or(drawing::folder(path));
        let name = &drawing.recipe.name;
        let to = |ending: &str| Destination::new(folder.join(format!("{name}.{ending}")));
        Ok(Plan {
            svg: to("svg")?,
            csv: to("csv")?,
            png: self.png.then(|| to("png")).transpose()?.map(|p| (p, dpi)),
            pdf: self.pdf.then(|| to("pdf")).transpose()?,
            drawing,
        })
    }
}

impl Plan {
    /// Draws everything first, then writes, so that a drawing that fails leaves no file.
    fn write(&self, tables: &[(String, Table)]) -> Result<(), Failure> {
        let recipe = &self.drawing.recipe;
        let svg = engine::svg(recipe, tables)?;
        let mut files = vec![(&self.svg, svg.clone().into_bytes())];
        if let Some((destination, dpi)) = &self.png {
            files.push((destination, engine::png(recipe, &svg, *dpi)?));
        }
        if let Some(destination) = &self.pdf {
            files.push((destination, engine::pdf(recipe, &svg)?));
        }
        let mut csv = Vec::new();
        let written = self.drawing.record(tables).write(Format::Csv, &mut csv);
        written.map_err(|error| Error::write(self.csv.path(), error))?;
        files.push((&self.csv, csv));
        for (destination, bytes) in files {
            destination.write(&bytes)?;
        }
        Ok(())
    }
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
