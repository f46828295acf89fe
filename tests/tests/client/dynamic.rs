//! Operations by name: faults are found before anything is sent, and secrets stay out of errors.

use serde_json::{Value, json};
use tapis_client::dynamic::{self, Location, ValueType};
use tapis_client::{ErrorKind, Tapis};
use tapis_mock::Fault;
use tapis_tests::World;

#[test]
fn the_documents_say_of_each_operation_what_the_clients_were_generated_from() {
    let t = Tapis::builder("http://localhost").build().unwrap();
    let mut described: Vec<String> = Vec::new();
    for service in dynamic::services() {
        for operation in dynamic::describe_all(service).unwrap() {
            assert!(t.operation(service, operation.id).is_ok());
            described.push(format!(
                "{service}.{} {} {}",
                operation.id, operation.method, operation.path
            ));
        }
    }
    let generated = Tapis::operations().map(|o| format!("{o} {} {}", o.method, o.template));
    let mut generated: Vec<String> = generated.collect();
    generated.sort();
    described.sort();
    assert_eq!(described, generated);
}

#[tokio::test]
async fn what_does_not_fit_the_document_is_refused_before_anything_is_sent() {
    let World { mock, t, .. } = World::new().await.unwrap();
    let get = || t.operation("systems", "getSystem").unwrap();
    let post = || t.operation("systems", "createSystem").unwrap();
    let list = || t.operation("systems", "getSystems").unwrap();
    for (call, message) in [
        (get(), "the required parameter systemId is not set"),
        (get().argument("systemid", "a"), "systemid: unknown argument; did you mean systemId?"),
        (get().argument("name", "a"), "name: unknown argument; the arguments are systemId, "),
        (get().argument("systemId", 7), "systemId: expected a string"),
        (get().argument("systemId", ".."), "systemId: "),
        (list().text_argument("limit", "many"), "limit: expected an integer"),
        (get().argument("systemId", "a").body(json!({})), "body: the operation has no JSON body"),
        (post(), "the required parameter body is not set"),
        (post().body(json!({"id": "a"})), "body: missing required attributes: "),
        (post().body_text("id: [a"), "body: neither JSON nor YAML: see line 1"),
        (post().body_text("hots: a"), "body: hots: unknown attribute; did you mean host?"),
        (post().bytes("a"), "body: the operation has no body of bytes"),
        (post().file("file", "a"), "file: the operation has no form field for a file"),
        (
            t.operation("files", "getContents")
                .unwrap()
                .argument("systemId", "a")
                .argument("path", "b"),
            "files.getContents returns bytes: use stream",
        ),
    ] {
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
        assert!(error.to_string().contains(message), "{error} has no {message:?}");
    }
    let error = get().argument("systemId", "a").pages().unwrap_err();
    assert!(error.to_string().contains("systems.getSystem does not return pages"), "{error}");
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_list_is_returned_with_all_of_its_pages() {
    let world = World::new().await.unwrap();
    for id in ["a", "b", "c"] {
        world.make_system(id).await.unwrap();
    }
    let items =
        world.t.operation("systems", "getSystems").unwrap().argument("limit", 2).items().unwrap();
    let ids: Vec<_> =
        items.collect_all(10).await.unwrap().iter().map(|system| system["id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_secret_in_a_body_is_sent_and_no_error_repeats_it() {
    let world = World::new().await.unwrap();
    world.make_system("a").await.unwrap();
    let World { mock, t, .. } = world;
    let call = |password: &str| {
        t.operation("systems", "createUserCredential")
            .unwrap()
            .argument("systemId", "a")
            .argument("userName", "testuser")
            .argument("skipCredentialCheck", true)
            .body(json!({"password": password}))
    };
    call("pl4nted-secret").await.unwrap();
    let sent = call("[redacted]").await.unwrap_err();
    assert_eq!(sent.kind(), ErrorKind::Input, "{sent}");
    mock.inject(Fault::status(400).body("password pl4nted-secret is too short"));
    let error = call("pl4nted-secret").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("pl4nted"), "{error:?}");
}

#[test]
fn a_description_says_what_a_command_line_needs() {
    let operation = dynamic::describe("systems", "create-user-credential").unwrap();
    assert_eq!(operation.id, "createUserCredential");
    let path: Vec<_> = operation.parameters.iter().take(2).map(|p| p.name.as_str()).collect();
    assert_eq!(path, ["systemId", "userName"]);
    let skip = operation.parameters.iter().find(|p| p.name == "skipCredentialCheck").unwrap();
    assert_eq!((skip.location, skip.value_type), (Location::Query, ValueType::Boolean));
    assert!(!skip.required && !skip.description.is_empty());
    let body = operation.body.unwrap();
    let password = body.fields.iter().find(|field| field.name == "password").unwrap();
    assert!(password.secret);
    assert!(body.secrets.contains(&"/password".to_owned()));

    let operation = dynamic::describe("jobs", "submitJob").unwrap();
    let body = operation.body.unwrap();
    let required = body.fields.iter().take_while(|field| field.required);
    let required: Vec<_> = required.map(|field| field.name.as_str()).collect();
    assert_eq!(required, ["name", "appId", "appVersion"]);
    let subscriptions = body.fields.iter().find(|field| field.name == "subscriptions").unwrap();
    assert_eq!(subscriptions.item_type, Some(ValueType::Object));
}

#[tokio::test]
async fn arguments_and_body_come_from_one_object() {
    let World { mock, t, .. } = World::new().await.unwrap();
    let call = |id: &str, arguments: Value| {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        t.operation("streams", id).unwrap().arguments(arguments)
    };
    let body = json!({"project_name": "p", "owner": "testuser", "pi": "testuser"});
    call("createProject", json!({"body": body})).await.unwrap();
    let found = call("getProject", json!({"project_id": "p"})).await.unwrap();
    assert_eq!(found["project_name"], "p");

    mock.clear_requests();
    let error = call("createProject", body).await.unwrap_err();
    assert!(
        error.message().contains("unknown argument; it is an attribute of the body"),
        "{error}"
    );
    assert!(mock.requests().is_empty());
}

#[test]
fn a_schema_of_arguments_needs_no_other_document() {
    fn check(value: &Value, defs: &Value, at: &str) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(name)) = fields.get("$ref") {
                    let name =
                        name.strip_prefix("#/$defs/").unwrap_or_else(|| panic!("{at}: {name}"));
                    assert!(defs[name].is_object(), "{at}: {name}");
                }
                fields.values().for_each(|value| check(value, defs, at));
            }
            Value::Array(items) => items.iter().for_each(|value| check(value, defs, at)),
            _ => {}
        }
    }
    let mut count = 0;
    for operation in
        dynamic::services().iter().flat_map(|name| dynamic::describe_all(name).unwrap())
    {
        let at = format!("{}.{}", operation.service, operation.id);
        let schema = operation.input_schema();
        let properties = schema["properties"].as_object().unwrap();
        for field in &operation.parameters {
            assert!(properties.contains_key(&field.name), "{at}: {}", field.name);
        }
        let has_json = operation.body.as_ref().is_some_and(|body| body.media_type.contains("json"));
        assert_eq!(properties.contains_key("body"), has_json, "{at}");
        let result = operation.result_schema();
        assert_eq!(result.is_some(), operation.result.is_some(), "{at}");
        for schema in result.iter().chain([&schema]) {
            check(schema, &schema["$defs"], &at);
        }
        count += 1;
    }
    assert_eq!(count, Tapis::operations().count());
}
