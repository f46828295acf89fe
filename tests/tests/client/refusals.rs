//! What a refusal means: the kind of the error, whether the token is renewed, and what is kept of the
//! service's reply. The replies are those that services were recorded to give.

use std::time::Duration;

use futures_util::future::join_all;
use rstest::rstest;
use tapis_client::http::{Method, Retry};
use tapis_client::{Error, ErrorKind, Tapis};
use tapis_mock::{Fault, Mint, MockTapis};
use tapis_tests::{ScriptServer, Step, TestClock};

const LOGIN: &str = "authenticator.create_token";
/// After this much time a token that a service refuses is replaced.
const NO_LONGER_FRESH: Duration = Duration::from_secs(31);

struct World {
    mock: MockTapis,
    clock: TestClock,
    t: Tapis,
}

impl World {
    /// A client that has logged in a while ago.
    async fn logged_in() -> Self {
        let world = Self::new("secret").await;
        world.t.access_token().await.unwrap();
        world.advance(NO_LONGER_FRESH);
        world
    }

    async fn new(password: &str) -> Self {
        let mock = mock().await;
        let clock = TestClock::default();
        let builder = Tapis::builder(mock.base_url()).clock(clock.clone());
        let t = builder.password("testuser", password).build().unwrap();
        Self { mock, clock, t }
    }

    fn advance(&self, by: Duration) {
        self.mock.advance(by);
        self.clock.advance(by);
    }

    fn logins(&self) -> usize {
        self.mock.requests_for(LOGIN).len()
    }

    fn answer(&self, operation: &str, status: u16, body: &str) {
        self.mock.inject(Fault::status(status).body(body).on(operation).always());
    }

    fn requests(&self, operation: &str) -> usize {
        self.mock.requests_for(operation).len()
    }
}

async fn mock() -> MockTapis {
    let builder = MockTapis::builder().user("testuser", "secret").client("portal", "portal-key");
    builder.start().await.unwrap()
}

/// The envelope that the services put around a failure.
fn failure(message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(
        r#"{{"message":{message},"metadata":{{}},"result":null,"status":"error","version":"dev"}}"#
    )
}

async fn call(t: &Tapis, operation: &str) -> Error {
    match operation {
        "pgrest.list_tables" => t.pgrest.list_tables().await.unwrap_err(),
        "pgrest.get_view" => t.pgrest.get_view("v").await.unwrap_err(),
        "pgrest.get_table_row" => t.pgrest.get_table_row("r", "9").await.unwrap_err(),
        "pgrest.delete_table_row" => t.pgrest.delete_table_row("r", "9").await.unwrap_err(),
        "pods.list_pods" => t.pods.list_pods().await.unwrap_err(),
        "authenticator.get_profile" => t.authenticator.get_profile("nobody").await.unwrap_err(),
        "authenticator.get_userinfo" => t.authenticator.get_userinfo().await.unwrap_err(),
        "authenticator.list_clients" => t.authenticator.list_clients().await.unwrap_err(),
        "tenants.get_tenant" => t.tenants.get_tenant("nope").await.unwrap_err(),
        "workflows.listGroups" => t.workflows.list_groups().await.unwrap_err(),
        "systems.getSystems" => t.systems.get_systems().await.unwrap_err(),
        "systems.checkUserCredential" => {
            t.systems.check_user_credential("frontera", "u").await.unwrap_err()
        }
        "files.listFiles" => t.files.list_files("s", "p").await.unwrap_err(),
        "jobs.getJob" => t.jobs.get_job("u").await.unwrap_err(),
        "sk.getRoleNames" => t.sk.get_role_names().tenant("dev").await.unwrap_err(),
        "notifications.getSubscriptions" => t.notifications.get_subscriptions().await.unwrap_err(),
        other => unreachable!("no call of {other}"),
    }
}

#[rstest]
#[case::pgrest_bad_signature(
    "pgrest.list_tables",
    403,
    "Unable to validate the Tapis token; details: message: Invalid Tapis token.",
    ErrorKind::Authentication,
    true
)]
#[case::pgrest_foreign_tenant(
    "pgrest.list_tables",
    403,
    "Unauthorized; the tenant claim in the token (tacc) did not match the associated tenant in the request (dev).",
    ErrorKind::Authentication,
    false
)]
#[case::pgrest_no_token(
    "pgrest.list_tables",
    403,
    "No Tapis token found.",
    ErrorKind::Authentication,
    true
)]
#[case::pgrest_view(
    "pgrest.get_view",
    400,
    "User testuser1 in tenant dev does not have permission to access view fview in tenant dev.",
    ErrorKind::Permission,
    false
)]
#[case::pgrest_row_unknown(
    "pgrest.get_table_row",
    400,
    "Failed to retrieve row from table t with pk 9999 on tenant dev. Error. Received no result when retrieving row with pk '9999' from view dev.t.",
    ErrorKind::NotFound,
    false
)]
#[case::pgrest_row_not_deleted(
    "pgrest.delete_table_row",
    400,
    "Failed to delete row from table t. Error. Delete row affected 0 rows, expected to delete 1.",
    ErrorKind::NotFound,
    false
)]
#[case::profile_unknown(
    "authenticator.get_profile",
    400,
    "Error retrieving user; debug information: {'result': 0, 'description': 'success', 'dn': '', 'type': 'searchResDone'}",
    ErrorKind::NotFound,
    false
)]
#[case::token_of_unknown_tenant(
    "authenticator.get_userinfo",
    400,
    "Unable to process Tapis token; unexpected tenant_id.",
    ErrorKind::Authentication,
    false
)]
#[case::service_token_of_another_site(
    "authenticator.list_clients",
    400,
    "Invalid service token; target_site claim does not match this service's site_id.",
    ErrorKind::Authentication,
    false
)]
#[case::service_without_headers(
    "authenticator.list_clients",
    400,
    "Invalid service request; X-Tapis-Tenant header missing.",
    ErrorKind::Authentication,
    false
)]
#[case::given_token_refused(
    "authenticator.get_userinfo",
    400,
    "Invalid Tapis token.",
    ErrorKind::Authentication,
    true
)]
#[case::revoked(
    "authenticator.get_userinfo",
    500,
    "Token is revoked.",
    ErrorKind::Authentication,
    true
)]
#[case::tenant_unknown(
    "tenants.get_tenant",
    400,
    "No tenant found with tenant_id nope.",
    ErrorKind::NotFound,
    false
)]
#[case::executor_token_bad(
    "workflows.listGroups",
    400,
    "X-WORKFLOW-EXECUTOR-TOKEN header is invalid",
    ErrorKind::Authentication,
    false
)]
#[case::workflows_bad_token(
    "workflows.listGroups",
    401,
    "Unable to validate the Tapis token; details: Invalid Tapis token.",
    ErrorKind::Authentication,
    true
)]
#[case::workflows_no_token(
    "workflows.listGroups",
    400,
    "Missing header: X-TAPIS-TOKEN",
    ErrorKind::Authentication,
    true
)]
#[case::quoted_page(
    "workflows.listGroups",
    500,
    "message: b'<html>\r\n<head><title>404 Not Found</title></head>'",
    ErrorKind::Server,
    false
)]
#[case::no_credential(
    "systems.checkUserCredential",
    401,
    "SYSLIB_CRED_NOT_FOUND Credential not found for operation.",
    ErrorKind::SystemCredential,
    false
)]
#[case::host_refuses(
    "files.listFiles",
    401,
    "FILES_CLIENT_SSH_SESSION_POOL_ERROR cannot log in",
    ErrorKind::SystemCredential,
    false
)]
#[case::nothing_to_log_in_with(
    "files.listFiles",
    500,
    "FILES_CONT_ERR Error: SSH_POOL_MISSING_CREDENTIALS Missing credentials",
    ErrorKind::SystemCredential,
    false
)]
#[case::another_users_job(
    "jobs.getJob",
    401,
    "JOBS_MISMATCHED_OWNER The job is somebody else's.",
    ErrorKind::Permission,
    false
)]
#[case::system_not_readable(
    "jobs.getJob",
    401,
    "TAPIS_SYSCLIENT_AUTHZ_ERROR not authorized",
    ErrorKind::Permission,
    false
)]
#[case::security_kernel(
    "sk.getRoleNames",
    401,
    "SK_API_AUTHORIZATION_FAILED",
    ErrorKind::Permission,
    false
)]
#[case::notifications(
    "notifications.getSubscriptions",
    500,
    "NTFLIB_SUBSCR_UNAUTH denied",
    ErrorKind::Permission,
    false
)]
#[tokio::test]
async fn a_refusal_is_of_the_right_kind_and_only_a_refused_token_is_renewed(
    #[case] operation: &str,
    #[case] status: u16,
    #[case] message: &str,
    #[case] kind: ErrorKind,
    #[case] renewed: bool,
) {
    let world = World::logged_in().await;
    world.answer(operation, status, &failure(message));
    let error = call(&world.t, operation).await;
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(error.status().unwrap().as_u16(), status, "{error}");
    assert!(!error.body().is_empty() && error.maybe_sent(), "{error:#?}");
    let requests = if renewed { 2 } else { 1 };
    assert_eq!(world.requests(operation), requests, "{error}");
    assert_eq!(error.attempts() as usize, requests, "{error}");
    assert_eq!(world.logins(), requests, "{error}");
}

#[tokio::test]
async fn a_rejected_value_of_pods_is_no_denial() {
    let world = World::logged_in().await;
    let body = r#"{"message":["body, pod_template: field required","body, image: extra fields not permitted"],"result":null,"status":"error","version":"1.6.0"}"#;
    world.answer("pods.list_pods", 400, body);
    assert_eq!(call(&world.t, "pods.list_pods").await.kind(), ErrorKind::Request);
}

#[rstest]
#[case::expired("TAPIS_SECURITY_JWT_EXPIRED The token has expired.", 2)]
#[case::missing("TAPIS_SECURITY_MISSING_JWT_INFO There is no token.", 2)]
#[case::tenant("TAPIS_SECURITY_TENANT_NOT_ALLOWED The tenant is not allowed.", 1)]
#[tokio::test]
async fn the_java_services_filter_answers_with_bare_text(
    #[case] text: &str,
    #[case] requests: usize,
) {
    let world = World::logged_in().await;
    world.answer("systems.getSystems", 401, text);
    let error = call(&world.t, "systems.getSystems").await;
    assert_eq!((error.kind(), error.message()), (ErrorKind::Authentication, text));
    assert_eq!(world.requests("systems.getSystems"), requests);
}

#[tokio::test]
async fn twenty_unknown_401s_make_one_login() {
    let world = World::logged_in().await;
    world.answer("files.listFiles", 401, &failure("who are you?"));
    let calls = (0..20).map(|_| call(&world.t, "files.listFiles"));
    assert!(join_all(calls).await.iter().all(Error::is_authentication));
    assert_eq!(world.logins(), 2);
    world.advance(NO_LONGER_FRESH);
    for _ in 0..20 {
        assert!(call(&world.t, "files.listFiles").await.is_authentication());
    }
    assert_eq!(world.logins(), 2, "the same answer to another token is an answer");
}

#[tokio::test]
async fn an_unknown_401_is_looked_into_again_when_the_token_has_changed_by_age() {
    let world = World::logged_in().await;
    world.answer("files.listFiles", 401, &failure("who are you?"));
    call(&world.t, "files.listFiles").await;
    assert_eq!(world.logins(), 2);
    world.advance(Duration::from_secs(5 * 3600));
    call(&world.t, "files.listFiles").await;
    assert_eq!(world.logins(), 3, "the token has expired");
    world.advance(NO_LONGER_FRESH);
    call(&world.t, "files.listFiles").await;
    assert_eq!(world.logins(), 4);
}

#[tokio::test]
async fn a_page_of_401_says_nothing_about_the_token() {
    let world = World::logged_in().await;
    world.answer("files.listFiles", 401, "<html><title>Log in to the proxy</title></html>");
    let error = call(&world.t, "files.listFiles").await;
    assert!(
        error.is_authentication() && error.message().contains("Log in to the proxy"),
        "{error}"
    );
    assert_eq!((world.logins(), world.requests("files.listFiles")), (1, 1));
}

#[tokio::test]
async fn an_unknown_401_to_what_acts_is_not_sent_again_though_the_token_is_renewed() {
    let world = World::logged_in().await;
    world.answer("systems.createSystem", 401, &failure("who are you?"));
    let post = || world.t.request(Method::POST, "/v3/systems").json(&serde_json::json!({})).send();
    assert!(post().await.unwrap_err().is_authentication());
    assert_eq!(world.requests("systems.createSystem"), 1);
    // The renewal goes on in the background; the next call that needs a token waits for it.
    world.mock.clear_faults();
    world.t.authenticator.get_userinfo().await.unwrap();
    assert!(world.logins() <= 2);
}

#[tokio::test]
async fn a_token_that_was_just_obtained_is_not_replaced_again() {
    let world = World::new("secret").await;
    world.answer("authenticator.get_userinfo", 500, &failure("Token is revoked."));
    for _ in 0..5 {
        let error = call(&world.t, "authenticator.get_userinfo").await;
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Authentication, "Token is revoked.")
        );
    }
    assert_eq!((world.logins(), world.requests("authenticator.get_userinfo")), (1, 5));
}

#[tokio::test]
async fn a_given_token_that_is_refused_keeps_the_services_reply() {
    let mock = mock().await;
    let jwt = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let t = Tapis::builder(mock.base_url()).access_token(jwt).build().unwrap();
    let body = failure("Invalid Tapis token.");
    mock.inject(Fault::status(400).body(body.clone()).on("authenticator.get_userinfo").always());
    let error = call(&t, "authenticator.get_userinfo").await;
    assert!(error.is_authentication(), "{error}");
    assert_eq!(error.status().unwrap(), 400);
    assert_eq!((error.message(), error.body()), ("Invalid Tapis token.", body.as_bytes()));
    assert_eq!((error.attempts(), error.maybe_sent()), (1, true));
    assert!(error.hint().unwrap().contains("cannot be renewed"), "{error:?}");
}

#[tokio::test]
async fn a_renewal_that_fails_does_not_take_the_replys_place() {
    let world = World::logged_in().await;
    world.answer("authenticator.get_userinfo", 500, &failure("Token is revoked."));
    world.answer(LOGIN, 400, &failure("Invalid username/password combination."));
    let error = call(&world.t, "authenticator.get_userinfo").await;
    assert_eq!((error.status().unwrap().as_u16(), error.message()), (500, "Token is revoked."));
    assert_eq!((error.attempts(), error.maybe_sent()), (1, true));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("Invalid username/password"), "{source}");
    let shown = format!("{error:?}");
    assert_eq!(shown.matches("Token is revoked").count(), 1, "{shown}");
    assert_eq!(shown.matches("Invalid username/password").count(), 1, "{shown}");
}

#[tokio::test]
async fn what_was_sent_before_a_failed_renewal_was_maybe_sent() {
    let clock = TestClock::default();
    let server = ScriptServer::start(vec![
        Step::Reset,
        Step::reply("401 Unauthorized", "", "TAPIS_SECURITY_JWT_EXPIRED"),
        Step::reply("400 Bad Request", "", &failure("Invalid username/password combination.")),
    ])
    .await;
    let jwt = mock().await.mint_access_token(Mint::user("testuser")).unwrap();
    let t = Tapis::builder(server.base_url()).clock(clock).access_token(jwt).build().unwrap();
    let error = t.pods.delete_pod("p").await.unwrap_err();
    assert!(error.maybe_sent() && error.is_authentication(), "{error:?}");
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn a_login_that_is_hopeless_is_not_tried_for_every_call() {
    let world = World::new("wrong").await;
    let userinfo = || async { world.t.authenticator.get_userinfo().await.unwrap_err() };
    for _ in 0..100 {
        let error = userinfo().await;
        assert!(
            error.is_authentication() && error.message().contains("username/password"),
            "{error}"
        );
    }
    assert_eq!(world.logins(), 1);
    let mut logins = 1;
    for pause in [10, 30, 120, 300, 300] {
        world.advance(Duration::from_secs(pause - 1));
        userinfo().await;
        assert_eq!(world.logins(), logins, "before {pause} s");
        world.advance(Duration::from_secs(2));
        userinfo().await;
        logins += 1;
        assert_eq!(world.logins(), logins, "after {pause} s");
    }
    world.t.get_tokens().await.unwrap_err();
    assert_eq!(world.logins(), logins + 1, "who asks is answered by the server");
}

#[test]
fn an_empty_password_is_refused_before_anything_is_sent() {
    for (username, password) in [("testuser", ""), ("", "secret")] {
        let builder = Tapis::builder("https://tapis.invalid").password(username, password);
        let error = builder.build().unwrap_err();
        assert!(error.is_input() && error.message().ends_with("is empty"), "{error}");
    }
}

#[rstest]
#[case::wrong_service_password("Tokens API got isAuthorized=False from SK.")]
#[case::kernel_down("Tokens API got an error trying to contact SK to validate service secret.")]
#[case::unknown_client("Invalid client: nope")]
#[case::wrong_redirect(
    "Invalid redirect_uri parameter: does not match callback URL registered with client."
)]
#[case::other_clients_token("Invalid client credentials: a, b. session: <SecureCookieSession {}>")]
#[case::unknown_words("A reason that no table knows.")]
#[tokio::test]
async fn a_login_that_the_service_refuses_has_failed_to_authenticate(#[case] message: &str) {
    let world = World::new("secret").await;
    world.answer(LOGIN, 400, &failure(message));
    let error = world.t.authenticator.get_userinfo().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!((error.status().unwrap().as_u16(), error.maybe_sent()), (400, false));
}

#[rstest]
#[case::too_many(429)]
#[case::router(502)]
#[case::failed(500)]
#[tokio::test]
async fn a_login_that_may_work_later_is_tried_by_the_next_call(#[case] status: u16) {
    let world = World::new("secret").await;
    world.answer(LOGIN, status, &failure("Invalid username/password combination."));
    let once = world.t.with_options(tapis_client::http::Options::new().with_retry(Retry::never()));
    once.authenticator.get_userinfo().await.unwrap_err();
    world.mock.clear_faults();
    once.authenticator.get_userinfo().await.unwrap();
}

#[tokio::test]
async fn a_token_that_the_program_brought_along_is_replaced_at_once() {
    let mock = mock().await;
    let builder = || Tapis::builder(mock.base_url()).client("portal", "portal-key");
    let t = builder().password("testuser", "secret").build().unwrap();
    t.access_token().await.unwrap();
    let tokens = t.session().cached_tokens().unwrap();
    let t = builder()
        .refresh_token(tokens.refresh.unwrap())
        .access_token(tokens.access.secret())
        .build()
        .unwrap();
    mock.inject(Fault::revoked_token().on("authenticator.get_userinfo").times(1));
    t.authenticator.get_userinfo().await.unwrap();
    assert_eq!(mock.requests_for(LOGIN).len(), 2, "by the refresh token");
    t.get_tokens().await.unwrap();
    assert_eq!(mock.requests_for(LOGIN).len(), 3);
}

#[tokio::test]
async fn a_given_token_is_all_that_there_is_to_get() {
    let mock = mock().await;
    let jwt = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let t = Tapis::builder(mock.base_url()).access_token(jwt).build().unwrap();
    t.get_tokens().await.unwrap();
    t.authenticator.get_userinfo().await.unwrap();
    t.get_tokens().await.unwrap();
    assert_eq!(mock.requests_for(LOGIN).len(), 0);
}

#[tokio::test]
async fn a_chain_of_hopeless_logins_is_as_hopeless() {
    let world = World::new("secret").await;
    let chain = tapis_client::auth::TokenSourceChain::new(vec![
        Box::new(tapis_client::auth::StaticToken::new("nonsense")),
        Box::new(tapis_client::auth::Password::new("testuser", "wrong")),
    ]);
    let builder = Tapis::builder(world.mock.base_url()).clock(world.clock.clone());
    let t = builder.token_source(chain).build().unwrap();
    for _ in 0..20 {
        let error = t.authenticator.get_userinfo().await.unwrap_err();
        assert!(error.is_authentication() && error.status().unwrap() == 400, "{error}");
        assert!(error.hint().unwrap().contains("password"), "{error:?}");
    }
    assert_eq!(world.logins(), 1);
}

#[tokio::test]
async fn a_login_that_is_told_to_wait_waits() {
    let world = World::new("secret").await;
    world.mock.inject(Fault::status(429).header("retry-after", "7").on(LOGIN).times(1));
    world.t.authenticator.get_userinfo().await.unwrap();
    assert_eq!(world.logins(), 2);
    assert!(world.clock.pauses().iter().any(|pause| *pause >= Duration::from_secs(7)));
}

#[tokio::test]
async fn a_given_token_outlives_a_host_that_refuses_tapis() {
    let mock = mock().await;
    let jwt = mock.mint_access_token(Mint::user("testuser")).unwrap();
    let t = Tapis::builder(mock.base_url()).access_token(jwt).build().unwrap();
    let body = failure("SYSLIB_CRED_NOT_FOUND Credential not found for operation.");
    let operation = "systems.checkUserCredential";
    mock.inject(Fault::status(401).body(body).on(operation).always());
    let error = call(&t, operation).await;
    assert!(error.is_system_credential() && error.status().unwrap() == 401, "{error}");
    assert!(error.message().starts_with("SYSLIB_CRED_NOT_FOUND"), "{error}");
    assert_eq!(mock.requests_for(operation).len(), 1);
    t.authenticator.get_userinfo().await.unwrap();
}

#[tokio::test]
async fn a_login_that_does_no_harm_twice_is_retried_like_a_read() {
    let world = World::new("secret").await;
    world.mock.inject(Fault::html(502).on(LOGIN).times(2));
    world.t.authenticator.get_userinfo().await.unwrap();
    assert_eq!(world.logins(), 3);
}

#[tokio::test]
async fn a_foreign_tenant_has_a_hint_that_names_both() {
    let world = World::logged_in().await;
    let text = "The tenant_id claim in the token, dev does not match the URL tenant, tacc.";
    world.answer("authenticator.get_userinfo", 400, &failure(text));
    let error = call(&world.t, "authenticator.get_userinfo").await;
    let hint = error.hint().unwrap();
    assert!(hint.contains(world.mock.tenant()) && hint.contains(world.mock.base_url()), "{hint}");
}

#[tokio::test]
async fn a_missing_credential_has_a_hint_that_names_the_system() {
    let world = World::logged_in().await;
    world.answer("systems.checkUserCredential", 401, &failure("SYSLIB_CRED_NOT_FOUND none"));
    let error = call(&world.t, "systems.checkUserCredential").await;
    assert!(error.is_system_credential(), "{error}");
    assert!(error.hint().unwrap().contains("set_credential(\"frontera\")"), "{error:?}");
}

#[tokio::test]
async fn a_delete_that_finds_nothing_after_a_lost_reply_says_so() {
    let server = ScriptServer::start(vec![
        Step::Reset,
        Step::reply("404 Not Found", "", &failure("pod not found")),
    ])
    .await;
    let jwt = mock().await.mint_access_token(Mint::user("testuser")).unwrap();
    let builder = Tapis::builder(server.base_url()).clock(TestClock::default());
    let t = builder.access_token(jwt).build().unwrap();
    let error = t.pods.delete_pod("p").await.unwrap_err();
    assert!(error.is_not_found() && error.is_after_lost_reply(), "{error:?}");
    assert!(error.hint().unwrap().contains("earlier attempt"), "{error:?}");
    let error = t.pods.delete_pod("p").await.unwrap_err();
    assert!(error.is_not_found() && !error.is_after_lost_reply(), "{error:?}");
}
