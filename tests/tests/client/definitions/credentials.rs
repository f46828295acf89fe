//! What Tapis logs in to systems with.

use rstest::rstest;
use serde_json::{Value, json};
use tapis_client::Error;
use tapis_client::systems::SetCredential;

use super::{SYSTEM, asked, world, yaml};

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nplanted-key\n-----END RSA PRIVATE KEY-----\n";

#[rstest]
#[case::password(
    |call: SetCredential| call.password("planted-password"),
    json!({"password": "planted-password"})
)]
#[case::keys(
    |call: SetCredential| call.key_pair(KEY, "ssh-ed25519 AAAA me\n").login_user("me"),
    json!({"privateKey": KEY, "publicKey": "ssh-ed25519 AAAA me", "loginUser": "me"})
)]
#[case::access_key(
    |call: SetCredential| call.access_key("planted-access-key", "planted-access-secret"),
    json!({"accessKey": "planted-access-key", "accessSecret": "planted-access-secret"})
)]
#[case::tokens(
    |call: SetCredential| call.token_pair("planted-token", "planted-refresh"),
    json!({"accessToken": "planted-token", "refreshToken": "planted-refresh"})
)]
#[tokio::test]
async fn a_credential_is_stored_and_shown_to_nobody(
    #[case] with: fn(SetCredential) -> SetCredential,
    #[case] sent: Value,
) {
    let world = world().await;
    let _ = world.t.apply(&yaml(SYSTEM)).await.unwrap();
    let call = with(world.t.systems.set_credential("s"));
    assert!(!format!("{call:?} {call:#?}").contains("planted"), "{call:?}");
    call.await.unwrap();
    let request = &world.mock.requests_for("systems.createUserCredential")[0];
    assert_eq!(request.json().unwrap(), sent);
    assert_eq!(request.path, "/v3/systems/credential/s/user/testuser");
    assert_eq!(request.query_value("skipCredentialCheck"), None);
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
        assert!(error.message().contains("are the two the wrong way round?"), "{error}");
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }
    assert!(world.mock.requests_for("systems.createUserCredential").is_empty());
}
