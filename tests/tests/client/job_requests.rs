//! Requests for jobs that are made from the app which they run.

use serde_json::{Value, json};
use tapis_client::apps::types::{ReqPostApp, TapisApp};
use tapis_client::definitions::Format;
use tapis_client::jobs::types::ReqSubmitJob;
use tapis_client::jobs::{JobDefinition, JobParameter, JobProblemKind, JobRequest};
use tapis_tests::World;

const SUBMIT: &str = "jobs.submitJob";

/// An app that asks for one thing of each kind, and has everything else that it can have.
fn definition() -> Value {
    let asks = |name: &str| json!({"name": name, "inputMode": "REQUIRED"});
    json!({
        "id": "align", "version": "2", "containerImage": "busybox", "description": "Aligns.",
        "jobAttributes": {
            "execSystemId": "s",
            "maxMinutes": 7,
            "parameterSet": {
                "appArgs": [
                    {"name": "word", "description": "whom to greet", "inputMode": "REQUIRED"},
                    {"name": "mode", "arg": "-fast", "inputMode": "REQUIRED"},
                    {"name": "level", "arg": "-v", "inputMode": "FIXED"},
                    {"name": "extra", "arg": "-x", "inputMode": "INCLUDE_ON_DEMAND"},
                ],
                "containerArgs": [asks("mount")],
                "schedulerOptions": [asks("account")],
                "envVariables": [
                    {"key": "SEED", "value": "!tapis_not_set", "inputMode": "REQUIRED"},
                    {"key": "UNSET", "value": "!tapis_not_set", "inputMode": "REQUIRED"},
                    {"key": "HOME", "value": "/", "inputMode": "FIXED"},
                    {"key": "LANG", "value": "C"},
                ],
            },
            "fileInputs": [
                {"name": "reads", "targetPath": "*", "inputMode": "REQUIRED"},
                {"name": "genome", "targetPath": "*", "sourceUrl": "tapis://s/g", "inputMode": "REQUIRED"},
                {"name": "notes", "targetPath": "*", "inputMode": "OPTIONAL"},
            ],
            "fileInputArrays": [{"name": "lanes", "targetDir": "*", "inputMode": "REQUIRED"}],
        },
    })
}

/// Puts the app there and gives it as the service shows it.
async fn app(world: &World, definition: Value) -> TapisApp {
    world.make_system("s").await.unwrap();
    let id = definition["id"].as_str().unwrap().to_owned();
    let app: ReqPostApp = serde_json::from_value(definition).unwrap();
    world.t.apps.create_app_version(app).await.unwrap();
    world.t.apps.get_app_latest_version(id).await.unwrap()
}

/// An app as the service shows it, that is known to nobody.
fn app_of(definition: &Value) -> TapisApp {
    TapisApp::from_json(&definition.to_string()).unwrap()
}

/// An app with these attributes, which runs on the system `s`.
fn app_with(attributes: Value) -> TapisApp {
    let mut all = json!({"execSystemId": "s"});
    all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    app_of(&json!({"id": "a", "version": "1", "containerImage": "busybox", "jobAttributes": all}))
}

fn request_for(app: &TapisApp) -> JobRequest {
    JobRequest::for_app(app).unwrap()
}

fn texts<T: std::fmt::Display>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn missing(request: &JobRequest) -> Vec<String> {
    texts(&request.missing())
}

fn filled(app: &TapisApp) -> JobRequest {
    let request = request_for(app);
    let request = request.arg("word", "world").container_arg("mount", "--bind /a");
    let request = request.scheduler_option("account", "-A me").variable("SEED", "42");
    let request = request.variable("UNSET", "set").input("reads", "tapis://s/reads.fq");
    request.inputs("lanes", ["tapis://s/1", "tapis://s/2"])
}

/// What stands on the command line.
fn app_args(request: &JobRequest) -> Vec<String> {
    let set = request.merged().parameter_set.unwrap();
    set.app_args.unwrap_or_default().into_iter().map(|one| one.arg).collect()
}

/// The environment, as `KEY=value`.
fn environment(request: &ReqSubmitJob) -> Vec<String> {
    let set = request.parameter_set.clone().unwrap();
    let variables = set.env_variables.unwrap_or_default().into_iter();
    variables.map(|one| format!("{}={}", one.key.unwrap(), one.value.unwrap())).collect()
}

#[tokio::test]
async fn what_is_known_of_the_app_is_filled_in_and_nothing_else() {
    let world = World::new().await.unwrap();
    let simple = json!({
        "id": "hello", "version": "1", "containerImage": "busybox", "description": "Says hello.",
        "jobAttributes": {"execSystemId": "s", "maxMinutes": 7, "nodeCount": 2,
            "coresPerNode": 1, "memoryMB": 100},
    });
    let app = app(&world, simple).await;
    let request = request_for(&app);
    assert!(request.problems().is_empty());
    let job = world.t.jobs.submit_job(request).await.unwrap();
    let sent = world.mock.requests_for(SUBMIT)[0].json().unwrap();
    assert_eq!(sent, json!({"name": "hello-1", "appId": "hello", "appVersion": "1"}));
    assert_eq!((job.max_minutes, job.node_count), (Some(7), Some(2)), "the app's own values");
}

#[tokio::test]
async fn what_the_app_requires_is_missing_until_it_is_given() {
    let world = World::new().await.unwrap();
    let app = app(&world, definition()).await;
    let request = request_for(&app);
    let all = [
        "argument word is missing (whom to greet)",
        "container argument mount is missing",
        "scheduler option account is missing",
        "environment variable SEED is missing",
        "environment variable UNSET is missing",
        "input reads is missing",
        "group of inputs lanes is missing",
    ];
    assert_eq!(missing(&request), all);
    assert_eq!(request.missing()[0].parameter, JobParameter::Argument);
    let error = world.t.jobs.run(request.clone()).await.unwrap_err();
    assert!(error.is_input() && error.message().contains("app align: argument word"), "{error}");
    assert!(all.iter().all(|name| error.message().contains(name)), "{error}");
    assert!(!error.maybe_sent() && world.mock.requests_for(SUBMIT).is_empty());

    // Given by hand counts as well; without a value it does not.
    let by_hand = request.change(|request| {
        let inputs = json!([{"name": "reads", "sourceUrl": "tapis://s/r"}, {"name": "lanes"}]);
        request.file_inputs = serde_json::from_value(inputs).unwrap();
    });
    let mut left = all;
    left[5] = "input lanes is missing";
    assert_eq!(missing(&by_hand), left);

    let request = filled(&app);
    assert_eq!(missing(&request), [""; 0]);
    let request = request.name("mine").arg("extra", "-y").variable("OTHER", "1");
    let job = world.t.jobs.submit_job(request).await.unwrap();
    assert_eq!(job.name.as_deref(), Some("mine"));
    let sent = world.mock.requests_for(SUBMIT)[0].json().unwrap();
    assert_eq!(
        sent["parameterSet"],
        json!({
            "appArgs": [{"name": "word", "arg": "world"}, {"name": "extra", "arg": "-y"}],
            "containerArgs": [{"name": "mount", "arg": "--bind /a"}],
            "schedulerOptions": [{"name": "account", "arg": "-A me"}],
            "envVariables": [
                {"key": "SEED", "value": "42"},
                {"key": "UNSET", "value": "set"},
                {"key": "OTHER", "value": "1"},
            ],
        })
    );
    assert_eq!(sent["fileInputs"], json!([{"name": "reads", "sourceUrl": "tapis://s/reads.fq"}]));
    let lanes = json!([{"name": "lanes", "sourceUrls": ["tapis://s/1", "tapis://s/2"]}]);
    assert_eq!(sent["fileInputArrays"], lanes);
}

#[test]
fn what_is_given_twice_is_as_given_last() {
    let request = filled(&app_of(&definition()));
    let request = request.arg("word", "moon").input("reads", "tapis://s/other.fq");
    let request = ReqSubmitJob::try_from(request).unwrap();
    let arguments = request.parameter_set.unwrap().app_args.unwrap();
    assert_eq!((arguments.len(), arguments[0].arg.as_str()), (1, "moon"));
    let inputs = request.file_inputs.unwrap();
    assert_eq!((inputs.len(), inputs[0].source_url.as_deref()), (1, Some("tapis://s/other.fq")));
}

#[test]
fn arguments_are_in_the_order_of_the_app_and_then_of_the_request() {
    let app = app_with(json!({"parameterSet": {"appArgs": [
        {"name": "required", "arg": "-r", "inputMode": "REQUIRED"},
        {"name": "fixed", "arg": "-f", "inputMode": "FIXED"},
        {"name": "default", "arg": "-d", "inputMode": "INCLUDE_BY_DEFAULT"},
        {"name": "demand", "arg": "-o", "inputMode": "INCLUDE_ON_DEMAND"},
        {"name": "unsaid", "arg": "-u"},
        {"name": "blank", "arg": " ", "inputMode": "INCLUDE_BY_DEFAULT"},
    ]}}));
    let of = || request_for(&app);
    let argument = JobParameter::Argument;
    for (request, expected) in [
        (of(), "-r -f -d"),
        (of().arg("default", "-D").arg("required", "-R"), "-R -f -D"),
        (of().extra_arg("last").arg("unknown", "-x"), "-r -f -d last -x"),
        (of().include(argument, "demand").include(argument, "unsaid"), "-r -f -d -o -u"),
        (of().arg("demand", "-O"), "-r -f -d -O"),
        (of().exclude(argument, "default"), "-r -f"),
        // A required one stays, whatever the request says.
        (of().exclude(argument, "required"), "-r -f -d"),
        (of().arg("blank", "-b"), "-r -f -d -b"),
        (of().arg("fixed", "-f"), "-r -f -d"),
    ] {
        assert_eq!(texts(&request.problems()), [""; 0], "{expected}");
        assert_eq!(app_args(&request).join(" "), expected);
    }
    let fixed = of().arg("fixed", "-F");
    assert_eq!(texts(&fixed.problems()), ["argument fixed is fixed and cannot be changed"]);
    assert_eq!(fixed.problems()[0].kind, JobProblemKind::Fixed);
}

#[test]
fn a_scheduler_option_need_not_be_one_of_the_app() {
    let bare = app_with(json!({}));
    let request = request_for(&bare).scheduler_option("TACC Allocation", "-A abc");
    let request = request.extra_scheduler_option("--constraint=gpu").container_arg("x", "--nv");
    assert_eq!(texts(&request.problems()), [""; 0]);
    for (option, name) in [
        (json!({"name": "TACC Allocation", "arg": ""}), "TACC Allocation"),
        (json!({"name": "account", "arg": "-A none", "inputMode": "REQUIRED"}), "account"),
        (json!({"name": "other", "arg": "-q x"}), "allocation"),
    ] {
        let app = app_with(json!({"parameterSet": {"schedulerOptions": [option]}}));
        let request = request_for(&app).allocation("first").allocation("MY-1");
        let sent = ReqSubmitJob::try_from(request).unwrap().parameter_set.unwrap();
        let options = sent.scheduler_options.unwrap();
        assert_eq!((options.len(), options[0].name.as_deref()), (1, Some(name)));
        assert_eq!(options[0].arg, "-A MY-1");
    }
}

#[test]
fn an_empty_text_is_the_value_of_a_variable() {
    let app = app_with(json!({"parameterSet": {"envVariables": [
        {"key": "EMPTY", "value": "", "inputMode": "REQUIRED"},
        {"key": "UNSET", "value": "!tapis_not_set", "inputMode": "REQUIRED"},
        {"key": "SKIPPED", "value": "!tapis_not_set", "inputMode": "INCLUDE_BY_DEFAULT"},
        {"key": "DEMAND", "value": "d", "inputMode": "INCLUDE_ON_DEMAND"},
        {"key": "FIXED", "value": "f", "inputMode": "FIXED"},
        {"key": "BARE"},
    ]}}));
    let request = request_for(&app);
    assert_eq!(missing(&request), ["environment variable UNSET is missing"]);
    let request = request.variable("UNSET", "").variable("a", "1");
    let request = request.include(JobParameter::Variable, "DEMAND");
    assert_eq!(texts(&request.problems()), [""; 0]);
    let expected = ["a=1", "BARE=", "DEMAND=d", "EMPTY=", "FIXED=f", "UNSET="];
    assert_eq!(environment(&request.merged()), expected);
    for (request, why) in [
        (request.clone().variable("FIXED", "g"), "environment variable FIXED is fixed"),
        (
            request.clone().include(JobParameter::Variable, "FIXED"),
            "environment variable FIXED is fixed",
        ),
        (request.clone().variable("_tapisJobUUID", "x"), "begins with _tapis"),
        (request.clone().variable("A-B", "x"), "A-B is not a valid name"),
        (
            request.clone().exclude(JobParameter::Variable, "BARE"),
            "environment variable BARE cannot be excluded",
        ),
    ] {
        let problems = texts(&request.problems());
        assert!(problems.len() == 1 && problems[0].contains(why), "{why}: {problems:?}");
    }
    // Its own value is no change.
    assert_eq!(texts(&request.variable("FIXED", "f").problems()), [""; 0]);
}

#[test]
fn what_is_fixed_is_named_without_notes() {
    let app = app_with(json!({"parameterSet": {
        "appArgs": [
            {"name": "plain", "arg": "-f", "inputMode": "FIXED", "notes": {}},
            {"name": "noted", "arg": "-n", "inputMode": "FIXED", "notes": {"k": "v"}},
        ],
        "envVariables": [
            {"key": "PLAIN", "value": "f", "inputMode": "FIXED", "notes": {}},
            {"key": "NOTED", "value": "n", "inputMode": "FIXED", "notes": {"k": "v"}},
        ],
    }}));
    let problems = |parameters: serde_json::Value| {
        let request = json!({
            "name": "j", "appId": app.id, "appVersion": app.version, "parameterSet": parameters,
        });
        let request = ReqSubmitJob::try_from(request).unwrap();
        texts(&JobRequest::with_request(&app, request).unwrap().problems())
    };
    for (argument, variable, fits) in [
        (json!({"name": "plain", "arg": "-f"}), json!({"key": "PLAIN", "value": "f"}), true),
        (
            json!({"name": "plain", "arg": "-f", "notes": {}}),
            json!({"key": "PLAIN", "value": "f", "notes": {}}),
            false,
        ),
        (json!({"name": "noted", "arg": "-n"}), json!({"key": "NOTED", "value": "n"}), false),
        (
            json!({"name": "noted", "arg": "-n", "notes": {"k": "v"}}),
            json!({"key": "NOTED", "value": "n", "notes": {"k": "v"}}),
            false,
        ),
    ] {
        let found = problems(json!({"appArgs": [argument], "envVariables": [variable]}));
        assert_eq!(found.len(), if fits { 0 } else { 2 }, "{argument}: {found:?}");
    }
}

#[test]
fn inputs_are_completed_from_the_app_and_others_added() {
    let inputs = json!([
        {"name": "reads", "targetPath": "*", "inputMode": "REQUIRED"},
        {"name": "genome", "targetPath": "g", "sourceUrl": "tapis://s/g.fa", "inputMode": "FIXED",
            "envKey": "GENOME"},
        {"name": "optional", "sourceUrl": "tapis://s/o", "inputMode": "OPTIONAL"},
        {"name": "complete", "sourceUrl": "tapis://s/c", "targetPath": "c", "inputMode": "OPTIONAL"},
    ]);
    let app = app_with(json!({"fileInputs": inputs}));
    let request = request_for(&app).input("reads", "tapis://s/in/reads.fq");
    let request = request.input("genome", "tapis://s/g.fa").input("extra", "tapis://s/x/y.txt");
    let request = request.extra_input("https://host/data", "deep/data");
    assert_eq!(texts(&request.problems()), [""; 0]);
    let merged = request.merged();
    let staged: Vec<String> = merged
        .file_inputs
        .clone()
        .unwrap()
        .into_iter()
        .map(|input| format!("{} > {}", input.source_url.unwrap(), input.target_path.unwrap()))
        .collect();
    assert_eq!(
        staged,
        [
            "tapis://s/in/reads.fq > reads.fq",
            "tapis://s/g.fa > g",
            "tapis://s/x/y.txt > y.txt",
            "https://host/data > deep/data",
            "tapis://s/c > c",
        ]
    );
    let of = || request_for(&app).input("reads", "tapis://s/r");
    assert_eq!(environment(&of().merged()), ["GENOME=g"]);
    assert_eq!(environment(&merged), [""; 0], "a fixed input that is named has the request's key");
    for (request, why) in [
        (of().input("genome", "tapis://s/other"), "input genome is fixed"),
        (of().input("reads", "tapis://s/in/"), "input reads needs a targetPath"),
        (of().extra_input("tapis://s/a", "../../a"), "unnamed input has `..`"),
        (
            of().inputs("many", ["tapislocal://exec.tapis/a"]),
            "group of inputs many has a source that begins with tapislocal:",
        ),
    ] {
        let problems = texts(&request.problems());
        assert!(problems.len() == 1 && problems[0].contains(why), "{why}: {problems:?}");
    }
}

#[test]
fn an_app_may_take_no_inputs_but_its_own() {
    let mut definition = json!({
        "id": "a", "version": "1", "containerImage": "busybox", "strictFileInputs": true,
        "jobAttributes": {"execSystemId": "s", "fileInputs": [{"name": "in", "targetPath": "*"}]},
    });
    let request = request_for(&app_of(&definition)).input("typo", "tapis://s/a");
    let why = "input typo is not defined by the app, which accepts in";
    assert_eq!(texts(&request.problems()), [why]);
    definition["strictFileInputs"] = false.into();
    let request = request_for(&app_of(&definition)).input("typo", "tapis://s/a");
    assert!(request.problems().is_empty());
}

#[test]
fn the_job_is_shown_as_the_service_will_see_it() {
    let app = app_with(json!({
        "nodeCount": 4, "tags": ["of-app"], "archiveSystemId": "store", "isMpi": false,
        "parameterSet": {"archiveFilter": {"excludes": ["*.tmp"]}},
    }));
    let request =
        request_for(&app).cores(8).memory_mb(2000).max_minutes(90).tag("mine").tag("mine");
    let job = request.change(|request| request.node_count = Some(0)).merged();
    let sizes = (job.node_count, job.cores_per_node, job.memory_mb, job.max_minutes);
    assert_eq!(sizes, (Some(1), Some(8), Some(2000), Some(90)), "0 nodes are not those of the app");
    assert_eq!(job.tags.unwrap(), ["mine", "of-app"]);
    assert_eq!(job.exec_system_output_dir.unwrap(), "/${JobWorkingDir}/jobs/${JobUUID}/output");
    assert_eq!(job.archive_system_dir.unwrap(), "/jobs/${JobUUID}/archive");
    assert_eq!(job.archive_on_app_error, Some(true));
    let set = job.parameter_set.unwrap();
    assert_eq!(set.archive_filter.unwrap().excludes.unwrap(), ["*.tmp"]);
    assert_eq!(set.log_config.unwrap().stdout_filename, "tapisjob.out");
    // On the system that it runs on, the output is the archive.
    let job = request_for(&app_with(json!({}))).merged();
    assert_eq!(job.archive_system_dir, job.exec_system_output_dir);
    let job = request_for(&app).archive_to("elsewhere", "results/${JobUUID}").merged();
    assert_eq!(job.archive_system_id.as_deref(), Some("elsewhere"));
}

#[test]
fn what_the_service_would_refuse_is_found_before_anything_is_sent() {
    let app = app_with(json!({}));
    let of = || request_for(&app);
    for (request, why) in [
        (of().name("x".repeat(65)), "name has 65 characters; at most 64 are allowed"),
        (of().name(""), "name is empty"),
        (of().system("a;b"), "execSystemId contains the character ;"),
        (of().arg("a", "x > y"), "argument a contains the character >"),
        (of().arg("a", "x\ty"), "argument a contains a control character"),
        (of().extra_arg("-v").extra_arg("-v"), "\"-v\" is given twice"),
        (of().arg("a", " "), "argument a is missing"),
        (of().tag("x".repeat(127)), "tags has 127 characters"),
        (of().memory_mb(0), "memoryMB is less than 1"),
        (of().archive_to("s", "../up"), "archiveSystemDir contains `..`"),
        (
            of().change(|request| {
                request.is_mpi = Some(true);
                request.mpi_cmd = Some("ibrun".into());
                request.cmd_prefix = Some("time".into());
            }),
            "mpiCmd and cmdPrefix cannot both be set",
        ),
    ] {
        let problems = texts(&request.problems());
        assert!(problems.len() == 1 && problems[0].contains(why), "{why}: {problems:?}");
        assert!(ReqSubmitJob::try_from(request).unwrap_err().is_input());
    }
    // Scheduler and container get what a shell would read.
    let quoted = of().scheduler_option("m", "--mail='a;b'").container_arg("c", "--env A=b&c");
    assert!(quoted.problems().is_empty());
}

/// What of a job can be compared with what the service makes of it.
fn compared(set: &Value, inputs: &Value) -> Value {
    let list = |value: &Value, fields: &[&str]| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        let of = |item: &Value| {
            let texts = fields.iter().map(|field| item[*field].as_str().unwrap_or_default());
            texts.collect::<Vec<_>>().join("=")
        };
        items.map(of).filter(|text| !text.starts_with("_tapis")).collect()
    };
    json!({
        "appArgs": list(&set["appArgs"], &["arg", "description"]),
        "containerArgs": list(&set["containerArgs"], &["arg"]),
        "schedulerOptions": list(&set["schedulerOptions"], &["arg"]),
        "envVariables": list(&set["envVariables"], &["key", "value", "description"]),
        "excludes": set["archiveFilter"]["excludes"].as_array().cloned().unwrap_or_default(),
        "logConfig": set["logConfig"],
        "fileInputs": list(inputs, &["name", "sourceUrl", "targetPath", "description"]),
    })
}

#[tokio::test]
async fn the_job_is_what_was_shown() {
    let world = World::new().await.unwrap();
    let app = app(&world, definition()).await;
    let system = world.t.systems.get_system("s").await.unwrap();
    for path in ["reads.fq", "g", "other", "notes"] {
        world.t.files.upload("s", path).from_bytes(path).await.unwrap();
    }
    let of = || filled(&app);
    for request in [
        of(),
        of().arg("extra", "-y").variable("OTHER", "").variable("LANG", "de"),
        of().extra_arg("--last").arg("unknown", "-u").arg("level", "-v"),
        of().include(JobParameter::Argument, "extra").extra_container_arg("--nv"),
        of().allocation("ABC").extra_scheduler_option("--qos x"),
        of().input("notes", "tapis://s/notes").input("more", "tapis://s/other"),
        of().extra_input("tapis://s/other", "deep/renamed").max_minutes(3).nodes(2).cores(4),
        of().archive_to("s", "results").tag("a").memory_mb(77),
        of().change(|request| {
            let inputs = request.file_inputs.get_or_insert_default();
            inputs.iter_mut().for_each(|input| input.description = Some("mine".into()));
            let set = request.parameter_set.get_or_insert_default();
            let arguments = set.app_args.get_or_insert_default();
            arguments.iter_mut().for_each(|argument| argument.description = Some("mine".into()));
        }),
    ] {
        let shown = request.merged_on(&system);
        let job = world.t.jobs.submit_job(request).await.unwrap();
        let set = serde_json::to_value(shown.parameter_set.unwrap()).unwrap();
        let inputs = serde_json::to_value(shown.file_inputs.unwrap()).unwrap();
        let text = |value: Option<Value>| -> Value {
            serde_json::from_str(value.unwrap().as_str().unwrap()).unwrap()
        };
        let (its_set, its_inputs) = (text(job.parameter_set), text(job.file_inputs));
        assert_eq!(compared(&its_set, &its_inputs), compared(&set, &inputs));
        assert_eq!(
            (job.node_count, job.cores_per_node, job.memory_mb, job.max_minutes),
            (shown.node_count, shown.cores_per_node, shown.memory_mb, shown.max_minutes)
        );
        assert_eq!(job.archive_system_id, shown.archive_system_id);
        assert_eq!(job.tags, shown.tags.or(Some(Vec::new())));
    }
}

#[tokio::test]
async fn a_check_asks_the_systems_and_lists_everything_at_once() {
    let world = World::new().await.unwrap();
    let system = json!({
        "id": "cluster", "systemType": "LINUX", "host": "host.example.org", "canExec": true,
        "defaultAuthnMethod": "PASSWORD", "effectiveUserId": "${apiUserId}", "rootDir": "/",
        "jobWorkingDir": "work", "jobRuntimes": [{"runtimeType": "DOCKER"}], "canRunBatch": true,
        "batchScheduler": "SLURM", "batchSchedulerProfile": "tacc",
        "batchDefaultLogicalQueue": "small",
        "batchLogicalQueues": [
            {"name": "small", "hpcQueueName": "s", "maxNodeCount": 2, "maxMinutes": 60},
            {"name": "large", "hpcQueueName": "l", "minNodeCount": 3, "maxMemoryMB": 1000},
        ],
        "jobEnvVariables": [{"key": "SITE", "value": "!tapis_not_set", "inputMode": "REQUIRED"}],
    });
    let profile = json!({"name": "tacc", "description": "A profile."});
    let profile = tapis_client::systems::types::ReqPostSchedulerProfile::try_from(profile).unwrap();
    world.t.systems.create_scheduler_profile(profile).await.unwrap();
    let system = tapis_client::systems::types::ReqPostSystem::try_from(system).unwrap();
    world.t.systems.create_system(system).await.unwrap();
    let cluster = world.t.systems.get_system("cluster").await.unwrap();
    let app = app_with(json!({"execSystemId": "cluster"}));
    let problems = async |request: JobRequest| texts(&request.check(&world.t).await.unwrap());
    let of = || request_for(&app).variable("SITE", "here");
    assert_eq!(problems(of()).await, [""; 0]);
    let merged = of().merged_on(&cluster);
    assert_eq!(merged.job_type.as_deref(), Some("BATCH"));
    assert_eq!(merged.exec_system_logical_queue.as_deref(), Some("small"));
    let options = merged.parameter_set.unwrap().scheduler_options.unwrap();
    assert_eq!(options[0].arg, "--tapis-profile tacc");

    let request = request_for(&app).queue("large").memory_mb(2000).name("");
    assert_eq!(
        problems(request.archive_to("nowhere", "x")).await,
        [
            "name is empty",
            "environment variable SITE is missing",
            "nodeCount is 1, but the queue large allows at least 3",
            "memoryMB is 2000, but the queue large allows at most 1000",
            "archiveSystemId names the system nowhere, which does not exist",
        ]
    );
    let unknown = of()
        .scheduler_option("profile", "--tapis-profile nowhere")
        .extra_scheduler_option("--tapis-profile")
        .extra_scheduler_option("--tapis-profiles nowhere");
    assert_eq!(
        problems(unknown).await,
        [
            "unnamed scheduler option is --tapis-profile without a profile name",
            "scheduler option profile names the scheduler profile nowhere, which does not exist",
        ]
    );
    let unknown = problems(of().queue("huge")).await;
    assert_eq!(
        unknown,
        [
            "execSystemLogicalQueue is huge, which is not a queue of cluster; its queues are small, large"
        ]
    );
    let absent = problems(of().system("nowhere")).await;
    assert_eq!(absent, ["execSystemId names the system nowhere, which does not exist"]);
    world.t.systems.disable_system("cluster").await.unwrap();
    let disabled = problems(of()).await;
    assert_eq!(disabled, ["execSystemId names the system cluster, which is disabled"]);
    assert!(world.mock.requests_for(SUBMIT).is_empty());
}

#[tokio::test]
async fn an_app_without_a_system_needs_one_from_the_request() {
    let world = World::new().await.unwrap();
    let bare = json!({"id": "bare", "version": "1", "containerImage": "busybox"});
    let app = app(&world, bare).await;
    let request = request_for(&app);
    assert_eq!(
        missing(&request),
        ["system execSystemId is missing (neither the app nor the request sets it)"]
    );
    let job = world.t.jobs.run(request.system("s")).await.unwrap().await.unwrap();
    assert_eq!(job.exec_system_id.as_deref(), Some("s"));
}

#[tokio::test]
async fn an_app_from_a_list_is_not_known_well_enough() {
    let world = World::new().await.unwrap();
    let _ = app(&world, definition()).await;
    let apps = world.t.apps.get_apps().await.unwrap();
    let error = JobRequest::for_app(&apps[0]).unwrap_err();
    assert!(
        error.is_input() && error.message().contains("fetch it with t.apps.get_app"),
        "{error}"
    );
}

#[tokio::test]
async fn a_job_comes_from_a_file_whose_unknown_attributes_are_named() {
    let world = World::new().await.unwrap();
    let app = app(&world, definition()).await;
    let yaml = "name: from-a-file\nappId: align\nappVersion: '2'\nmaxMinutes: 3\nparameterSet:\n  \
                appArgs:\n  - {name: word, arg: world}\n";
    let toml = "name = \"from-a-file\"\nappId = \"align\"\nappVersion = \"2\"\nmaxMinutes = 3\n\
                [[parameterSet.appArgs]]\nname = \"word\"\narg = \"world\"\n";
    let json = r#"{"name": "from-a-file", "appId": "align", "appVersion": "2", "maxMinutes": 3,
                   "parameterSet": {"appArgs": [{"name": "word", "arg": "world"}]}, "notes": null}"#;
    let folder = tempfile::tempdir().unwrap();
    for (text, format, extension) in
        [(yaml, Format::Yaml, "yml"), (toml, Format::Toml, "toml"), (json, Format::Json, "json")]
    {
        let path = folder.path().join(format!("job.{extension}"));
        std::fs::write(&path, text).unwrap();
        let from_file = JobDefinition::from_path(path).await.unwrap().into_request();
        let request = JobDefinition::from_text(text, format).unwrap().into_request();
        assert_eq!(from_file, request);
        assert_eq!((request.max_minutes, request.name.as_str()), (Some(3), "from-a-file"));
        // With its app, it is checked as any other.
        let checked = JobRequest::with_request(&app, request).unwrap();
        assert_eq!(checked.missing().len(), 6, "{:?}", checked.missing());
    }
    for (text, why) in [
        (r#"{"name": "a", "appId": "align", "appVersion": "2", "appArgs": {}}"#, "appArgs"),
        (
            r#"{"name": "a", "appId": "align", "appVersion": "2",
                "parameterSet": {"envVariables": [{"key": "A", "inputMode": "FIXED"}]}}"#,
            "parameterSet.envVariables[0].inputMode",
        ),
        (r#"{"name": "a", "appId": "align"}"#, "appVersion"),
    ] {
        let error = JobDefinition::from_text(text, Format::Json).unwrap_err();
        assert!(error.is_input() && error.message().contains(why), "{error}");
    }
    let other = ReqSubmitJob::new("a", "other", "2");
    assert!(JobRequest::with_request(&app, other).unwrap_err().is_input());
    // By itself it is the body of a call.
    let simple = json!({"id": "b", "version": "1", "containerImage": "busybox",
        "jobAttributes": {"execSystemId": "s"}});
    let simple = serde_json::from_value::<ReqPostApp>(simple).unwrap();
    world.t.apps.create_app_version(simple).await.unwrap();
    let text = r#"{"name": "run", "appId": "b", "appVersion": "1"}"#;
    let definition = JobDefinition::from_text(text, Format::Json).unwrap();
    world.t.jobs.run(definition).await.unwrap().await.unwrap();
}
