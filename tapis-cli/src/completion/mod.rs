//! What a shell offers when the user presses Tab.
//!
//! The scripts of bash, zsh and fish are here, because only the shell itself completes its local files and quotes names
//! as its user expects. They hand what was typed to this program and never evaluate its answer. Elvish and PowerShell
//! have the scripts of clap_complete, and get names that need no quotes.

mod profile;
mod quoting;
mod remote;
mod tree;
mod values;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;

use self::quoting::Quote;
use self::values::Question;
use crate::exit::Exit;
use crate::names::COMPLETION as VARIABLE;
use crate::terminal::printable;

/// What a shell has to evaluate once, so that it asks.
pub(crate) fn script(shell: &str) -> std::io::Result<Vec<u8>> {
    let program = program();
    let (script, program) = match shell {
        "bash" => (include_str!("tapis.bash"), quoting::posix(&program)),
        "zsh" => (include_str!("tapis.zsh"), quoting::posix(&program)),
        "fish" => (include_str!("tapis.fish"), quoting::fish(&program)),
        _ => {
            let shells = Shells::builtins();
            let shell = shells.completer(shell).ok_or(std::io::ErrorKind::InvalidInput)?;
            let mut script = Vec::new();
            shell.write_registration(VARIABLE, "tapis", "tapis", &program, &mut script)?;
            return Ok(script);
        }
    };
    Ok(script.replace("@PROGRAM@", &program).into_bytes())
}

/// The program as the user has called it: by its name, or by its path if it is not among the commands.
fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let by_path = called.contains(std::path::MAIN_SEPARATOR);
    match std::env::current_exe() {
        Ok(path) if by_path => path.to_string_lossy().into_owned(),
        _ => "tapis".to_owned(),
    }
}

/// Whether a shell asks.
pub(crate) fn is_asked() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Answers a shell. What goes wrong is not said, because it would be in the middle of the user's command line.
pub(crate) fn answer() -> ExitCode {
    let begin = Instant::now();
    let all: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let arguments: Option<Vec<&str>> = all.iter().map(|word| word.to_str()).collect();
    let shell = std::env::var(VARIABLE).unwrap_or_default();
    let answered = match (shell.as_str(), arguments.as_deref()) {
        (_, None) => Ok(()),
        ("bash", Some([line, text, how])) => for_bash(line, text, how, begin),
        ("zsh", Some([before @ .., word])) => described(before, word, begin),
        ("fish", Some([before @ .., word])) => described(before, &quoting::word(word), begin),
        ("bash" | "zsh" | "fish", _) => Ok(()),
        (_, Some(words)) => {
            let question = Question::new(words, begin).with_plain_names();
            let complete = CompleteEnv::with_factory(|| tree::command(words, &question));
            let complete = complete.var(VARIABLE).bin("tapis");
            let folder = std::env::current_dir().ok();
            complete.try_complete(std::env::args_os(), folder.as_deref()).map(drop).map_err(drop)
        }
    };
    match answered {
        Ok(()) => Exit::Done.into(),
        Err(()) => Exit::Failed.into(),
    }
}

/// What fits the last word, and the part of it that begins the name of a local file, if one can stand there.
fn complete(words: &[&str], begin: Instant) -> Option<(Vec<CompletionCandidate>, Option<String>)> {
    let question = Question::new(words, begin);
    let mut command = tree::command(words, &question);
    let arguments = words.iter().map(OsString::from).collect();
    let last = words.len().checked_sub(1)?;
    let found = clap_complete::engine::complete(&mut command, arguments, last, None);
    let (mut found, file) = (found.ok()?, question.into_file());
    let is_option =
        |one: &CompletionCandidate| one.get_value().as_encoded_bytes().starts_with(b"-");
    // Nobody who has typed nothing yet looks for an option among names.
    if words[last].is_empty() && (file.is_some() || !found.iter().all(is_option)) {
        found.retain(|one| !is_option(one));
    }
    Some((found, file))
}

/// The first line is `words`, or `files:` and the beginning of the word that is not of the file's name. Then come the
/// words with what they mean behind a tab.
fn described(before: &[&str], word: &str, begin: Instant) -> Result<(), ()> {
    let words: Vec<&str> = before.iter().copied().chain([word]).collect();
    let (found, file) = complete(&words, begin).ok_or(())?;
    let mut lines = vec![first_line(file.and_then(|file| word.strip_suffix(&*file)))];
    lines.extend(found.iter().filter_map(|one| {
        let value = one.get_value().to_str()?;
        let help = one.get_help().map(ToString::to_string).unwrap_or_default();
        match help.lines().next() {
            Some(help) => Some(format!("{value}\t{}", printable(help))),
            None => Some(value.to_owned()),
        }
    }));
    write(&lines)
}

/// bash says what was typed, what of it will be replaced, and why it asks. It inserts the answer as it is: quoted, and
/// with a space where the word ends. The first line is that of [`described`].
fn for_bash(line: &str, text: &str, how: &str, begin: Instant) -> Result<(), ()> {
    /// bash lists the possible words, and inserts none of them.
    const LISTS: &str = "63";
    let (words, quote) = quoting::split(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Of `tapis://a`, bash replaces what follows the colon.
    let kept = words.last().and_then(|word| word.strip_suffix(&*quoting::rest(text, quote)));
    let kept = kept.ok_or(())?;
    let (found, file) = complete(&words, begin).ok_or(())?;
    let values = found.iter().filter_map(|one| one.get_value().to_str()?.strip_prefix(kept));
    let mut values: Vec<String> = match how == LISTS && found.len() > 1 {
        true => values.map(|value| remote::last_part(value).to_owned()).collect(),
        false => values.filter_map(|value| quoting::bash(value, quote)).collect(),
    };
    let whole = words.last().copied().unwrap_or_default();
    let mut file = file.and_then(|file| whole.strip_suffix(&*file)?.strip_prefix(kept));
    if quote != Quote::None && file.is_some() {
        // bash can put the names of its files into open quotes, but not together with other words.
        values.clear();
        file = file.filter(|prefix| prefix.is_empty());
    }
    values.insert(0, first_line(file));
    write(&values)
}

fn first_line(prefix: Option<&str>) -> String {
    prefix.map_or_else(|| "words".to_owned(), |prefix| format!("files:{prefix}"))
}

fn write(lines: &[String]) -> Result<(), ()> {
    let text = lines.join("\n") + "\n";
    std::io::stdout().write_all(text.as_bytes()).map_err(drop)
}
