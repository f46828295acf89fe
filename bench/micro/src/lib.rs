//! There is nothing here: see `benches/`.
