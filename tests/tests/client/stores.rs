//! Tokens that outlive the process: whose they are, who gets them, and a file that several share.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tapis_client::auth::{
    AuthorizationCode, DeviceCode, FileTokenStore, MemoryTokenStore, OAuthClient, Password,
    RefreshToken, ServiceAccount, TokenSource, TokenStore,
};
use tapis_client::{Tapis, TapisBuilder};
use tapis_mock::{Fault, MockTapis};
use tapis_tests::TestClock;

const TOKENS: &str = "authenticator.create_token";
const LIFE: Duration = Duration::from_secs(4 * 3600);
const REDIRECT: &str = "http://127.0.0.1:1/callback";

async fn mock() -> MockTapis {
    MockTapis::builder()
        .user("alice", "a-secret")
        .user("bob", "b-secret")
        .client("portal", "portal-key")
        .service("abaco", "service-password")
        .site("tacc")
        .access_token_ttl(LIFE)
        .start()
        .await
        .unwrap()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tapis/tokens.json");
    (folder, path)
}

fn portal() -> OAuthClient {
    OAuthClient::new("portal", "portal-key")
}

fn with_password(mock: &MockTapis, path: &Path) -> TapisBuilder {
    Tapis::builder(mock.base_url())
        .password("alice", "a-secret")
        .token_store(FileTokenStore::new(path))
}

fn with_source(mock: &MockTapis, path: &Path, source: impl TokenSource + 'static) -> Tapis {
    let builder = Tapis::builder(mock.base_url()).clock(TestClock::default());
    builder.token_source(source).token_store(FileTokenStore::new(path)).build().unwrap()
}

async fn user(t: &Tapis) -> String {
    t.authenticator.get_userinfo().await.unwrap().username
}

fn logins(mock: &MockTapis) -> usize {
    mock.requests_for(TOKENS).len()
}

fn grants(mock: &MockTapis) -> Vec<String> {
    let requests = mock.requests_for(TOKENS);
    let grant = |json: serde_json::Value| json["grant_type"].as_str().unwrap().to_owned();
    requests.iter().map(|request| grant(request.json().unwrap())).collect()
}

fn code(mock: &MockTapis, user: &str) -> AuthorizationCode {
    mock.set_callback_url("portal", REDIRECT).unwrap();
    AuthorizationCode::new(
        portal(),
        REDIRECT,
        mock.authorization_code("portal", user, REDIRECT).unwrap(),
    )
}

fn device(mock: &Arc<MockTapis>, user: &'static str) -> DeviceCode {
    let mock = mock.clone();
    let approve = move |prompt: &tapis_client::auth::DevicePrompt| {
        mock.approve_device(&prompt.user_code, user).unwrap();
    };
    DeviceCode::new("portal", approve).with_client_key("portal-key")
}

#[tokio::test]
async fn a_code_logs_in_its_own_user_and_not_the_stored_one() {
    let mock = mock().await;
    let (_folder, path) = folder();
    for name in ["alice", "bob", "alice"] {
        assert_eq!(user(&with_source(&mock, &path, code(&mock, name))).await, name);
    }
    assert_eq!(grants(&mock), ["authorization_code"; 3]);
}

#[tokio::test]
async fn a_device_code_logs_in_its_own_user_and_not_the_stored_one() {
    let mock = Arc::new(mock().await);
    let (_folder, path) = folder();
    for name in ["alice", "bob", "alice"] {
        assert_eq!(user(&with_source(&mock, &path, device(&mock, name))).await, name);
    }
    assert_eq!(grants(&mock), ["device_code"; 3]);
}

#[tokio::test]
async fn the_next_process_goes_on_as_the_user_whom_it_names() {
    let mock = Arc::new(mock().await);
    let (_folder, path) = folder();
    for name in ["alice", "bob"] {
        user(&with_source(&mock, &path, code(&mock, name))).await;
        user(&with_source(&mock, &path, device(&mock, name))).await;
    }
    mock.clear_requests();
    for name in ["alice", "bob", "alice@dev"] {
        let plain = name.split('@').next().unwrap();
        let spent = AuthorizationCode::new(portal(), REDIRECT, "spent").expect_user(name);
        assert_eq!(user(&with_source(&mock, &path, spent)).await, plain);
        let nobody = DeviceCode::new("portal", |_| {}).expect_user(name);
        assert_eq!(user(&with_source(&mock, &path, nobody)).await, plain);
    }
    assert_eq!(logins(&mock), 0);
    // Another client is another entry.
    let other = AuthorizationCode::new(OAuthClient::new("other", "key"), REDIRECT, "spent");
    let other = with_source(&mock, &path, other.expect_user("alice"));
    assert!(other.get_tokens().await.unwrap_err().is_authentication());
}

#[tokio::test]
async fn a_login_of_somebody_else_than_was_expected_is_refused_and_not_kept() {
    let mock = Arc::new(mock().await);
    let (_folder, path) = folder();
    let sources: [Box<dyn Fn() -> Tapis>; 2] = [
        Box::new(|| with_source(&mock, &path, code(&mock, "bob").expect_user("alice"))),
        Box::new(|| with_source(&mock, &path, device(&mock, "bob").expect_user("alice"))),
    ];
    for source in sources {
        let error = source().get_tokens().await.unwrap_err();
        assert!(error.is_authentication(), "{error}");
        assert!(error.message().contains("belongs to bob, but alice was expected"), "{error}");
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn a_wrong_password_is_refused_though_the_store_is_full_of_good_tokens() {
    let mock = mock().await;
    let (_folder, path) = folder();
    with_password(&mock, &path).build().unwrap().get_tokens().await.unwrap();
    let wrong = Tapis::builder(mock.base_url())
        .password("alice", "guessed")
        .token_store(FileTokenStore::new(&path));
    let error = wrong.build().unwrap().get_tokens().await.unwrap_err();
    assert!(error.is_authentication(), "{error}");
    assert_eq!(logins(&mock), 2);
    let account = |password| ServiceAccount::new("abaco", password, mock.tenant(), "tacc");
    let right = account("service-password");
    with_source(&mock, &path, right).get_tokens().await.unwrap();
    let guessed = with_source(&mock, &path, account("guessed"));
    assert!(guessed.get_tokens().await.is_err());
    let reusing = with_source(&mock, &path, account("guessed").reuse_stored_tokens());
    assert!(reusing.access_token().await.is_ok());
    assert!(reusing.get_tokens().await.unwrap_err().is_authentication(), "who asks is told");
}

#[tokio::test]
async fn nothing_of_a_password_is_in_the_file() {
    let mock = mock().await;
    let (_folder, path) = folder();
    user(&with_password(&mock, &path).client("portal", "portal-key").build().unwrap()).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let content: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(content["version"], 1);
    let entry = content["entries"][0].as_object().unwrap();
    let names: Vec<_> = entry.keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "base_url", "client", "grant", "refresh_token", "subject"]);
    assert_eq!(entry["base_url"], mock.base_url());
    assert_eq!(entry["grant"], "password");
    assert_eq!(entry["client"], "portal");
    assert_eq!(entry["subject"], "alice");
    assert!(!text.contains("a-secret") && !text.contains("portal-key"));
}

#[tokio::test]
async fn a_refresh_token_that_only_says_whose_it_is_gets_no_stored_tokens() {
    let mock = mock().await;
    let (_folder, path) = folder();
    let issued = Password::new("alice", "a-secret").with_client(portal());
    let t = Tapis::builder(mock.base_url()).build().unwrap();
    let issued = issued.fetch(t.session(), None).await.unwrap();
    let refresh = issued.refresh.unwrap();
    user(&with_source(&mock, &path, RefreshToken::new(portal(), &refresh))).await;
    // The same claims, with a signature of nobody's.
    let (claims, _) = refresh.expose_secret().rsplit_once('.').unwrap();
    let forged = RefreshToken::new(portal(), format!("{claims}.Zm9yZ2Vk"));
    assert!(with_source(&mock, &path, forged.clone()).get_tokens().await.is_err());
    // The program may know better.
    let known = with_source(&mock, &path, forged.expect_user("alice"));
    assert_eq!(user(&known).await, "alice");
}

#[tokio::test]
async fn a_stored_refresh_token_that_is_refused_gives_way_to_the_one_at_hand() {
    let mock = mock().await;
    let (_folder, path) = folder();
    let issued = || async {
        let t = Tapis::builder(mock.base_url()).build().unwrap();
        let login = Password::new("alice", "a-secret").with_client(portal());
        login.fetch(t.session(), None).await.unwrap().refresh.unwrap()
    };
    user(&with_source(&mock, &path, RefreshToken::new(portal(), issued().await))).await;
    mock.advance(LIFE * 10_000);
    let clock = TestClock::default();
    clock.advance(LIFE * 10_000);
    let fresh = issued().await;
    mock.clear_requests();
    let t = Tapis::builder(mock.base_url())
        .clock(clock)
        .token_source(RefreshToken::new(portal(), fresh).expect_user("alice"))
        .token_store(FileTokenStore::new(&path))
        .build()
        .unwrap();
    assert_eq!(user(&t).await, "alice");
    assert_eq!(grants(&mock), ["refresh_token"; 2]);
}

#[tokio::test]
async fn the_next_process_finds_the_token_in_the_file() {
    let mock = mock().await;
    let (_folder, path) = folder();
    for _ in 0..3 {
        let t = with_password(&mock, &path).reuse_stored_tokens().build().unwrap();
        assert_eq!(user(&t).await, "alice");
    }
    assert_eq!(logins(&mock), 1);
}

#[tokio::test]
async fn a_file_that_holds_something_else_is_left_as_it_is_and_nobody_is_kept_from_working() {
    let mock = mock().await;
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.json");
    std::fs::write(&notes, "my notes").unwrap();
    for path in [notes.as_path(), Path::new("/proc/no/such/folder/tokens.json")] {
        let t = with_password(&mock, path).reuse_stored_tokens().build().unwrap();
        assert_eq!(user(&t).await, "alice");
    }
    let t = with_password(&mock, &notes).build().unwrap();
    t.get_tokens().await.unwrap();
    assert!(t.logout().await.is_err(), "a failed logout is reported");
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "my notes");
}

#[cfg(unix)]
#[tokio::test]
async fn tokens_that_somebody_else_may_have_planted_are_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let mock = mock().await;
    let (_folder, path) = folder();
    user(&with_password(&mock, &path).build().unwrap()).await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    user(&with_password(&mock, &path).reuse_stored_tokens().build().unwrap()).await;
    assert_eq!(logins(&mock), 2);
}

#[tokio::test]
async fn several_sessions_with_one_store_log_in_once() {
    let mock = mock().await;
    let (_folder, path) = folder();
    let memory = MemoryTokenStore::new();
    let any: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    let stores: [&dyn Fn(TapisBuilder) -> TapisBuilder; 3] = [
        // They share nothing but the file.
        &|builder| builder.token_store(FileTokenStore::new(&path)),
        &|builder| builder.token_store(memory.clone()),
        &|builder| builder.token_store(any.clone()),
    ];
    for with_store in stores {
        mock.clear_requests();
        mock.inject(Fault::delay(Duration::from_millis(50)).on(TOKENS));
        let sessions = (0..8).map(|_| {
            let login = Tapis::builder(mock.base_url()).password("alice", "a-secret");
            let t = with_store(login.reuse_stored_tokens()).build().unwrap();
            async move { user(&t).await }
        });
        let users = futures_util::future::join_all(sessions).await;
        assert_eq!(users, ["alice"; 8]);
        assert_eq!(logins(&mock), 1);
    }
}

#[tokio::test]
async fn several_processes_with_one_file_log_in_once() {
    let mock = MockTapis::builder().user("testuser", "secret").start().await.unwrap();
    let (_folder, path) = folder();
    mock.inject(Fault::delay(Duration::from_millis(200)).on(TOKENS));
    let program = env!("CARGO_BIN_EXE_token_in_file");
    let processes = (0..4)
        .map(|_| tokio::process::Command::new(program).arg(mock.base_url()).arg(&path).output());
    let outputs = futures_util::future::join_all(processes).await;
    let ids: Vec<String> = outputs
        .into_iter()
        .map(|output| {
            let output = output.unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        })
        .collect();
    assert!(!ids[0].is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(logins(&mock), 1);
}

/// The lock of a process that has been stopped, and of which nobody knows when it goes on.
fn locked(path: &Path) -> std::fs::File {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path.with_file_name("tokens.json.lock")).unwrap();
    file.try_lock().unwrap();
    file
}

#[tokio::test]
async fn a_lock_that_another_process_keeps_does_not_keep_anybody_from_logging_in() {
    let mock = mock().await;
    let (_folder, path) = folder();
    let _other = locked(&path);
    let clock = TestClock::default();
    let t = with_password(&mock, &path).reuse_stored_tokens().clock(clock.clone());
    assert_eq!(user(&t.build().unwrap()).await, "alice");
    let waited: Duration = clock.pauses().iter().sum();
    assert!(waited >= Duration::from_secs(10), "{waited:?}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("access_token"));
}

#[test]
fn a_lock_that_another_process_keeps_does_not_keep_a_program_from_ending() {
    let (_folder, path) = folder();
    let _other = locked(&path);
    let (ended, end) = mpsc::channel();
    let program = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let outcome = runtime.block_on(async {
            let t = Tapis::builder("http://127.0.0.1:1").password("alice", "a-secret");
            let t = t.token_store(FileTokenStore::new(path)).reuse_stored_tokens().build().unwrap();
            t.authenticator.get_userinfo().with_timeout(Duration::from_millis(100)).await
        });
        // It waits for everything that blocks.
        drop(runtime);
        ended.send(outcome.unwrap_err().is_timeout()).unwrap();
    });
    assert_eq!(end.recv_timeout(Duration::from_secs(5)), Ok(true));
    program.join().unwrap();
}

#[tokio::test]
async fn a_login_that_waits_for_a_person_leaves_the_store_to_others() {
    let mock = Arc::new(mock().await);
    let (_folder, path) = folder();
    let (tell, told) = mpsc::channel();
    let source = {
        let (mock, path) = (mock.clone(), path.clone());
        DeviceCode::new("portal", move |prompt| {
            // It can be had at once.
            drop(locked(&path));
            tell.send(()).unwrap();
            mock.approve_device(&prompt.user_code, "alice").unwrap();
        })
    };
    assert_eq!(user(&with_source(&mock, &path, source.expect_user("alice"))).await, "alice");
    assert_eq!(told.try_recv(), Ok(()));
}

#[tokio::test]
async fn an_expired_token_in_the_file_still_has_its_refresh_token() {
    let mock = mock().await;
    let (_folder, path) = folder();
    let clock = TestClock::default();
    for _ in 0..2 {
        let t = with_password(&mock, &path)
            .client("portal", "portal-key")
            .reuse_stored_tokens()
            .clock(clock.clone())
            .build()
            .unwrap();
        user(&t).await;
        mock.advance(LIFE + Duration::from_secs(1));
        clock.advance(LIFE + Duration::from_secs(1));
    }
    assert_eq!(grants(&mock), ["password", "refresh_token"]);
}

#[tokio::test]
async fn tokens_that_another_process_has_put_into_the_file_are_taken_when_ours_expire() {
    let mock = mock().await;
    let (_folder, path) = folder();
    let clock = TestClock::default();
    let session = || {
        let t = with_password(&mock, &path).reuse_stored_tokens().clock(clock.clone());
        t.build().unwrap()
    };
    let ours = session();
    user(&ours).await;
    mock.advance(LIFE + Duration::from_secs(1));
    clock.advance(LIFE + Duration::from_secs(1));
    user(&session()).await;
    assert_eq!(logins(&mock), 2);
    user(&ours).await;
    assert_eq!(logins(&mock), 2);
}

#[tokio::test]
async fn logging_out_leaves_the_tokens_of_a_user_alone_of_whom_only_the_name_was_said() {
    let mock = mock().await;
    let (_folder, path) = folder();
    with_password(&mock, &path).build().unwrap().get_tokens().await.unwrap();
    let before = std::fs::read(&path).unwrap();
    let wrong = Tapis::builder(mock.base_url())
        .password("alice", "guessed")
        .token_store(FileTokenStore::new(&path))
        .build()
        .unwrap();
    wrong.logout().await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(mock.requests_for("authenticator.revoke_token").is_empty());
    let reusing = with_password(&mock, &path).reuse_stored_tokens().build().unwrap();
    reusing.logout().await.unwrap();
    assert_eq!(mock.requests_for("authenticator.revoke_token").len(), 1);
    assert!(!std::fs::read_to_string(&path).unwrap().contains("access_token"));
}
