//! Long lists, however the service gives them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryStreamExt as _;
use serde_json::json;
use tapis_client::blocking::Wait as _;
use tapis_client::http::Method;
use tapis_client::search::{eq, order_by};
use tapis_client::{Tapis, systems};
use tapis_mock::{MockTapis, Strictness};
use tracing::span::Attributes;
use tracing::subscriber::Interest;
use tracing::{Instrument as _, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

const LIST: &str = "systems.getSystems";

async fn with_systems(count: usize) -> (MockTapis, Tapis) {
    let mock = MockTapis::builder().user("testuser", "secret").start().await.unwrap();
    let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
    for number in 0..count {
        let body = systems::types::ReqPostSystem::new(systems::types::ReqPostSystemFields {
            id: format!("system-{number:03}"),
            system_type: "LINUX".into(),
            host: "host.invalid".into(),
            default_authn_method: "PASSWORD".into(),
            can_exec: false,
        })
        .root_dir("/");
        t.systems.create_system(body).await.unwrap();
    }
    mock.clear_requests();
    (mock, t)
}

#[tokio::test]
async fn all_entries_come_once_and_in_order() {
    let (mock, t) = with_systems(25).await;
    let ids: Vec<String> = t
        .systems
        .get_systems()
        .limit(10)
        .order_by(order_by("id").ascending())
        .items()
        .map_ok(|system| system.id)
        .try_collect()
        .await
        .unwrap();
    let expected: Vec<String> = (0..25).map(|number| format!("system-{number:03}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(mock.requests_for(LIST).len(), 3);
}

#[tokio::test]
async fn a_full_last_page_is_followed_by_an_empty_one() {
    let (mock, t) = with_systems(20).await;
    let all = t.systems.get_systems().limit(10).items().collect_all(100).await.unwrap();
    assert_eq!(all.len(), 20);
    assert_eq!(mock.requests_for(LIST).len(), 3);
    mock.clear_requests();
    let counted = t.systems.get_systems().limit(10).compute_total(true).items();
    assert_eq!(counted.collect_all(100).await.unwrap().len(), 20);
    assert_eq!(mock.requests_for(LIST).len(), 2, "the total says that there is no third page");
}

#[tokio::test]
async fn pages_that_begin_after_an_entry_go_on_after_the_last_one() {
    let (mock, t) = with_systems(25).await;
    let list = || t.systems.get_systems().limit(10).order_by(order_by("id").ascending());
    let all = list().start_after("system-001").items().collect_all(100).await.unwrap();
    let ids: Vec<String> = all.into_iter().map(|system| system.id).collect();
    let expected: Vec<String> = (2..25).map(|number| format!("system-{number:03}")).collect();
    assert_eq!(ids, expected);
    let asked: Vec<_> = mock.requests_for(LIST).iter().map(|r| r.query.clone()).collect();
    assert_eq!(asked.len(), 3);
    assert!(asked[1].contains(&("startAfter".to_owned(), "system-011".to_owned())), "{asked:?}");
    assert!(asked.iter().flatten().all(|(name, _)| name != "skip"), "{asked:?}");

    mock.clear_requests();
    let unordered = t.systems.get_systems().start_after("a").items().collect_all(9).await;
    assert!(unordered.unwrap_err().to_string().contains("startAfter needs orderBy"));
    let both = list().start_after("a").skip(2).items().collect_all(9).await;
    assert!(both.unwrap_err().to_string().contains("startAfter and skip"));
    assert!(mock.requests_for(LIST).is_empty());
}

/// What a list was asked for, page by page.
fn asked(mock: &MockTapis, operation: &str, name: &str) -> Vec<Option<String>> {
    let value =
        |request: &tapis_mock::RecordedRequest| request.query_value(name).map(str::to_owned);
    mock.requests_for(operation).iter().map(value).collect()
}

#[tokio::test]
async fn pages_are_in_an_order_and_a_plain_call_is_as_the_caller_wrote_it() {
    let (mock, t) = with_systems(5).await;
    let list = || t.systems.get_systems().limit(3);
    assert_eq!(list().items().collect_all(9).await.unwrap().len(), 5);
    let order = |order: &str| vec![Some(order.to_owned()); 2];
    assert_eq!(asked(&mock, LIST, "orderBy"), order("id"));

    mock.clear_requests();
    let items = list().order_by(order_by("owner").descending()).items();
    let ids: Vec<String> = items.map_ok(|system| system.id).try_collect().await.unwrap();
    assert_eq!(ids.len(), 5);
    assert_eq!(asked(&mock, LIST, "orderBy"), order("owner(desc),id"));

    mock.clear_requests();
    list().await.unwrap();
    assert_eq!(asked(&mock, LIST, "orderBy"), [None]);
}

#[tokio::test]
async fn each_service_can_make_the_order_that_is_asked_for() {
    for strictness in [Strictness::AsDocumented, Strictness::AsDeployed] {
        let mock = MockTapis::builder().user("testuser", "secret").strictness(strictness);
        let mock = mock.start().await.unwrap();
        let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
        t.systems.search_systems_query_parameters().items().collect_all(9).await.unwrap();
        t.apps.get_apps().items().collect_all(9).await.unwrap();
        t.apps.search_apps_query_parameters().items().collect_all(9).await.unwrap();
        t.jobs.get_job_list().items().collect_all(9).await.unwrap();
        t.jobs.get_job_search_list().items().collect_all(9).await.unwrap();
        t.notifications.get_subscriptions().items().collect_all(9).await.unwrap();
        for (operation, order) in [
            ("systems.searchSystemsQueryParameters", "id"),
            ("apps.getApps", "id,version"),
            ("apps.searchAppsQueryParameters", "id,version"),
            ("jobs.getJobList", "created(desc),uuid"),
            ("jobs.getJobSearchList", "created(desc),uuid"),
            ("notifications.getSubscriptions", "owner,name"),
        ] {
            assert_eq!(asked(&mock, operation, "orderBy"), [Some(order.to_owned())], "{operation}");
        }
    }
}

#[tokio::test]
async fn pages_that_would_begin_after_one_of_several_equal_values_are_refused() {
    let (mock, t) = with_systems(3).await;
    let by_owner = t.systems.get_systems().order_by(order_by("owner").ascending());
    let error = by_owner.start_after("testuser").items().collect_all(9).await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("order by id first"), "{error}");
    assert!(mock.requests_for(LIST).is_empty());

    let by_id = t.systems.get_systems().order_by(order_by("id").ascending()).select("host");
    let after = by_id.start_after("system-000").limit(1).items().collect_all(9).await.unwrap();
    assert_eq!(after.len(), 2);
    assert_eq!(asked(&mock, LIST, "select")[0].as_deref(), Some("host,id"));
}

/// The authenticator's list of users, which begins anew where the offset is the number of users.
#[tokio::test]
async fn a_list_that_begins_anew_at_its_end_has_ended() {
    const PROFILES: &str = "authenticator.list_profiles";
    let (mock, t) = with_systems(0).await;
    let users: Vec<String> = (1..=12).map(|number| format!("user{number}")).collect();
    for size in [1, 2, 3, 4, 6, 12] {
        mock.clear_requests();
        for page in users.chunks(size).cycle().take(12 / size + 2) {
            let page: Vec<_> = page.iter().map(|name| json!({"username": name})).collect();
            let body = json!({"status": "success", "result": page}).to_string();
            mock.inject(tapis_mock::Fault::status(200).body(body).on(PROFILES).times(1));
        }
        let limit = i64::try_from(size).unwrap();
        let profiles = t.authenticator.list_profiles().limit(limit).items().collect_all(99);
        let names: Vec<String> =
            profiles.await.unwrap().into_iter().map(|profile| profile.username).collect();
        assert_eq!(names, users, "{size}");
        mock.clear_faults();
    }
}

/// Counts the spans of calls whose parent is `portal`.
#[derive(Clone, Default)]
struct BelowPortal(Arc<AtomicUsize>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for BelowPortal {
    /// Other tests, which run at the same time, are left alone.
    fn register_callsite(&self, metadata: &'static tracing::Metadata<'static>) -> Interest {
        match metadata.name() {
            "tapis.call" | "portal" => Interest::always(),
            _ => Interest::never(),
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &tracing::Id, context: Context<'_, S>) {
        let parent = context.span(id).and_then(|span| span.parent());
        if attributes.metadata().name() == "tapis.call"
            && parent.is_some_and(|parent| parent.name() == "portal")
        {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn the_span_of_the_caller_is_the_parent_of_every_page() {
    let (_mock, t) = with_systems(5).await;
    let calls = BelowPortal::default();
    // One for a thread would miss what other threads have found to have no subscriber.
    let subscriber = tracing_subscriber::registry().with(calls.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let all = t.systems.get_systems().limit(2).items().collect_all(9);
    all.instrument(tracing::info_span!("portal")).await.unwrap();
    assert_eq!(calls.0.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_bound_is_not_a_silent_cut() {
    let (_mock, t) = with_systems(5).await;
    let error = t.systems.get_systems().items().collect_all(4).await.unwrap_err();
    assert!(error.to_string().contains("more than 4 entries"), "{error}");
    assert_eq!(t.systems.get_systems().items().collect_all(5).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_service_that_ignores_the_offset_does_not_go_on_for_ever() {
    let (mock, t) = with_systems(0).await;
    let page = json!({"status": "success", "result": [{"id": "a"}, {"id": "b"}]}).to_string();
    mock.inject(tapis_mock::Fault::status(200).body(page).on(LIST).always());
    let items = t.systems.get_systems().limit(2).items().collect_all(10).await.unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(mock.requests_for(LIST).len(), 2);
}

#[tokio::test]
async fn equal_pages_of_a_view_are_different_rows() {
    let (mock, t) = with_systems(0).await;
    let table = json!({"table_name": "birds", "columns": {"name": {"data_type": "text"}}});
    let view = json!({"view_name": "names", "select_query": "name", "from_table": "birds"});
    let rows = json!({"data": vec![json!({"name": "wren"}); 5]});
    for (path, body) in [("manage/tables", table), ("data/birds", rows), ("manage/views", view)] {
        let request = t.request(Method::POST, format!("/v3/pgrest/{path}")).json(&body);
        request.await.unwrap();
    }
    mock.clear_requests();
    let rows = t.pgrest.get_view("names").limit(2).items().collect_all(100).await.unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(mock.requests_for("pgrest.get_view").len(), 3);
}

#[tokio::test]
async fn a_service_that_ignores_the_limit_has_sent_everything() {
    let (mock, t) = with_systems(0).await;
    let page =
        json!({"status": "success", "result": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}).to_string();
    mock.inject(tapis_mock::Fault::status(200).body(page).on(LIST).always());
    assert_eq!(t.systems.get_systems().limit(2).items().collect_all(10).await.unwrap().len(), 3);
    assert_eq!(mock.requests_for(LIST).len(), 1);
}

#[tokio::test]
async fn a_failure_in_the_middle_ends_the_stream() {
    let (mock, t) = with_systems(25).await;
    mock.inject(tapis_mock::Fault::status(403).on(LIST).after(1));
    let mut pages = t.systems.get_systems().limit(10).pages();
    assert_eq!(pages.next().await.unwrap().unwrap().result().len(), 10);
    assert!(pages.next().await.unwrap_err().is_permission());
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_search_is_sent_in_the_services_own_syntax() {
    let (mock, t) = with_systems(3).await;
    let found = t.systems.get_systems().search(eq("id", "system-001")).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(mock.requests_for(LIST)[0].query_value("search"), Some("(id.eq.system-001)"));
    let error = t.systems.get_systems().search(eq("a.b", 1)).await.unwrap_err();
    assert!(
        error.is_input() && error.to_string().contains("search: a.b: invalid attribute name"),
        "{error}"
    );
}

#[test]
fn a_program_without_a_runtime_waits() {
    let mock = MockTapis::builder().user("testuser", "secret").start_blocking().unwrap();
    let t = Tapis::builder(mock.base_url()).password("testuser", "secret").build().unwrap();
    assert_eq!(t.authenticator.get_userinfo().wait().unwrap().username, "testuser");
    // The same client in a runtime that ends, and then without one again.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { t.authenticator.get_userinfo().await }).unwrap();
    drop(runtime);
    assert_eq!(t.authenticator.get_userinfo().wait().unwrap().username, "testuser");
}
