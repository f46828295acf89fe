//! The resources of a job that are used through a shared application: those that the application
//! names, unless the request overrides them (tapis-jobs `JobSharedAppCtx.java`).

use serde_json::{Value, json};

/// The systems and directories that a job uses through the owner of a shared application.
#[derive(Default)]
pub(super) struct Sharing<'a> {
    /// The owner, if the application is shared with a caller who is not its owner.
    owner: Option<&'a str>,
    attributes: Vec<&'static str>,
}

const EXEC_SYSTEM: &str = "SAC_EXEC_SYSTEM_ID";
const ARCHIVE_SYSTEM: &str = "SAC_ARCHIVE_SYSTEM_ID";
const DTN_SYSTEM: &str = "SAC_DTN_SYSTEM_ID";
const INPUT_DIR: &str = "SAC_EXEC_SYSTEM_INPUT_DIR";

impl<'a> Sharing<'a> {
    pub(super) fn new(owner: Option<&'a str>) -> Self {
        Self { owner, attributes: Vec::new() }
    }

    fn add(&mut self, attribute: &'static str, is_shared: bool) -> bool {
        let is_shared = is_shared && self.owner.is_some();
        if is_shared {
            self.attributes.push(attribute);
        }
        is_shared
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes.contains(&attribute)
    }

    /// Whether the execution system is used through the application.
    pub(super) fn exec_system(&mut self, used: &str, of_app: Option<&str>) -> bool {
        self.add(EXEC_SYSTEM, of_app == Some(used))
    }

    /// As [`exec_system`](Self::exec_system); without an archive system, the application uses the
    /// execution system.
    pub(super) fn archive_system(&mut self, used: &str, of_app: Option<&str>, exec: &str) -> bool {
        self.add(ARCHIVE_SYSTEM, of_app.unwrap_or(exec) == used)
    }

    /// The DTN belongs to the execution system.
    pub(super) fn dtn_system(&mut self) -> bool {
        self.add(DTN_SYSTEM, self.has(EXEC_SYSTEM))
    }

    /// A directory on the DTN.
    pub(super) fn dtn_dir(&mut self, attribute: &'static str, used: Option<&str>, of_app: &str) {
        self.add(attribute, self.has(DTN_SYSTEM) && used == Some(of_app));
    }

    /// A directory on the execution system.
    pub(super) fn exec_dir(
        &mut self,
        attribute: &'static str,
        used: &str,
        of_app: Option<&str>,
        default: &str,
    ) {
        self.add(attribute, self.has(EXEC_SYSTEM) && of_app.unwrap_or(default) == used);
    }

    /// The archive directory; any directory if the execution system is the default archive system.
    pub(super) fn archive_dir(
        &mut self,
        used: &str,
        of_app: Option<&str>,
        on_exec_by_default: bool,
        default: &str,
    ) {
        let is_any = on_exec_by_default && self.has(EXEC_SYSTEM);
        let is_same = is_any || of_app.unwrap_or(default) == used;
        self.add("SAC_ARCHIVE_SYSTEM_DIR", self.has(ARCHIVE_SYSTEM) && is_same);
    }

    /// The user on whose behalf a source is read: the owner, if the application has the same
    /// source.
    pub(super) fn source(&self, is_of_app: bool) -> &str {
        self.owner.filter(|_| is_of_app).unwrap_or_default()
    }

    /// The user on whose behalf inputs are staged.
    pub(super) fn target(&self) -> &str {
        self.source(self.has(INPUT_DIR))
    }

    /// Records it in the job.
    pub(super) fn note(&self, job: &mut Value) {
        if let Some(owner) = self.owner {
            job["sharedAppCtx"] = owner.into();
            job["sharedAppCtxAttribs"] = json!(self.attributes);
        }
    }
}
