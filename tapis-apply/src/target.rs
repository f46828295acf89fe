//! The resource to export.

use std::fmt;

/// The resource to export. `Display` writes its kind and id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A system.
    #[non_exhaustive]
    System {
        /// The id of the system.
        id: String,
    },
    /// A version of an app.
    #[non_exhaustive]
    App {
        /// The id of the app.
        id: String,
        /// The version; `None` for the newest one.
        version: Option<String>,
    },
}

impl Target {
    /// The system with this id.
    #[must_use]
    pub fn system(id: impl Into<String>) -> Self {
        Self::System { id: id.into() }
    }

    /// The newest version of the app with this id.
    #[must_use]
    pub fn app(id: impl Into<String>) -> Self {
        Self::App { id: id.into(), version: None }
    }

    /// One version of an app.
    #[must_use]
    pub fn app_version(id: impl Into<String>, version: impl Into<String>) -> Self {
        Self::App { id: id.into(), version: Some(version.into()) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { id } => write!(f, "system {id}"),
            Self::App { id, version: None } => write!(f, "app {id}"),
            Self::App { id, version: Some(version) } => write!(f, "app {id}, version {version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_printed_as_kind_and_name() {
        let printed = [Target::system("s"), Target::app("a"), Target::app_version("a", "1.0")];
        assert_eq!(
            printed.map(|target| target.to_string()),
            ["system s", "app a", "app a, version 1.0"]
        );
    }
}
