//! Systems from definitions.

use rstest::rstest;
use serde_json::{Value, json};
use tapis_client::ErrorKind;
use tapis_client::blocking::Wait as _;
use tapis_client::definitions::{ApplyOutcome, Target};
use tapis_client::systems::calls::RemoveUserCredentialArgs;
use tapis_mock::Fault;
use tapis_tests::World;

use super::{APP, SYSTEM, asked, lines, toml, world, yaml};

#[tokio::test]
async fn a_system_is_created_left_alone_and_changed() {
    let world = world().await;
    let t = &world.t;
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(asked(&world), ["getSystem", "createSystem", "getSystem"]);
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Unchanged);
    assert!(t.diff(&yaml(SYSTEM)).await.unwrap().is_empty());
    assert_eq!(asked(&world), ["getSystem", "getSystem"]);

    let changed = SYSTEM.replace("one.", "two.").replace("name: p", "name: q");
    let differences = "host: \"two.example.org\" here, \"one.example.org\" on the server\n\
                       notes.project.name: \"q\" here, \"p\" on the server\n";
    assert_eq!(t.diff(&yaml(&changed)).await.unwrap().to_string(), differences);
    assert_eq!(asked(&world), ["getSystem"], "checking changes nothing");
    let applied = t.apply(&yaml(&changed)).await.unwrap();
    assert_eq!(lines(&applied), differences);
    let patch = world.mock.requests_for("systems.patchSystem")[0].json().unwrap();
    let notes = json!({"project": {"name": "q"}});
    assert_eq!(patch, json!({"host": "two.example.org", "notes": notes}), "what differs is sent");
    assert_eq!(t.apply(&yaml(&changed)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn what_a_definition_leaves_out_stays_as_it_is() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    let shorter = SYSTEM.replace("port: 22\n", "").replace("tags: [a, b]\n", "");
    assert_eq!(t.apply(&yaml(&shorter)).await.unwrap(), ApplyOutcome::Unchanged);
    let system = t.systems.get_system("s").await.unwrap();
    assert_eq!((system.port, system.tags.unwrap().len()), (Some(22), 2));
}

#[tokio::test]
async fn what_the_service_writes_differently_is_no_difference() {
    let world = world().await;
    let t = &world.t;
    let text = format!("{SYSTEM}\nowner: ${{apiUserId}}\njobMaxJobs: -1\ndescription:\n");
    assert_eq!(t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
    let app = format!("owner = '${{apiUserId}}'\nmaxJobs = -1\n{APP}");
    assert_eq!(world.t.apply(&toml(&app)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(world.t.apply(&toml(&app)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn a_system_is_enabled_and_disabled_by_calls_of_their_own() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    asked(&world);
    let disabled = SYSTEM.replace("enabled: true", "enabled: false");
    assert_eq!(
        lines(&t.apply(&yaml(&disabled)).await.unwrap()),
        "enabled: false here, true on the server\n"
    );
    assert_eq!(asked(&world), ["getSystem", "disableSystem", "getSystem"]);
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    assert_eq!(asked(&world), ["getSystem", "enableSystem", "getSystem"]);
    assert_eq!(t.systems.get_system("s").await.unwrap().enabled, Some(true));
}

#[rstest]
#[case::of_another_kind(&SYSTEM.replace("LINUX", "S3"), "systemType cannot be changed")]
#[case::no_attribute(&SYSTEM.replace("host:", "hots:"), "missing field `host`")]
#[case::misspelt(&format!("{SYSTEM}\nprot: 1"), "unknown attribute prot")]
#[case::of_the_wrong_type(&SYSTEM.replace("port: 22", "port: many"), "port: invalid type")]
#[case::without_an_id(&SYSTEM.replace("id: s\n", ""), "id is missing")]
#[tokio::test]
async fn what_cannot_be_applied_is_refused_before_anything_changes(
    #[case] text: &str,
    #[case] why: &str,
) {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(SYSTEM)).await.unwrap();
    asked(&world);
    let error = t.apply(&yaml(text)).await.unwrap_err();
    assert!(error.is_input() && error.message().contains(why), "{error}");
    assert!(asked(&world).iter().all(|operation| operation == "getSystem"));
}

#[test]
fn everything_can_be_waited_for_without_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(world());
    let t = &world.t;
    assert_eq!(t.apply(&yaml(SYSTEM)).wait().unwrap(), ApplyOutcome::Created);
    t.systems.set_credential("s").password("planted-password").wait().unwrap();
    assert!(t.diff(&yaml(SYSTEM)).wait().unwrap().is_empty());
    assert_eq!(world.t.apply(&toml(APP)).wait().unwrap(), ApplyOutcome::Created);
    assert!(world.t.diff(&toml(APP)).wait().unwrap().is_empty());
    assert_eq!(t.export(Target::app("hello")).wait().unwrap().text("id").unwrap(), "hello");
}

/// A world, and what the server has of the system after the definition was applied there twice.
async fn applied(text: &str) -> (World, Value) {
    let world = world().await;
    assert_eq!(world.t.apply(&yaml(text)).await.unwrap(), ApplyOutcome::Created, "{text}");
    assert_eq!(world.t.apply(&yaml(text)).await.unwrap(), ApplyOutcome::Unchanged, "{text}");
    let system = world.t.systems.get_system("s").send_as().await.unwrap();
    (world, system)
}

#[rstest]
#[case::owner("effectiveUserId", "${owner}", "testuser")]
#[case::normalised("rootDir", "//data/./a/../b/", "/data/b")]
#[case::root_of_the_owner("rootDir", "/home/${owner}/", "/home/testuser")]
#[case::root_of_a_tenant("rootDir", "/${tenant}/${apiUserId}", "/dev/testuser")]
#[case::working_directory("jobWorkingDir", "/s/${tenant}/${owner}", "/s/dev/testuser")]
#[case::blanks_at_the_ends("host", "' h.example.org '", "h.example.org")]
#[tokio::test]
async fn what_the_service_resolves_or_normalises_is_no_difference_and_is_not_patched(
    #[case] name: &str,
    #[case] text: &str,
    #[case] stored: &str,
) {
    let lines: Vec<&str> = SYSTEM.lines().filter(|line| !line.starts_with(name)).collect();
    let text = format!("{}\n{name}: {text}\n", lines.join("\n"));
    let (world, system) = applied(&text).await;
    assert_eq!(system[name], stored);
    assert!(world.mock.requests_for("systems.patchSystem").is_empty());
}

#[tokio::test]
async fn a_root_that_the_host_is_asked_for_is_no_difference() {
    let text = SYSTEM
        .replace("${apiUserId}", "svc")
        .replace("rootDir: /", "rootDir: HOST_EVAL($SCRATCH)/a/");
    let text = format!("{text}\nauthnCredential: {{password: planted}}");
    let (world, system) = applied(&text).await;
    assert_eq!(system["rootDir"], "/scratch/svc/a");
    let other = text.replace(")/a/", ")/b/");
    let error = world.t.apply(&yaml(&other)).await.unwrap_err();
    assert!(error.message().contains("rootDir cannot be changed"), "{error}");
}

#[tokio::test]
async fn a_variable_that_is_replaced_at_creation_is_sent_as_what_it_stands_for() {
    let text = SYSTEM.replace("${apiUserId}", "svc") + "jobWorkingDir: /work\n";
    let (world, _) = applied(&text).await;
    let text = text.replace("svc", "${owner}").replace("/work", "/${tenant}/${owner}/${JobUUID}");
    let _ = world.t.apply(&yaml(&text)).await.unwrap();
    let patch = world.mock.requests_for("systems.patchSystem")[0].json().unwrap();
    let sent = json!({"effectiveUserId": "testuser", "jobWorkingDir": "/dev/testuser/${JobUUID}"});
    assert_eq!(patch, sent);
    assert_eq!(world.t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn another_order_of_queues_is_no_difference_and_a_change_keeps_what_each_has() {
    let queues = |queues: &str| {
        format!(
            "{SYSTEM}canRunBatch: true\nbatchScheduler: SLURM\nbatchDefaultLogicalQueue: small\n\
             batchLogicalQueues:\n{queues}"
        )
    };
    let small = "- {name: small, hpcQueueName: s, maxMinutes: 60, schedulerOptions: [{name: o, arg: --o}]}\n";
    let large = "- {name: large, hpcQueueName: l, maxMinutes: 2880}\n";
    let (world, _) = applied(&queues(&format!("{small}{large}"))).await;
    let short = queues("- {name: large, hpcQueueName: l}\n- {name: small, hpcQueueName: s}\n");
    assert_eq!(world.t.apply(&yaml(&short)).await.unwrap(), ApplyOutcome::Unchanged);
    let changed = short.replace("hpcQueueName: l", "hpcQueueName: l, maxJobs: 5");
    assert_eq!(
        lines(&world.t.apply(&yaml(&changed)).await.unwrap()),
        "batchLogicalQueues[large].maxJobs: 5 here, 2147483647 on the server\n"
    );
    let there: Value = world.t.systems.get_system("s").send_as().await.unwrap();
    let queues = &there["batchLogicalQueues"];
    assert_eq!((&queues[0]["maxMinutes"], &queues[1]["maxMinutes"]), (&json!(2880), &json!(60)));
    assert_eq!(queues[1]["schedulerOptions"][0]["arg"], "--o");
}

#[tokio::test]
async fn what_only_put_can_unset_is_unset_and_the_rest_stays() {
    let more =
        "mpiCmd: m\ndescription: d\njobWorkingDir: w\njobEnvVariables: [{key: A, value: '1'}]\n";
    let (world, before) = applied(&format!("{SYSTEM}{more}")).await;
    let text = format!("{SYSTEM}mpiCmd: null\ndescription: ''\nhost: two.example.org\n");
    let text = text.replacen("host: one.example.org\n", "", 1);
    assert_eq!(
        lines(&world.t.apply(&yaml(&text)).await.unwrap()),
        "description: \"\" here, \"d\" on the server\n\
         host: \"two.example.org\" here, \"one.example.org\" on the server\n\
         mpiCmd: nothing here, \"m\" on the server\n"
    );
    assert_eq!(asked(&world).iter().filter(|call| *call == "patchSystem").count(), 0);
    let after: Value = world.t.systems.get_system("s").send_as().await.unwrap();
    for (name, value) in before.as_object().unwrap() {
        match name.as_str() {
            "mpiCmd" | "description" => assert!(after[name].is_null(), "{name}"),
            "host" => assert_eq!(after[name], "two.example.org"),
            "updated" => {}
            _ => assert_eq!(&after[name], value, "{name}"),
        }
    }
    assert_eq!(world.t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
}

#[tokio::test]
async fn a_deleted_system_is_undeleted_and_changed() {
    let (world, _) = applied(SYSTEM).await;
    let t = &world.t;
    t.systems.delete_system("s").await.unwrap();
    let outcome = t.apply(&yaml(&SYSTEM.replace("one.", "two."))).await.unwrap();
    let ApplyOutcome::Undeleted(differences) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(differences.len(), 1);
    assert_eq!(outcome.to_string(), "undeleted and changed in 1 place");
    let system = t.systems.get_system("s").await.unwrap();
    assert_eq!(system.host.as_deref(), Some("two.example.org"));
}

#[tokio::test]
async fn a_reserved_id_is_refused_as_the_service_refuses_it() {
    let world = world().await;
    let error = world.t.apply(&yaml(&SYSTEM.replace("id: s", "id: search"))).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert_eq!(error.operation().unwrap().id, "createSystem");
}

#[tokio::test]
async fn another_owner_comes_last() {
    let (world, _) = applied(SYSTEM).await;
    asked(&world);
    let text = SYSTEM.replace("one.", "two.") + "owner: somebody\n";
    let outcome = world.t.apply(&yaml(&text)).await.unwrap();
    assert_eq!(
        lines(&outcome),
        "host: \"two.example.org\" here, \"one.example.org\" on the server\n\
         owner: \"somebody\" here, \"testuser\" on the server\n"
    );
    assert_eq!(
        asked(&world),
        ["getSystem", "patchSystem", "getSystem", "changeSystemOwner", "getSystem"]
    );
    // Who was the owner cannot see it any more.
    assert!(world.t.apply(&yaml(&text)).await.unwrap_err().is_permission());
}

#[tokio::test]
async fn any_owner_is_the_caller_who_created_it() {
    let (world, _) = applied(&format!("{SYSTEM}owner: ${{apiUserId}}\n")).await;
    for owner in ["${APIUSERID}", "''"] {
        let text = format!("{SYSTEM}owner: {owner}\n");
        assert_eq!(world.t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged, "{owner}");
    }
}

#[tokio::test]
async fn what_the_service_does_not_store_is_an_error_that_names_it() {
    let (world, before) = applied(SYSTEM).await;
    // The change is answered and not made.
    let answer =
        json!({"status": "success", "message": "m", "version": "1", "result": {"url": "u"}});
    world
        .mock
        .inject(Fault::status(200).body(answer.to_string()).on("systems.patchSystem").times(1));
    let error = world.t.apply(&yaml(&SYSTEM.replace("one.", "two."))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request, "{error}");
    let told = "the service accepted the change but did not store host: \"two.example.org\" here";
    assert!(error.message().contains(told), "{error}");
    assert_eq!(before["host"], "one.example.org");
}

#[tokio::test]
async fn a_credential_that_is_missing_is_stored_and_one_that_is_there_is_left_alone() {
    let text = SYSTEM.replace("${apiUserId}", "svc") + "authnCredential: {password: planted}\n";
    let (world, _) = applied(&text).await;
    assert!(world.mock.requests_for("systems.createUserCredential").is_empty());
    let arguments = RemoveUserCredentialArgs { system_id: "s".into(), user_name: "svc".into() };
    world.t.systems.remove_user_credential(arguments).await.unwrap();
    let found = world.t.diff(&yaml(&text)).await.unwrap().to_string();
    assert_eq!(found, "authnCredential: \"[redacted]\" here, nothing on the server\n");
    assert_eq!(lines(&world.t.apply(&yaml(&text)).await.unwrap()), found);
    assert_eq!(world.t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
    let sent = world.mock.requests_for("systems.createUserCredential");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].path, "/v3/systems/credential/s/user/svc");
}

#[tokio::test]
async fn an_older_release_is_asked_whether_there_is_a_credential() {
    let text = SYSTEM.replace("${apiUserId}", "svc") + "authnCredential: {password: planted}\n";
    let (world, system) = applied(&text).await;
    let mut older = system;
    older.as_object_mut().unwrap().remove("hasCredentials");
    let answer = json!({"status": "success", "message": "m", "version": "1", "result": older});
    let fault = Fault::status(200).body(answer.to_string()).on("systems.getSystem").always();
    world.mock.inject(fault);
    assert_eq!(world.t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
    // One that the host refuses is there, and is left for the operator to replace.
    world.mock.refuse_logins("s").unwrap();
    assert_eq!(world.t.apply(&yaml(&text)).await.unwrap(), ApplyOutcome::Unchanged);
    world.mock.accept_logins("s").unwrap();
    let arguments = RemoveUserCredentialArgs { system_id: "s".into(), user_name: "svc".into() };
    world.t.systems.remove_user_credential(arguments).await.unwrap();
    asked(&world);
    assert_eq!(world.t.apply(&yaml(&text)).await.unwrap().to_string(), "changed in 1 place");
    assert_eq!(
        asked(&world),
        ["getSystem", "checkUserCredential", "createUserCredential", "getSystem"]
    );
}

#[tokio::test]
async fn a_child_system_is_created_from_its_parent_and_follows_it() {
    let (world, _) = applied(&format!("{SYSTEM}allowChildren: true\n")).await;
    let t = &world.t;
    let child = "id: c\nparentId: s\nsystemType: LINUX\nhost: one.example.org\ncanExec: false\n\
                 defaultAuthnMethod: PASSWORD\neffectiveUserId: ${apiUserId}\nrootDir: /c\n";
    assert_eq!(t.apply(&yaml(child)).await.unwrap(), ApplyOutcome::Created);
    assert_eq!(world.mock.requests_for("systems.createChildSystem").len(), 1);
    assert_eq!(t.apply(&yaml(child)).await.unwrap(), ApplyOutcome::Unchanged);
    let exported = t.export(Target::system("c")).await.unwrap();
    assert_eq!(exported.text("parentId").unwrap(), "s");
    assert_eq!(t.apply(&exported).await.unwrap(), ApplyOutcome::Unchanged);
    let other = child.replace("one.", "two.");
    let error = t.apply(&yaml(&other)).await.unwrap_err();
    assert!(error.message().contains("host is inherited from the parent system s"), "{error}");
    let _ = t.apply(&yaml(&child.replace("${apiUserId}", "svc"))).await.unwrap();
    let system = t.systems.get_system("c").await.unwrap();
    assert_eq!(system.effective_user_id.as_deref(), Some("svc"));
}
