//! Colours that remain distinct for colour-blind readers and in greyscale print.

use crate::ask::recipe::Color;

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

pub(super) const BLACK: Rgb = (0, 0, 0);
pub(super) const GREY: Rgb = (110, 110, 110);

/// M. Okabe and K. Ito, "Color Universal Design" (2002, revised 2008), in an order in which
/// neighbours contrast and yellow, faint on white, comes last; then a neutral grey.
pub const OKABE_ITO: [Rgb; 9] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
    BLACK,
    (240, 228, 66),
    GREY,
];

/// How many colours curves cycle through (the grey is for reference lines).
pub(super) const CYCLE: usize = 8;

/// The colour that is `step` places after `color`; a colour given by value stays.
pub(super) fn rgb(color: Color, step: usize) -> Rgb {
    match color {
        Color::Index(i) if i < CYCLE => OKABE_ITO[(i + step) % CYCLE],
        Color::Index(i) if i < OKABE_ITO.len() => OKABE_ITO[i],
        Color::Index(i) => OKABE_ITO[(i + step) % CYCLE],
        Color::Rgb(r, g, b) => (r, g, b),
    }
}
