//! Applying that broke off is continued by applying again.

use rstest::rstest;
use tapis_client::definitions::{ApplyOutcome, Definition, Target};
use tapis_mock::Fault;
use tapis_tests::World;

use super::{SYSTEM, asked, lines, toml, world, yaml};

#[tokio::test]
async fn what_broke_off_in_the_middle_is_finished_by_applying_it_again() {
    let world = world().await;
    let t = &world.t;
    // The system is there, and nobody heard of it.
    world.mock.inject(Fault::truncate(3).on("systems.createSystem").times(1));
    let error = t.apply(&yaml(SYSTEM)).await.unwrap_err();
    assert!(error.maybe_sent(), "{error}");
    assert_eq!(t.apply(&yaml(SYSTEM)).await.unwrap(), ApplyOutcome::Unchanged);

    let changed = SYSTEM.replace("one.", "two.").replace("enabled: true", "enabled: false");
    world.mock.inject(Fault::status(500).on("systems.disableSystem").times(1));
    let error = t.apply(&yaml(&changed)).await.unwrap_err();
    assert_eq!(error.operation().unwrap().id, "disableSystem", "{error}");
    assert_eq!(
        lines(&t.apply(&yaml(&changed)).await.unwrap()),
        "enabled: false here, true on the server\n",
        "the host has been changed before"
    );
}

/// How a test begins and ends.
struct Scenario {
    /// What is applied before.
    before: Option<Definition>,
    /// Whether what was applied is deleted then.
    deleted: bool,
    /// What is applied while calls fail.
    after: Definition,
    target: Target,
    /// The calls that apply makes.
    calls: &'static [&'static str],
}

impl Scenario {
    async fn begin(&self) -> World {
        let world = world().await;
        let t = &world.t;
        if let Some(before) = &self.before {
            let _ = t.apply(before).await.unwrap();
        }
        if self.deleted {
            match self.after.get("version") {
                None => t.systems.delete_system("s").await.map(drop).unwrap(),
                Some(_) => t.apps.delete_app("hello").await.map(drop).unwrap(),
            }
        }
        asked(&world);
        world
    }
}

const FIXED_USER: &str = "
id: s
systemType: LINUX
host: one.example.org
rootDir: /
canExec: false
defaultAuthnMethod: PASSWORD
effectiveUserId: svc
authnCredential: {password: planted}
enabled: false
mpiCmd: m
";

const RELEASED: &str = "
id = 'hello'
version = '1'
containerImage = 'busybox'
enabled = false
versionEnabled = false
locked = true
strictFileInputs = true
description = 'd'
jobAttributes = {maxMinutes = 60}
";

fn new_system() -> Scenario {
    Scenario {
        before: None,
        deleted: false,
        after: yaml(FIXED_USER),
        target: Target::system("s"),
        calls: &["getSystem", "createSystem", "getSystem"],
    }
}

fn new_app() -> Scenario {
    Scenario {
        before: None,
        deleted: false,
        after: toml(RELEASED),
        target: Target::app_version("hello", "1"),
        calls: &[
            "getApp",
            "createAppVersion",
            "getApp",
            "patchApp",
            "disableAppVersion",
            "lockApp",
            "getApp",
        ],
    }
}

fn changed_system() -> Scenario {
    let after = FIXED_USER.replace("one.", "two.").replace("svc", "other");
    let after = after.replace("enabled: false", "enabled: true").replace("mpiCmd: m", "mpiCmd:");
    Scenario {
        before: Some(yaml(FIXED_USER)),
        after: yaml(&after),
        calls: &[
            "getSystem",
            "putSystem",
            "patchSystem",
            "enableSystem",
            "createUserCredential",
            "getSystem",
        ],
        ..new_system()
    }
}

fn changed_locked_app() -> Scenario {
    let after = RELEASED.replace("busybox", "alpine").replace("enabled = false", "enabled = true");
    let after =
        after.replace("'d'", "''").replace("versionEnabled = true", "versionEnabled = false");
    Scenario {
        before: Some(toml(RELEASED)),
        after: toml(&after),
        calls: &["getApp", "unlockApp", "putApp", "enableApp", "lockApp", "getApp"],
        ..new_app()
    }
}

fn deleted_system() -> Scenario {
    Scenario {
        before: Some(yaml(FIXED_USER)),
        deleted: true,
        after: yaml(&FIXED_USER.replace("one.", "two.")),
        calls: &[
            "getSystem",
            "createSystem",
            "undeleteSystem",
            "getSystem",
            "patchSystem",
            "createUserCredential",
            "getSystem",
        ],
        ..new_system()
    }
}

fn new_version_of_a_deleted_app() -> Scenario {
    let after = RELEASED.replace("version = '1'", "version = '2'").replace("'d'", "'e'");
    Scenario {
        before: Some(toml(RELEASED)),
        deleted: true,
        after: toml(&after),
        target: Target::app_version("hello", "2"),
        calls: &[
            "getApp",
            "createAppVersion",
            "undeleteApp",
            "getApp",
            "createAppVersion",
            "getApp",
            "patchApp",
            "disableAppVersion",
            "lockApp",
            "getApp",
        ],
    }
}

#[rstest]
#[case::new_system(new_system())]
#[case::changed_system(changed_system())]
#[case::deleted_system(deleted_system())]
#[case::new_app(new_app())]
#[case::changed_locked_app(changed_locked_app())]
#[case::new_version_of_a_deleted_app(new_version_of_a_deleted_app())]
#[tokio::test]
async fn each_call_may_fail_and_the_next_apply_goes_on(#[case] scenario: Scenario) {
    let expected = {
        let world = scenario.begin().await;
        let _ = world.t.apply(&scenario.after).await.unwrap();
        assert_eq!(asked(&world), scenario.calls);
        world.t.export(scenario.target.clone()).await.unwrap().to_value()
    };
    // Refused before it acts, answered to nobody, and broken off before and after it acts.
    let faults = [Fault::status(500), Fault::status(400), Fault::reset(), Fault::truncate(3)];
    for fault in faults {
        for call in 0..u32::try_from(scenario.calls.len()).unwrap() {
            let world = scenario.begin().await;
            let t = &world.t;
            world.mock.inject(fault.clone().on_path("/v3/*").after(call).times(1));
            let _ = t.apply(&scenario.after).await;
            world.mock.clear_faults();
            let what = format!("{fault:?} in call {call}, {:?}", asked(&world));
            let again = t.apply(&scenario.after).await;
            let again = again.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(
                t.apply(&scenario.after).await.unwrap(),
                ApplyOutcome::Unchanged,
                "{what}: {again:?}"
            );
            let there = t.export(scenario.target.clone()).await.unwrap();
            assert_eq!(there.to_value(), expected, "{what}");
            if scenario.after.get("authnCredential").is_some() {
                let status = t.systems.check_credential("s").await.unwrap();
                assert_eq!(status, tapis_client::systems::CredentialStatus::Accepted, "{what}");
            }
        }
    }
}

/// A lock that the definition does not mention comes back with the apply that took it away, or that
/// apply says which call failed to bring it back.
#[tokio::test]
async fn a_lock_that_is_not_described_comes_back_or_its_call_is_the_error() {
    let before = toml(&RELEASED.replace("locked = true\n", ""));
    let after = toml(&RELEASED.replace("locked = true\n", "").replace("busybox", "alpine"));
    let calls = ["getApp", "unlockApp", "patchApp", "lockApp", "getApp"];
    for fault in [Fault::status(500), Fault::status(400), Fault::reset(), Fault::truncate(3)] {
        for call in 0..=calls.len() {
            let world = world().await;
            let t = &world.t;
            let _ = t.apply(&before).await.unwrap();
            t.apps.lock_app("hello", "1").await.unwrap();
            asked(&world);
            // The last round has no fault.
            if call < calls.len() {
                let call = u32::try_from(call).unwrap();
                world.mock.inject(fault.clone().on_path("/v3/*").after(call).times(1));
            }
            let applied = t.apply(&after).await;
            world.mock.clear_faults();
            let asked = asked(&world);
            if call == calls.len() {
                assert_eq!(asked, calls);
            }
            let app = t.apps.get_app("hello", "1").await.unwrap();
            let unlocked = app.locked == Some(false);
            let error = applied.err();
            let reported = error.and_then(|error| Some(error.operation()?.id));
            let what = format!("{fault:?} in call {call}, {asked:?}: {reported:?}");
            assert!(!unlocked || reported == Some("lockApp"), "{what}");
            let _ = t.apply(&after).await.unwrap();
            assert_eq!(t.apply(&after).await.unwrap(), ApplyOutcome::Unchanged, "{what}");
        }
    }
}
