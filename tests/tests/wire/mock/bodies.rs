//! Requests that the document allows, with the names of what exists.

use serde_json::{Value, json};
use tapis_mock::Mint;

use super::super::maker::{Maker, Optional, Style};
use super::super::world::{CASES, Case};
use super::Sweep;

impl Sweep {
    /// What the request carries: JSON as the document describes it, with the names of what exists
    /// where it refers to something.
    pub(super) fn body(&self, case: &'static Case, full: bool) -> String {
        let Some(body) = case.operation.body.as_ref().filter(|body| body.is_json()) else {
            return String::new();
        };
        if !full && !body.required {
            return String::new();
        }
        let optional = if full { Optional::Filled } else { Optional::Absent(0) };
        let style = Style { optional, proper: true, ..Style::default() };
        let mut made = Maker::new(case.document, style).make(&body.schema);
        self.refer(case, &mut made);
        self.settle(case, &mut made);
        if let Some(member) = member_parameter(case) {
            let stem = member.trim_end_matches("_id").trim_end_matches("_uuid");
            let name = self.text(case, &member).unwrap_or_default();
            let objects = match &mut made {
                Value::Array(items) => items.iter_mut().take(1).collect(),
                one => vec![one],
            };
            for object in objects.into_iter().filter_map(Value::as_object_mut) {
                for field in [member.as_str(), "id", stem, &format!("{stem}_name")] {
                    if let Some(text) = object.get_mut(field).filter(|value| value.is_string()) {
                        *text = json!(name);
                        break;
                    }
                }
            }
        }
        if case.typed.id == "createRole" && !full {
            made["roleName"] = json!("a_child");
        }
        // A bucket that is there already makes the service fall over.
        if case.typed.id == "create_project" && full {
            made["project_name"] = json!("another");
        }
        made.to_string()
    }

    /// Puts names of what exists in place of texts that are names.
    fn refer(&self, case: &'static Case, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.refer(case, item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let own = || names_something(case.typed.service, name);
                    let is_made_up = value.as_str().is_some_and(|text| text.starts_with("text "));
                    match (is_made_up, reference(name)) {
                        (true, Some((service, parameter))) => {
                            *value = json!(self.name(service, parameter));
                        }
                        (true, None) if own() => {
                            *value = json!(self.name(case.typed.service, name));
                        }
                        _ => self.refer(case, value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Puts into a body what no schema says: words that have to be of a language, and members that
    /// have to fit each other.
    fn settle(&self, case: &'static Case, body: &mut Value) {
        let file = "tapis://a-systemid/a-path";
        each_member(body, &mut |name, value| match (name, &*value) {
            ("search" | "match", Value::Array(_)) => *value = json!(["id LIKE '%'"]),
            ("permissions", Value::Array(_)) => *value = json!(["READ"]),
            ("sourceUrl" | "sourceURI" | "destinationURI", Value::String(_)) => {
                *value = json!(file)
            }
            ("sourceUrls", Value::Array(_)) => *value = json!([file]),
            ("allowedUses", Value::Number(_)) => *value = json!(9),
            ("validSeconds", Value::Number(_)) => *value = json!(86_400),
            _ => {}
        });
        match case.typed.service {
            "sk" => settle_sk(case, body),
            // A job is made of what these say, and Jobs takes few letters.
            "apps" | "systems" => {
                plain_texts(body);
                require_nothing(body);
                small_numbers(body);
                name_nothing(body);
            }
            "jobs" => settle_jobs(case, body),
            "pods" => settle_pods(body),
            "meta" => settle_meta(case, body),
            "notifications" => settle_notifications(case, body),
            "pgrest" => settle_pgrest(case, body),
            _ => {}
        }
        match case.to_string().as_str() {
            "apps.createAppVersion" => body["version"] = json!(self.name("apps", "appVersion")),
            "systems.createSystem" => {
                if let Some(queue) = body.pointer("/batchLogicalQueues/0/name").cloned() {
                    body["batchDefaultLogicalQueue"] = queue;
                }
                body["canExec"] = json!(body.get("jobRuntimes").is_some());
                body["rootDir"] = json!("/");
                // Each user of it has a credential, made by a call of its own.
                body["effectiveUserId"] = json!("${apiUserId}");
                body["defaultAuthnMethod"] = json!("TMS_KEYS");
                body.as_object_mut().unwrap().remove("authnCredential");
                body["owner"] = json!("root");
                body["jobWorkingDir"] = json!("work");
                body["enableCmdPrefix"] = json!(true);
            }
            "systems.createUserCredential" => *body = json!({}),
            "actors.create_actor" | "actors.update_actor" => body["stateless"] = json!(false),
            "streams.grant_role" | "streams.revoke_role" => {
                *body = json!({"user": "somebody", "resource_type": "project",
                    "resource_id": "a-project-id", "role_name": "user"});
            }
            "streams.create_measurement" => {
                body["vars"] = json!([{"datetime": "2026-11-22T23:00:49Z", "a-var-id": 1.5}]);
            }
            "files.mkdir" => body["path"] = json!("a-folder"),
            "files.moveCopy" => {
                body["operation"] = json!("COPY");
                body["newPath"] = json!("a-folder/a-copy");
            }
            "authenticator.create_token" => {
                *body = json!({"grant_type": "password", "username": "root", "password": "secret"});
            }
            "tokens.create_token" => {
                let tenant = self.mock.tenant();
                *body = json!({"account_type": "user", "token_tenant_id": tenant, "token_username": "root"});
            }
            "authenticator.revoke_token" | "tokens.revoke_token" => {
                *body = json!({"token": self.mock.mint_access_token(Mint::user("root")).unwrap()});
            }
            _ => {}
        }
    }

    /// The text of a parameter, where it is not to be a text full of what has to be escaped.
    pub(super) fn text(&self, case: &'static Case, name: &str) -> Option<String> {
        // Others make a folder of `a-path`.
        let wants_file = ["insert", "getContents", "createPostIt"];
        if name == "path" && wants_file.contains(&case.typed.id) {
            return Some("a-file".to_owned());
        }
        match (case.typed.service, name) {
            ("sk", "user") => return Some("root".to_owned()),
            ("sk", "permSpec") => return Some(PERMISSION.to_owned()),
            ("sk", "roleType") => return Some("USER".to_owned()),
            ("sk", "roleName") if case.typed.id == "updateRoleName" => {
                return Some("a_child".to_owned());
            }
            ("sk", "tenant" | "roleTenant") => return Some("dev".to_owned()),
            ("meta", "filter" | "avars") => return Some("{}".to_owned()),
            ("meta", "If-Match") => {
                let of_database = case.typed.id == "deleteDB";
                let tag = if of_database { "databaseTag" } else { "collectionTag" };
                return Some(self.name("meta", tag));
            }
            ("meta", "sort") => return Some("_id".to_owned()),
            ("pgrest", "order") => return Some("key,ASC".to_owned()),
            ("streams", "resource_id") => return Some("a-project-id".to_owned()),
            ("streams", "var_ids") => return Some("a-var-id".to_owned()),
            ("notifications", "ownedBy") => return Some("root".to_owned()),
            ("notifications", "tenant") => return Some("dev".to_owned()),
            ("notifications", "orderBy") => return Some("name".to_owned()),
            ("notifications", "search") => return Some("(name.like.*)".to_owned()),
            // Trials have names of their own.
            ("notifications", "name") if case.operation.template.contains("/test") => {
                return Some(self.name("notifications", "test"));
            }
            _ => {}
        }
        let is_path = case.operation.template.contains(&format!("{{{name}}}"));
        if is_path || member_parameter(case).as_deref() == Some(name) {
            return Some(self.name(case.typed.service, name));
        }
        match name {
            "search" => Some("(id.like.*)".to_owned()),
            "orderBy" => Some("id".to_owned()),
            "pattern" => Some("*".to_owned()),
            "range" => Some("0,1".to_owned()),
            "authnMethod" => Some("PASSWORD".to_owned()),
            "start_date" => Some("2026-11-22T23:00:49Z".to_owned()),
            "end_date" => Some("2026-11-22T23:00:50Z".to_owned()),
            _ => None,
        }
    }

    /// What the path parameter of a service names: what was made, or nothing.
    pub(super) fn name(&self, service: &'static str, parameter: &str) -> String {
        let known = self.names.get(&(service, parameter.to_owned()));
        known.cloned().unwrap_or_else(|| match parameter {
            "permission" => "READ".to_owned(),
            "envVarName" => "HOME".to_owned(),
            "outputPath" => "tapisjob.out".to_owned(),
            "parentSystemId" | "childSystemId" => "a-systemid".to_owned(),
            // An owner of an app can be given nothing.
            "userName" if service == "apps" => "somebody".to_owned(),
            "username" | "userName" => "root".to_owned(),
            "user" if service == "sk" => "root".to_owned(),
            "tenant" if service == "sk" => "dev".to_owned(),
            "roleName" => "a_role".to_owned(),
            "secretType" => "user".to_owned(),
            "pod_id" | "volume_id" | "snapshot_id" => format!("a{}", parameter.replace('_', "")),
            // Names of tables in SQL.
            "table_id" | "view_id" => format!("a_{}", parameter.trim_end_matches("_id")),
            _ if parameter.ends_with("uuid") => "00000000-0000-4000-8000-000000000007".to_owned(),
            _ => format!("a-{}", parameter.to_lowercase().replace('_', "-")),
        })
    }
}

/// Descriptions and levels of permissions, as pods take them.
fn settle_pods(body: &mut Value) {
    each_member(body, &mut |name, value| match (name, &*value) {
        ("description", Value::String(_)) => *value = json!("a description"),
        ("level", Value::String(_)) => *value = json!("READ"),
        _ => {}
    });
}

/// A permission that roles are given.
const PERMISSION: &str = "files:dev:READ:a-systemid:/a-path";

/// Roles, users and secrets of the security kernel.
fn settle_sk(case: &Case, body: &mut Value) {
    each_member(body, &mut |name, value| {
        *value = match name {
            "tenant" | "roleTenant" | "newTenant" => json!("dev"),
            "user" => json!("root"),
            "roleName" | "parentRoleName" => json!("a_role"),
            "childRoleName" if case.typed.id == "removeChildRole" => json!("a_renamed"),
            "childRoleName" => json!("a_child"),
            "newRoleName" => json!("a_renamed"),
            "roleNames" => json!(["a_role"]),
            "roleType" => json!("USER"),
            "schema" => json!("files"),
            "permSpec" => json!(PERMISSION),
            "permSpecs" => json!([PERMISSION]),
            _ => return,
        };
    });
    match case.typed.id {
        "writeSecret" => body["data"] = json!({"a-key": "a value"}),
        // The second one stays for those who read.
        "destroySecret" => body["versions"] = json!([1]),
        "validateServicePassword" => {
            body["user"] = json!("files");
            body["password"] = json!("a password");
        }
        "validateSiteAdminPassword" => {
            body["tenant"] = json!("admin");
            body["user"] = json!("admin");
            body["password"] = json!("secret");
        }
        _ => {}
    }
}

/// Words in place of texts full of what has to be escaped, each its own.
fn plain_texts(body: &mut Value) {
    each_member(body, &mut |name, value| {
        let number = value.as_str().and_then(|text| text.strip_prefix("text ")?.split(':').next());
        if let Some(number) = number {
            *value = json!(format!("{name}{number}"));
        }
    });
}

/// Without what would have to be made first.
fn name_nothing(body: &mut Value) {
    let Some(fields) = body.as_object_mut() else { return };
    fields.retain(|name, _| !["dtnSystemId", "batchSchedulerProfile"].contains(&name.as_str()));
    if let Some(attributes) = fields.get_mut("jobAttributes").and_then(Value::as_object_mut) {
        attributes.retain(|name, _| !name.contains("ystem"));
    }
}

/// Numbers of 32 bits, as Java has them.
fn small_numbers(body: &mut Value) {
    each_member(body, &mut |_, value| {
        if value.as_u64().is_some_and(|number| i32::try_from(number).is_err()) {
            *value = json!(4);
        }
    });
}

/// Arguments, variables and inputs that a job may leave out, and output where it usually is.
fn require_nothing(body: &mut Value) {
    each_member(body, &mut |name, value| match (name, value) {
        ("includes" | "excludes", filter) => *filter = json!([]),
        ("stdoutFilename", value) => *value = json!("tapisjob.out"),
        ("fileInputs" | "fileInputArrays", Value::Array(inputs)) => {
            for mode in inputs.iter_mut().filter_map(|input| input.get_mut("inputMode")) {
                *mode = json!("OPTIONAL");
            }
        }
        ("inputMode", mode) if *mode == "REQUIRED" => *mode = json!("INCLUDE_ON_DEMAND"),
        // Jobs reads those of apps as the text of a map of Java, in which names have no blanks.
        ("notes", notes) => *notes = json!({"note": "text"}),
        _ => {}
    });
}

/// A job that its app and its system can run.
fn settle_jobs(case: &Case, body: &mut Value) {
    match case.typed.id {
        "submitJob" => {
            plain_texts(body);
            require_nothing(body);
            body["execSystemId"] = json!("a-systemid");
            body["jobType"] = json!("FORK");
            body["isMpi"] = json!(false);
            for (name, value) in [("owner", "root"), ("tenant", "dev")] {
                if body.get(name).is_some() {
                    body[name] = json!(value);
                }
            }
        }
        "getJobSearchListByPostSqlStr" => body["search"] = json!(["name LIKE '%'"]),
        _ => {}
    }
}

/// Documents and what looks for them.
fn settle_meta(case: &Case, body: &mut Value) {
    match case.typed.id {
        "createDocument" => *body = json!({"_id": "a-docid", "a-field": 1}),
        "submitLargeQuery" | "submitLargeAggregation" => *body = json!({}),
        "addAggregation" => body["stages"] = json!([{"$match": {"a-field": 1}}]),
        _ => {}
    }
}

/// A table with a counted key and a name, and rows that fit it.
fn settle_pgrest(case: &Case, body: &mut Value) {
    match case.typed.id {
        "create_table" => {
            let key = json!({"data_type": "serial", "primary_key": true});
            let columns = json!({"key": key, "name": {"data_type": "text", "null": true}});
            *body = json!({"table_name": "a_table", "root_url": "a-root-url", "columns": columns});
        }
        "create_view" => {
            *body = json!({"view_name": "a_view", "root_url": "a-view-url", "from_table": "a_table", "select_query": "*"});
        }
        "update_table" => *body = json!({"comments": "some"}),
        "add_table_rows" => *body = json!({"data": [{"name": "a name"}]}),
        "add_table_row" | "update_table_row" | "update_table_rows" => {
            *body = json!({"data": {"name": "a name"}});
        }
        _ => {}
    }
}

/// Subscriptions that last, and events that do not end them.
fn settle_notifications(case: &Case, body: &mut Value) {
    each_member(body, &mut |name, value| match (name, &*value) {
        ("typeFilter" | "type", Value::String(_)) => *value = json!("files.a-thing.a-change"),
        ("subject" | "subjectFilter", Value::String(_)) => *value = json!("a-subject"),
        ("owner", Value::String(_)) => *value = json!("root"),
        ("ttlMinutes", Value::Number(_)) => *value = json!(10_080),
        ("deleteSubscriptionsMatchingSubject", Value::Bool(_)) => *value = json!(false),
        ("deliveryTargets", Value::Array(_)) => {
            *value = json!([{
                "deliveryMethod": "WEBHOOK",
                "deliveryAddress": "https://example.org/hook",
            }]);
        }
        ("search", Value::Array(_)) => *value = json!(["name LIKE '%'"]),
        _ => {}
    });
    if case.typed.id == "patchSubscriptionByName" {
        body["typeFilter"] = json!("files.a-thing.*");
    }
    if case.typed.id == "recordTestNotification" && body.get("event").is_none() {
        body["event"] = json!({
            "source": "a-source",
            "type": "files.a-thing.a-change",
            "timestamp": "2026-11-22T23:00:49Z",
        });
    }
}

/// The parameter that names what the operation makes: that of the path below its own.
fn member_parameter(case: &Case) -> Option<String> {
    let operation = &case.operation;
    let below = format!("{}/{{", operation.template);
    let mut others = CASES.iter().map(|other| &other.operation);
    let member = others.find(|other| {
        other.service == operation.service
            && other.template.starts_with(&below)
            && other.template.ends_with('}')
            && other.template.matches('/').count() == operation.template.matches('/').count() + 1
    })?;
    let name = member.template.rsplit_once("/{")?.1.trim_end_matches('}').to_owned();
    (operation.method == "POST").then_some(name)
}

/// The path parameters that what was made is named by, and the fields of the result that have the
/// names.
pub(super) fn made_by(case: &Case, result: &Value) -> Vec<(String, &'static str)> {
    let own: &[(&str, &str)] = match case.to_string().as_str() {
        "pgrest.create_table" => &[("table_id", "table_id")],
        "pgrest.create_view" => &[("view_name", "view_id")],
        "pgrest.add_table_rows" => &[("item", "key")],
        "actors.send_json_message" => &[("execution_id", "execution_id")],
        "files.createPostIt" => &[("postitId", "id")],
        "files.createTransferTask" => &[("transferTaskId", "uuid")],
        "jobs.submitJob" => &[("jobUuid", "uuid")],
        "workflows.runPipeline" => &[("pipeline_run_uuid", "uuid")],
        "notifications.beginTestSequence" => &[("test", "name"), ("uuid", "uuid")],
        "meta.getDBMetadata" => &[("databaseTag", "_etag")],
        "meta.getCollectionMetadata" => &[("collectionTag", "_etag")],
        // Its address ends in its name.
        "notifications.postSubscription" => return Vec::new(),
        _ => &[],
    };
    if !own.is_empty() {
        return own.iter().map(|(parameter, field)| ((*parameter).to_owned(), *field)).collect();
    }
    let Some(parameter) = member_parameter(case) else { return Vec::new() };
    let fields: &[&str] =
        if parameter.ends_with("uuid") { &["uuid", "url"] } else { &["id", "url"] };
    let is_named = result.get(&parameter).is_some_and(Value::is_string);
    let field = fields.iter().find(|field| !is_named && result.get(field).is_some());
    field.map(|field| (parameter, *field)).into_iter().collect()
}

/// Whether a path of the service has a parameter of this name.
fn names_something(service: &str, name: &str) -> bool {
    let parameter = format!("{{{name}}}");
    let mut cases = CASES.iter().filter(|case| case.typed.service == service);
    cases.any(|case| case.operation.template.contains(&parameter))
}

/// Calls `change` with every member of every object in `value`.
fn each_member(value: &mut Value, change: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_member(item, change)),
        Value::Object(fields) => {
            for (name, value) in fields {
                change(name, value);
                each_member(value, change);
            }
        }
        _ => {}
    }
}

/// Of what service and path parameter a field of a request holds the name.
fn reference(field: &str) -> Option<(&'static str, &'static str)> {
    Some(match field {
        "systemId" | "execSystemId" | "archiveSystemId" => ("systems", "systemId"),
        "appId" => ("apps", "appId"),
        "appVersion" => ("apps", "appVersion"),
        "tenant_id" => ("tenants", "tenant_id"),
        _ => return None,
    })
}
