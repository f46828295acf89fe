//! Checks that the files of a crate do not import each other in a cycle. If its manifest lists
//! layers (`[package.metadata] layers`, the lowest first), each module may import only from lower
//! ones.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::imports::{Imports, imports};
use super::{Section, manifests};

pub(crate) fn check(metadata: &Value) -> Section {
    let mut section = Section::new("Imports between files");
    let mut rows = Vec::new();
    for member in manifests::members(metadata) {
        let name = member["name"].as_str().unwrap_or_default();
        let imports = match of(member) {
            Ok(imports) => imports,
            Err(error) => {
                section.finding(format!("{name}: {error:#}"));
                continue;
            }
        };
        let circles = circles(&imports);
        let layers = layers(&member["metadata"]["layers"]);
        rows.push([
            name.to_owned(),
            imports.len().to_string(),
            imports.values().map(BTreeMap::len).sum::<usize>().to_string(),
            circles.iter().map(|circle| circle.files).sum::<usize>().to_string(),
            layers.len().to_string(),
        ]);
        let found = circles.iter().map(|circle| circle.to_string(&imports));
        for finding in found.chain(faults(&layers, &imports)) {
            section.finding(format!("{name}: {finding}"));
        }
    }
    section.table(["crate", "files", "imports", "files in circles", "layers"], &rows);
    section
}

/// The imports within a crate, one edge per line.
pub(crate) fn graph(metadata: &Value, name: &str) -> Result<String> {
    let member = manifests::members(metadata).find(|member| member["name"] == name);
    let imports = of(member.with_context(|| format!("no crate of the workspace is {name}"))?)?;
    let edges = imports.iter().flat_map(|(file, others)| others.iter().map(move |o| (file, o)));
    Ok(edges.map(|(file, (other, path))| format!("{file} → {other} ({path})\n")).collect())
}

fn of(member: &Value) -> Result<Imports> {
    let manifest = Path::new(member["manifest_path"].as_str().unwrap_or_default());
    let sources = manifest.with_file_name("src");
    let targets = member["targets"].as_array().into_iter().flatten();
    let roots = targets.filter_map(|target| target["src_path"].as_str()).map(PathBuf::from);
    imports(&sources, &roots.filter(|root| root.starts_with(&sources)).collect::<Vec<_>>())
}

/// Files that import each other, directly or indirectly.
struct Circle {
    files: usize,
    /// One of the shortest cycles among them.
    shortest: Vec<String>,
}

impl Circle {
    fn to_string(&self, imports: &Imports) -> String {
        let mut text = format!("{} files in a circle: {}", self.files, self.shortest[0]);
        for pair in self.shortest.windows(2) {
            text.push_str(&format!(" → {} ({})", pair[1], imports[&pair[0]][&pair[1]]));
        }
        text
    }
}

fn circles(imports: &Imports) -> Vec<Circle> {
    let ways: BTreeMap<&str, Ways> =
        imports.keys().map(|file| (&**file, ways(imports, file))).collect();
    let mut circles = Vec::new();
    let mut done = BTreeSet::new();
    for (file, own) in &ways {
        if !own.contains_key(file) || done.contains(file) {
            continue;
        }
        let together = own.keys().filter(|other| ways[*other].contains_key(file));
        let together: Vec<&str> = together.copied().collect();
        done.extend(together.iter().copied());
        let shortest = together.iter().map(|file| way(&ways[file], file)).min_by_key(Vec::len);
        circles.push(Circle { files: together.len(), shortest: shortest.unwrap_or_default() });
    }
    circles
}

/// The reachable files, each with the file before it on the shortest path.
type Ways<'a> = BTreeMap<&'a str, &'a str>;

fn ways<'a>(imports: &'a Imports, from: &'a str) -> Ways<'a> {
    let mut ways = Ways::new();
    let mut pending = VecDeque::from([from]);
    while let Some(file) = pending.pop_front() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if !ways.contains_key(&**next) {
                ways.insert(next, file);
                pending.push_back(next);
            }
        }
    }
    ways
}

/// The shortest path from a file back to itself.
fn way(ways: &Ways, file: &str) -> Vec<String> {
    let mut way = vec![file.to_owned()];
    let mut at = ways[file];
    while at != file {
        way.push(at.to_owned());
        at = ways[at];
    }
    way.push(file.to_owned());
    way.reverse();
    way
}

/// The layers in a manifest, the lowest first, each a list of modules such as `engine` or
/// `services::jobs`.
fn layers(list: &Value) -> Vec<Vec<&str>> {
    let layers = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    layers.map(|layer| layer.split_whitespace().collect()).collect()
}

/// The listed module that a file belongs to, and its layer; the innermost if there are several.
fn place<'a>(layers: &[Vec<&'a str>], file: &str) -> Option<(usize, &'a str)> {
    let module = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    let listed =
        (0..).zip(layers).flat_map(|(layer, all)| all.iter().map(move |one| (layer, *one)));
    let around = listed.filter(|(_, name)| {
        module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    });
    around.max_by_key(|(_, name)| name.len())
}

/// The imports that violate the layers. Files that only declare modules need no layer.
fn faults(layers: &[Vec<&str>], imports: &Imports) -> Vec<String> {
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    let mut homeless = BTreeSet::new();
    for (file, others) in imports.iter().filter(|_| !layers.is_empty()) {
        for (other, path) in others {
            let places = [file, other].map(|file| {
                let place = place(layers, file);
                match place {
                    Some((_, name)) => met.insert(name),
                    None => homeless.insert(file),
                };
                place
            });
            if let [Some((above, own)), Some((below, theirs))] = places
                && below >= above
                && own != theirs
            {
                let what = if below > above { "a higher" } else { "the same" };
                faults.push(format!("{file} imports from {what} layer, {other}: {path}"));
            }
        }
    }
    faults.extend(homeless.iter().map(|file| format!("{file} is in no layer")));
    let unmet = layers.iter().flatten().filter(|name| !met.contains(*name));
    faults.extend(
        unmet.map(|name| format!("a layer has {name}, and no such module imports or is imported")),
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn graph(edges: &[(&str, &str)]) -> Imports {
        let mut imports = Imports::new();
        for (from, to) in edges {
            let path = format!("crate::{}", to.trim_end_matches(".rs"));
            imports.entry((*from).to_owned()).or_default().insert((*to).to_owned(), path);
            imports.entry((*to).to_owned()).or_default();
        }
        imports
    }

    fn found(edges: &[(&str, &str)]) -> Vec<String> {
        let imports = graph(edges);
        circles(&imports).iter().map(|circle| circle.to_string(&imports)).collect()
    }

    #[test]
    fn arrows_that_point_one_way_are_no_circle() {
        assert!(found(&[("a.rs", "b.rs"), ("b.rs", "c.rs"), ("a.rs", "c.rs")]).is_empty());
    }

    #[test]
    fn of_files_in_a_circle_the_shortest_way_round_is_shown() {
        let long = [("a.rs", "b.rs"), ("b.rs", "c.rs"), ("c.rs", "a.rs"), ("c.rs", "b.rs")];
        let apart = [("d.rs", "a.rs"), ("e.rs", "f.rs"), ("f.rs", "e.rs")];
        assert_eq!(
            found(&[&long[..], &apart].concat()),
            [
                "3 files in a circle: b.rs → c.rs (crate::c) → b.rs (crate::b)",
                "2 files in a circle: e.rs → f.rs (crate::f) → e.rs (crate::e)",
            ]
        );
    }

    const DOWN: [(&str, &str); 4] = [
        ("server.rs", "services/jobs/mod.rs"),
        ("services/jobs/find.rs", "services/java.rs"),
        ("services/java.rs", "engine/mod.rs"),
        ("services/pods.rs", "engine/record.rs"),
    ];

    fn amiss(edges: &[(&str, &str)]) -> Vec<String> {
        let list = json!(["engine", "services::java", "services::jobs services::pods", "server"]);
        faults(&layers(&list), &graph(&[&DOWN[..], edges].concat()))
    }

    #[test]
    fn lower_layers_and_the_own_module_may_be_imported_from() {
        assert!(amiss(&[("services/jobs/find.rs", "services/jobs/mod.rs")]).is_empty());
        assert!(amiss(&[("engine/mod.rs", "engine/record.rs")]).is_empty());
        assert!(amiss(&[("server.rs", "engine/mod.rs")]).is_empty());
    }

    #[test]
    fn a_crate_that_lists_no_layers_has_none_to_keep() {
        assert!(faults(&layers(&json!(null)), &graph(&DOWN)).is_empty());
    }

    #[test]
    fn an_import_from_a_higher_or_the_same_layer_is_a_finding() {
        for (file, other, what) in [
            ("engine/mod.rs", "server.rs", "a higher"),
            ("services/java.rs", "services/jobs/mod.rs", "a higher"),
            ("services/jobs/find.rs", "services/pods.rs", "the same"),
        ] {
            let path = format!("crate::{}", other.trim_end_matches(".rs"));
            assert_eq!(
                amiss(&[(file, other)]),
                [format!("{file} imports from {what} layer, {other}: {path}")]
            );
        }
    }

    #[test]
    fn a_file_without_a_layer_and_a_listed_module_without_a_file_are_findings() {
        assert_eq!(amiss(&[("log.rs", "server.rs")]), ["log.rs is in no layer"]);
        assert_eq!(amiss(&[("server.rs", "log.rs")]), ["log.rs is in no layer"]);
        assert_eq!(
            faults(&layers(&json!(["a", "b", "c"])), &graph(&[("b.rs", "a/c.rs")])),
            ["a layer has c, and no such module imports or is imported"]
        );
    }
}
