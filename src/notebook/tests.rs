//! What a notebook holds.
