//! Files, as services list them, and their addresses.

use serde_json::{Value, json};

use crate::dates::{self, Style};
use crate::folder::{Entry, Within};

/// An entry of a list.
pub(crate) fn info(system: &str, user: &str, entry: &Entry) -> Value {
    let path = entry.path.to_string();
    let modified = jiff::Timestamp::try_from(entry.modified).unwrap_or_default();
    let modified = dates::write(modified, Style::Java);
    let mut info = json!({
        "name": entry.path.name(),
        "path": path,
        "url": format!("tapis://{system}/{path}"),
        "type": if entry.is_dir { "dir" } else { "file" },
        "size": entry.size,
        "lastModified": modified,
        "owner": user,
        "group": user,
        "nativePermissions": if entry.is_dir { "rwxr-xr-x" } else { "rw-r--r--" },
    });
    if !entry.is_dir {
        info["mimeType"] = media_type(entry.path.name()).into();
    }
    info
}

/// The system and the path of `tapis://system/path`.
pub(crate) fn tapis_uri(uri: &str) -> Option<(String, Within)> {
    let (system, path) = uri.strip_prefix("tapis://")?.split_once('/')?;
    Some((system.to_owned(), Within::clean(path)?))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("txt" | "log" | "out" | "err" | "sh") => "text/plain",
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        Some("html" | "htm") => "text/html",
        Some("xml") => "application/xml",
        Some("zip") => "application/zip",
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ => "application/octet-stream",
    }
}
