//! Definitions in the form in which portals and groups keep them, and replies of the services as
//! definitions.

use std::path::{Path, PathBuf};

use rstest::rstest;
use serde_json::{Value, json};
use tapis_client::definitions::{ApplyOutcome, Definition, Format, Kind, Target};
use tapis_tests::World;

use super::{world, yaml};

/// A system on which the apps of the definitions can run.
const CLUSTER: &str = "
id: cluster
systemType: LINUX
host: cluster.example.org
defaultAuthnMethod: PASSWORD
rootDir: /
canExec: true
jobWorkingDir: work
jobRuntimes: [{runtimeType: DOCKER}, {runtimeType: SINGULARITY}, {runtimeType: ZIP}]
canRunBatch: true
batchScheduler: SLURM
batchLogicalQueues:
- {name: short, hpcQueueName: s, maxMinutes: 120, maxNodeCount: 8, maxCoresPerNode: 64, maxMemoryMB: 256000}
- {name: long, hpcQueueName: l, maxMinutes: 2880, maxNodeCount: 8, maxCoresPerNode: 64, maxMemoryMB: 256000}
batchDefaultLogicalQueue: short
";

/// A world with a system on which apps can run.
pub(super) async fn world_with_cluster() -> World {
    let world = world().await;
    let _ = world.t.apply(&yaml(CLUSTER)).await.unwrap();
    world
}

/// The files of a folder of definitions.
pub(super) fn files(folder: &str) -> Vec<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client/definitions/real").join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What a definition describes.
pub(super) fn target(definition: &Definition) -> Target {
    let id = definition.text("id").unwrap();
    match definition.kind().unwrap() {
        Kind::App => Target::app_version(id, definition.text("version").unwrap()),
        _ => Target::system(id),
    }
}

#[rstest]
#[case::systems("systems", 12)]
#[case::apps("apps", 8)]
#[case::replies("replies", 10)]
#[tokio::test]
async fn a_definition_is_applied_once_and_is_what_is_exported(
    #[case] folder: &str,
    #[case] count: usize,
) {
    let (world, other) = (world_with_cluster().await, world_with_cluster().await);
    let files = files(folder);
    assert_eq!(files.len(), count);
    for path in files {
        let name = path.display();
        let definition = Definition::from_path(&path).await.unwrap();
        let apply = async |world: &World, definition: &Definition| {
            world.t.apply(definition).await.unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        assert_eq!(apply(&world, &definition).await, ApplyOutcome::Created, "{name}");
        let second = apply(&world, &definition).await;
        assert_eq!(second, ApplyOutcome::Unchanged, "{name}: {second:?}");

        let target = target(&definition);
        let exported = world.t.export(target.clone()).await.unwrap();
        for format in [Format::Json, Format::Yaml] {
            let text = exported.to_text(format).unwrap();
            assert!(!text.contains("planted"), "{name}: {text}");
            let read = Definition::from_text(&text, format).unwrap();
            assert_eq!(apply(&world, &read).await, ApplyOutcome::Unchanged, "{name}: {text}");
            let again = world.t.export(target.clone()).await.unwrap();
            assert_eq!(again.to_text(format).unwrap(), text, "{name}");
        }
        assert_eq!(apply(&other, &exported).await, ApplyOutcome::Created, "{name}");
        assert_eq!(apply(&other, &exported).await, ApplyOutcome::Unchanged, "{name}");
        let copied = other.t.export(target).await.unwrap();
        assert_eq!(copied.to_value(), exported.to_value(), "{name}");
    }
}

/// The JSON pointers of all values that are neither objects nor lists.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(
                    value,
                    &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                leaves(item, &format!("{pointer}/{at}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// Another value of the same type.
fn another(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(flag) => Some(json!(!flag)),
        Value::Number(number) => Some(json!(if number.as_i64() == Some(7) { 8 } else { 7 })),
        Value::String(text) => Some(json!(format!("{}x", text.trim_end()))),
        _ => None,
    }
}

/// Whether another value there is no difference, for a reason.
fn is_no_difference(pointer: &str, definition: &Value) -> bool {
    let name = pointer.split('/').nth(1).unwrap();
    let server_made = [
        "tenant",
        "uuid",
        "deleted",
        "created",
        "updated",
        "isPublic",
        "sharedWithUsers",
        "sharedAppCtx",
        "hasCredentials",
        "importRefId",
    ];
    // Secrets cannot be compared, and the name of the caller stands for each user.
    server_made.contains(&name)
        || name == "authnCredential"
        || name == "effectiveUserId" && definition["isDynamicEffectiveUser"] == true
        // The service makes the only queue the default one.
        || name == "batchDefaultLogicalQueue"
            && definition["batchLogicalQueues"].as_array().is_some_and(|queues| queues.len() == 1)
        || pointer.starts_with("/jobCapabilities/") && pointer.ends_with("/subcategory")
}

#[rstest]
#[case::systems("systems", 150)]
#[case::apps("apps", 100)]
#[case::replies("replies", 200)]
#[tokio::test]
async fn another_value_of_any_attribute_is_a_difference(
    #[case] folder: &str,
    #[case] at_least: usize,
) {
    let world = world_with_cluster().await;
    let mut compared = 0;
    for path in files(folder) {
        let name = path.display();
        let definition = Definition::from_path(&path).await.unwrap();
        let _ = world.t.apply(&definition).await.unwrap();
        let whole = definition.to_value();
        let mut pointers = Vec::new();
        leaves(&whole, "", &mut pointers);
        for pointer in pointers {
            let mut changed = whole.clone();
            let value = changed.pointer_mut(&pointer).unwrap();
            let Some(other) = another(value) else { continue };
            *value = other;
            // They say which resource it is, and what the name of a user stands for.
            if ["/id", "/version", "/isDynamicEffectiveUser"].contains(&pointer.as_str()) {
                continue;
            }
            let changed = Definition::from_value(&changed).unwrap();
            let found = world.t.diff(&changed).await;
            let found = found.unwrap_or_else(|error| panic!("{name} {pointer}: {error}"));
            let attribute = pointer.split('/').nth(1).unwrap();
            // What is made of the owner's name differs as well, and so may a credential be missing.
            let named = found.iter().any(|difference| difference.path.starts_with(attribute));
            let expected = !is_no_difference(&pointer, &whole);
            assert_eq!(!found.is_empty(), expected, "{name} {pointer}: {found}");
            assert_eq!(named, expected, "{name} {pointer}: {found}");
            compared += 1;
        }
    }
    assert!(compared >= at_least, "{compared}");
}
