//! Generated code, read again, so that a test can ask what is in it.

use quote::ToTokens;
use serde_json::Value;
use syn::{Attribute, Expr, Fields, ImplItem, Item, ItemStruct, Lit, Meta, Type};

/// The generated code of one document.
pub struct Code {
    pub text: String,
    file: syn::File,
}

/// A field or a method.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    /// The lines of its documentation.
    pub doc: String,
    /// Its attributes but for the documentation, as [`brief`] text.
    pub attributes: String,
    /// The type of a field, all of a method, as [`brief`] text.
    pub text: String,
}

impl Code {
    /// Generates and reads.
    pub fn of(document: &Value) -> Self {
        tapis_codegen::verify(document).unwrap();
        Self::read(&document.to_string())
    }

    /// Generates from a text and reads.
    pub fn read(document: &str) -> Self {
        let text = tapis_codegen::generate("birds", document).unwrap();
        let file = syn::parse_file(&text).unwrap();
        Self { text: prettyplease::unparse(&file), file }
    }

    /// The items of a module such as `types::builder`, or of the file.
    fn items(&self, module: &str) -> &[Item] {
        let names = module.split("::").filter(|name| !name.is_empty());
        names.fold(&self.file.items, |items, name| {
            let inner = items.iter().find_map(|item| match item {
                Item::Mod(module) if module.ident == name => module.content.as_ref(),
                _ => None,
            });
            &inner.unwrap_or_else(|| panic!("no module {name}")).1
        })
    }

    /// The names of the structs and enums that a module defines without a macro.
    pub fn types(&self, module: &str) -> Vec<String> {
        let names = self.items(module).iter().filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        });
        names.collect()
    }

    /// The struct or enum as [`brief`] text, attributes included.
    pub fn definition(&self, module: &str, name: &str) -> String {
        let found = self.items(module).iter().find(|item| match item {
            Item::Struct(item) => item.ident == name,
            Item::Enum(item) => item.ident == name,
            Item::Static(item) => item.ident == name,
            _ => false,
        });
        brief(found.unwrap_or_else(|| panic!("no {name} in {module}")))
    }

    fn structure(&self, module: &str, name: &str) -> &ItemStruct {
        let found = self.items(module).iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == name => Some(item),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no struct {name} in {module}"))
    }

    /// What is documented of the struct.
    pub fn doc(&self, module: &str, name: &str) -> String {
        doc(&self.structure(module, name).attrs)
    }

    /// The field of a struct.
    pub fn field(&self, module: &str, name: &str, field: &str) -> Member {
        let Fields::Named(fields) = &self.structure(module, name).fields else {
            panic!("{name} has no named fields")
        };
        let found = fields.named.iter().find(|f| f.ident.as_ref().is_some_and(|i| i == field));
        let found = found.unwrap_or_else(|| panic!("no field {field} in {name}"));
        Member {
            name: field.to_owned(),
            doc: doc(&found.attrs),
            attributes: attributes(&found.attrs),
            text: brief(&found.ty),
        }
    }

    /// The methods of a type that are not of a trait.
    pub fn methods(&self, module: &str, name: &str) -> Vec<Member> {
        let mut methods = Vec::new();
        for item in self.items(module) {
            let Item::Impl(item) = item else { continue };
            let Type::Path(of) = item.self_ty.as_ref() else { continue };
            if item.trait_.is_some() || !of.path.is_ident(name) {
                continue;
            }
            methods.extend(item.items.iter().filter_map(|item| match item {
                ImplItem::Fn(method) => Some(Member {
                    name: method.sig.ident.to_string(),
                    doc: doc(&method.attrs),
                    attributes: attributes(&method.attrs),
                    text: format!("{} {}", brief(&method.sig), brief(&method.block)),
                }),
                _ => None,
            }));
        }
        methods
    }

    /// The method of a type.
    pub fn method(&self, module: &str, name: &str, method: &str) -> Member {
        let found = self.methods(module, name).into_iter().find(|m| m.name == method);
        found.unwrap_or_else(|| panic!("no method {method} of {name}"))
    }

    /// The names of the methods of a type.
    pub fn method_names(&self, module: &str, name: &str) -> Vec<String> {
        self.methods(module, name).into_iter().map(|method| method.name).collect()
    }

    /// How `object` has a struct read and write a field: its kind, and its name in JSON.
    pub fn property(&self, object: &str, field: &str) -> (String, String) {
        let objects = self.calls("types", "object");
        let properties = objects
            .iter()
            .find_map(|text| text.strip_prefix(object)?.strip_prefix('{')?.strip_suffix('}'))
            .unwrap_or_else(|| panic!("{object} is no object"));
        let found = properties.split(',').find_map(|property| {
            match property.split(' ').collect::<Vec<_>>()[..] {
                [_, kind, name, wire] if name == field => {
                    Some((kind.to_owned(), wire.trim_matches('"').to_owned()))
                }
                _ => None,
            }
        });
        found.unwrap_or_else(|| panic!("no property {field} in {properties}"))
    }

    /// What a macro such as `open_enum` is called with, as [`brief`] text without documentation.
    pub fn calls(&self, module: &str, name: &str) -> Vec<String> {
        let calls = self.items(module).iter().filter_map(|item| match item {
            Item::Macro(item) if item.mac.path.segments.last()?.ident == name => {
                Some(without_docs(&brief(&item.mac.tokens)))
            }
            _ => None,
        });
        calls.collect()
    }
}

/// The code without white space around punctuation and without the paths of what everybody knows.
pub fn brief(code: &impl ToTokens) -> String {
    let text = code.to_token_stream().to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut brief = String::new();
    for word in words {
        let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
        if brief.ends_with(joins) && word.starts_with(joins) {
            brief.push(' ');
        }
        brief.push_str(word);
    }
    for path in ["::std::option::", "::std::string::", "::std::vec::", "::tapis_core::"] {
        brief = brief.replace(path, "");
    }
    brief.replace(",}", "}").replace(",)", ")").replace(",]", "]")
}

/// The text without its `#[doc = "…"]`.
fn without_docs(text: &str) -> String {
    let mut parts = text.split("#[doc=\"");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        rest.push_str(part.split_once("\"]").map_or("", |(_, after)| after));
    }
    rest
}

fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn attributes(attributes: &[Attribute]) -> String {
    attributes.iter().filter(|a| !a.path().is_ident("doc")).map(brief).collect()
}
