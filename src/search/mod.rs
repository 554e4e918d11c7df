//! Local search and exhaustive search on one instance.
