//! The kinds of resources that a definition can describe.

use std::fmt;

use serde_json::{Map, Value};

/// The kind of resource that a definition describes. `Display` writes `system` or `app`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A system: the body of `POST /v3/systems`.
    System,
    /// A version of an app: the body of `POST /v3/apps`.
    App,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "system",
            Self::App => "app",
        })
    }
}

impl Kind {
    const ALL: [Self; 2] = [Self::System, Self::App];

    /// The required attributes of this kind that no other kind has.
    fn own_attributes(self) -> &'static [&'static str] {
        match self {
            Self::System => &["canExec", "defaultAuthnMethod", "host", "systemType"],
            Self::App => &["containerImage", "version"],
        }
    }

    /// Returns the kind that has these attributes.
    ///
    /// # Errors
    /// The reason why no kind, or more than one, has them.
    pub(crate) fn of(fields: &Map<String, Value>) -> Result<Self, String> {
        let is_set = |name: &&&str| fields.get(**name).is_some_and(|value| !value.is_null());
        let first = |kind: Self| Some((kind, kind.own_attributes().iter().find(is_set)?));
        let found: Vec<(Self, &&str)> = Self::ALL.into_iter().filter_map(first).collect();
        let why = match found.as_slice() {
            [(kind, _)] => return Ok(*kind),
            [] => {
                let names = |kind: Self| format!("{} ({kind})", kind.own_attributes().join(", "));
                format!("it has none of {}", Self::ALL.map(names).join(", "))
            }
            several => {
                let each = several.iter().map(|(kind, name)| format!("{name} ({kind})"));
                format!("it has both {}", each.collect::<Vec<_>>().join(" and "))
            }
        };
        Err(format!(
            "cannot tell whether this is a system or an app: {why}; set the kind with \
             Definition::with_kind"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use serde_json::json;

    use crate::documents::schemas;

    fn of(definition: &Value) -> Result<Kind, String> {
        Kind::of(definition.as_object().unwrap())
    }

    #[test]
    fn one_attribute_that_only_one_kind_requires_is_enough() {
        assert_eq!(of(&json!({"id": "a", "host": "h"})), Ok(Kind::System));
        assert_eq!(of(&json!({"id": "a", "version": "1"})), Ok(Kind::App));
        assert_eq!(of(&json!({"id": "a", "host": "h", "version": null})), Ok(Kind::System));
    }

    #[test]
    fn an_unclear_kind_is_refused_with_the_reason_and_the_way_out() {
        assert_eq!(
            of(&json!({"id": "a", "host": null})).unwrap_err(),
            "cannot tell whether this is a system or an app: it has none of canExec, \
             defaultAuthnMethod, host, systemType (system), containerImage, version (app); set the \
             kind with Definition::with_kind"
        );
        assert_eq!(
            of(&json!({"host": "h", "version": "1"})).unwrap_err(),
            "cannot tell whether this is a system or an app: it has both host (system) and version \
             (app); set the kind with Definition::with_kind"
        );
    }

    /// The attributes of the body that creates a resource, and its required attributes.
    fn documented(service: &str, schema: &str) -> [BTreeSet<String>; 2] {
        let schema = &schemas(service)[schema];
        let required = schema["required"].as_array().unwrap().iter();
        [
            schema["properties"].as_object().unwrap().keys().cloned().collect(),
            required.map(|name| name.as_str().unwrap().to_owned()).collect(),
        ]
    }

    #[test]
    fn the_attributes_that_tell_kinds_apart_are_those_of_the_documents() {
        let bodies = [
            (Kind::System, documented("systems", "ReqPostSystem")),
            (Kind::App, documented("apps", "ReqPostApp")),
        ];
        assert_eq!(bodies.each_ref().map(|(kind, _)| *kind), Kind::ALL);
        for (kind, [_, required]) in &bodies {
            let others = bodies.iter().filter(|(other, _)| other != kind);
            let others: BTreeSet<_> = others.flat_map(|(_, [all, _])| all).collect();
            let own: Vec<_> = required.iter().filter(|name| !others.contains(name)).collect();
            assert_eq!(own, kind.own_attributes(), "{kind}");
        }
    }
}
