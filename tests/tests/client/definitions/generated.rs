//! Definitions of any content: what was applied is unchanged when it is applied or exported.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tapis_client::definitions::{ApplyOutcome, Definition, Format};
use tapis_tests::World;

use super::real::{target, world_with_cluster};

/// One of several values.
fn one_of(values: &[Value]) -> BoxedStrategy<Value> {
    prop::sample::select(values.to_vec()).boxed()
}

/// An object with any of these attributes, and with all of the `always` ones.
fn object(
    always: Vec<(&'static str, BoxedStrategy<Value>)>,
    any: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> BoxedStrategy<Value> {
    let always = always
        .into_iter()
        .map(|(name, value)| value.prop_map(move |value| Some((name, value))).boxed());
    let any = any
        .into_iter()
        .map(|(name, value)| prop::option::of(value.prop_map(move |value| (name, value))).boxed());
    let attributes: Vec<_> = always.chain(any).collect();
    attributes
        .prop_map(|attributes| {
            let attributes = attributes.into_iter().flatten();
            let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
            attributes.collect::<Map<_, _>>().into()
        })
        .boxed()
}

/// A list of entries with different names, in any order.
fn named(
    key: &'static str,
    names: &'static [&'static str],
    entry: BoxedStrategy<Value>,
) -> BoxedStrategy<Value> {
    let names = Just(names.to_vec()).prop_shuffle();
    let entries = prop::collection::vec(entry, 0..=3);
    (names, entries)
        .prop_map(move |(names, entries)| {
            let entries = entries.into_iter().zip(names).map(|(mut entry, name)| {
                entry[key] = name.into();
                entry
            });
            entries.collect::<Value>()
        })
        .boxed()
}

fn flag() -> BoxedStrategy<Value> {
    one_of(&[json!(true), json!(false), Value::Null])
}

fn limit() -> BoxedStrategy<Value> {
    one_of(&[json!(-1), json!(i32::MAX), json!(5), Value::Null])
}

fn text() -> BoxedStrategy<Value> {
    one_of(&[Value::Null, json!(""), json!("a"), json!(" b "), json!("${owner} of \\ \"c\"")])
}

fn tags() -> BoxedStrategy<Value> {
    one_of(&[Value::Null, json!([]), json!(["a"]), json!(["b ", "a"]), json!(["a", "b"])])
}

fn notes() -> BoxedStrategy<Value> {
    one_of(&[
        Value::Null,
        json!({}),
        json!({"a": 1.50, "b": [1, null], "c": {"d": " x "}}),
        json!({"a": "", "maxJobs": -1}),
    ])
}

/// A variable; its value says what its mode allows.
fn variables() -> BoxedStrategy<Value> {
    let mode = one_of(&[
        json!({"inputMode": "REQUIRED", "value": null}),
        json!({"inputMode": "FIXED", "value": "f"}),
        json!({"inputMode": "INCLUDE_ON_DEMAND", "value": ""}),
        json!({"inputMode": null, "value": "a b"}),
        json!({"inputMode": "INCLUDE_BY_DEFAULT", "value": " c"}),
    ]);
    let more = object(vec![], vec![("description", text()), ("notes", notes())]);
    let entry = (mode, more).prop_map(|(mut mode, more)| {
        mode.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        mode
    });
    named("key", &["A", "B", "C"], entry.boxed())
}

fn batch() -> BoxedStrategy<Value> {
    let queue = object(
        vec![("hpcQueueName", one_of(&[json!("h"), json!(" i ")]))],
        vec![
            ("maxJobs", limit()),
            ("maxJobsPerUser", limit()),
            ("minNodeCount", one_of(&[json!(0), json!(1)])),
            ("maxNodeCount", one_of(&[json!(8), json!(9)])),
            ("maxMinutes", one_of(&[json!(60), json!(i32::MAX)])),
            (
                "schedulerOptions",
                one_of(&[
                    json!([]),
                    json!([{"name": "o", "arg": "--o", "inputMode": "FIXED"}]),
                    json!([{"name": "p", "arg": "--p"}, {"name": "o", "arg": "--q"}]),
                ]),
            ),
        ],
    );
    let queues = named("name", &["x", "y", "z"], queue);
    queues
        .prop_map(|queues| {
            let Some(first) = queues.get(0).map(|queue| queue["name"].clone()) else {
                return json!({
                    "canRunBatch": false, "batchScheduler": null, "batchLogicalQueues": queues,
                    "batchDefaultLogicalQueue": null,
                });
            };
            json!({
                "canRunBatch": true, "batchScheduler": "SLURM", "batchLogicalQueues": queues,
                "batchDefaultLogicalQueue": first,
            })
        })
        .boxed()
}

fn system() -> BoxedStrategy<Value> {
    let attributes = object(
        vec![("host", one_of(&[json!("h.example.org"), json!(" i.example.org")]))],
        vec![
            ("owner", one_of(&[json!("${apiUserId}"), json!("testuser"), json!(""), Value::Null])),
            ("description", text()),
            ("enabled", flag()),
            (
                "effectiveUserId",
                one_of(&[json!("${apiUserId}"), json!("${owner}"), json!("svc"), Value::Null]),
            ),
            ("port", one_of(&[Value::Null, json!(-1), json!(22)])),
            ("useProxy", flag()),
            ("proxyHost", one_of(&[Value::Null, json!("p.example.org ")])),
            ("proxyPort", one_of(&[Value::Null, json!(-1), json!(8022)])),
            ("enableCmdPrefix", flag()),
            ("allowChildren", flag()),
            ("mpiCmd", text()),
            (
                "jobRuntimes",
                one_of(&[
                    Value::Null,
                    json!([]),
                    json!([{"runtimeType": "ZIP", "version": null}]),
                    json!([{"runtimeType": "DOCKER", "version": "1 "}, {"runtimeType": "ZIP"}]),
                ]),
            ),
            (
                "jobWorkingDir",
                one_of(&[
                    Value::Null,
                    json!("work"),
                    json!("/s/${tenant}/${owner}/${JobUUID}"),
                    json!("HOST_EVAL($HOME)/${apiUserId} "),
                ]),
            ),
            ("jobEnvVariables", variables()),
            ("jobMaxJobs", limit()),
            ("jobMaxJobsPerUser", limit()),
            (
                "jobCapabilities",
                named(
                    "name",
                    &["n", "m", "o"],
                    one_of(&[
                        json!({"category": "OS", "datatype": "STRING", "value": " v "}),
                        json!({"category": "OS", "datatype": "INTEGER", "precedence": 7, "value": null}),
                    ]),
                ),
            ),
            ("tags", tags()),
            ("notes", notes()),
            ("isPublic", one_of(&[json!(true)])),
            ("uuid", one_of(&[json!("u")])),
        ],
    );
    (attributes, prop::option::of(batch()))
        .prop_map(|(mut system, batch)| {
            let fields = system.as_object_mut().unwrap();
            fields.extend(batch.into_iter().flat_map(|batch| batch.as_object().unwrap().clone()));
            let fixed = json!({
                "systemType": "LINUX", "defaultAuthnMethod": "PASSWORD", "canExec": false,
                "rootDir": "/r/${owner}//${tenant}/./",
            });
            fields.extend(fixed.as_object().unwrap().clone());
            system
        })
        .boxed()
}

fn arguments() -> BoxedStrategy<Value> {
    let entry = object(
        vec![("arg", one_of(&[json!("--a"), json!(" -b ")]))],
        vec![
            ("inputMode", one_of(&[json!("FIXED"), json!("REQUIRED"), Value::Null])),
            ("description", one_of(&[Value::Null, json!("d")])),
            ("notes", notes()),
        ],
    );
    named("name", &["a", "b", "c"], entry)
}

fn app() -> BoxedStrategy<Value> {
    let parameters = object(
        vec![],
        vec![
            ("appArgs", arguments()),
            ("schedulerOptions", arguments()),
            ("envVariables", variables()),
            (
                "archiveFilter",
                one_of(&[
                    Value::Null,
                    json!({"includes": ["*.o ", "b"], "includeLaunchFiles": false}),
                    json!({"excludes": [], "includeLaunchFiles": null}),
                ]),
            ),
            (
                "logConfig",
                one_of(&[
                    json!({"stdoutFilename": "o", "stderrFilename": ""}),
                    json!({"stdoutFilename": "", "stderrFilename": "e"}),
                ]),
            ),
        ],
    );
    let attributes = object(
        vec![],
        vec![
            ("description", text()),
            ("dynamicExecSystem", one_of(&[json!(false), Value::Null])),
            ("execSystemId", one_of(&[json!("cluster"), Value::Null])),
            ("execSystemInputDir", text()),
            ("dtnSystemInputDir", one_of(&[json!("!tapis_not_set"), Value::Null])),
            ("archiveOnAppError", flag()),
            ("isMpi", flag()),
            ("cmdPrefix", text()),
            ("parameterSet", parameters),
            (
                "fileInputs",
                named(
                    "name",
                    &["i", "j", "k"],
                    one_of(&[
                        json!({"targetPath": "t", "sourceUrl": null, "inputMode": "REQUIRED"}),
                        json!({"targetPath": " u ", "sourceUrl": "tapis://s/f", "autoMountLocal": false}),
                    ]),
                ),
            ),
            (
                "fileInputArrays",
                one_of(&[
                    json!([]),
                    json!([{"name": "m", "targetDir": "d", "sourceUrls": ["tapis://s/a"]}]),
                ]),
            ),
            ("nodeCount", one_of(&[json!(1), json!(2), Value::Null])),
            ("memoryMB", one_of(&[json!(100), json!(200), Value::Null])),
            ("maxMinutes", one_of(&[json!(10), json!(60), Value::Null])),
            (
                "subscriptions",
                one_of(&[
                    json!([]),
                    json!([{
                        "jobEventCategoryFilter": "ALL", "ttlMinutes": 60,
                        "deliveryTargets": [{"deliveryMethod": "EMAIL", "deliveryAddress": "a@example.org"}],
                    }]),
                ]),
            ),
            ("tags", tags()),
        ],
    );
    object(
        vec![("containerImage", one_of(&[json!("busybox"), json!(" alpine ")]))],
        vec![
            ("description", text()),
            ("owner", one_of(&[json!("${apiUserId}"), json!("testuser"), Value::Null])),
            ("enabled", flag()),
            ("versionEnabled", flag()),
            ("locked", flag()),
            ("runtime", one_of(&[json!("DOCKER"), Value::Null])),
            ("runtimeVersion", text()),
            ("runtimeOptions", one_of(&[json!([]), Value::Null, json!(["NONE"])])),
            ("jobType", one_of(&[json!("FORK"), Value::Null])),
            ("maxJobs", limit()),
            ("maxJobsPerUser", limit()),
            ("strictFileInputs", flag()),
            ("jobAttributes", attributes),
            ("tags", tags()),
            ("notes", notes()),
            ("sharedAppCtx", one_of(&[json!("somebody"), Value::Null])),
        ],
    )
}

/// Applies one definition and then another of the same resource.
async fn check(
    world: &World,
    first: &Definition,
    second: &Definition,
) -> Result<(), TestCaseError> {
    let t = &world.t;
    let failed = |error: tapis_client::Error| TestCaseError::fail(error.to_string());
    prop_assert_eq!(t.apply(first).await.map_err(failed)?, ApplyOutcome::Created);
    prop_assert_eq!(t.apply(first).await.map_err(failed)?, ApplyOutcome::Unchanged);
    let expected = t.diff(second).await.map_err(failed)?;
    match t.apply(second).await.map_err(failed)? {
        ApplyOutcome::Updated(differences) => prop_assert_eq!(differences, expected),
        outcome => {
            prop_assert_eq!(outcome, ApplyOutcome::Unchanged);
            prop_assert!(expected.is_empty());
        }
    }
    prop_assert_eq!(t.apply(second).await.map_err(failed)?, ApplyOutcome::Unchanged);
    let exported = t.export(target(second)).await.map_err(failed)?;
    prop_assert_eq!(t.apply(&exported).await.map_err(failed)?, ApplyOutcome::Unchanged);
    let text = exported.to_text(Format::Yaml).map_err(failed)?;
    let again = t.export(target(second)).await.map_err(failed)?;
    prop_assert_eq!(again.to_text(Format::Yaml).map_err(failed)?, text);
    Ok(())
}

/// Draws pairs of definitions of one resource, which `name` gives its id.
fn draw(definition: fn() -> BoxedStrategy<Value>, name: impl Fn(&mut Value, u32)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world_with_cluster());
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    let drawn = Cell::new(0);
    let result = TestRunner::new(config).run(&(definition(), definition()), |(first, second)| {
        drawn.set(drawn.get() + 1);
        let named = [first, second].map(|mut definition| {
            name(&mut definition, drawn.get());
            Definition::from_value(&definition).unwrap()
        });
        runtime.block_on(check(&world, &named[0], &named[1]))
    });
    if let Err(error) = result {
        unreachable!("{error}");
    }
}

#[test]
fn any_system_is_unchanged_when_applied_again() {
    draw(system, |system, number| system["id"] = format!("s{number}").into());
}

#[test]
fn any_app_is_unchanged_when_applied_again() {
    draw(app, |app, number| {
        app["id"] = format!("a{number}").into();
        app["version"] = "1".into();
    });
}
