//! Suggestions for misspelled names.

/// Returns a suggestion of the most similar of `known`, such as `; did you mean getSystem?`. Empty if none is similar.
pub(crate) fn suggestion<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    // `jaro_winkler` prefers names with the same beginning, which misspelled names of operations have.
    let rated = known.into_iter().map(|known| {
        let similarity = strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
        (similarity, known)
    });
    let best = rated.filter(|(similarity, _)| *similarity >= SIMILAR);
    match best.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, best)) => format!("; did you mean {best}?"),
        None => String::new(),
    }
}

/// The minimum similarity of a suggestion; 1 means equal.
const SIMILAR: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::suggestion;

    #[test]
    fn a_similar_name_is_suggested_and_no_other() {
        let known = ["getSystem", "getSystems", "createSystem"];
        assert_eq!(suggestion("getsytem", known), "; did you mean getSystem?");
        assert_eq!(suggestion("frobnicate", known), "");
        assert_eq!(suggestion("", known), "");
    }
}
