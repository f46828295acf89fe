//! Missing documentation is allowed in generated modules and nowhere else.

use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use serde_json::Value;

use super::{Section, manifests, source};

pub(crate) fn check(root: &Path, metadata: &Value) -> Section {
    let mut section = Section::new("Allowances");
    let mut generated = 0;
    for member in manifests::members(metadata) {
        let manifest = Path::new(member["manifest_path"].as_str().unwrap_or_default());
        let Some(folder) = manifest.parent() else { continue };
        for path in source::files(folder) {
            match source::tokens(&path) {
                Ok(tokens) => {
                    let found = allowances(tokens);
                    generated += found.generated;
                    for item in found.elsewhere {
                        section.finding(format!(
                            "{}: missing_docs is allowed on `{item}`, which is not a generated module",
                            path.strip_prefix(root).unwrap_or(&path).display()
                        ));
                    }
                }
                Err(error) => section.finding(format!("{error:#}")),
            }
        }
    }
    section.line(format!("missing_docs is allowed on {generated} generated modules"));
    section
}

/// Where missing documentation is allowed.
#[derive(Default)]
struct Allowances {
    /// How often on a generated module.
    generated: usize,
    /// The beginnings of what else it is allowed on.
    elsewhere: Vec<String>,
}

fn allowances(tokens: TokenStream) -> Allowances {
    let mut found = Allowances::default();
    visit(tokens, &mut found);
    found
}

fn visit(tokens: TokenStream, found: &mut Allowances) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        match attribute(&tokens[..index]) {
            Some(place) if allows_missing_docs(group) => {
                let after = &tokens[index + 1..];
                let generated = match place {
                    Place::Inner => includes_generated(&tokens),
                    Place::Outer => on_generated_module(after),
                };
                if generated {
                    found.generated += 1;
                } else {
                    found.elsewhere.push(beginning(after));
                }
            }
            _ => visit(group.stream(), found),
        }
    }
}

/// The first words after an attribute.
fn beginning(tokens: &[TokenTree]) -> String {
    let words = tokens.iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.take(3).collect::<Vec<_>>().join(" ")
}

/// Whether an attribute stands before its item or inside it.
enum Place {
    Outer,
    Inner,
}

/// Whether what comes before a group makes it an attribute.
fn attribute(before: &[TokenTree]) -> Option<Place> {
    let is =
        |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(p) if p.as_char() == mark);
    match before {
        [.., hash, bang] if is(hash, '#') && is(bang, '!') => Some(Place::Inner),
        [.., hash] if is(hash, '#') => Some(Place::Outer),
        _ => None,
    }
}

/// Whether the attribute is `allow(…)` or `expect(…)` with `missing_docs` in it.
fn allows_missing_docs(attribute: &Group) -> bool {
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Group(lints), ..] => {
            (name == "allow" || name == "expect") && has(lints.stream(), "missing_docs")
        }
        _ => false,
    }
}

fn has(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident == word))
}

/// Whether the item that `tokens` begin with is a module of generated code.
fn on_generated_module(tokens: &[TokenTree]) -> bool {
    let mut is_module = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "mod" => is_module = true,
            TokenTree::Group(group) if is_module && group.delimiter() == Delimiter::Brace => {
                return includes_generated(&group.stream().into_iter().collect::<Vec<_>>());
            }
            TokenTree::Ident(word) if !is_module && word != "pub" => return false,
            TokenTree::Punct(mark) if mark.as_char() == ';' => return false,
            _ => {}
        }
    }
    false
}

/// Whether the module's tokens have an `include!` of something from the build's output folder.
fn includes_generated(module: &[TokenTree]) -> bool {
    module.windows(3).any(|three| match three {
        [TokenTree::Ident(include), TokenTree::Punct(_), TokenTree::Group(path)] => {
            include == "include" && path.to_string().contains("\"OUT_DIR\"")
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> (usize, Vec<String>) {
        let found = allowances(text.parse().unwrap());
        (found.generated, found.elsewhere)
    }

    const INCLUDE: &str = r#"include!(concat!(env!("OUT_DIR"), "/generated.rs"));"#;

    #[test]
    fn generated_modules_may_go_without_documentation() {
        let outer =
            format!("#[allow(missing_docs, clippy::all)]\npub(crate) mod g {{ {INCLUDE} }}");
        assert_eq!(counted(&outer), (1, vec![]));
        let inner = format!("mod g {{ #![allow(missing_docs, reason = \"r\")] {INCLUDE} }}");
        assert_eq!(counted(&inner), (1, vec![]));
    }

    #[test]
    fn nothing_else_may() {
        for (text, item) in [
            ("#[allow(missing_docs)]\npub enum E { A }", "pub enum E"),
            ("#![allow(missing_docs)] use a::b;", "use a b"),
            ("#[allow(missing_docs)] mod hand_written { pub struct S; }", "mod hand_written"),
            ("#[allow(missing_docs)] mod elsewhere;", "mod elsewhere"),
            ("#[expect(missing_docs)] #[inline] pub fn f() {}", "pub fn f"),
        ] {
            assert_eq!(counted(text), (0, vec![item.to_owned()]), "{text}");
        }
        let nested = format!("mod m {{ #[allow(missing_docs)] pub fn f() {{}} {INCLUDE} }}");
        assert_eq!(counted(&nested), (0, vec!["pub fn f".to_owned()]));
    }

    #[test]
    fn other_lints_words_and_strings_do_not_count() {
        let text = "// #[allow(missing_docs)]\n#[allow(dead_code)] const S: &str = \"#[allow(missing_docs)]\";";
        assert_eq!(counted(text), (0, vec![]));
    }
}
