//! A picture of pixels, for the web and for looking.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::figure_error::FigureError;

/// Renders an SVG of [`super::draw`] at `dpi` dots per inch, as a PNG file.
///
/// # Errors
/// [`FigureError::Impossible`] where the text is no SVG or the picture would be empty or larger
/// than 20000 pixels.
pub fn png(svg: &str, dpi: f32) -> Result<Vec<u8>, FigureError> {
    let wrong = |why: String| FigureError::Impossible(format!("png: {why}"));
    if !(dpi.is_finite() && dpi > 0.0) {
        return Err(wrong(format!("dpi = {dpi}: must be positive")));
    }
    // The parser resolves millimetres at the given dpi: its size is in pixels.
    let options = Options {
        dpi,
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|e| wrong(e.to_string()))?;
    let size = tree.size();
    let (width, height) = (size.width().round(), size.height().round());
    if width > 20_000.0 || height > 20_000.0 {
        return Err(wrong(format!("{width} x {height} pixels: at most 20000")));
    }
    let mut pixels = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| wrong("the picture is empty".into()))?;
    let fit = Transform::from_scale(width / size.width(), height / size.height());
    resvg::render(&tree, fit, &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| wrong(e.to_string()))
}
