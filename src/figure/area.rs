//! The drawing area of a frame, and what all that draw on it share.

use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingArea;

use super::axis::Axis;
use super::canvas::Canvas;
use super::figure_error::FigureError;

/// Width of frames and ticks in points.
pub(super) const THIN: f64 = 0.5;

/// The area, with data coordinates.
pub(super) type Area<'a> = DrawingArea<Canvas<'a>, Cartesian2d<Axis, Axis>>;

/// What plotters could not draw.
pub(super) fn failed(error: impl std::fmt::Display) -> FigureError {
    FigureError::Impossible(error.to_string())
}
