//! Labels: text with TeX between dollars, set as outlines.
//!
//! The only file that knows the TeX engine. Layout comes from RaTeX, outlines from the fonts
//! embedded with it; fonts of the machine are never read, so that bytes do not depend on it.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratex_font::{FontId, katex_ttf_glyph_char};
use ratex_types::display_item::{DisplayItem, DisplayList};
use ratex_types::math_style::MathStyle;
use ratex_types::path_command::PathCommand;

use super::figure_error::FigureError;
use super::number::number;

/// Outlines are in units of 1/1000 em.
const UNITS: f64 = 1000.0;

/// A glyph of an embedded font.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GlyphKey {
    font: String,
    code: u32,
}

/// A piece of a label; lengths in em, the origin at the left end of the baseline, y downward.
#[derive(Clone, Debug)]
enum Piece {
    Glyph {
        key: GlyphKey,
        x: f64,
        y: f64,
        scale: f64,
    },
    Bar {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
    },
    Outline(String),
}

/// A label that has been set; lengths in em.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Width of the box.
    pub width: f64,
    /// Height above the baseline.
    pub ascent: f64,
    /// Depth below the baseline.
    pub descent: f64,
    pieces: Vec<Piece>,
}

impl Label {
    /// Sets a text; what stands between dollars is TeX, the rest is upright.
    pub fn new(text: &str) -> Result<Self, FigureError> {
        let wrong = |why: String| FigureError::Label {
            text: text.to_owned(),
            why,
        };
        let tex = to_tex(text).map_err(&wrong)?;
        let nodes = ratex_parser::parse(&tex).map_err(|e| wrong(e.message))?;
        let options = ratex_layout::LayoutOptions {
            style: MathStyle::Text,
            ..Default::default()
        };
        let boxed = ratex_layout::layout(&nodes, &options);
        ratex_layout::validate_layout(&boxed).map_err(&wrong)?;
        let list = ratex_layout::to_display_list(&boxed);
        let pieces = list
            .items
            .iter()
            .map(|item| piece(item, &list))
            .collect::<Result<_, _>>();
        Ok(Label {
            width: list.width,
            ascent: list.height,
            descent: list.depth,
            pieces: pieces.map_err(wrong)?,
        })
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Writes the pieces in units of 1/1000 em.
    pub fn write(&self, out: &mut String, glyphs: &mut Glyphs) {
        for piece in &self.pieces {
            match piece {
                Piece::Glyph { key, x, y, scale } => {
                    let Some(id) = glyphs.id(key) else { continue };
                    let (x, y) = (number(x * UNITS), number(y * UNITS));
                    let _ = match (*scale - 1.0).abs() < 1e-9 {
                        true => write!(out, "<use xlink:href=\"#g{id}\" x=\"{x}\" y=\"{y}\"/>"),
                        false => write!(
                            out,
                            "<use xlink:href=\"#g{id}\" transform=\"translate({x} {y}) scale({})\"/>",
                            number(*scale)
                        ),
                    };
                }
                Piece::Bar {
                    x,
                    y,
                    width,
                    height,
                } => {
                    let [x, y, w, h] = [x, y, width, height].map(|v| number(v * UNITS));
                    let _ = write!(out, "<path d=\"M{x} {y}h{w}v{h}h-{w}z\"/>");
                }
                Piece::Outline(d) => {
                    let _ = write!(out, "<path d=\"{d}\"/>");
                }
            }
        }
    }
}

/// TeX for a label: text outside dollars goes into `\text{}` with its special characters escaped.
fn to_tex(label: &str) -> Result<String, String> {
    let (mut tex, mut run, mut math) = (String::new(), String::new(), false);
    let mut chars = label.chars().peekable();
    let flush = |run: &mut String, math: bool, tex: &mut String| {
        if !run.is_empty() {
            let (open, close) = if math { ("{", "}") } else { ("\\text{", "}") };
            tex.push_str(open);
            tex.push_str(run);
            tex.push_str(close);
            run.clear();
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '$' => {
                flush(&mut run, math, &mut tex);
                math = !math;
            }
            '\\' if chars.peek() == Some(&'$') => {
                run.push_str("\\$");
                chars.next();
            }
            '#' | '%' | '&' | '_' | '{' | '}' if !math => {
                run.push('\\');
                run.push(c);
            }
            '\\' if !math => run.push_str("\\textbackslash{}"),
            '~' if !math => run.push_str("\\textasciitilde{}"),
            '^' if !math => run.push_str("\\textasciicircum{}"),
            c => run.push(c),
        }
    }
    if math {
        return Err("a dollar that opens math has no dollar that closes it".into());
    }
    flush(&mut run, math, &mut tex);
    Ok(tex)
}

fn piece(item: &DisplayItem, list: &DisplayList) -> Result<Piece, String> {
    let base = list.height;
    Ok(match item {
        DisplayItem::GlyphPath {
            x,
            y,
            scale,
            font,
            char_code,
            ..
        } => {
            let key = GlyphKey {
                font: font.clone(),
                code: *char_code,
            };
            if glyph(&key, |_, _| ()).is_none() {
                let c = char::from_u32(*char_code).unwrap_or('\u{fffd}');
                return Err(format!(
                    "the figure's fonts have no '{c}' (U+{char_code:04X})"
                ));
            }
            Piece::Glyph {
                key,
                x: *x,
                y: y - base,
                scale: *scale,
            }
        }
        DisplayItem::Line {
            x,
            y,
            width,
            thickness,
            ..
        } => Piece::Bar {
            x: *x,
            y: y - base - thickness / 2.0,
            width: *width,
            height: *thickness,
        },
        DisplayItem::Rect {
            x,
            y,
            width,
            height,
            ..
        } => Piece::Bar {
            x: *x,
            y: y - base,
            width: *width,
            height: *height,
        },
        DisplayItem::Path { x, y, commands, .. } => Piece::Outline(path(*x, y - base, commands)),
    })
}

fn path(x0: f64, y0: f64, commands: &[PathCommand]) -> String {
    let mut d = String::new();
    let at = |x: f64, y: f64| format!("{} {}", number((x0 + x) * UNITS), number((y0 + y) * UNITS));
    for command in commands {
        let _ = match *command {
            PathCommand::MoveTo { x, y } => write!(d, "M{}", at(x, y)),
            PathCommand::LineTo { x, y } => write!(d, "L{}", at(x, y)),
            PathCommand::QuadTo { x1, y1, x, y } => write!(d, "Q{} {}", at(x1, y1), at(x, y)),
            PathCommand::CubicTo {
                x1,
                y1,
                x2,
                y2,
                x,
                y,
            } => {
                write!(d, "C{} {} {}", at(x1, y1), at(x2, y2), at(x, y))
            }
            PathCommand::Close => write!(d, "z"),
        };
    }
    d
}

/// The outline of a glyph as SVG path data; `None` where the embedded fonts do not have it.
fn outline(key: &GlyphKey) -> Option<String> {
    glyph(key, |face, glyph| {
        let mut pen = Pen {
            d: String::new(),
            scale: UNITS / f64::from(face.units_per_em()),
        };
        face.outline_glyph(glyph, &mut pen); // a space has no outline
        pen.d
    })
}

/// What is read off a glyph in its font; `None` where the embedded fonts do not have it.
fn glyph<T>(
    key: &GlyphKey,
    read: impl FnOnce(&ttf_parser::Face, ttf_parser::GlyphId) -> T,
) -> Option<T> {
    let bytes = ratex_katex_fonts::ttf_bytes(&format!("KaTeX_{}.ttf", key.font))?;
    let face = ttf_parser::Face::parse(&bytes, 0).ok()?;
    let glyph = face.glyph_index(katex_ttf_glyph_char(FontId::parse(&key.font)?, key.code))?;
    Some(read(&face, glyph))
}

struct Pen {
    d: String,
    scale: f64,
}

impl Pen {
    fn put(&mut self, command: char, points: &[(f32, f32)]) {
        self.d.push(command);
        for (i, (x, y)) in points.iter().enumerate() {
            let space = if i > 0 { " " } else { "" };
            let (x, y) = (f64::from(*x) * self.scale, -f64::from(*y) * self.scale);
            let _ = write!(self.d, "{space}{} {}", number(x), number(y));
        }
    }
}

impl ttf_parser::OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.put('M', &[(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.put('L', &[(x, y)]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.put('Q', &[(x1, y1), (x, y)]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.put('C', &[(x1, y1), (x2, y2), (x, y)]);
    }
    fn close(&mut self) {
        self.d.push('z');
    }
}

/// The glyphs of a page, numbered in the order of their first use.
#[derive(Default)]
pub(super) struct Glyphs {
    ids: BTreeMap<GlyphKey, Option<usize>>,
    outlines: Vec<String>,
}

impl Glyphs {
    /// The number of a glyph; `None` for one without an outline, such as a space.
    fn id(&mut self, key: &GlyphKey) -> Option<usize> {
        if let Some(id) = self.ids.get(key) {
            return *id;
        }
        let id = outline(key).filter(|d| !d.is_empty()).map(|d| {
            self.outlines.push(d);
            self.outlines.len() - 1
        });
        self.ids.insert(key.clone(), id);
        id
    }

    /// The glyphs as definitions.
    pub fn write(&self, out: &mut String) {
        for (id, d) in self.outlines.iter().enumerate() {
            let _ = writeln!(out, "<path id=\"g{id}\" d=\"{d}\"/>");
        }
    }
}
