//! The SVG document: escapes, header, metadata.

use std::fmt::Write;

use crate::ask::recipe::FigureRecipe;

use super::label::Glyphs;
use super::number::number;

/// Points in a millimetre.
pub(super) const PT_PER_MM: f64 = 72.0 / 25.4;

/// A text that is safe between tags.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML forbids the other control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

/// Where a figure comes from; stored in its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Version of the program.
    pub version: String,
    /// The text of the recipe.
    pub recipe: String,
}

/// A page under construction; lengths in points.
pub(super) struct Page {
    pub width: f64,
    pub height: f64,
    pub body: String,
    pub glyphs: Glyphs,
}

impl Page {
    pub fn new(width: f64, height: f64) -> Self {
        Page {
            width,
            height,
            body: String::new(),
            glyphs: Glyphs::default(),
        }
    }

    /// The whole document.
    pub fn finish(self, recipe: &FigureRecipe, provenance: &Provenance) -> String {
        let mut out = String::with_capacity(self.body.len() + 65_536);
        let (w, h) = (number(self.width), number(self.height));
        let (wmm, hmm) = (
            number(self.width / PT_PER_MM),
            number(self.height / PT_PER_MM),
        );
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{wmm}mm\" height=\"{hmm}mm\" viewBox=\"0 0 {w} {h}\">"
        );
        for (tag, text) in [("title", &recipe.title), ("desc", &recipe.caption)] {
            if !text.is_empty() {
                let _ = writeln!(out, "<{tag}>{}</{tag}>", escape(text.trim()));
            }
        }
        let _ = writeln!(
            out,
            "<metadata><recipe xmlns=\"urn:quenched:figure\" version=\"{}\">{}</recipe></metadata>",
            escape(&provenance.version),
            escape(&provenance.recipe)
        );
        out.push_str("<defs>\n");
        self.glyphs.write(&mut out);
        let _ = writeln!(out, "</defs>\n<path d=\"M0 0H{w}V{h}H0z\" fill=\"#fff\"/>");
        out.push_str(&self.body);
        out.push_str("</svg>\n");
        out
    }
}
