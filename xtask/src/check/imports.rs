//! The imports between the files of a crate, read from their tokens.
//!
//! An edge leads to the file that defines the item: imports and re-exports are followed. `mod x;`
//! is not an edge, and neither is a `pub use` whose name the file does not use itself. Not
//! recognised are: methods and fields, paths in strings (`#[serde(with = "…")]`), the output of
//! macros, `#[path]`, modules inside functions, and names that a generated file defines, which
//! count for the file that includes it. Ignored are `#[cfg(test)]` and quoted tokens, which are
//! code of another crate.
//!
//! An edge leads to the file that defines the item: imports and re-exports are followed. `mod x;` is no
//! edge, and neither is a `pub use` whose name the file does not use itself. Not seen are: methods and
//! fields, paths in strings (`#[serde(with = "…")]`), what a macro makes of its tokens, `#[path]`, modules
//! inside of functions, and names that a generated file defines, which count as of the file that
//! includes it. Left out are `#[cfg(test)]` and what is quoted, which is the code of another crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::source;

/// For each file, the files that it imports from, each with an example of a path.
pub(crate) type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// The imports between the files below `sources`; `roots` are files such as `lib.rs` and `main.rs`.
pub(crate) fn imports(sources: &Path, roots: &[PathBuf]) -> Result<Imports> {
    let mut tree = Tree::default();
    for root in roots {
        let folder = root.parent().unwrap_or(sources).to_owned();
        tree.read(sources, root, folder, None)?;
    }
    Ok(tree.imports())
}

#[derive(Default)]
struct Tree {
    modules: Vec<Module>,
}

struct Module {
    file: String,
    /// The directory of its modules' files.
    folder: PathBuf,
    parent: Option<usize>,
    modules: BTreeMap<String, usize>,
    /// The items defined here, each with its file.
    items: BTreeMap<String, String>,
    uses: Vec<Use>,
    paths: BTreeSet<Vec<String>>,
}

struct Use {
    path: Vec<String>,
    /// `None` for all names.
    name: Option<String>,
    exported: bool,
}

enum Found {
    Module(usize),
    File(String),
    Foreign,
}

impl Tree {
    fn read(
        &mut self,
        sources: &Path,
        path: &Path,
        folder: PathBuf,
        parent: Option<usize>,
    ) -> Result<usize> {
        let file = path.strip_prefix(sources).unwrap_or(path).display().to_string();
        let module = self.add(file, folder, parent);
        self.scan(sources, module, source::tokens(path)?, true)?;
        Ok(module)
    }

    fn add(&mut self, file: String, folder: PathBuf, parent: Option<usize>) -> usize {
        self.modules.push(Module {
            file,
            folder,
            parent,
            modules: BTreeMap::new(),
            items: BTreeMap::new(),
            uses: Vec::new(),
            paths: BTreeSet::new(),
        });
        self.modules.len() - 1
    }

    /// Records the declarations and names in the tokens of a module; `items` are those outside of
    /// any body.
    fn scan(
        &mut self,
        sources: &Path,
        module: usize,
        tokens: TokenStream,
        items: bool,
    ) -> Result<()> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let (before, after) = (&tokens[..at], &tokens[at + 1..]);
            at += 1;
            if let TokenTree::Group(group) = token {
                let tokens = group.stream();
                if is_attribute(before) && only_tests(tokens.clone()) {
                    at += item(after);
                } else if !is_quoted(before) {
                    self.scan(sources, module, tokens, items && in_macro(before))?;
                }
            }
            let TokenTree::Ident(word) = token else { continue };
            let word = word.to_string();
            match (word.as_str(), after) {
                ("mod", [TokenTree::Ident(name), end, ..]) if items => {
                    let name = name.to_string();
                    let folder = self.modules[module].folder.join(&name);
                    let child = match end {
                        TokenTree::Group(body) => {
                            let file = self.modules[module].file.clone();
                            let child = self.add(file, folder, Some(module));
                            self.scan(sources, child, body.stream(), true)?;
                            child
                        }
                        _ => {
                            let file = folder.with_extension("rs");
                            let file = if file.exists() { file } else { folder.join("mod.rs") };
                            self.read(sources, &file, folder, Some(module))?
                        }
                    };
                    self.modules[module].modules.insert(name, child);
                    at += 2;
                }
                ("use", [first, ..]) if !is(first, '<') => {
                    let end = after.iter().position(|token| is(token, ';'));
                    let end = end.unwrap_or(after.len());
                    let exported = match before {
                        [.., TokenTree::Ident(word)] => word == "pub",
                        [.., TokenTree::Ident(word), TokenTree::Group(_)] => word == "pub",
                        _ => false,
                    };
                    let uses = &mut self.modules[module].uses;
                    declared(&after[..end], Vec::new(), exported, uses);
                    at += end;
                }
                (
                    "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static",
                    [TokenTree::Ident(name), ..],
                ) if items => {
                    let file = self.modules[module].file.clone();
                    self.modules[module].items.insert(name.to_string(), file);
                }
                ("macro_rules", [_, TokenTree::Ident(name), ..]) => {
                    let file = self.modules[module].file.clone();
                    for scope in [module, self.root(module)] {
                        let items = &mut self.modules[scope].items;
                        items.entry(name.to_string()).or_insert_with(|| file.clone());
                    }
                    at += 2;
                }
                _ if begins_path(before, &word) => {
                    let mut path = vec![word];
                    while let [a, b, TokenTree::Ident(next), ..] = &tokens[at..]
                        && is(a, ':')
                        && is(b, ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    self.modules[module].paths.insert(path);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn root(&self, module: usize) -> usize {
        self.modules[module].parent.map_or(module, |parent| self.root(parent))
    }

    fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (index, module) in self.modules.iter().enumerate() {
            let own = imports.entry(module.file.clone()).or_default();
            let uses = module.uses.iter().filter(|import| !import.exported);
            let uses = uses.map(|import| (&import.path, import.name.is_none()));
            for (path, scope) in uses.chain(module.paths.iter().map(|path| (path, false))) {
                match self.resolve(index, path, scope, &mut BTreeSet::new()) {
                    Found::File(file) if file != module.file => {
                        own.entry(file).or_insert_with(|| path.join("::"));
                    }
                    _ => {}
                }
            }
        }
        imports
    }

    /// The item that a path leads to; with `scope`, the path is a prefix of another one.
    fn resolve(&self, from: usize, path: &[String], scope: bool, seen: &mut Seen) -> Found {
        let mut at = from;
        for (index, name) in path.iter().enumerate() {
            let scope = scope || index + 1 < path.len();
            at = match name.as_str() {
                "crate" => self.root(at),
                "self" => at,
                "super" => match self.modules[at].parent {
                    Some(parent) => parent,
                    None => return Found::Foreign,
                },
                name => match self.look_up(at, name, scope, seen) {
                    Some(Found::Module(module)) => module,
                    Some(found) => return found,
                    None if index == 0 => return Found::Foreign,
                    None => return Found::File(self.modules[at].file.clone()),
                },
            };
        }
        Found::Module(at)
    }

    fn look_up(&self, at: usize, name: &str, scope: bool, seen: &mut Seen) -> Option<Found> {
        if !seen.insert((at, name.to_owned(), scope)) {
            return None;
        }
        let module = &self.modules[at];
        let child = module.modules.get(name).map(|child| Found::Module(*child));
        if scope && child.is_some() {
            return child;
        }
        if let Some(file) = module.items.get(name) {
            return Some(Found::File(file.clone()));
        }
        if let Some(import) = module.uses.iter().find(|u| u.name.as_deref() == Some(name)) {
            return Some(self.resolve(at, &import.path, scope, seen));
        }
        child.or_else(|| {
            let all = module.uses.iter().filter(|import| import.name.is_none());
            all.into_iter().find_map(|import| match self.resolve(at, &import.path, true, seen) {
                Found::Module(other) => self.look_up(other, name, scope, seen),
                _ => None,
            })
        })
    }
}

/// The names that have been looked up on the way, with their module and purpose.
type Seen = BTreeSet<(usize, String, bool)>;

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn is_attribute(before: &[TokenTree]) -> bool {
    before.last().is_some_and(|token| is(token, '#'))
}

/// Whether a group is the argument of `quote!` or a similar macro.
fn is_quoted(before: &[TokenTree]) -> bool {
    let [.., TokenTree::Ident(name), bang] = before else { return false };
    is(bang, '!') && name.to_string().contains("quote")
}

/// Whether a group is the argument or the output of a macro.
fn in_macro(before: &[TokenTree]) -> bool {
    match before {
        [.., bang] if is(bang, '!') => true,
        [.., bang, TokenTree::Ident(_)] if is(bang, '!') => true,
        [.., a, b] => is(a, '=') && is(b, '>'),
        _ => false,
    }
}

/// Whether an attribute is `cfg(test)` or `cfg(all(test, …))`.
fn only_tests(attribute: TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// The number of tokens of the item that starts here.
fn item(tokens: &[TokenTree]) -> usize {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is(token, ';'),
    });
    end.map_or(tokens.len(), |end| end + 1)
}

/// Whether a word can start a path: it is not a field or method, and not inside a path.
fn begins_path(before: &[TokenTree], word: &str) -> bool {
    match before {
        [.., a, b] if is(a, '.') && is(b, '.') => true,
        [.., a, b] if is(a, ':') && is(b, ':') => false,
        [.., a] => !is(a, '.') && !is(a, '\'') && (!is(a, '$') || word == "crate"),
        [] => true,
    }
}

/// The names that a `use` declares.
fn declared(tokens: &[TokenTree], mut path: Vec<String>, exported: bool, uses: &mut Vec<Use>) {
    let mut name = None;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "as" => {
                name = tokens.get(index + 1).map(ToString::to_string);
                break;
            }
            TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Group(group) => {
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                for one in tokens.split(|token| is(token, ',')).filter(|one| !one.is_empty()) {
                    declared(one, path.clone(), exported, uses);
                }
                return;
            }
            token if is(token, '*') => return uses.push(Use { path, name: None, exported }),
            _ => {}
        }
    }
    if let Some(name) = name.or_else(|| path.last().cloned()) {
        uses.push(Use { path, name: Some(name), exported });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The edges of a crate with these files, as `a.rs b.rs path`.
    fn edges(files: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let imports = imports(root.path(), &[root.path().join("lib.rs")]).unwrap();
        let others = |(file, others): (String, BTreeMap<String, String>)| {
            others.into_iter().map(move |(other, path)| format!("{file} {other} {path}"))
        };
        imports.into_iter().flat_map(others).collect()
    }

    /// The edges of a crate in which `a.rs` has this text, beside `b.rs` with an item and `c/` with
    /// more.
    fn from(text: &str) -> Vec<String> {
        edges(&[
            ("lib.rs", "mod a; mod b; mod c; pub use b::Item; use std::fmt;"),
            ("a.rs", text),
            ("b.rs", "pub(crate) struct Item; #[macro_export] macro_rules! make { () => {} }"),
            ("c/mod.rs", "mod d; pub(crate) use d::{Deep as Deeper, self}; pub(crate) use d::*;"),
            ("c/d.rs", "pub struct Deep; pub fn dig() {}"),
        ])
    }

    #[test]
    fn declaring_a_module_or_passing_its_items_on_is_no_edge() {
        assert!(from("").is_empty());
    }

    #[test]
    fn an_edge_leads_to_the_file_that_defines_the_item() {
        for (text, edge) in [
            ("use crate::b::Item;", "b.rs crate::b::Item"),
            ("use super::Item;", "b.rs super::Item"),
            ("use crate::{fmt, c::{Deeper as D}};", "c/d.rs crate::c::Deeper"),
            ("use crate::c::dig;", "c/d.rs crate::c::dig"),
            ("use crate::c; fn f() { c::d::dig() }", "c/d.rs c::d::dig"),
            ("use crate::c::*; fn f() { dig() }", "c/d.rs dig"),
            ("fn f() { crate::c::unknown() }", "c/mod.rs crate::c::unknown"),
            ("fn f() { use super::b::Item; }", "b.rs super::b::Item"),
            ("mod inner { use super::super::b::Item; }", "b.rs super::super::b::Item"),
            ("crate::make!();", "b.rs crate::make"),
            ("macro_rules! m { () => { $crate::b::Item } }", "b.rs crate::b::Item"),
            ("fn f() { assert!(1 == crate::b::Item::ONE) }", "b.rs crate::b::Item::ONE"),
        ] {
            assert_eq!(from(text), [format!("a.rs {edge}")], "{text}");
        }
    }

    #[test]
    fn an_item_that_a_macro_is_given_or_makes_is_of_the_file_with_the_macro() {
        for text in [
            "given! { struct Made; }",
            "macro_rules! given { ($($x:tt)*) => { $(#[$x])* struct Made; } } given!();",
        ] {
            let files = [("lib.rs", "mod a; mod b; use b::*;"), ("a.rs", "use crate::Made;")];
            assert_eq!(edges(&[&files[..], &[("b.rs", text)]].concat()), ["a.rs b.rs crate::Made"]);
        }
    }

    #[test]
    fn a_file_that_uses_the_modules_that_it_declares_imports_from_them() {
        assert_eq!(
            edges(&[
                ("lib.rs", "mod a; pub use a::Item; fn f(i: Item) { a::f(i) } pub struct Own;"),
                ("a.rs", "use super::Own; pub struct Item; pub fn f(_: Item) {}"),
            ]),
            ["a.rs lib.rs super::Own", "lib.rs a.rs Item"]
        );
    }

    #[test]
    fn other_crates_tests_and_quoted_code_are_no_edges() {
        for text in [
            "use std::fmt; use ::b::Item; use b::Item; fn f(x: X) { x.c::<u8>(); std::b::c() }",
            "#[cfg(test)] mod tests { use crate::b::Item; }",
            "#[cfg(all(test, unix))] fn f(_: crate::b::Item) {}",
            "fn f() { quote!(crate::b::Item) }",
            "// crate::b::Item\nconst S: &str = \"crate::b::Item\";",
        ] {
            assert!(from(text).is_empty(), "{text}");
        }
    }
}
