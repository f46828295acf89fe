//! `tapis apps`: what people do with apps.

use clap::{ArgMatches, Command};
use tapis_client::Tapis;

use super::parts::{required, show, text};
use super::{list, search};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::output::{Column, View};

const VIEW: View = View {
    identity: &["id", "version"],
    columns: &[
        Column::text("ID", "id"),
        Column::text("VERSION", "version"),
        Column::text("OWNER", "owner"),
        Column::text("ENABLED", "versionEnabled"),
        Column::long("DESCRIPTION", "description"),
    ],
    wide: &[
        Column::text("RUNTIME", "runtime"),
        Column::text("JOB TYPE", "jobType"),
        Column::text("LOCKED", "locked"),
        Column::time("UPDATED", "updated"),
        Column::long("IMAGE", "containerImage"),
    ],
};

pub(super) fn verbs() -> Vec<Command> {
    vec![
        list::search_options(
            Command::new("list").about("List your apps, each with its latest version"),
        ),
        Command::new("show")
            .about("Show an app")
            .arg(required("APP", "The id of the app, with :VERSION for another than the latest")),
        list::options(Command::new("versions").about("List the versions of an app"))
            .arg(required("APP", "The id of the app")),
    ]
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    verb: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (id, version) = split(text(matches, "APP"));
    if verb == "show" {
        return match version {
            Some(version) => {
                let path = [("appId", id), ("appVersion", version)];
                show(globals, t, ("apps", "getApp"), &path, &VIEW).await
            }
            None => {
                show(globals, t, ("apps", "getAppLatestVersion"), &[("appId", id)], &VIEW).await
            }
        };
    }
    let call = t.operation("apps", "getApps")?;
    let call = call.text_argument("select", &list::select(globals, &VIEW));
    let call = match verb {
        "versions" => {
            // A condition on the version brings all that meet it, in place of the latest one.
            let id = search::joined(&[search::Condition::equals("id", id)?]);
            call.text_argument("search", &format!("{id}~(version.like.*)"))
                .text_argument("listType", "ALL")
        }
        _ => {
            let conditions = search::conditions(matches)?;
            let call = match super::parts::is_set(matches, "shared") {
                true => call.text_argument("listType", "ALL"),
                false => call,
            };
            match conditions.is_empty() {
                true => call,
                false => call.text_argument("search", &search::joined(&conditions)),
            }
        }
    };
    list::show(globals, matches, call, &VIEW).await
}

/// The id of an app and, after a colon, its version.
pub(super) fn split(app: &str) -> (&str, Option<&str>) {
    match app.split_once(':') {
        Some((id, version)) => (id, Some(version)),
        None => (app, None),
    }
}
