//! The recipe of a figure: what is computed, what is drawn, how large it is printed.
//!
//! A recipe is a TOML file written by hand. `[data.NAME]` says where numbers come from (a verb of
//! the command line with its options, or a file of the user's own points); each `[[panel]]` says
//! how they are drawn. Every key is optional unless its documentation says that it is required.

mod explanation;
mod figure_recipe;
mod marks;
mod panel;
mod points;
mod recipe_error;
mod size;
mod source;
mod value;

pub use explanation::Explanation;
pub use figure_recipe::FigureRecipe;
pub use marks::{Anchor, Curve, Line, LineStyle, Marker, Note, Shade, Side};
pub use panel::{Axis, LegendPlace, Panel, Scale, TickFormat};
pub use points::{read_point_file, read_points};
pub use recipe_error::RecipeError;
pub use size::{COLUMNS, Size};
pub use source::{Run, Source};
pub use value::{
    COLOR_NAMES, Color, Condition, Coordinate, DataCurve, Edge, Level, Literal, Match, Ticks,
};

#[cfg(feature = "sweep")]
pub(crate) use recipe_error::located;
