//! The whole of a system, since the other contestants decode all of it, too.

#![allow(dead_code, reason = "decoded and dropped")]

use serde::Deserialize;
use serde_json::{Map, Value};

/// A system.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct System {
    pub(crate) id: String,
    tenant: Option<String>,
    system_type: Option<SystemType>,
    description: Option<String>,
    owner: Option<String>,
    host: Option<String>,
    enabled: Option<bool>,
    effective_user_id: Option<String>,
    default_authn_method: Option<AuthnMethod>,
    authn_credential: Option<Credential>,
    bucket_name: Option<String>,
    root_dir: Option<String>,
    port: Option<i32>,
    use_proxy: Option<bool>,
    proxy_host: Option<String>,
    proxy_port: Option<i32>,
    dtn_system_id: Option<String>,
    can_exec: Option<bool>,
    can_run_batch: Option<bool>,
    enable_cmd_prefix: Option<bool>,
    mpi_cmd: Option<String>,
    job_runtimes: Option<Vec<Runtime>>,
    job_working_dir: Option<String>,
    job_env_variables: Option<Vec<Variable>>,
    job_max_jobs: Option<i64>,
    job_max_jobs_per_user: Option<i64>,
    batch_scheduler: Option<Scheduler>,
    batch_logical_queues: Option<Vec<Queue>>,
    batch_default_logical_queue: Option<String>,
    batch_scheduler_profile: Option<String>,
    job_capabilities: Option<Vec<Capability>>,
    tags: Option<Vec<String>>,
    notes: Option<Map<String, Value>>,
    shared_with_users: Option<Vec<String>>,
    is_public: Option<bool>,
    is_dynamic_effective_user: Option<bool>,
    allow_children: Option<bool>,
    parent_id: Option<String>,
    deleted: Option<bool>,
    has_credentials: Option<bool>,
    uuid: Option<String>,
    created: Option<String>,
    updated: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SystemType {
    Linux,
    S3,
    Irods,
    Globus,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AuthnMethod {
    Password,
    PkiKeys,
    AccessKey,
    Token,
    Cert,
    TmsKeys,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Scheduler {
    Slurm,
    Condor,
    Pbs,
    Sge,
    Ugel,
    Torque,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    authn_method: Option<AuthnMethod>,
    login_user: Option<String>,
    password: Option<String>,
    private_key: Option<String>,
    public_key: Option<String>,
    access_key: Option<String>,
    access_secret: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    certificate: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Runtime {
    runtime_type: Option<RuntimeType>,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RuntimeType {
    Docker,
    Singularity,
    Zip,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variable {
    key: Option<String>,
    value: Option<String>,
    description: Option<String>,
    input_mode: Option<InputMode>,
    notes: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum InputMode {
    Required,
    Fixed,
    IncludeOnDemand,
    IncludeByDefault,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    name: Option<String>,
    hpc_queue_name: Option<String>,
    description: Option<String>,
    max_jobs: Option<i64>,
    max_jobs_per_user: Option<i64>,
    min_node_count: Option<i64>,
    max_node_count: Option<i64>,
    min_cores_per_node: Option<i64>,
    max_cores_per_node: Option<i64>,
    #[serde(rename = "minMemoryMB")]
    min_memory_mb: Option<i64>,
    #[serde(rename = "maxMemoryMB")]
    max_memory_mb: Option<i64>,
    min_minutes: Option<i64>,
    max_minutes: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Capability {
    category: Option<Category>,
    name: Option<String>,
    datatype: Option<Datatype>,
    precedence: Option<i64>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Category {
    Scheduler,
    Os,
    Hardware,
    Software,
    Job,
    Container,
    Misc,
    Custom,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Datatype {
    String,
    Integer,
    Boolean,
    Number,
    Timestamp,
}
