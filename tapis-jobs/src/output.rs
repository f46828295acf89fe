//! Lists the output of a job.

use futures_util::stream;
use tapis_core::paging::{Items, Listing};
use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::Client;
use crate::location::explain;
use crate::types::{FileInfo, FileType};

/// The number of entries per request: the service's maximum.
const PAGE: usize = 1000;

impl Client {
    /// Lists the output of a job, including all subdirectories: `GET /v3/jobs/{jobUuid}` once, and
    /// `GET /v3/jobs/{jobUuid}/output/list/{outputPath}` for each directory and each 1000 entries in
    /// it. Fails if the job has not ended, unless [`while_running`](Outputs::while_running) is set.
    ///
    /// Await it for a `Vec`, or use [`entries`](Outputs::entries) for a stream.
    #[doc(alias = "list output")]
    #[doc(alias = "job results")]
    pub fn outputs(&self, uuid: impl Into<String>) -> Outputs {
        Outputs { client: self.clone(), uuid: uuid.into(), running: false }
    }
}

/// An output file or directory of a job.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Output {
    /// The path relative to the output directory, with `/` as the separator. It has no `..`, so it
    /// is safe to join to a local directory.
    pub path: String,
    /// The entry in the service's listing.
    pub info: FileInfo,
}

impl Output {
    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.info.type_ == Some(FileType::Dir)
    }
}

/// The listing of a job's output; created by [`Client::outputs`].
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until it is awaited, or its stream polled"]
pub struct Outputs {
    client: Client,
    uuid: String,
    running: bool,
}

impl Outputs {
    /// Allows listing before the job has ended.
    pub fn while_running(mut self) -> Self {
        self.running = true;
        self
    }

    /// Returns the entries as a stream. It fails with [`ErrorKind::NotFound`] if the job does not
    /// exist or has no output, and with [`ErrorKind::Request`] if the job has not ended and
    /// [`while_running`](Self::while_running) is not set.
    pub fn entries(self) -> Listing<Output> {
        let start = Tree { outputs: self, base: None, left: vec![String::new()], page: None };
        Listing::new(stream::try_unfold(start, |mut tree| async move {
            Ok(tree.next().await?.map(|output| (output, tree)))
        }))
    }
}

impl IntoFuture for Outputs {
    type Output = Result<Vec<Output>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// Reads all entries into memory.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.entries().collect_all(usize::MAX))
    }
}

/// The state of a listing. Directories are listed one by one, because the service's own recursion
/// cuts each directory at 100 entries.
struct Tree {
    outputs: Outputs,
    /// The output directory relative to the root of its system; empty if unknown.
    base: Option<String>,
    /// The directories still to list.
    left: Vec<String>,
    page: Option<Page>,
}

/// A directory that is being listed.
struct Page {
    directory: String,
    items: Items<FileInfo>,
    count: usize,
}

impl Tree {
    async fn next(&mut self) -> Result<Option<Output>, Error> {
        loop {
            let Some(page) = &mut self.page else {
                let Some(directory) = self.left.pop() else { return Ok(None) };
                self.page = Some(self.list(directory).await);
                continue;
            };
            let info = match page.items.next().await {
                Ok(info) => info,
                // A bucket returns 404 for the page after a full last page.
                Err(error) if error.is_not_found() && page.count > 0 && page.count % PAGE == 0 => {
                    None
                }
                Err(error) => {
                    let Outputs { client, uuid, .. } = &self.outputs;
                    return Err(explain(client, uuid, "", error).await);
                }
            };
            let Some(info) = info else {
                self.page = None;
                continue;
            };
            page.count = page.count.saturating_add(1);
            let base = self.base.as_deref().unwrap_or_default();
            let Some(path) = relative(base, &page.directory, &info)? else { continue };
            let output = Output { path, info };
            if output.is_dir() {
                self.left.push(output.path.clone());
            }
            return Ok(Some(output));
        }
    }

    async fn list(&mut self, directory: String) -> Page {
        let Outputs { client, uuid, running } = &self.outputs;
        if self.base.is_none() {
            // A caller with a share of the output alone cannot see the job.
            let job = client.get_job(uuid.as_str()).await.ok();
            self.base = Some(job.and_then(|job| job.output_directory()).unwrap_or_default());
        }
        let call = client.get_job_output_list(uuid.as_str(), directory.as_str());
        let call = call.limit(i32::try_from(PAGE).unwrap_or(i32::MAX));
        let items = call.maybe_allow_if_running(running.then_some(true)).items();
        Page { directory, items, count: 0 }
    }
}

/// The path of an entry relative to the output directory `base`; the entry is from the listing of
/// its subdirectory `directory`. `None` for an entry outside of it: a bucket lists all keys that
/// begin with the same letters.
///
/// # Errors
/// [`ErrorKind::Decoding`] for a path that would leave the directory to which it is joined.
fn relative(base: &str, directory: &str, info: &FileInfo) -> Result<Option<String>, Error> {
    let key = info.path.trim_start_matches('/');
    let path = match key.strip_prefix(base).filter(|_| !base.is_empty()) {
        // A bucket lists keys that only share the prefix, and keys with a final slash as directories.
        Some(below) if below.ends_with('/') || !below.starts_with('/') => return Ok(None),
        Some(below) => below.trim_start_matches('/').to_owned(),
        None if directory.is_empty() => info.name.clone(),
        None => format!("{directory}/{}", info.name),
    };
    match path.split('/').all(is_name) {
        true => Ok(Some(path)),
        false => {
            let message = format!(
                "the listing contains {:?}, which is not a valid path of a file",
                info.path
            );
            Err(Error::new(ErrorKind::Decoding, message))
        }
    }
}

/// Whether a path segment is an ordinary file name on this machine.
fn is_name(segment: &str) -> bool {
    let windows = cfg!(windows) && segment.contains(['\\', ':']);
    !matches!(segment, "" | "." | "..") && !segment.contains('\0') && !windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(path: &str) -> FileInfo {
        let name = path.rsplit('/').next().unwrap();
        FileInfo::from_json(&serde_json::json!({"name": name, "path": path}).to_string()).unwrap()
    }

    #[test]
    fn a_path_is_what_stands_below_the_output_directory() {
        for (base, directory, path, expected) in [
            ("jobs/1/out", "", "jobs/1/out/a.txt", Some("a.txt")),
            ("jobs/1/out", "d", "/jobs/1/out/d/a.txt", Some("d/a.txt")),
            ("jobs/1/out", "", "jobs/1/out/d/e/a.txt", Some("d/e/a.txt")),
            ("jobs/1/out", "", "jobs/1/out2/a.txt", None),
            ("jobs/1/out", "", "jobs/1/out.txt", None),
            ("jobs/1/out", "", "jobs/1/out/d/", None),
            ("", "d", "jobs/1/out/d/a.txt", Some("d/a.txt")),
            ("other", "d", "jobs/1/out/d/a.txt", Some("d/a.txt")),
            ("", "", "a.txt", Some("a.txt")),
        ] {
            let path = relative(base, directory, &info(path)).unwrap();
            assert_eq!(path.as_deref(), expected);
        }
    }

    #[test]
    fn a_name_that_leads_out_of_a_folder_is_refused() {
        for path in ["out/../../x", "out/./x", "out/a//x", "out/..", "out/a\0b"] {
            let error = relative("out", "", &info(path)).unwrap_err();
            assert!(error.is_decoding(), "{path}: {error}");
        }
        for name in ["..", "a/../../b", "/etc/passwd", ""] {
            let mut entry = info("x");
            entry.name = name.to_owned();
            assert!(relative("", "", &entry).is_err(), "{name:?}");
        }
    }
}
