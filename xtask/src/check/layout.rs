//! Checks that every service has its documents, its crate, its feature and its field in the facade,
//! and that nothing is left of a removed service.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use tapis_codegen::naming;
use toml_edit::DocumentMut;

use super::{Section, source};

/// The directories of a service's files, below `specs/`.
const DOCUMENTS: [(&str, &str); 3] =
    [("upstream", "json"), ("overlays", "yaml"), ("openapi", "json")];

pub(crate) fn check(root: &Path, services: &BTreeSet<String>) -> Section {
    let mut section = Section::new("Services");
    documents(root, services, &mut section);
    crates(root, services, &mut section);
    features(root, services, &mut section);
    fields(root, services, &mut section);
    section.line(format!(
        "{} services; each has upstream's document, overlay, derived document, crate, feature and field{}",
        services.len(),
        if section.findings.is_empty() { "" } else { ", but for what is found below" }
    ));
    section
}

fn documents(root: &Path, services: &BTreeSet<String>, section: &mut Section) {
    for (folder, extension) in DOCUMENTS {
        let there: BTreeSet<String> = std::fs::read_dir(root.join("specs").join(folder))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == extension))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        for service in services.difference(&there) {
            section.finding(format!("{service}: specs/{folder}/{service}.{extension} is missing"));
        }
        for extra in there.difference(services) {
            section.finding(format!(
                "specs/{folder}/{extra}.{extension} has no row in specs/sources.toml"
            ));
        }
    }
}

fn crates(root: &Path, services: &BTreeSet<String>, section: &mut Section) {
    for service in services {
        let folder = format!("tapis-{service}");
        let read = |file: &str| std::fs::read_to_string(root.join(&folder).join(file)).ok();
        match read("Cargo.toml").and_then(|text| text.parse::<DocumentMut>().ok()) {
            None => {
                section.finding(format!("{service}: {folder}/Cargo.toml is missing or no TOML"))
            }
            Some(manifest) if manifest["package"]["name"].as_str() != Some(&folder) => {
                section.finding(format!("{service}: the crate in {folder} has another name"));
            }
            Some(manifest) => {
                if let Some(finding) = unit_tests(&manifest, &root.join(&folder).join("src")) {
                    section.finding(format!("{service}: {finding}"));
                }
            }
        }
        if read("build.rs").is_none_or(|text| built(&text) != Some(service)) {
            section.finding(format!("{service}: {folder}/build.rs does not generate {service:?}"));
        }
        if read("src/lib.rs").is_none() {
            section.finding(format!("{service}: {folder}/src/lib.rs is missing"));
        }
    }
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let script = std::fs::read_to_string(entry.path().join("build.rs")).unwrap_or_default();
        let folder = entry.file_name().to_string_lossy().into_owned();
        if built(&script).is_some()
            && !folder.strip_prefix("tapis-").is_some_and(|name| services.contains(name))
        {
            section.finding(format!("crate {folder} has no row in specs/sources.toml"));
        }
    }
}

/// A library without unit tests must have `test = false`, so that it is not built a second time;
/// one with unit tests must not.
fn unit_tests(manifest: &DocumentMut, sources: &Path) -> Option<String> {
    let built = manifest
        .get("lib")
        .and_then(|lib| lib.get("test"))
        .and_then(|test| test.as_bool())
        .unwrap_or(true);
    let there = source::files(sources, &["rs"])
        .iter()
        .any(|file| std::fs::read_to_string(file).is_ok_and(|text| text.contains("#[cfg(test)]")));
    match (built, there) {
        (true, false) => Some("no unit tests: `test = false` belongs under [lib]".to_owned()),
        (false, true) => Some("`test = false` keeps its unit tests from running".to_owned()),
        _ => None,
    }
}

/// The service that a build script generates.
fn built(script: &str) -> Option<&str> {
    script.split_once("tapis_codegen::build(\"")?.1.split_once('"').map(|(name, _)| name)
}

fn features(root: &Path, services: &BTreeSet<String>, section: &mut Section) {
    let text = std::fs::read_to_string(root.join("tapis-client/Cargo.toml")).unwrap_or_default();
    let manifest = text.parse::<DocumentMut>().unwrap_or_default();
    let features: BTreeMap<String, Vec<String>> = manifest
        .get("features")
        .and_then(|features| features.as_table())
        .into_iter()
        .flat_map(|table| table.iter())
        .map(|(name, item)| {
            let switched = item.as_array().into_iter().flatten();
            (name.to_owned(), switched.filter_map(|v| v.as_str().map(str::to_owned)).collect())
        })
        .collect();
    let none = Vec::new();
    let all = features.get("all-services").unwrap_or(&none);
    for service in services {
        if !features.contains_key(service) {
            section.finding(format!("{service}: tapis-client has no feature {service}"));
        }
        if !all.contains(service) {
            section.finding(format!("{service}: not in tapis-client's all-services"));
        }
    }
    for extra in all.iter().filter(|name| !services.contains(*name)) {
        section.finding(format!("all-services has {extra}, which is no service"));
    }
    for (name, switched) in &features {
        let mut lent = switched.iter().filter_map(|value| value.strip_prefix("dep:tapis-"));
        let script = root.join(format!("tapis-{name}/build.rs"));
        let generated = || std::fs::read_to_string(script).is_ok_and(|text| built(&text).is_some());
        if !services.contains(name) && lent.any(|dependency| dependency == name) && generated() {
            section.finding(format!("feature {name} has no row in specs/sources.toml"));
        }
    }
}

fn fields(root: &Path, services: &BTreeSet<String>, section: &mut Section) {
    let mut entries = BTreeMap::new();
    for path in source::files(&root.join("tapis-client/src"), &["rs"]) {
        match source::tokens(&path) {
            Ok(tokens) => listed(tokens, &mut entries),
            Err(error) => section.finding(format!("{error:#}")),
        }
    }
    for service in services {
        let field = naming::snake(service);
        match entries.get(service) {
            None => section.finding(format!("{service}: not in tapis-client's services! list")),
            Some((name, krate)) if *name != field || *krate != format!("tapis_{field}") => {
                section.finding(format!(
                    "{service}: the services! list has {name}: {krate}, not {field}: tapis_{field}"
                ));
            }
            Some(_) => {}
        }
    }
    for extra in entries.keys().filter(|name| !services.contains(*name)) {
        section.finding(format!("the services! list has {extra}, which is no service"));
    }
}

/// The lines `"feature" field: krate,` of every `services! { … }`.
fn listed(tokens: TokenStream, entries: &mut BTreeMap<String, (String, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for three in tokens.windows(3) {
        let [TokenTree::Ident(name), TokenTree::Punct(mark), TokenTree::Group(group)] = three
        else {
            continue;
        };
        if name != "services" || mark.as_char() != '!' || group.delimiter() != Delimiter::Brace {
            continue;
        }
        let list: Vec<TokenTree> = group.stream().into_iter().collect();
        for four in list.windows(4) {
            if let [
                TokenTree::Literal(feature),
                TokenTree::Ident(field),
                TokenTree::Punct(_),
                TokenTree::Ident(krate),
            ] = four
            {
                let feature = feature.to_string().trim_matches('"').to_owned();
                entries.insert(feature, (field.to_string(), krate.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace with one service, `globus-proxy`, and without faults.
    fn workspace() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("specs/upstream/globus-proxy.json", "{}"),
            ("specs/overlays/globus-proxy.yaml", ""),
            ("specs/openapi/globus-proxy.json", "{}"),
            (
                "tapis-globus-proxy/Cargo.toml",
                "[package]\nname = \"tapis-globus-proxy\"\n[lib]\ntest = false\n",
            ),
            ("tapis-globus-proxy/build.rs", "tapis_codegen::build(\"globus-proxy\")"),
            ("tapis-globus-proxy/src/lib.rs", ""),
            (
                "tapis-client/Cargo.toml",
                "[features]\nall-services = [\"globus-proxy\"]\nglobus-proxy = [\"dep:tapis-globus-proxy\"]\n",
            ),
            (
                "tapis-client/src/tapis.rs",
                "services! { /// Files.\n\"globus-proxy\" globus_proxy: tapis_globus_proxy, }",
            ),
        ] {
            write(root.path(), path, text);
        }
        root
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn findings(root: &Path) -> Vec<String> {
        check(root, &BTreeSet::from(["globus-proxy".to_owned()])).findings
    }

    #[test]
    fn a_whole_service_has_no_findings() {
        assert_eq!(findings(workspace().path()), Vec::<String>::new());
    }

    #[test]
    fn every_missing_file_is_a_finding() {
        for (path, finding) in [
            ("specs/upstream/globus-proxy.json", "specs/upstream/globus-proxy.json is missing"),
            ("specs/overlays/globus-proxy.yaml", "specs/overlays/globus-proxy.yaml is missing"),
            ("specs/openapi/globus-proxy.json", "specs/openapi/globus-proxy.json is missing"),
            (
                "tapis-globus-proxy/Cargo.toml",
                "tapis-globus-proxy/Cargo.toml is missing or no TOML",
            ),
            (
                "tapis-globus-proxy/build.rs",
                "tapis-globus-proxy/build.rs does not generate \"globus-proxy\"",
            ),
            ("tapis-globus-proxy/src/lib.rs", "tapis-globus-proxy/src/lib.rs is missing"),
            ("tapis-client/src/tapis.rs", "not in tapis-client's services! list"),
        ] {
            let root = workspace();
            std::fs::remove_file(root.path().join(path)).unwrap();
            assert_eq!(findings(root.path()), [format!("globus-proxy: {finding}")]);
        }
    }

    #[test]
    fn a_build_script_of_another_service_is_a_finding() {
        let root = workspace();
        write(root.path(), "tapis-globus-proxy/build.rs", "tapis_codegen::build(\"files\")");
        assert_eq!(
            findings(root.path()),
            ["globus-proxy: tapis-globus-proxy/build.rs does not generate \"globus-proxy\""]
        );
    }

    #[test]
    fn unit_tests_that_do_not_run_are_a_finding() {
        let root = workspace();
        write(root.path(), "tapis-globus-proxy/src/wait.rs", "#[cfg(test)]\nmod tests {}");
        assert_eq!(
            findings(root.path()),
            ["globus-proxy: `test = false` keeps its unit tests from running"]
        );
    }

    #[test]
    fn a_second_build_for_no_unit_tests_is_a_finding() {
        let root = workspace();
        write(
            root.path(),
            "tapis-globus-proxy/Cargo.toml",
            "[package]\nname = \"tapis-globus-proxy\"\n",
        );
        assert_eq!(
            findings(root.path()),
            ["globus-proxy: no unit tests: `test = false` belongs under [lib]"]
        );
    }

    #[test]
    fn a_feature_that_is_missing_or_not_among_all_services_is_a_finding() {
        let root = workspace();
        write(root.path(), "tapis-client/Cargo.toml", "[features]\nall-services = []\n");
        assert_eq!(
            findings(root.path()),
            [
                "globus-proxy: tapis-client has no feature globus-proxy",
                "globus-proxy: not in tapis-client's all-services",
            ]
        );
    }

    #[test]
    fn a_field_under_another_name_is_a_finding() {
        let root = workspace();
        write(
            root.path(),
            "tapis-client/src/tapis.rs",
            "services! { \"globus-proxy\" globus: tapis_files, }",
        );
        assert_eq!(
            findings(root.path()),
            [
                "globus-proxy: the services! list has globus: tapis_files, not globus_proxy: tapis_globus_proxy"
            ]
        );
    }

    #[test]
    fn what_has_no_row_is_a_finding() {
        let root = workspace();
        write(root.path(), "specs/openapi/old.json", "{}");
        write(root.path(), "tapis-old/build.rs", "tapis_codegen::build(\"old\")");
        write(
            root.path(),
            "tapis-client/Cargo.toml",
            "[features]\nall-services = [\"globus-proxy\", \"old\"]\nglobus-proxy = []\nold = [\"dep:tapis-old\"]\n",
        );
        write(root.path(), "tapis-client/src/old.rs", "services! { \"old\" old: tapis_old, }");
        assert_eq!(
            findings(root.path()),
            [
                "specs/openapi/old.json has no row in specs/sources.toml",
                "crate tapis-old has no row in specs/sources.toml",
                "all-services has old, which is no service",
                "feature old has no row in specs/sources.toml",
                "the services! list has old, which is no service",
            ]
        );
    }
}
