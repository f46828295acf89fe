//! The commands for files, as the command line has them.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command, value_parser};

use crate::arguments;

/// The commands for files and folders on systems.
pub(crate) fn commands() -> [Command; 7] {
    [ls(), cp(), cat(), mv(), rm(), mkdir(), stat()].map(|command| {
        arguments::anywhere(
            command
                .arg(arguments::format_option())
                .arg(arguments::verbose_option())
                .arg(arguments::quiet_option()),
        )
    })
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn dry_run() -> Arg {
    flag("dry-run", "Show what would be done, and change nothing")
}

fn no_clobber() -> Arg {
    flag("no-clobber", "Keep files that exist at the target, instead of replacing them").short('n')
}

fn no_target_directory() -> Arg {
    flag("no-target-directory", "Take TARGET as the file or directory itself, also if it exists")
        .short('T')
}

/// One address or several.
fn addresses() -> Arg {
    Arg::new("address")
        .value_name("ADDRESS")
        .required(true)
        .num_args(1..)
        .help("tapis://SYSTEM/PATH; the path begins at the root directory of the system")
}

/// Sources and a target.
fn places(kinds: &'static str) -> [Arg; 2] {
    let place = |name: &'static str, value: &'static str, help: String| {
        let arg = Arg::new(name).value_name(value).required(true).help(help);
        arg.value_parser(value_parser!(OsString))
    };
    [
        place("source", "SOURCE", format!("What to take: {kinds}")).num_args(1..),
        place("target", "TARGET", format!("Where to: {kinds}")),
    ]
}

fn ls() -> Command {
    Command::new("ls")
        .about("List directories on systems")
        .long_about(
            "List directories on systems, or show files.\n\nDirectories end with a slash. With -o name each \
             entry is an address that other commands take. All entries are listed unless --max says \
             how many.",
        )
        .arg(addresses())
        .arg(
            flag("long", "Show permissions, owner, group, size and time of the last change, too")
                .short('l'),
        )
        .arg(flag("recursive", "List everything in the directories below, too")
                .short('r')
                .visible_short_alias('R'))
        .arg(flag("all", "Accepted as in other tools; hidden files are listed in any case").short('a'))
        .arg(Arg::new("pattern").long("pattern").value_name("GLOB").help(
            "List names that match: * is any text and ? any character; regex:… is a regular expression",
        ))
        .arg(
            Arg::new("max")
                .long("max")
                .value_name("COUNT")
                .value_parser(value_parser!(usize))
                .help("How many entries are listed at most"),
        )
        .arg(arguments::columns_option())
        .after_help(
            "Examples:\n  tapis ls -l tapis://my-system/data\n  \
             tapis ls -r --pattern '*.csv' -o name tapis://my-system/data",
        )
}

fn stat() -> Command {
    Command::new("stat")
        .about("Show type, size and time of the last change of files")
        .long_about(
            "Show the type, size and time of the last change of files and directories.\n\nSymbolic links are \
             followed. `tapis files get-stat-info SYSTEM PATH` shows more of a file on a Linux host.",
        )
        .arg(addresses())
        .after_help(
            "Examples:\n  tapis stat tapis://my-system/data/in.txt\n  \
             tapis stat -o json tapis://my-system/data tapis://my-system/results",
        )
}

fn cat() -> Command {
    let bytes = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("BYTES").value_parser(value_parser!(u64)).help(help)
    };
    Command::new("cat")
        .about("Write the content of files to stdout")
        .long_about(
            "Write the content of files to stdout, byte by byte as it is, one file after the other.\n\nA \
             connection that breaks is made again, and the content continues where it broke.",
        )
        .arg(addresses())
        .arg(bytes("head", "Write the first bytes of each file alone"))
        .arg(bytes("tail", "Write the last bytes of each file alone").conflicts_with("head"))
        .after_help(
            "Examples:\n  tapis cat tapis://my-system/results/out.txt | less\n  \
             tapis cat --tail 2000 tapis://my-system/results/job.log",
        )
}

fn mkdir() -> Command {
    Command::new("mkdir")
        .about("Make directories on a system")
        .long_about(
            "Make directories on a system.\n\nDirectories on the way are made, too, and one that exists is no error.",
        )
        .arg(addresses())
        .arg(flag("parents", "Accepted as in other tools; parents are made in any case").short('p'))
        .arg(dry_run())
        .after_help(
            "Examples:\n  tapis mkdir tapis://my-system/data/run-1\n  \
             tapis mkdir tapis://my-system/in tapis://my-system/out",
        )
}

fn rm() -> Command {
    Command::new("rm")
        .about("Delete files and directories on a system")
        .long_about(
            "Delete files and directories on a system.\n\nAsks first. Without a terminal, or with --no-input, \
             it needs --yes. The root directory of a system is refused. Of a symbolic link, the link is deleted \
             and not its target.",
        )
        .arg(addresses())
        .arg(
            flag("force", "Do not ask, and ignore paths that do not exist").short('f'),
        )
        .arg(flag("recursive", "Delete directories and everything in them, too")
                .short('r')
                .visible_short_alias('R'))
        .arg(dry_run())
        .arg(arguments::yes_option())
        .after_help(
            "Examples:\n  tapis rm tapis://my-system/data/old.txt\n  \
             tapis rm -r --yes tapis://my-system/scratch/run-1",
        )
}

fn mv() -> Command {
    Command::new("mv")
        .about("Move or rename files and directories within a system")
        .long_about(
            "Move or rename files and directories within a system.\n\nWith several sources, or a TARGET that \
             ends with a slash or is a directory, the sources go into it under their own names. Files that \
             exist at the target are replaced. Between systems, copy and then delete.",
        )
        .args(places("tapis://SYSTEM/PATH"))
        .arg(no_clobber())
        .arg(no_target_directory())
        .arg(dry_run())
        .after_help(
            "Examples:\n  tapis mv tapis://my-system/data/a.txt tapis://my-system/data/b.txt\n  \
             tapis mv tapis://my-system/data/a.txt tapis://my-system/archive/",
        )
}

fn cp() -> Command {
    let globs = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("GLOB")
            .action(ArgAction::Append)
            .requires("recursive")
            .help(help)
    };
    Command::new("cp")
        .about("Copy files and folders to, from and between systems")
        .long_about(
            "Copy files and folders to, from and between systems.\n\nEach place is tapis://SYSTEM/PATH, a path \
             of this machine, or - for stdin or stdout. With several sources, or a TARGET that ends with a \
             slash or is a directory, the sources go into it under their own names. Directories are made as \
             needed, and files that exist at the target are replaced.\n\nA download that was interrupted continues \
             when the same command runs again: the part that has arrived is kept beside the target in a \
             file whose name ends in .part. Of a folder, --skip-unchanged leaves out what has arrived. Between two systems, the \
             service copies in the background, and Ctrl-C ends the waiting and not the transfer.",
        )
        .args(places("tapis://SYSTEM/PATH, a path of this machine, or -"))
        .arg(flag("recursive", "Copy folders with everything in them")
                .short('r')
                .visible_short_alias('R'))
        .arg(globs(
            "include",
            "Copy files that match alone: *, ?, [ab], {a,b} in a name, ** for any directories; a glob with a \
             slash is a path from the folder. May be repeated",
        ))
        .arg(globs("exclude", "Leave out files and directories that match. May be repeated"))
        .arg(no_clobber())
        .arg(
            flag("skip-unchanged", "Leave out files of folders whose copy has the same size and is not older")
                .requires("recursive"),
        )
        .arg(
            flag("dereference", "Copy what symbolic links in folders lead to; they are skipped otherwise")
                .short('L')
                .requires("recursive"),
        )
        .arg(no_target_directory())
        .arg(flag("no-wait", "Print the id of a transfer between systems, and do not wait for its end"))
        .arg(dry_run())
        .after_help(
            "Examples:\n  tapis cp in.txt tapis://my-system/data/\n  \
             tapis cp -r --include '*.csv' tapis://my-system/results results",
        )
}
