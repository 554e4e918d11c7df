//! Figures for print, drawn from a recipe and the tables it names.
//!
//! Everything in the SVG is an outline: labels and tick numbers are set by a TeX engine and
//! written as glyph paths, so that a figure looks the same everywhere and needs no fonts. The same
//! recipe and tables give the same bytes. This room reads tables; it never solves.

mod area;
mod axis;
mod bars;
mod canvas;
mod check;
mod clip;
mod draw;
mod figure_error;
mod label;
mod layout;
mod legend;
mod marks;
mod number;
mod outline;
mod palette;
mod panel;
#[cfg(feature = "pdf")]
mod pdf;
#[cfg(feature = "png")]
mod png;
mod range;
mod rim;
mod runs;
mod shade;
mod span;
mod svg;
mod tables;
mod ticks;
mod traces;
mod words;

pub use check::check;
pub use draw::{draw, left_out};
pub use figure_error::FigureError;
pub use outline::{Outline, outlines};
pub use palette::OKABE_ITO;
#[cfg(feature = "pdf")]
pub use pdf::pdf;
#[cfg(feature = "png")]
pub use png::png;
pub use svg::Provenance;
pub use tables::Tables;

#[cfg(test)]
mod tests;
