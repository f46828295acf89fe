//! The public names of the generated clients with their signatures, one per line, in
//! `specs/names/<service>.txt`. Their diff shows changes for programs. The changelog must announce
//! names that are removed or changed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, Fields, FnArg, Ident, ImplItem, Item, ItemEnum, ItemImpl, LitStr, ReturnType,
    Signature, Token, Type, Visibility,
};

/// The file of a service, below `specs/`.
pub(crate) fn file(service: &str) -> PathBuf {
    PathBuf::from(format!("names/{service}.txt"))
}

/// The names of the client that is generated from a document.
pub(crate) fn of(service: &str, document: &str) -> Result<String> {
    let code = tapis_codegen::generate(service, document)?;
    let file = syn::parse_file(&code).context("the generated code is not Rust")?;
    let mut lines = BTreeSet::new();
    items("", &file.items, &mut lines)
        .with_context(|| format!("{service}: the generated code cannot be listed"))?;
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// The lines of `before` that are missing in `now` and that the changelog does not announce. It
/// announces a name, or the item that contains it, as code in the unreleased section, such as
/// `jobs::types::Job`. A change to a whole module of all services, because of the generator, is
/// `*::calls`.
pub(crate) fn unannounced<'a>(
    service: &str,
    before: &'a str,
    now: &str,
    changelog: &str,
) -> Vec<&'a str> {
    let now: BTreeSet<&str> = now.lines().collect();
    let announced = announced(&service.replace('-', "_"), changelog);
    let gone = before.lines().filter(|line| !now.contains(line));
    gone.filter(|line| !is_announced(line, &announced)).collect()
}

/// The names that the changelog announces for a service, without the service.
fn announced<'a>(service: &str, changelog: &'a str) -> BTreeSet<&'a str> {
    let unreleased = changelog.split("\n## ").find(|part| {
        part.lines().next().is_some_and(|title| title.to_lowercase().contains("unreleased"))
    });
    let code = unreleased.unwrap_or_default().split('`').skip(1).step_by(2);
    code.filter_map(|name| {
        let (of, name) = name.split_once("::")?;
        (of == service && name.contains("::") || of == "*").then_some(name)
    })
    .collect()
}

fn is_announced(line: &str, announced: &BTreeSet<&str>) -> bool {
    announced.iter().any(|name| {
        line.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

fn items(module: &str, items: &[Item], lines: &mut BTreeSet<String>) -> Result<()> {
    for item in items {
        match item {
            Item::Mod(inner) => {
                let content = inner.content.as_ref().map_or(&[][..], |(_, items)| items);
                self::items(&format!("{module}{}::", inner.ident), content, lines)?;
            }
            Item::Struct(item) if public(&item.vis) => {
                let name = format!("{module}{}", item.ident);
                lines.insert(format!("{name}: struct{}", derived(&item.attrs)));
                fields(&name, &item.fields, lines);
            }
            Item::Enum(item) if public(&item.vis) => enumeration(module, item, lines),
            Item::Static(item) if public(&item.vis) => {
                lines.insert(format!("{module}{}: {}", item.ident, brief(&item.ty)));
            }
            Item::Impl(item) => implementation(module, item, lines),
            Item::Macro(item) => {
                let tokens = item.mac.tokens.clone();
                let called = item.mac.path.segments.last().map(|last| last.ident.to_string());
                match called.unwrap_or_default().as_str() {
                    "open_enum" => enumeration(module, &syn::parse2(tokens)?, lines),
                    "tagged_union" => {
                        let Tagged { name, property, variants } = syn::parse2(tokens)?;
                        lines.insert(format!("{module}{name}: enum by {property:?}"));
                        for (tag, variant, ty) in variants {
                            let ty = brief(&ty);
                            lines.insert(format!("{module}{name}::{variant}({ty}) = {tag:?}"));
                        }
                    }
                    "operation" => {
                        let Call { name, output } = syn::parse2(tokens)?;
                        lines.insert(format!("{module}{name} -> {}", brief(&output)));
                    }
                    "from_json" => {
                        let JsonType { direction, name } = syn::parse2(tokens)?;
                        lines.insert(format!("{module}{name}::from_json: {direction}"));
                    }
                    "from_reply" => {
                        let Conversion { reply, request } = syn::parse2(tokens)?;
                        lines.insert(format!("{module}{request}: TryFrom<{reply}>"));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn fields(name: &str, fields: &Fields, lines: &mut BTreeSet<String>) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| public(&field.vis)) {
        let field_name = field.ident.as_ref().map_or_else(|| index.to_string(), Ident::to_string);
        lines.insert(format!("{name}.{field_name}: {}", brief(&field.ty)));
    }
}

fn enumeration(module: &str, item: &ItemEnum, lines: &mut BTreeSet<String>) {
    let name = format!("{module}{}", item.ident);
    lines.insert(format!("{name}: enum"));
    for variant in &item.variants {
        let text = variant.discriminant.as_ref().map(|(_, text)| format!(" = {}", brief(text)));
        let (variant, fields, text) =
            (&variant.ident, brief(&variant.fields), text.unwrap_or_default());
        lines.insert(format!("{name}::{variant}{fields}{text}"));
    }
}

fn implementation(module: &str, item: &ItemImpl, lines: &mut BTreeSet<String>) {
    let name = format!("{module}{}", brief(&item.self_ty));
    if let Some((of, _)) = &item.trait_ {
        lines.insert(format!("{name}: {}", brief(of)));
        return;
    }
    for item in &item.items {
        if let ImplItem::Fn(method) = item
            && public(&method.vis)
        {
            lines.insert(format!("{name}::{}", signature(&method.sig)));
        }
    }
}

fn signature(signature: &Signature) -> String {
    let inputs = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(format!("{}: {}", brief(&input.pat), brief(&input.ty))),
        FnArg::Receiver(_) => None,
    });
    let inputs = inputs.collect::<Vec<_>>().join(", ");
    let output = match &signature.output {
        ReturnType::Type(_, output) => format!(" -> {}", brief(output)),
        ReturnType::Default => String::new(),
    };
    let generics = brief(&signature.generics);
    format!("{}{generics}({inputs}){output}", signature.ident)
}

/// The traits that are derived.
fn derived(attributes: &[Attribute]) -> String {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let mut traits = derives.flat_map(|attribute| {
        let list = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
        list.into_iter().flatten().map(|path| brief(&path)).collect::<Vec<_>>()
    });
    let ours = |name: &String| !["Deserialize", "Serialize"].contains(&name.as_str());
    let mut names: Vec<String> = traits.by_ref().filter(ours).collect();
    names.sort();
    if names.is_empty() { String::new() } else { format!(" {}", names.join(" + ")) }
}

/// The code without module paths, except for those of `calls` and `types`.
fn brief(code: &impl ToTokens) -> String {
    let mut text = String::new();
    write(code.to_token_stream(), &mut text);
    text.trim().replace(" ,", ",")
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) => {
                let next = |at: usize| tokens.clone().nth(at).map(|token| token.to_string());
                let leads = next(0).as_deref() == Some(":") && next(1).as_deref() == Some(":");
                if leads {
                    tokens.nth(1);
                    continue;
                }
                if text.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    text.push(' ');
                }
                text.push_str(&ident.to_string());
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ':' if matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':') =>
                {
                    tokens.next();
                }
                ':' => text.push_str(": "),
                ',' => text.push_str(", "),
                '=' => text.push_str(" = "),
                '+' => text.push_str(" + "),
                '#' => {
                    // An attribute.
                    tokens.next();
                }
                other => text.push(other),
            },
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
        }
    }
}

/// `tagged_union! { pub enum Name by "property" { "tag" => Variant(Type), … } }`
struct Tagged {
    name: Ident,
    property: String,
    variants: Vec<(String, Ident, Type)>,
}

impl Parse for Tagged {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![enum]>()?;
        let name = input.parse()?;
        input.parse::<Ident>()?;
        let property = input.parse::<LitStr>()?.value();
        let inner;
        syn::braced!(inner in input);
        let mut variants = Vec::new();
        while !inner.is_empty() {
            let tag = inner.parse::<LitStr>()?.value();
            inner.parse::<Token![=>]>()?;
            let variant = inner.parse()?;
            let held;
            syn::parenthesized!(held in inner);
            variants.push((tag, variant, held.parse()?));
            inner.parse::<Option<Token![,]>>()?;
        }
        Ok(Self { name, property, variants })
    }
}

/// `operation! { Name, constant, Outcome, Output, Response }`
struct Call {
    name: Ident,
    output: Type,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        input.parse::<Token![,]>()?;
        input.parse::<Expr>()?;
        input.parse::<Token![,]>()?;
        input.parse::<Type>()?;
        input.parse::<Token![,]>()?;
        let output = input.parse()?;
        input.parse::<Token![,]>()?;
        input.parse::<Type>()?;
        Ok(Self { name, output })
    }
}

/// `from_json!(request Name)`
struct JsonType {
    direction: Ident,
    name: Ident,
}

impl Parse for JsonType {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { direction: input.parse()?, name: input.parse()? })
    }
}

/// `from_reply!(Reply => Request …)`
struct Conversion {
    reply: Ident,
    request: Ident,
}

impl Parse for Conversion {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let reply = input.parse()?;
        input.parse::<Token![=>]>()?;
        let request = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self { reply, request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn listed() -> Vec<String> {
        let schema = |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
        let document = json!({
            "openapi": "3.0.3",
            "paths": {"/birds/{ring}/{site}": {"post": {
                "operationId": "moveBird",
                "parameters": [
                    {"name": "ring", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "site", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "at", "in": "query", "schema": {"type": "integer"}},
                ],
                "requestBody": {"required": true, "content": schema("Move")},
                "responses": {"200": {"content": schema("Bird")}},
            }}},
            "components": {"schemas": {
                "Bird": {"type": "object", "required": ["ring"], "properties": {
                    "ring": {"type": "string"},
                    "nest": {"oneOf": [
                        {"$ref": "#/components/schemas/Hole"}, {"$ref": "#/components/schemas/Cup"},
                    ],
                        "discriminator": {"propertyName": "kind", "mapping": {
                            "hole": "#/components/schemas/Hole", "cup": "#/components/schemas/Cup",
                        }}},
                }},
                "Cup": {"type": "object", "properties": {}, "additionalProperties": false},
                "Hole": {"type": "object", "properties": {"kind": {"type": "string"}}},
                "Move": {"type": "object", "x-tapis-from": ["Bird"], "required": ["by", "why"], "properties": {
                    "by": {"type": "string", "enum": ["hand", "air"]}, "why": {"type": "string"},
                }},
            }},
        });
        let text = of("birds", &document.to_string()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_public_name_has_a_line_with_its_whole_signature() {
        let expected = [
            "Client: struct Clone + Debug",
            "Client::move_bird(ring: impl Into<String>, site: impl Into<String>, body: impl TryInto<Move, Error: Display>) -> MoveBird",
            "Client::new(session: &Session) -> Self",
            "Client::session() -> &Session",
            "calls::MoveBird -> Bird",
            "calls::MoveBird::at(value: impl TryInto<i64, Error: Display>) -> Self",
            "calls::MoveBird::maybe_at(value: Option<impl TryInto<i64, Error: Display>>) -> Self",
            "operations::ALL: &[&Operation]",
            "operations::MOVE_BIRD: Operation",
            "types::Bird.nest: Option<BirdNest>",
            "types::Bird.ring: String",
            "types::Bird: struct Clone + Debug + PartialEq",
            "types::Bird::from_json: reply",
            "types::BirdNest: From<Cup>",
            "types::BirdNest: From<Hole>",
            "types::BirdNest: enum by \"kind\"",
            "types::BirdNest::Cup(Cup) = \"cup\"",
            "types::BirdNest::Hole(Hole) = \"hole\"",
            "types::Cup: struct Clone + Debug + Default + PartialEq",
            "types::Cup::from_json: reply",
            "types::Hole.kind: Option<String>",
            "types::Hole: struct Clone + Debug + Default + PartialEq",
            "types::Hole::from_json: reply",
            "types::Move.by: MoveBy",
            "types::Move.why: String",
            "types::Move: TryFrom<Bird>",
            "types::Move: struct Clone + Debug + PartialEq",
            "types::Move::by(value: impl Into<MoveBy>) -> Self",
            "types::Move::from_json: request",
            "types::Move::new(by: impl Into<MoveBy>, why: impl Into<String>) -> Self",
            "types::Move::why(value: impl Into<String>) -> Self",
            "types::MoveBy: enum",
            "types::MoveBy::Air = \"air\"",
            "types::MoveBy::Hand = \"hand\"",
        ];
        assert_eq!(listed(), expected);
    }

    #[test]
    fn what_goes_or_changes_is_announced_and_what_comes_is_not() {
        let before = "types::Bird.ring: String\ntypes::Bird: struct\ntypes::BirdNest: enum\n\
                      types::Move::new(a: impl Into<String>, b: impl Into<String>) -> Self\n";
        let now = "types::Birds: struct\n\
                   types::Move::new(b: impl Into<String>, a: impl Into<String>) -> Self\n";
        let left = |changelog: &str| unannounced("big-birds", before, now, changelog);
        assert_eq!(left("").len(), 4);
        assert_eq!(
            left("# C\n\n## [Unreleased]\n\nGone: `big_birds::types::Bird`.\n"),
            [
                "types::BirdNest: enum",
                "types::Move::new(a: impl Into<String>, b: impl Into<String>) -> Self",
            ]
        );
        for elsewhere in [
            "## [0.1.0]\n\n`*::types`",
            "## [Unreleased]\n\n`small_birds::types::Bird`\n",
            "## [Unreleased]\n\n`big_birds::types`\n",
        ] {
            assert_eq!(left(&format!("# C\n\n{elsewhere}")).len(), 4, "{elsewhere}");
        }
        assert!(left("# C\n\n## [Unreleased]\n\nAll: `*::types`.\n").is_empty());
        assert!(unannounced("birds", "", now, "").is_empty());
    }
}
