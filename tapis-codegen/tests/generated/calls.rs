//! The client and its calls.

use super::*;

#[test]
fn an_operation_and_a_schema_may_have_the_same_name() {
    let mut document = with(
        "/components/schemas/listBirds",
        json!({"type": "object", "properties": {
            "songs": {"type": "string"},
        }}),
    );
    document["components"]["schemas"]["NewBird"]["properties"]["parents"] =
        json!({"$ref": "#/components/schemas/listBirds"});
    let plumage = json!({"type": "string", "enum": ["dull", "bright"]});
    document["paths"]["/v3/birds"]["get"]["parameters"][3]["schema"] = plumage;
    let code = Code::of(&document);
    assert_eq!(code.field("types", "NewBird", "parents").text, "Option<ListBirds>");
    assert_eq!(code.field("types", "ListBirds", "songs").text, "Option<String>");
    let setter = code.method("calls", "ListBirds", "plumage").text;
    assert!(setter.contains("TryInto<types::ListBirdsOperationPlumage,"), "{setter}");
}

#[test]
fn parameters_may_be_called_like_what_a_client_or_a_call_consists_of() {
    for name in ["client", "response"] {
        let named = json!({"name": name, "in": "query", "schema": {"type": "string"}});
        let code = Code::of(&with("/paths/~1v3~1birds/get/parameters/-", named));
        let setter = code.method("calls", "ListBirds", name).text;
        assert!(setter.contains("TryInto<String,"), "{setter}");
        let reply = "ListBirds,operations::LIST_BIRDS,\
                     rt::Enveloped<Vec<types::Bird>,rt::Members<types::Bird>>,";
        let call = &code.calls("calls", "operation")[0];
        assert!(call.starts_with(reply), "{call}");
    }
}

#[test]
fn every_operation_and_every_alias_is_one_method() {
    assert_eq!(
        code().method_names("", "Client"),
        [
            "new",
            "session",
            "list_birds",
            "add_bird",
            "remove_bird",
            "get_bird",
            "get_picture",
            "add_picture",
            "sign_in",
            "sign_in_with_token"
        ]
    );
}

#[test]
fn a_method_says_what_it_does_where_it_goes_what_it_needs_and_how_it_fails() {
    let code = code();
    assert_eq!(
        code.method("", "Client", "list_birds").doc,
        "Lists the birds.\n\
         \n\
         Only those that were seen.\n\
         \n\
         `GET /v3/birds`; needs a token.\n\
         \n\
         # Parameters, set on the call\n\
         \n\
         - [`limit`](calls::ListBirds::limit): How many at most.\n\
         - [`skip`](calls::ListBirds::skip): Not documented by the service.\n\
         - [`select`](calls::ListBirds::select): Not documented by the service.\n\
         - [`plumage`](calls::ListBirds::plumage): Not documented by the service.\n\
         - [`filters`](calls::ListBirds::filters): Not documented by the service.\n\
         - [`x_observer`](calls::ListBirds::x_observer) (required): Who looks.\n\
         \n\
         # Returns\n\
         \n\
         [`Vec<Bird>`](types::Bird).\n\
         \n\
         # Errors\n\
         \n\
         - [`Authentication`](tapis_core::ErrorKind::Authentication) (401): the token or the \
         credentials are missing or refused.\n\
         - [`Permission`](tapis_core::ErrorKind::Permission) (403): the user lacks the permission.\n\
         \n\
         The service documents these statuses. A message can make the kind more precise, and every \
         call can fail with further kinds: see [`ErrorKind`](tapis_core::ErrorKind).\n\
         \n\
         # Examples\n\
         \n\
         ```no_run\n\
         # mod tapis_client { pub use tapis_core::*; pub use tapis_birds as birds; }\n\
         # struct Tapis { birds: tapis_birds::Client }\n\
         # async fn example(t: &Tapis) -> Result<(), Box<dyn std::error::Error>> {\n\
         let birds = t.birds.list_birds().x_observer(\"me\").await?;\n\
         # Ok(())\n\
         # }\n\
         ```\n\
         \n\
         # See also\n\
         \n\
         - [`get_bird`](crate::Client::get_bird) returns one of them.\n\
         - [`items`](calls::ListBirds::items) on the call streams the entries of all pages, and \
         [`pages`](calls::ListBirds::pages) the pages."
    );
    assert_eq!(
        code.method("", "Client", "sign_in").doc,
        "Signs in with a password.\n\
         \n\
         `POST /v3/session`; needs no token.\n\
         \n\
         # Arguments\n\
         \n\
         - `body`: Sent as JSON: [`SignInBody`](types::SignInBody).\n\
         \n\
         # Returns\n\
         \n\
         Nothing.\n\
         \n\
         # Errors\n\
         \n\
         The service documents none; [`ErrorKind`](tapis_core::ErrorKind) lists those of every call."
    );
    let text = code.method("", "Client", "add_bird").doc;
    assert!(text.contains("- `body`: Sent as JSON: [`NewBird`](types::NewBird)."), "{text}");
    let text = code.method("", "Client", "get_picture").doc;
    assert!(text.contains("The bytes, as a [`ByteStream`](tapis_core::ByteStream)."), "{text}");
}

#[test]
fn required_values_of_the_path_and_a_required_body_are_arguments() {
    let code = code();
    for (method, arguments) in [
        ("list_birds", "(&self)->calls::ListBirds"),
        ("get_bird", "(&self,ring:impl Into<String>)"),
        ("add_bird", "(&self,body:impl TryInto<types::NewBird,Error:rt::Display>)"),
        ("add_picture", "(&self,path:impl Into<String>,file:impl Into<rt::FormPart>)"),
        ("sign_in_with_token", "(&self,body:impl Into<rt::Body>)"),
    ] {
        let text = code.method("", "Client", method).text;
        assert!(text.contains(&format!("fn {method}{arguments}")), "{method}: {text}");
    }
}

#[test]
fn arguments_have_the_order_of_the_path_and_no_setter() {
    let mut document = birds();
    let mut bird = document["paths"]["/v3/birds/{ring}"].take();
    let year = json!({
        "name": "year", "in": "path", "required": true, "schema": {"type": "integer"},
    });
    for method in ["get", "delete"] {
        bird[method]["parameters"].as_array_mut().unwrap().push(year.clone());
    }
    document["paths"].as_object_mut().unwrap().remove("/v3/birds/{ring}");
    document["paths"]["/v3/birds/{year}/{ring}"] = bird;
    let code = Code::of(&document);
    let text = code.method("", "Client", "get_bird").text;
    assert!(text.contains("(&self,year:impl TryInto<i64,"), "{text}");
    assert!(text.contains(".year(year).ring(ring)"), "{text}");
    let setter = code.method("calls", "GetBird", "year").text;
    assert!(setter.starts_with("fn year(mut self,"), "{setter}");
    assert!(code.text.contains("pub(super) fn year("));
}

#[test]
fn from_four_on_arguments_are_fields_of_a_struct() {
    let mut document = with(
        "/paths/~1v3~1pictures~1{path}/post/parameters/-",
        json!({"name": "a", "in": "path", "required": true, "schema": {"type": "string"}}),
    );
    let pictures = document["paths"]["/v3/pictures/{path}"]["post"].take();
    document["paths"]["/v3/pictures/{path}"].as_object_mut().unwrap().remove("post");
    let mut moved = pictures;
    let b = json!({"name": "b", "in": "path", "required": true, "schema": {"type": "string"}});
    moved["parameters"].as_array_mut().unwrap().push(b);
    document["paths"]["/v3/{a}/{b}/{path}"] = json!({ "post": moved });
    let code = Code::of(&document);
    let text = code.method("", "Client", "add_picture").text;
    assert!(text.contains("(&self,arguments:calls::AddPictureArgs)"), "{text}");
    assert!(text.contains(".a(arguments.a).b(arguments.b).path(arguments.path)"), "{text}");
    assert_eq!(code.field("calls", "AddPictureArgs", "file").text, "rt::FormPart");
    assert_eq!(code.field("calls", "AddPictureArgs", "a").text, "String");
}

#[test]
fn arguments_that_would_do_harm_if_swapped_have_names() {
    let code = Code::of(&with("/paths/~1v3~1birds/get/x-tapis-arguments", json!("named")));
    let text = code.method("", "Client", "list_birds").text;
    assert!(text.contains("(&self,arguments:calls::ListBirdsArgs)"), "{text}");
    assert_eq!(code.field("calls", "ListBirdsArgs", "x_observer").text, "String");
    assert_eq!(code.field("calls", "ListBirdsArgs", "x_observer").doc, "Who looks.");
}

#[test]
fn only_what_is_deprecated_is_marked_so() {
    let methods = code().methods("", "Client");
    let marked = methods.iter().filter(|method| method.attributes.contains("#[deprecated]"));
    let marked: Vec<_> = marked.map(|method| method.name.as_str()).collect();
    assert_eq!(marked, ["remove_bird"]);
}

#[test]
fn a_setter_says_how_its_value_is_sent() {
    let code = code();
    assert_eq!(
        code.method("calls", "ListBirds", "x_observer").doc,
        "Who looks.\n\nSent as `X-Observer` as a header."
    );
    assert_eq!(
        code.method("calls", "ListBirds", "filters").doc,
        "Not documented by the service.\n\nEach key is a query parameter of its own."
    );
}

#[test]
fn values_go_where_the_document_says() {
    let code = code();
    for (call, setter, expected) in [
        ("ListBirds", "limit", r#"query_parameter("limit",rt::convert(value,"limit"))"#),
        ("ListBirds", "select", r#"selection("select",rt::convert_all(value,"select"),&["ring"])"#),
        ("ListBirds", "filters", "free_query(key.into(),value.into())"),
        ("ListBirds", "x_observer", r#"header_parameter("X-Observer","#),
        ("GetBird", "ring", r#"path_parameter("ring",rt::convert(value,"ring"))"#),
        ("AddBird", "body", r#"json_body(rt::convert(value,"body"))"#),
        ("AddPicture", "file", r#"part("file",part.into())"#),
        ("AddPicture", "title", r#"part("title",rt::FormPart::text(text))"#),
        ("SignInWithToken", "body", "raw_body(value.into())"),
    ] {
        let text = code.method("calls", call, setter).text;
        assert!(text.contains(&format!("self.call.{expected}")), "{call}.{setter}: {text}");
    }
}

#[test]
fn a_list_is_one_parameter_with_commas_or_one_for_each_item() {
    for (explode, expected) in [(false, "joined_query"), (true, "query_parameter")] {
        let fields = json!({
            "name": "fields", "in": "query", "explode": explode,
            "schema": {"type": "array", "items": {"type": "string"}},
        });
        let code = Code::of(&with("/paths/~1v3~1birds/get/parameters/-", fields));
        let text = code.method("calls", "ListBirds", "fields").text;
        assert!(text.contains(&format!("self.call.{expected}(\"fields\",")), "{text}");
    }
}

#[test]
fn what_identifies_is_not_added_to_a_selection_where_nothing_does() {
    let code = Code::of(&without("/components/schemas/Bird/required"));
    let text = code.method("calls", "ListBirds", "select").text;
    assert!(text.contains(r#"self.call.joined_query("select","#), "{text}");
}

#[test]
fn parameters_that_may_be_left_out_can_be_set_from_an_option() {
    let names = code().method_names("calls", "ListBirds");
    let maybe: Vec<_> = names.iter().filter(|name| name.starts_with("maybe_")).collect();
    assert_eq!(maybe, ["maybe_limit", "maybe_skip", "maybe_select", "maybe_plumage"]);
}

#[test]
fn a_body_that_goes_as_it_is_is_labelled_as_the_document_says() {
    let text = code().method("calls", "SignInWithToken", "body").text;
    assert!(text.contains(r#"self.call.content_type("application/octet-stream")"#), "{text}");
}

#[test]
fn a_reply_is_what_the_document_says() {
    assert_eq!(
        code().calls("calls", "operation"),
        [
            "ListBirds,operations::LIST_BIRDS,rt::Enveloped<Vec<types::Bird>,rt::Members<types::Bird>>,Vec<types::Bird>,rt::Response<Vec<types::Bird>>",
            "AddBird,operations::ADD_BIRD,rt::Enveloped<types::Bird>,types::Bird,rt::Response<types::Bird>",
            "RemoveBird,operations::REMOVE_BIRD,rt::Empty,(),rt::Response<()>",
            "GetBird,operations::GET_BIRD,rt::Json<types::Bird>,types::Bird,rt::Response<types::Bird>",
            "GetPicture,operations::GET_PICTURE,rt::Streamed,rt::ByteStream,rt::ByteStream",
            "AddPicture,operations::ADD_PICTURE,rt::Empty,(),rt::Response<()>",
            "SignIn,operations::SIGN_IN,rt::Empty,(),rt::Response<()>",
            "SignInWithToken,operations::SIGN_IN_WITH_TOKEN,rt::Empty,(),rt::Response<()>",
        ]
    );
}

#[test]
fn the_table_holds_what_is_known_before_a_call() {
    let code = code();
    for (constant, facts) in [
        ("LIST_BIRDS", "id:\"listBirds\",method:rt::Method::GET,template:\"/v3/birds\""),
        ("LIST_BIRDS", "required:&[rt::Required::Header(\"X-Observer\")]"),
        ("LIST_BIRDS", "paging:Some(rt::Paging::LimitSkip)"),
        ("LIST_BIRDS", "page_order:&[\"ring\",\"year\"]"),
        ("GET_BIRD", "id:\"get_bird\",method:rt::Method::GET,template:\"/v3/birds/{ring}\""),
        ("GET_BIRD", "rt::PathParameter{name:\"ring\",slash:rt::Slash::Encoded}"),
        ("GET_BIRD", "}],idempotent:true,reply:rt::ReplyKind::Json,..rt::Operation::PLAIN};"),
        ("GET_PICTURE", "rt::PathParameter{name:\"path\",slash:rt::Slash::Separates}"),
        ("ADD_BIRD", "required:&[rt::Required::Body],..rt::Operation::PLAIN};"),
        ("ADD_PICTURE", "required:&[rt::Required::Part(\"file\")]"),
        ("SIGN_IN", "token:rt::TokenUse::Never,idempotent:true"),
        ("SIGN_IN_WITH_TOKEN", "required:&[rt::Required::Body],token:rt::TokenUse::Never"),
    ] {
        let text = code.definition("operations", constant);
        assert!(text.contains(facts), "{constant}: {facts} in {text}");
    }
    assert!(code.definition("operations", "ALL").ends_with(
        "=&[&LIST_BIRDS,&ADD_BIRD,&REMOVE_BIRD,&GET_BIRD,&GET_PICTURE,&ADD_PICTURE,&SIGN_IN,\
         &SIGN_IN_WITH_TOKEN];"
    ));
}
