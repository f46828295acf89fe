//! Profiles in the user's configuration file.

use std::collections::BTreeMap;
use std::path::Path;

use tapis_core::Error;

use crate::env::{Settings, fault};

impl Settings {
    /// The profile `name` from `tapis/config.toml` in the user's configuration directory.
    pub(crate) fn from_profile(name: &str) -> Result<Self, Error> {
        use etcetera::BaseStrategy as _;

        let folder = etcetera::choose_base_strategy()
            .map_err(|_| fault(
                "cannot find the configuration directory, because the home directory is unknown; set HOME"
            ))?
            .config_dir();
        Self::from_file(&folder.join("tapis/config.toml"), name)
    }

    fn from_file(path: &Path, name: &str) -> Result<Self, Error> {
        let place = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| fault(format!("profile {name:?}: cannot read {place}: {error}")))?;
        if is_exposed(path) {
            static WARNED: std::sync::Once = std::sync::Once::new();
            WARNED.call_once(|| {
                tracing::warn!(
                    "{place} has passwords or tokens, and other users can read or change it: run chmod 600 on it"
                );
            });
        }
        Self::from_toml(&text, name)
            .map_err(|why| fault(format!("profile {name:?} in {place}: {why}")))
    }

    fn from_toml(text: &str, name: &str) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct File {
            #[serde(default)]
            profiles: BTreeMap<String, Settings>,
        }
        let mut file: File = toml::from_str(text).map_err(|error| told(text, &error))?;
        file.profiles.remove(name).ok_or_else(|| "the file has no such profile".to_owned())
    }
}

/// The line of the mistake and the expected value. The text of the file is omitted, because a misplaced value or name
/// can be a secret.
fn told(text: &str, error: &toml::de::Error) -> String {
    let expected = error.message().lines().next().and_then(|line| line.rsplit_once(", expected "));
    let why = match expected {
        Some((_, expected)) => format!("expected {expected}"),
        None => "invalid TOML".to_owned(),
    };
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {why}", before.matches('\n').count() + 1),
        None => why,
    }
}

/// Whether users other than the owner can read or change the file.
#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o066 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read() {
        let text =
            "[profiles.dev]\nbase_url = 'https://dev.tapis.io'\nusername = 'me'\npassword = 'pw'\n";
        let settings = Settings::from_toml(text, "dev").unwrap();
        let t = settings.into_builder().unwrap().build().unwrap();
        assert_eq!(t.base_url(), "https://dev.tapis.io");
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_without_anything_that_stands_there() {
        for (text, why) in [
            ("[profiles.other]", "the file has no such profile"),
            ("[profiles.dev]\npasword = 'planted'", "line 2: expected one of `base_url`"),
            ("[profiles.dev]\nplanted = 'x'", "line 2: expected one of `base_url`"),
            ("[profiles.dev]\n\npassword = 771774477447", "line 3: expected a string"),
            ("[profiles.dev]\npassword = ['planted']", "line 2: expected a string"),
            ("[profiles]\nplanted = 'planted'", "line 2: expected a table such as [profiles.tacc]"),
            ("profiles = 'planted'", "line 1: expected a map"),
            ("[profiles.dev", "line 1: "),
            ("[profiles.dev]\npassword = planted", "line 2: "),
            ("[profiles.dev]\npassword = 'planted", "line 2: "),
            ("[profiles.dev]\nplanted", "line 2: "),
            ("[profiles.dev]\nplanted = 1\nplanted = 2", "line 3: "),
            ("[profiles.dev]\n'x, expected planted' = 1", "line 2: expected one of `base_url`"),
            ("[profiles.dev]\npassword = ['x, expected planted']", "line 2: expected a string"),
            ("[profiles.dev]\n'x, expected planted' = 1\n'x, expected planted' = 1", "line 3: "),
            ("[profiles.dev]\n[profiles.dev]\npassword = 'planted'", "line 2: "),
            ("[profiles.dev]\npassword = \"\\planted\"", "line 2: "),
        ] {
            let error = Settings::from_toml(text, "dev").unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("planted") && !error.contains("7717"), "{text}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_or_change_is_noticed() {
        use std::os::unix::fs::PermissionsExt as _;

        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, exposed) in
            [(0o600, false), (0o400, false), (0o640, true), (0o666, true), (0o602, true)]
        {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_exposed(file.path()), exposed, "{mode:o}");
        }
        assert!(!is_exposed(Path::new("/nonexistent")));
    }
}
