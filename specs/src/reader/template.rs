//! Path templates.

use std::fmt;

/// A path with parameters, such as `/v3/systems/{systemId}`, taken apart once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    segments: Vec<Vec<Part>>,
}

/// A part of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that is the same in every path.
    Literal(String),
    /// A parameter.
    Parameter {
        /// The parameter's name.
        name: String,
        /// Whether its value is a path of its own, whose slashes stay (`x-tapis-multi-segment`).
        multi_segment: bool,
    },
}

impl Template {
    /// Takes the template apart. A brace that is not closed is text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::with(text, |_| false)
    }

    /// As [`parse`](Self::parse), with the parameters that hold paths of their own.
    pub(super) fn with(text: &str, multi_segment: impl Fn(&str) -> bool) -> Self {
        let segments = text.strip_prefix('/').unwrap_or(text).split('/');
        let segments = segments.map(|segment| parts(segment, &multi_segment)).collect();
        Self { text: text.to_owned(), segments }
    }

    /// The template as the document has it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parts of each segment between two slashes. Most segments are one literal or one
    /// parameter. In `/v3/pods/{pod_id}/list_files{url_path}`, the last one is a literal directly
    /// followed by a parameter. Two consecutive slashes, or a slash at the end, give an empty
    /// segment.
    #[must_use]
    pub fn segments(&self) -> &[Vec<Part>] {
        &self.segments
    }

    /// The names of the parameters, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().flatten().filter_map(|part| match part {
            Part::Parameter { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The template without the names of its parameters, which do not tell paths apart:
    /// `/v3/systems/{}`.
    #[must_use]
    pub fn anonymous(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            for part in segment {
                text.push_str(match part {
                    Part::Literal(literal) => literal,
                    Part::Parameter { .. } => "{}",
                });
            }
        }
        text
    }
}

/// The text of the template.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

fn parts(segment: &str, multi_segment: impl Fn(&str) -> bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = segment;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
    {
        if !before.is_empty() {
            parts.push(Part::Literal(before.to_owned()));
        }
        parts.push(Part::Parameter { name: name.to_owned(), multi_segment: multi_segment(name) });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Part {
        Part::Literal(text.to_owned())
    }

    fn parameter(name: &str, multi_segment: bool) -> Part {
        Part::Parameter { name: name.to_owned(), multi_segment }
    }

    #[test]
    fn segments_are_literals_and_parameters() {
        let template = Template::with("/v3/ops/{systemId}/{path}", |name| name == "path");
        assert_eq!(
            template.segments(),
            [
                vec![literal("v3")],
                vec![literal("ops")],
                vec![parameter("systemId", false)],
                vec![parameter("path", true)],
            ]
        );
        assert_eq!(template.parameters().collect::<Vec<_>>(), ["systemId", "path"]);
        assert_eq!(template.text(), "/v3/ops/{systemId}/{path}");
    }

    #[test]
    fn a_literal_may_stand_right_before_a_parameter() {
        let template = Template::with("/list{url}", |_| true);
        assert_eq!(template.segments(), [vec![literal("list"), parameter("url", true)]]);
        assert_eq!(template.anonymous(), "/list{}");
    }

    #[test]
    fn the_names_of_parameters_do_not_tell_paths_apart() {
        assert_eq!(Template::parse("/a/{x}/{y}.json").anonymous(), "/a/{}/{}.json");
        assert_eq!(Template::parse("/a/{y}/{x}.json").anonymous(), "/a/{}/{}.json");
        for (one, other) in [("/a/", "/a"), ("/a//b", "/a/b"), ("/{x}", "/{x}{y}")] {
            assert_ne!(Template::parse(one).anonymous(), Template::parse(other).anonymous());
        }
    }

    #[test]
    fn a_brace_that_is_not_closed_is_text() {
        assert_eq!(Template::parse("/a/{x").segments(), [vec![literal("a")], vec![literal("{x")]]);
    }
}
