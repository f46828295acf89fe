//! What every test starts from: three services that publish a document each, and a `specs`
//! folder that knows their addresses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use xtask::regen::{self, Options};

use crate::server::{Answer, Server};

/// OpenAPI 3.0 in YAML, with prose of every kind and an overlay.
pub(crate) const BIRDS: &str = include_str!("services/birds.yaml");
/// OpenAPI 3.0 in JSON, with a reference to a schema of the birds; no overlay.
pub(crate) const NESTS: &str = include_str!("services/nests.json");
/// OpenAPI 3.1 in YAML, with an overlay that only adds sentences.
pub(crate) const SONGS: &str = include_str!("services/songs.yaml");

pub(crate) const BIRDS_OVERLAY: &str = include_str!("services/birds.overlay.yaml");
pub(crate) const SONGS_OVERLAY: &str = include_str!("services/songs.overlay.yaml");

/// A path and its content; a folder has none.
type Files = BTreeMap<PathBuf, Option<Vec<u8>>>;

pub(crate) struct World {
    folder: TempDir,
    pub(crate) server: Server,
}

impl World {
    /// A `specs` folder as its author starts it: addresses and overlays, no documents yet.
    pub(crate) fn fresh() -> Self {
        let world = Self { folder: TempDir::new().unwrap(), server: Server::start() };
        let [birds, nests, songs] = ["birds", "nests", "songs"].map(|name| world.address(name));
        world.write(
            "sources.toml",
            &format!(
                "# A comment of the author's.\n\n[birds]\naddress = \"{birds}\"\n\
                 aliases = [\"https://example.org/birds.yaml\"]\n\n\
                 [nests]\naddress = \"{nests}\"\n\n[songs]\naddress = \"{songs}\"\n"
            ),
        );
        world.write("overlays/birds.yaml", BIRDS_OVERLAY);
        world.write("overlays/songs.yaml", SONGS_OVERLAY);
        world.publish("birds", BIRDS);
        world.publish("nests", NESTS);
        world.publish("songs", SONGS);
        world
    }

    /// The same after a first run.
    pub(crate) fn settled() -> Self {
        let world = Self::fresh();
        world.run();
        world
    }

    /// The same when every service has published something new since.
    pub(crate) fn with_news() -> Self {
        let world = Self::settled();
        world.publish("birds", &edited(BIRDS, "version: 1.2.0", "version: 1.3.0"));
        world.publish("nests", &edited(NESTS, r#""version": "7""#, r#""version": "8""#));
        world.publish("songs", &edited(SONGS, "version: 0.3.0", "version: 0.4.0"));
        world
    }

    /// Where the service publishes its document.
    pub(crate) fn address(&self, service: &str) -> String {
        self.server.url(&format!("/{service}"))
    }

    pub(crate) fn publish(&self, service: &str, document: &str) {
        self.answer(service, [Answer::Document(document.to_owned())]);
    }

    pub(crate) fn answer<const N: usize>(&self, service: &str, answers: [Answer; N]) {
        self.server.script(&format!("/{service}"), answers);
    }

    pub(crate) fn requests(&self, service: &str) -> usize {
        self.server.requests(&format!("/{service}"))
    }

    /// The options of a plain run that gives up at once.
    pub(crate) fn options(&self) -> Options {
        Options {
            services: Vec::new(),
            from: None,
            offline: false,
            only_what_derives: false,
            check: false,
            changelog: Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/regen_specs/services/CHANGELOG.md"),
            specs: self.folder.path().to_owned(),
            timeout: 30.0,
            attempts: 1,
            pause: 0.0,
        }
    }

    /// A plain run that has to succeed.
    pub(crate) fn run(&self) {
        regen::run(&self.options()).unwrap();
    }

    /// What a plain run reports.
    pub(crate) fn report(&self) -> Vec<String> {
        regen::plan(&self.options()).unwrap().report()
    }

    /// The message of a plain run that has to fail, and to leave everything as it was.
    pub(crate) fn refusal(&self) -> String {
        self.refusal_of(&self.options())
    }

    /// The message of a run that has to fail, and to leave everything as it was.
    pub(crate) fn refusal_of(&self, options: &Options) -> String {
        let before = self.files();
        let error = regen::run(options).expect_err("the run should have failed");
        self.assert_unchanged_since(&before);
        format!("{error:#}")
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Everything in the `specs` folder.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        collect(self.folder.path(), self.folder.path(), &mut files);
        files
    }

    pub(crate) fn assert_unchanged_since(&self, before: &Files) {
        assert_eq!(self.changed_since(before), Vec::<String>::new());
    }

    /// The paths that came, went or have other bytes.
    pub(crate) fn changed_since(&self, before: &Files) -> Vec<String> {
        let after = self.files();
        let mut paths: Vec<&PathBuf> = before.keys().chain(after.keys()).collect();
        paths.sort();
        paths.dedup();
        paths.retain(|path| before.get(*path) != after.get(*path));
        paths.iter().map(|path| path.display().to_string()).collect()
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        if path.is_dir() {
            files.insert(name, None);
            collect(root, &path, files);
        } else {
            files.insert(name, Some(std::fs::read(path).unwrap()));
        }
    }
}

/// `text` with its one `from` replaced.
pub(crate) fn edited(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} should occur once");
    text.replace(from, to)
}
