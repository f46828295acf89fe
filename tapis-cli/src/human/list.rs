//! Lists of resources.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;
use tapis_client::dynamic::DynamicCall;

use super::parts::{self, flag};
use crate::arguments::{Globals, max_option};
use crate::failure::Failure;
use crate::format::Format;
use crate::output::View;
use crate::paging;

/// The options of a list that comes in pages.
pub(super) fn options(verb: Command) -> Command {
    verb.arg(max_option().visible_alias("limit"))
        .arg(flag("all", "Show all entries, and not --max at most"))
}

/// The options of a list that can be searched, and that has what others share.
pub(super) fn search_options(verb: Command) -> Command {
    options(verb)
        .arg(
            Arg::new("search")
                .long("search")
                .value_name("ATTRIBUTE.OPERATOR=VALUE")
                .action(ArgAction::Append)
                .help(
                    "Show those that meet a condition, such as id.like=frontera* or created.gt=2026-01; \
                     the operator eq can be left out. Several conditions have to hold together",
                ),
        )
        .arg(flag("shared", "Show those that others share with you, too"))
}

/// Shows the entries of all pages, at most as many as were asked for.
pub(super) async fn show(
    globals: &Globals,
    matches: &ArgMatches,
    call: DynamicCall,
    view: &View,
) -> Result<(), Failure> {
    let entries = all(globals, matches, call).await?;
    globals.output().show_as(&entries, view)
}

/// The entries of all pages, at most as many as were asked for.
pub(super) async fn all(
    globals: &Globals,
    matches: &ArgMatches,
    call: DynamicCall,
) -> Result<Value, Failure> {
    let most = if parts::is_set(matches, "all") { usize::MAX } else { globals.max };
    paging::pages(globals, call, most).await
}

/// The attributes to ask the service for: those that are shown; for programs, all of them.
pub(super) fn select(globals: &Globals, view: &View) -> String {
    let output = globals.output();
    match (&output.columns, output.format) {
        (Some(columns), Format::Table | Format::Wide | Format::Csv) => {
            let columns = view.asked(columns);
            let columns = columns.iter().filter_map(|column| column.split('.').next());
            let mut names = view.identity.to_vec();
            names.extend(columns);
            names.join(",")
        }
        (_, Format::Json | Format::Yaml) => "allAttributes".to_owned(),
        _ => view.attributes().join(","),
    }
}
