//! What a job has written: found, listed, downloaded, unpacked.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use tapis_client::Tapis;
use tapis_tests::{ScriptServer, Step, TestClock, whole};

/// A client of a server that answers `replies`, one for each request.
pub(super) async fn client(replies: Vec<Step>) -> (ScriptServer, Tapis) {
    let server = ScriptServer::start(replies).await;
    let t = Tapis::builder(server.base_url()).access_token("x.e30.x").clock(TestClock::default());
    let t = t.build().unwrap();
    (server, t)
}

pub(super) fn success(result: &Value) -> Step {
    Step::reply("200 OK", "", &json!({"status": "success", "result": result}).to_string())
}

pub(super) fn failure(status: &str, message: &str) -> Step {
    let body = json!({"status": "error", "message": message, "version": "1.7.1", "result": null});
    Step::reply(status, "", &body.to_string())
}

/// Content, as the service labels it.
pub(super) fn content(bytes: &[u8]) -> Step {
    let mut reply = whole("200 OK", "content-type: application/octet-stream\r\n", "");
    let head = String::from_utf8(reply.clone()).unwrap();
    reply = head.replace("content-length: 0", &format!("content-length: {}", bytes.len())).into();
    reply.extend_from_slice(bytes);
    Step::Send(reply)
}

/// Files as an archive that is written as it is sent.
pub(super) fn zip<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new_stream(Vec::new());
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in files {
        archive.start_file(name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(super) fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

pub(super) fn file(path: &str, size: usize) -> Value {
    let name = path.rsplit('/').next().unwrap();
    json!({"name": name, "path": path, "type": "file", "size": size})
}

fn job(status: &str) -> Value {
    json!({
        "uuid": "u", "status": status, "execSystemId": "host",
        "execSystemOutputDir": "/work/jobs/u/output", "archiveSystemId": "store",
        "archiveSystemDir": "/archive/u",
    })
}

#[tokio::test]
async fn a_file_that_the_service_has_packed_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.dat");
    for length in [1_000_001, 5_000_000] {
        let bytes = noise(length);
        let packed = || content(&zip([("result.dat", bytes.as_slice())]));
        let (_server, t) = client(vec![packed(), packed()]).await;
        let download = || t.jobs.download_output("u", "deep/result.dat");
        assert_eq!(download().to_path(&path).await.unwrap(), u64::from(length));
        assert!(std::fs::read(&path).unwrap() == bytes);
        let stream = download().open().await.unwrap();
        assert_eq!(stream.content_length(), None);
        assert!(stream.bytes().await.unwrap() == bytes);
    }
}

#[tokio::test]
async fn what_is_no_archive_of_the_file_comes_as_it_is() {
    let document = zip([("word/document.xml", &b"<w/>"[..]), ("media/image.png", &[0; 999])]);
    for (path, bytes) in [
        ("report.docx", document.as_slice()),
        ("notes.txt", b"PK and more"),
        ("empty", b""),
        ("short.json", b"{\"status\":\"error\",\"message\":\"my own\",\"more\":1}"),
        ("long.json", &[b"{".as_slice(), &[b' '; 200_000], b"}"].concat()),
    ] {
        let (_server, t) = client(vec![content(bytes)]).await;
        let stream = t.jobs.download_output("u", path).open().await.unwrap();
        assert_eq!(stream.content_length(), Some(bytes.len() as u64), "{path}");
        assert!(stream.bytes().await.unwrap() == bytes, "{path}");
    }
}

#[tokio::test]
async fn an_archive_that_breaks_off_leaves_the_earlier_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.dat");
    std::fs::write(&path, "old").unwrap();
    let mut packed = zip([("result.dat", noise(2_000_000).as_slice())]);
    packed.truncate(packed.len() / 2);
    let (_server, t) = client(vec![content(&packed)]).await;
    let error = t.jobs.download_output("u", "result.dat").to_path(&path).await.unwrap_err();
    assert!(error.is_decoding() && error.message().contains("ends early"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn an_empty_directory_is_an_error_that_says_so() {
    let message = "JOBS_EMPTY_DIR_FOR_DOWNLOAD Job u has an empty directory.";
    let envelope = json!({
        "result": {"name": "u"}, "status": "success", "message": message, "version": "1.7.1",
        "commit": "c", "build": "b", "metadata": null,
    });
    for path in ["", "logs"] {
        let replies = vec![content(envelope.to_string().as_bytes()), success(&json!([]))];
        let (_server, t) = client(replies).await;
        let error = t.jobs.download_output("u", path).bytes().await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
        assert!(error.message().contains(format!("directory {path}").trim()), "{error}");
        assert!(error.message().contains("is empty"), "{error}");
    }
}

#[tokio::test]
async fn an_error_of_files_is_never_content() {
    let message = "FILES_CONT_ERR Unable to read: Permission denied";
    let body = json!({"status": "error", "message": message, "version": "1.7.0", "result": null});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    let listing = success(&json!([file("archive/u/a.txt", 12)]));
    let (_server, t) = client(vec![content(body.to_string().as_bytes()), listing]).await;
    let error = t.jobs.download_output("u", "a.txt").to_path(&path).await.unwrap_err();
    assert!(error.is_permission() && error.message().contains("FILES_CONT_ERR"), "{error}");
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_holds_such_a_message_is_content() {
    let message = "FILES_CONT_ERR Unable to read";
    let body = json!({"status": "error", "message": message, "version": "1.7.0", "result": null});
    let body = body.to_string();
    let listing = success(&json!([file("archive/u/saved.json", body.len())]));
    let (_server, t) = client(vec![content(body.as_bytes()), listing]).await;
    let bytes = t.jobs.download_output("u", "saved.json").bytes().await.unwrap();
    assert_eq!(bytes, body);
}

#[tokio::test]
async fn the_whole_output_is_asked_for_as_an_archive() {
    let archive = zip([("tapisjob.out", &b"hello"[..])]);
    for path in ["", "/"] {
        let (server, t) = client(vec![content(&archive)]).await;
        let bytes = t.jobs.download_output("u", path).bytes().await.unwrap();
        assert!(bytes == archive, "an archive that was asked for is given as one");
        assert!(server.heads()[0].contains("compress=true"), "{:?}", server.heads());
    }
}

#[tokio::test]
async fn a_directory_that_the_service_takes_for_a_file_is_asked_for_as_an_archive() {
    // A directory `a` whose only file is `data`: both end in the same letter.
    let refusal = "FILES_CONT_DIR_NOZIP Path is a directory and zip is false";
    let body = json!({"status": "error", "message": refusal, "version": "1.7.0", "result": null});
    let archive = zip([("a/data", &b"hello"[..])]);
    let replies = vec![
        content(body.to_string().as_bytes()),
        success(&json!([file("archive/u/a/data", 5)])),
        content(&archive),
    ];
    let (server, t) = client(replies).await;
    assert!(t.jobs.download_output("u", "a").bytes().await.unwrap() == archive);
    assert!(server.heads()[2].contains("compress=true"));
}

#[tokio::test]
async fn output_that_was_not_archived_is_said_to_be_where_the_job_ran() {
    let gone = || failure("404 Not Found", "FILES_REMOTE_LIST_ERROR not there");
    let failed = json!({
        "uuid": "u", "status": "FAILED", "remoteOutcome": "FINISHED",
        "condition": "JOB_ARCHIVING_FAILED", "execSystemId": "host",
        "execSystemOutputDir": "/work/jobs/u/output", "archiveSystemId": "store",
        "archiveSystemDir": "/archive/u",
    });
    let (_server, t) = client(vec![gone(), success(&failed)]).await;
    let error = t.jobs.download_output("u", "tapisjob.out").bytes().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(error.hint().unwrap().contains("tapis://host/work/jobs/u/output"), "{error:?}");
    let (_server, t) = client(vec![success(&failed), gone(), success(&failed)]).await;
    let error = t.jobs.outputs("u").await.unwrap_err();
    assert!(error.hint().unwrap().contains("tapis://host/work/jobs/u/output"), "{error:?}");
    // Of a job that finished, what is not there is not there.
    let (_server, t) = client(vec![gone(), success(&job("FINISHED"))]).await;
    let error = t.jobs.download_output("u", "tapisjob.out").bytes().await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.hint(), Some("t.jobs.outputs(\"u\") lists the job's output files"));
}

#[tokio::test]
async fn a_listing_goes_through_directories_by_pages() {
    let many: Vec<Value> = (0..1000).map(|n| file(&format!("archive/u/{n:04}.txt"), 1)).collect();
    let directory = json!({"name": "d", "path": "archive/u/d", "type": "dir", "size": 4096});
    let replies = vec![
        success(&job("FINISHED")),
        success(&json!(many)),
        success(&json!([directory, file("archive/u/last.txt", 1)])),
        success(&json!([file("archive/u/d/below.txt", 1)])),
    ];
    let (server, t) = client(replies).await;
    let outputs = t.jobs.outputs("u").await.unwrap();
    assert_eq!(outputs.len(), 1003);
    assert_eq!(outputs.last().unwrap().path, "d/below.txt");
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn the_output_in_a_bucket_is_what_is_below_its_directory() {
    // A bucket lists all keys that begin with the letters, and answers 404 after the last full page.
    let keys = ["archive/u/", "archive/u/a.txt", "archive/u/deep/b.txt", "archive/u2/c.txt"];
    let mut entries: Vec<Value> = keys.map(|key| file(key, 1)).to_vec();
    entries.extend((0..996).map(|n| file(&format!("archive/u/x/{n}"), 1)));
    let replies = vec![
        success(&job("FINISHED")),
        success(&json!(entries)),
        failure("404 Not Found", "FILES_CLIENT_S3_NOFILE no such key"),
    ];
    let (_server, t) = client(replies).await;
    let outputs = t.jobs.outputs("u").await.unwrap();
    let paths: Vec<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
    assert_eq!(paths[..3], ["a.txt", "deep/b.txt", "x/0"]);
    assert_eq!(paths.len(), 998);
}

#[tokio::test]
async fn a_listed_name_does_not_lead_out_of_a_folder() {
    for (path, name) in [("archive/u/../../.bashrc", ".bashrc"), ("elsewhere/x", "../../.bashrc")] {
        let entry = json!({"name": name, "path": path, "type": "file", "size": 1});
        let (_server, t) = client(vec![success(&job("FINISHED")), success(&json!([entry]))]).await;
        let error = t.jobs.outputs("u").await.unwrap_err();
        assert!(error.is_decoding(), "{path}: {error}");
    }
}

#[tokio::test]
async fn who_may_see_the_output_only_lists_it_too() {
    let replies = vec![
        failure("401 Unauthorized", "JOBS_MISMATCHED_OWNER Job u belongs to somebody else."),
        success(&json!([file("archive/u/a.txt", 1)])),
    ];
    let (_server, t) = client(replies).await;
    assert_eq!(t.jobs.outputs("u").await.unwrap()[0].path, "a.txt");
}

#[test]
fn the_archives_of_these_tests_have_their_sizes_behind_the_data() {
    let archive = zip([("a", &b"content"[..])]);
    assert_eq!(archive[6] & 0b1000, 0b1000);
    let mut read = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    assert_eq!(read.by_name("a").unwrap().size(), 7);
}
