//! What Tapis logs in to systems with.

use rstest::rstest;
use serde_json::{Value, json};
use tapis_client::Error;
use tapis_client::definitions::Definition;
use tapis_client::systems::{CredentialStatus, SetCredential};

use super::{SYSTEM, asked, world, yaml};

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nplanted-key\n-----END RSA PRIVATE KEY-----\n";

#[rstest]
#[case::password(
    "LINUX",
    "PASSWORD",
    |call: SetCredential| call.password("planted-password"),
    json!({"password": "planted-password"})
)]
#[case::keys(
    "LINUX",
    "PKI_KEYS",
    |call: SetCredential| call.key_pair(KEY, "ssh-ed25519 AAAA me\n").login_user("me"),
    json!({"privateKey": KEY, "publicKey": "ssh-ed25519 AAAA me", "loginUser": "me"})
)]
#[case::access_key(
    "S3\nbucketName: b",
    "ACCESS_KEY",
    |call: SetCredential| call.access_key("planted-access-key", "planted-access-secret"),
    json!({"accessKey": "planted-access-key", "accessSecret": "planted-access-secret"})
)]
#[case::tokens(
    "GLOBUS",
    "TOKEN",
    |call: SetCredential| call.token_pair("planted-token", "planted-refresh"),
    json!({"accessToken": "planted-token", "refreshToken": "planted-refresh"})
)]
#[tokio::test]
async fn a_credential_is_stored_and_shown_to_nobody(
    #[case] kind: &str,
    #[case] method: &str,
    #[case] with: fn(SetCredential) -> SetCredential,
    #[case] sent: Value,
) {
    let world = world().await;
    let system = SYSTEM.replace("LINUX", kind).replace("PASSWORD", method);
    let _ = world.t.apply(&yaml(&system)).await.unwrap();
    let call = with(world.t.systems.set_credential("s"));
    assert!(!format!("{call:?} {call:#?}").contains("planted"), "{call:?}");
    call.await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.json().unwrap(), sent);
    assert_eq!(request.path, "/v3/systems/credential/s/user/testuser");
    assert_eq!(request.query_value("skipCredentialCheck"), None);
    assert_eq!(request.query_value("createTmsKeys"), None);
}

/// A system that is used as one user of the host.
fn fixed_user() -> Definition {
    yaml(&SYSTEM.replace("${apiUserId}", "svc"))
}

#[tokio::test]
async fn the_credential_of_a_system_with_a_fixed_user_is_stored_for_that_user() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&fixed_user()).await.unwrap();
    assert_eq!(t.systems.check_credential("s").await.unwrap(), CredentialStatus::Missing);
    t.systems.set_credential("s").password("planted").await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.path, "/v3/systems/credential/s/user/svc");
    assert_eq!(t.systems.check_credential("s").await.unwrap(), CredentialStatus::Accepted);
    // Nobody reads what is stored for another user of the host.
    let call = t.systems.set_credential("s").for_user("other").password("planted");
    asked(&world);
    call.await.unwrap();
    assert_eq!(asked(&world), ["createUserCredential"], "who it is for need not be looked up");
}

#[tokio::test]
async fn a_check_tells_a_refusing_host_from_a_missing_credential() {
    let world = world().await;
    let systems = &world.t.systems;
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    assert_eq!(systems.check_credential("s").await.unwrap(), CredentialStatus::Missing);
    systems.set_credential("s").password("planted").await.unwrap();
    assert_eq!(systems.check_credential("s").await.unwrap(), CredentialStatus::Accepted);
    world.mock.refuse_logins("s").unwrap();
    let CredentialStatus::Refused(why) = systems.check_credential("s").await.unwrap() else {
        panic!("the host refuses logins");
    };
    assert!(why.contains("SYSAPI_CRED_VALID_FAIL"), "{why}");
    // What the host refuses is not stored, and the token has nothing to do with it.
    let error = systems.set_credential("s").password("planted-again").await.unwrap_err();
    assert!(error.is_system_credential() && !error.to_string().contains("planted"), "{error}");
    assert_eq!(world.mock.requests_for("authenticator.create_token").len(), 1);
    let other = systems.check_credential("s").for_user("somebody").await.unwrap();
    assert_eq!(other, CredentialStatus::Missing);
    assert!(systems.check_credential("none").await.unwrap_err().is_not_found());
}

#[rstest]
#[case::login_user(|call: SetCredential| call.password("p").login_user("me"), "a login user")]
#[case::login_user_for_another(
    |call: SetCredential| call.password("p").login_user("me").for_user("svc"),
    "a login user"
)]
#[case::keys_of_the_trust_manager(SetCredential::create_tms_keys, "keys of the Trust Manager")]
#[tokio::test]
async fn what_needs_a_system_for_each_user_is_refused_with_a_fixed_one_before_it_is_sent(
    #[case] with: fn(SetCredential) -> SetCredential,
    #[case] what: &str,
) {
    let world = world().await;
    let _ = world.t.apply(&fixed_user()).await.unwrap();
    let error = with(world.t.systems.set_credential("s")).await.unwrap_err();
    assert!(error.is_input(), "{error}");
    let told = "cannot be used with the system s: its effectiveUserId is the fixed user svc";
    assert!(error.message().contains(&format!("{what} {told}")), "{error}");
    assert!(world.mock.requests_for("systems.createUserCredential").is_empty());
}

#[tokio::test]
async fn the_trust_manager_makes_keys() {
    let world = world().await;
    let t = &world.t;
    let _ = t.apply(&yaml(&SYSTEM.replace("PASSWORD", "TMS_KEYS"))).await.unwrap();
    t.systems.set_credential("s").create_tms_keys().await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.json().unwrap(), json!({}));
    assert_eq!(request.query_value("createTmsKeys"), Some("true"));
    assert_eq!(t.systems.check_credential("s").await.unwrap(), CredentialStatus::Accepted);
    asked(&world);
    let error = t.systems.set_credential("s").create_tms_keys().login_user("me").await.unwrap_err();
    assert!(error.is_input() && asked(&world).is_empty(), "{error}");
}

#[tokio::test]
async fn keys_are_read_from_files_and_for_whom_can_be_said() {
    let world = world().await;
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (private, public) = (folder.path().join("id"), folder.path().join("id.pub"));
    let none = world.t.systems.set_credential("s").from_key_files(&private, &public).await;
    assert_eq!(none.unwrap_err().kind(), tapis_client::ErrorKind::Io);
    std::fs::write(&private, KEY.replace('\n', "\r\n")).unwrap();
    std::fs::write(&public, "ssh-ed25519 AAAA me\n").unwrap();
    let call = world.t.systems.set_credential("s").from_key_files(&private, &public);
    call.for_user("testuser").skip_check().await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.json().unwrap()["privateKey"], KEY);
    assert_eq!(request.query_value("skipCredentialCheck"), Some("true"));
}

#[tokio::test]
async fn a_credential_without_one_is_refused_before_anything_is_sent() {
    let world = world().await;
    let error: Error = world.t.systems.set_credential("s").await.unwrap_err();
    assert!(error.is_input() && asked(&world).is_empty(), "{error}");
}

#[tokio::test]
async fn keys_that_are_the_wrong_way_round_are_neither_sent_nor_shown() {
    let world = world().await;
    for (private, public) in [("ssh-ed25519 AAAA planted", KEY), (KEY, KEY)] {
        let call = world.t.systems.set_credential("s").for_user("me").key_pair(private, public);
        assert!(!format!("{call:?}").contains("planted"), "{call:?}");
        let error = call.await.unwrap_err();
        assert!(error.is_input() && !error.maybe_sent(), "{error}");
        assert!(error.message().contains("pass the private key first"), "{error}");
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }
    assert!(world.mock.requests_for("systems.createUserCredential").is_empty());
}
