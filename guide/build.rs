//! Turns the Rust code of the README and of the guide's chapters into functions, which the test `snippets`
//! runs. `guide/README.md` says what the words after the three backticks mean.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The address that stands in the guide, and what stands for it in a snippet: that of the mock. A client moves
/// the mock's clock where it pauses, so that nothing takes time.
const ADDRESS: [(&str, &str); 2] = [
    ("Tapis::builder(\"https://tacc.tapis.io\")", "SNIPPET.builder()"),
    ("\"https://tacc.tapis.io\"", "&SNIPPET.base_url()"),
];

/// A fenced block of a page.
struct Block {
    /// The line of its opening fence.
    line: usize,
    language: String,
    options: Vec<String>,
    text: String,
}

impl Block {
    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|given| given == option)
    }
}

fn main() {
    let mut pages = vec![PathBuf::from("../README.md")];
    let chapters = fs::read_dir("src").unwrap().map(|entry| entry.unwrap().path());
    pages.extend(chapters.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages.sort();
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../README.md");
    let (mut modules, mut files) = (String::new(), String::new());
    for page in &pages {
        let blocks = blocks(page, &fs::read_to_string(page).unwrap());
        write!(modules, "mod {} {{\n{}}}\n", module(page), snippets(page, &blocks)).unwrap();
        let (code, rest): (Vec<_>, Vec<_>) =
            blocks.iter().partition(|block| block.language == "rust");
        for block in rest.iter().filter(|_| !code.is_empty()) {
            for name in &block.options {
                writeln!(files, "({name:?}, {:?}),", block.text).unwrap();
            }
        }
    }
    let code = format!("{modules}pub(crate) static FILES: &[(&str, &str)] = &[{files}];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("snippets.rs"), code).unwrap();
}

fn module(page: &Path) -> String {
    page.file_stem().unwrap().to_str().unwrap().to_lowercase().replace('-', "_")
}

fn blocks(page: &Path, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                let mut words = info.split([',', ' ']).filter(|word| !word.is_empty());
                open = Some(Block {
                    line: number + 1,
                    language: words.next().unwrap_or_default().to_owned(),
                    options: words.map(str::to_owned).collect(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block has no end", page.display());
    blocks
}

/// A module with a test for each block of Rust. A block of `text` is the output of the Rust before it.
fn snippets(page: &Path, blocks: &[Block]) -> String {
    let mut code = String::new();
    for (index, block) in blocks.iter().enumerate() {
        let place = format!("{}:{}", page.display(), block.line);
        if block.language == "text" {
            let before = index.checked_sub(1).and_then(|before| blocks.get(before));
            assert!(before.is_some_and(|b| b.language == "rust"), "{place}: the output of what?");
        }
        if block.language != "rust" {
            continue;
        }
        let known = ["blocking", "env", "job"];
        let unknown = block.options.iter().find(|option| !known.contains(&option.as_str()));
        assert!(unknown.is_none(), "{place}: unknown option {unknown:?}");
        let output = blocks.get(index + 1).filter(|next| next.language == "text");
        let output = output.map(|output| output.text.as_str());
        let name = format!("snippets::{}::line_{}::runs", module(page), block.line);
        let replace = |text: String, (from, to): (&str, &str)| text.replace(from, to);
        let text = ADDRESS.into_iter().fold(block.text.clone(), replace);
        let (items, run) = if text.contains("fn main(") {
            (text, "run_main(&SNIPPET, || main()).await")
        } else {
            let before = match block.has("job") {
                true => "let uuid = &*finished_job(t).await?;\n",
                false => "",
            };
            let (head, run) = if block.has("blocking") {
                let run = "run_blocking(&SNIPPET, snippet).await";
                ("fn snippet(t: &Tapis, mock: &MockTapis)", run)
            } else if block.has("env") {
                let run = "run_with_environment(&SNIPPET, |t| Box::pin(snippet(t))).await";
                ("async fn snippet(t: &Tapis)", run)
            } else {
                let run = "run(&SNIPPET, |t, mock| Box::pin(snippet(t, mock))).await";
                ("async fn snippet(t: &Tapis, mock: &MockTapis)", run)
            };
            (format!("{head} -> Outcome {{\n{before}{text}Ok(())\n}}"), run)
        };
        write!(
            code,
            "mod line_{} {{
                use crate::support::*;
                static SNIPPET: Snippet = Snippet::new({place:?}, {name:?}, {output:?});
                macro_rules! println {{
                    ($($text:tt)*) => {{ SNIPPET.print(&(format!($($text)*) + \"\\n\")) }};
                }}
                macro_rules! print {{
                    ($($text:tt)*) => {{ SNIPPET.print(&format!($($text)*)) }};
                }}
                fn open_in_browser(url: &str) {{ SNIPPET.open_in_browser(url) }}
                fn enter_in_browser(code: &str) {{ SNIPPET.enter_in_browser(code) }}
                {items}
                #[tokio::test]
                async fn runs() {{ {run} }}
            }}\n",
            block.line
        )
        .unwrap();
    }
    code
}
