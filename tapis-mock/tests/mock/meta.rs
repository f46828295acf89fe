//! Documents in collections in databases.

use std::time::SystemTime;

use crate::support::*;
use serde_json::{Value, json};
use tapis_mock::{MockTapis, Strictness};

const META: &str = "/v3/meta";
const BOOKS: &str = "/v3/meta/library/books";

/// A mock with an empty collection of books in a library.
async fn library(strictness: Strictness) -> MockTapis {
    let builder = builder().admin("boss", "pw").strictness(strictness);
    let mock = start(builder.clock_stopped_at(SystemTime::UNIX_EPOCH)).await;
    assert_eq!(put_nothing(&mock, "/v3/meta/library", "boss").await.status, 201);
    assert_eq!(put_nothing(&mock, BOOKS, "testuser").await.status, 201);
    mock
}

async fn empty() -> MockTapis {
    library(Strictness::AsDocumented).await
}

/// A library with three books.
async fn stocked() -> MockTapis {
    let mock = empty().await;
    let books = json!([
        { "_id": "emma", "title": "Emma", "year": 1815, "by": { "name": "Austen" },
          "tags": ["novel"] },
        { "_id": "ulysses", "title": "Ulysses", "year": 1922, "by": { "name": "Joyce" },
          "tags": ["novel", "long"] },
        { "_id": "dubliners", "title": "Dubliners", "year": 1914, "by": { "name": "Joyce" } },
    ]);
    let made = post(&mock, BOOKS, books).by("testuser").send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["inserted"], 3);
    mock
}

async fn put_nothing(mock: &MockTapis, path: &str, user: &str) -> Got {
    ask(mock, http::Method::PUT, path).by(user).send().await
}

async fn read(mock: &MockTapis, path: &str) -> Got {
    get(mock, path).by("testuser").send().await
}

/// The ids of the documents that a query finds, in its order.
async fn ids(mock: &MockTapis, query: &[(&str, &str)]) -> Vec<String> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    ids_in(&read(mock, &format!("{BOOKS}?{query}")).await)
}

fn ids_in(got: &Got) -> Vec<String> {
    assert_eq!(got.status, 200, "{}", got.text());
    let documents = got.json();
    let ids = documents.as_array().unwrap().iter().map(|one| one["_id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// Checks a failure in the words of the database server.
#[track_caller]
fn refused(got: &Got, status: u16, message: &str) {
    got.fails(status, message);
    assert_eq!(got.json()["http status code"], status);
}

#[tokio::test]
async fn databases_are_for_administrators() {
    let mock = empty().await;
    for (method, path) in [(http::Method::PUT, "/v3/meta/other"), (http::Method::GET, "/v3/meta/")]
    {
        let got = ask(&mock, method, path).by("testuser").send().await;
        assert_eq!(got.status, 403);
        // The filter that refuses it knows no JSON.
        assert!(got.text().contains("NOT permitted"), "{}", got.text());
    }
    put_nothing(&mock, "/v3/meta/archive", "boss").await;
    let names = get(&mock, "/v3/meta/").by("boss").send().await.json();
    assert_eq!(names, json!(["archive", "library"]));
}

#[tokio::test]
async fn names_that_the_server_keeps_for_itself_are_refused() {
    let mock = empty().await;
    for name in ["_own", "system.x", "a%2Fb", "a%24b", "a%20b"] {
        let got = put_nothing(&mock, &format!("{META}/{name}"), "boss").await;
        refused(&got, 400, "illegal name");
        let got = put_nothing(&mock, &format!("{META}/library/{name}"), "boss").await;
        refused(&got, 400, "illegal name");
    }
}

#[tokio::test]
async fn a_database_is_deleted_with_everything_in_it_by_who_knows_its_tag() {
    let mock = stocked().await;
    put_nothing(&mock, "/v3/meta/library2", "boss").await;
    put_nothing(&mock, "/v3/meta/library2/books", "boss").await;
    let meta = read(&mock, "/v3/meta/library/_meta").await;
    assert_eq!(meta.json()["_id"], "library");
    let tag = meta.json()["_etag"]["$oid"].as_str().unwrap().to_owned();
    assert_eq!(meta.header("etag"), Some(format!("\"{tag}\"").as_str()));
    let gone =
        |tag: &str| delete(&mock, "/v3/meta/library").header("If-Match", tag).by("boss").send();
    refused(&gone("000000000000000000000000").await, 409, "ETag");
    let got = gone(&tag).await;
    assert_eq!((got.status.as_u16(), got.text()), (204, ""));
    refused(&read(&mock, "/v3/meta/library").await, 404, "Db 'library' does not exist");
    assert_eq!(read(&mock, "/v3/meta/library2").await.json(), json!(["books"]));
    put_nothing(&mock, "/v3/meta/library", "boss").await;
    assert_eq!(read(&mock, "/v3/meta/library").await.json(), json!([]));
}

#[tokio::test]
async fn the_deployed_service_only_says_that_it_deletes_a_database() {
    let mock = library(Strictness::AsDeployed).await;
    let got = delete(&mock, "/v3/meta/library").header("If-Match", "x").by("boss").send().await;
    assert_eq!((got.status.as_u16(), got.text()), (200, "{ TODO }"));
    assert_eq!(read(&mock, "/v3/meta/library").await.json(), json!(["books"]));
}

#[tokio::test]
async fn a_collection_needs_its_database() {
    let mock = empty().await;
    let got = put_nothing(&mock, "/v3/meta/none/books", "testuser").await;
    refused(&got, 404, "Db 'none' does not exist");
    put_nothing(&mock, "/v3/meta/library/authors", "testuser").await;
    assert_eq!(read(&mock, "/v3/meta/library").await.json(), json!(["authors", "books"]));
}

#[tokio::test]
async fn a_collection_is_dropped_by_who_knows_its_tag() {
    let mock = stocked().await;
    let meta = read(&mock, &format!("{BOOKS}/_meta")).await.json();
    assert_eq!(meta["_id"], "books");
    let tag = meta["_etag"]["$oid"].as_str().unwrap().to_owned();
    let drop = |user: &str, tag: &str| delete(&mock, BOOKS).header("If-Match", tag).by(user).send();
    assert_eq!(drop("testuser", &tag).await.status, 403);
    refused(&drop("boss", "another").await, 409, "ETag");
    assert_eq!(drop("boss", &tag).await.status, 204);
    refused(&read(&mock, BOOKS).await, 404, "Collection 'books' does not exist");
    put_nothing(&mock, BOOKS, "testuser").await;
    assert_eq!(read(&mock, BOOKS).await.json(), json!([]));
}

#[tokio::test]
async fn the_id_of_a_new_document_is_in_the_headers_alone() {
    let mock = empty().await;
    let made = post(&mock, BOOKS, json!({ "title": "Emma" })).by("testuser").send().await;
    assert_eq!((made.status.as_u16(), made.text()), (201, ""));
    let id = made.header("etag").unwrap().trim_matches('"');
    assert_eq!(id.len(), 24);
    let address = format!("{}{}/{id}", mock.base_url(), BOOKS.trim_start_matches("/v3/meta"));
    assert_eq!(made.header("location"), Some(address.as_str()));
    let found = read(&mock, &format!("{BOOKS}/{id}")).await.json();
    assert_eq!(found["_id"], json!({ "$oid": id }));
    assert_eq!(found["title"], "Emma");
}

#[tokio::test]
async fn an_envelope_with_the_id_comes_when_asked_for() {
    let mock = empty().await;
    let path = format!("{BOOKS}?basic=true");
    let made = post(&mock, &path, json!({ "title": "Emma" })).by("testuser").send().await;
    assert_eq!(made.status, 201);
    assert_eq!(
        (&made.json()["status"], &made.json()["message"]),
        (&json!("201"), &json!("Created"))
    );
    let id = made.json()["result"]["_id"].as_str().unwrap().to_owned();
    assert!(made.header("location").unwrap().ends_with(&id));
    assert_eq!(read(&mock, &format!("{BOOKS}/{id}")).await.json()["title"], "Emma");
}

#[tokio::test]
async fn of_several_documents_all_are_stored_or_none() {
    let mock = empty().await;
    let bad = json!([{ "_id": "a" }, { "$b": 1 }]);
    let got = post(&mock, BOOKS, bad).by("testuser").send().await;
    refused(&got, 400, "cannot be called $b");
    let got = post(&mock, BOOKS, json!([{ "_id": "a" }, 5])).by("testuser").send().await;
    refused(&got, 400, "must be an object");
    refused(&read(&mock, &format!("{BOOKS}/a")).await, 404, "Document 'a' does not exist");
}

#[tokio::test]
async fn a_document_takes_the_place_of_the_one_with_its_id() {
    let mock = stocked().await;
    post(&mock, BOOKS, json!({ "_id": "emma", "title": "E." })).by("testuser").send().await;
    let found = read(&mock, &format!("{BOOKS}/emma")).await.json();
    assert_eq!((&found["title"], found.get("year")), (&json!("E."), None));
    assert_eq!(read(&mock, &format!("{BOOKS}/_size")).await.json(), json!({ "_size": 3 }));
}

#[tokio::test]
async fn a_replaced_document_loses_what_the_new_one_lacks() {
    let mock = stocked().await;
    let path = format!("{BOOKS}/emma");
    let before = read(&mock, &path).await.json();
    let got = put(&mock, &path, json!({ "title": "Emma" })).by("testuser").send().await;
    assert_eq!((got.status.as_u16(), got.text()), (201, ""));
    let after = read(&mock, &path).await.json();
    assert_eq!((&after["_id"], after.get("year")), (&json!("emma"), None));
    assert_ne!(after["_etag"], before["_etag"]);
    let id = "5f0000000000000000000001";
    put(&mock, &format!("{BOOKS}/{id}"), json!({ "title": "New" })).by("testuser").send().await;
    let new = read(&mock, &format!("{BOOKS}/{id}")).await.json();
    assert_eq!(new["_id"], json!({ "$oid": id }));
}

#[tokio::test]
async fn a_modified_document_keeps_what_is_not_named() {
    let mock = stocked().await;
    let path = format!("{BOOKS}/emma");
    let change = json!({ "by.first": "Jane", "$inc": { "year": 1 }, "_id": "other" });
    let got = patch(&mock, &path, change).by("testuser").send().await;
    assert_eq!((got.status.as_u16(), got.text()), (201, ""));
    let found = read(&mock, &path).await.json();
    assert_eq!(found["by"], json!({ "name": "Austen", "first": "Jane" }));
    assert_eq!((&found["year"], &found["title"]), (&json!(1816), &json!("Emma")));
    let got = patch(&mock, &path, json!({ "$rename": { "a": "b" } })).by("testuser").send().await;
    refused(&got, 400, "does not know the operator $rename");
    let got = patch(&mock, &format!("{BOOKS}/none"), json!({ "a": 1 })).by("testuser").send();
    refused(&got.await, 404, "Document 'none' does not exist");
}

#[tokio::test]
async fn a_document_is_deleted_once() {
    let mock = stocked().await;
    let path = format!("{BOOKS}/emma");
    let gone = || delete(&mock, &path).by("testuser").send();
    assert_eq!(gone().await.status, 204);
    refused(&gone().await, 404, "Document 'emma' does not exist");
    assert_eq!(ids(&mock, &[]).await, ["ulysses", "dubliners"]);
}

#[tokio::test]
async fn filters_choose_documents() {
    let mock = stocked().await;
    for (filter, found) in [
        (json!({ "title": "Emma" }), &["emma"][..]),
        (json!({ "year": { "$gt": 1815, "$lte": 1914 } }), &["dubliners"]),
        (json!({ "by.name": "Joyce" }), &["ulysses", "dubliners"]),
        (json!({ "by.name": { "$ne": "Joyce" } }), &["emma"]),
        (json!({ "_id": { "$in": ["emma", "none"] } }), &["emma"]),
        (json!({ "_id": { "$nin": ["emma"] } }), &["ulysses", "dubliners"]),
        (json!({ "tags": { "$exists": false } }), &["dubliners"]),
        (json!({ "tags": "long" }), &["ulysses"]),
        (json!({ "$or": [{ "year": 1815 }, { "year": 1914 }] }), &["emma", "dubliners"]),
        (json!({ "$and": [{ "tags": "novel" }, { "by.name": "Joyce" }] }), &["ulysses"]),
        (json!({}), &["ulysses", "emma", "dubliners"]),
    ] {
        let text = filter.to_string();
        assert_eq!(ids(&mock, &[("filter", &text)]).await, found, "{filter}");
        let body = post(&mock, &format!("{BOOKS}/_filter"), filter.clone()).by("testuser");
        assert_eq!(ids_in(&body.send().await), found, "{filter}");
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("filter", &text).finish();
        let size = read(&mock, &format!("{BOOKS}/_size?{query}")).await.json();
        assert_eq!(size["_size"], found.len(), "{filter}");
    }
}

#[tokio::test]
async fn generated_ids_are_found_by_their_own_type_only() {
    let mock = empty().await;
    let made = post(&mock, BOOKS, json!({})).by("testuser").send().await;
    let id = made.header("etag").unwrap().trim_matches('"').to_owned();
    let filter = |id: Value| json!({ "_id": id }).to_string();
    for (filter, count) in [(filter(json!({ "$oid": id })), 1), (filter(json!(id)), 0)] {
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish();
        let size = read(&mock, &format!("{BOOKS}/_size?{query}")).await.json();
        assert_eq!(size["_size"], count, "{filter}");
    }
}

#[tokio::test]
async fn lists_are_ordered_and_paged() {
    let mock = stocked().await;
    // The greatest id comes first where nobody asks for an order.
    assert_eq!(ids(&mock, &[]).await, ["ulysses", "emma", "dubliners"]);
    assert_eq!(ids(&mock, &[("sort", r#"{"year":1}"#)]).await, ["emma", "dubliners", "ulysses"]);
    let sort = r#"{"by.name":-1,"year":1}"#;
    assert_eq!(ids(&mock, &[("sort", sort)]).await, ["dubliners", "ulysses", "emma"]);
    let page = |number: &'static str| [("sort", "year"), ("pagesize", "2"), ("page", number)];
    assert_eq!(ids(&mock, &page("1")).await, ["emma", "dubliners"]);
    assert_eq!(ids(&mock, &page("2")).await, ["ulysses"]);
    assert!(ids(&mock, &page("3")).await.is_empty());
}

#[tokio::test]
async fn a_page_has_ten_entries_unless_told_otherwise() {
    let mock = empty().await;
    let many: Vec<Value> = (0..12).map(|number| json!({ "n": number })).collect();
    post(&mock, BOOKS, json!(many)).by("testuser").send().await;
    let count = |got: Got| got.json().as_array().unwrap().len();
    assert_eq!(count(read(&mock, BOOKS).await), 10);
    assert_eq!(count(read(&mock, &format!("{BOOKS}?page=2")).await), 2);
    assert_eq!(count(read(&mock, &format!("{BOOKS}?pagesize=12")).await), 12);
}

#[tokio::test]
async fn keys_choose_fields() {
    let mock = stocked().await;
    let path = format!("{BOOKS}?filter=%7B%22_id%22:%22emma%22%7D");
    let two = format!("{path}&keys=%7B%22title%22:1%7D&keys=%7B%22by.name%22:1%7D");
    let only = read(&mock, &two).await.json();
    assert_eq!(only, json!([{ "_id": "emma", "title": "Emma", "by": { "name": "Austen" } }]));
    let without = read(&mock, &format!("{path}&keys=%7B%22by%22:0,%22_etag%22:0%7D")).await.json();
    assert_eq!(
        without,
        json!([{ "_id": "emma", "title": "Emma", "year": 1815, "tags": ["novel"] }])
    );
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let mock = stocked().await;
    for (query, message) in [
        ("filter=%7B", "illegal filter parameter"),
        ("filter=%7B%22a%22:%7B%22$near%22:1%7D%7D", "unknown operator: $near"),
        ("sort=%7B%22a%22:5%7D", "illegal sort parameter"),
        ("keys=title", "illegal keys parameter"),
        ("page=0", "illegal page parameter"),
        ("pagesize=1001", "illegal pagesize parameter"),
    ] {
        refused(&read(&mock, &format!("{BOOKS}?{query}")).await, 400, message);
    }
}

#[tokio::test]
async fn indexes_are_listed_and_cannot_be_altered() {
    let mock = stocked().await;
    let path = format!("{BOOKS}/_indexes");
    let make = |body: Value| put(&mock, &format!("{BOOKS}/_indexes/by_year"), body).by("testuser");
    let index = json!({ "keys": { "year": -1 }, "ops": { "sparse": true } });
    assert_eq!(make(index.clone()).send().await.status, 201);
    assert_eq!(make(index).send().await.status, 201);
    let list = read(&mock, &path).await.json();
    assert_eq!(list[0]["_id"], "_id_");
    assert_eq!(list[1], json!({ "_id": "by_year", "v": 2, "key": { "year": -1 }, "sparse": true }));
    refused(&make(json!({ "keys": { "year": 1 } })).send().await, 409, "cannot be altered");
    let gone = |name: &str| delete(&mock, &format!("{path}/{name}")).by("testuser").send();
    assert_eq!(gone("by_year").await.status, 204);
    refused(&gone("by_year").await, 404, "Index 'by_year' does not exist");
    refused(&gone("_id_").await, 400, "cannot drop");
}

#[tokio::test]
async fn a_unique_index_keeps_duplicates_out() {
    let mock = stocked().await;
    let unique = |keys: Value| json!({ "keys": keys, "ops": { "unique": true } });
    let make = |name: &str, keys: Value| {
        put(&mock, &format!("{BOOKS}/_indexes/{name}"), unique(keys)).by("testuser").send()
    };
    refused(&make("by_author", json!({ "by.name": 1 })).await, 409, "duplicate key");
    assert_eq!(make("by_title", json!({ "title": 1 })).await.status, 201);
    let twin = json!({ "_id": "twin", "title": "Emma" });
    refused(&post(&mock, BOOKS, twin).by("testuser").send().await, 409, "duplicate key");
    let same = patch(&mock, &format!("{BOOKS}/emma"), json!({ "title": "Emma" }));
    assert_eq!(same.by("testuser").send().await.status, 201);
}

/// Stores an aggregation.
async fn aggregate(mock: &MockTapis, name: &str, definition: &str) -> Got {
    let path = format!("{BOOKS}/_aggr/{name}");
    let request =
        ask(mock, http::Method::PUT, &path).body("application/json", definition.to_owned());
    request.by("testuser").send().await
}

#[tokio::test]
async fn aggregations_are_stored_and_answered_with_examples() {
    let mock = stocked().await;
    let path = format!("{BOOKS}/_aggr/newer");
    refused(&aggregate(&mock, "newer", r#"{"stages":5}"#).await, 400, "not an aggregation");
    let definition = r#"{"type":"pipeline","stages":[{"$match":{"tags":"novel"}},{"$count":"n"}]}"#;
    assert_eq!(aggregate(&mock, "newer", definition).await.status, 201);
    for got in [read(&mock, &path).await, post(&mock, &path, json!({})).by("testuser").send().await]
    {
        assert_eq!((got.status.as_u16(), got.header("x-tapis-mock")), (200, Some("example")));
    }
    assert_eq!(delete(&mock, &path).by("testuser").send().await.status, 204);
    refused(&read(&mock, &path).await, 404, "Aggregation 'newer' does not exist");
    refused(&delete(&mock, &path).by("testuser").send().await, 404, "does not exist");
}

#[tokio::test]
async fn each_tenant_has_databases_of_its_own() {
    let mock = start(builder().admin("boss", "pw").state("tenants: [other]")).await;
    put_nothing(&mock, "/v3/meta/library", "boss").await;
    let elsewhere = get(&mock, "/v3/meta/library").header("host", "other.mock.invalid");
    let token = mock.mint_access_token(tapis_mock::Mint::user("boss").tenant("other")).unwrap();
    refused(&elsewhere.token(&token).send().await, 404, "Db 'library' does not exist");
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let mock = stocked().await;
    aggregate(&mock, "all", r#"{"stages":[{"$count":"n"}]}"#).await;
    let snapshot = mock.snapshot().unwrap();
    mock.reset().unwrap();
    refused(&read(&mock, BOOKS).await, 404, "Db 'library' does not exist");
    mock.restore(snapshot).unwrap();
    assert_eq!(ids(&mock, &[]).await, ["ulysses", "emma", "dubliners"]);
    assert_eq!(read(&mock, &format!("{BOOKS}/_aggr/all")).await.status, 200);
}

#[tokio::test]
async fn health_is_told_without_a_token() {
    let mock = mock().await;
    let got = get(&mock, "/v3/meta/healthcheck").send().await;
    assert_eq!((got.status.as_u16(), &got.json()["status"]), (200, &json!("200")));
}
