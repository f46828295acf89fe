//! What the snippets run in: a mock with a few things on it, and a client of it that is logged in.

use std::error::Error as StdError;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::sync::{Arc, Mutex, Once};
use std::{env, fs};

use tapis_client::http::reqwest;
pub(crate) use tapis_client::prelude::*;
pub(crate) use tapis_mock::MockTapis;
use tapis_tests::{TestClock, transcript};

pub(crate) type Outcome = Result<(), Box<dyn StdError>>;
type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// What there is on the mock before a snippet begins.
const STATE: &str = include_str!("state.yaml");

/// Set in the process of a snippet that reads its environment.
const ALONE: &str = "GUIDE_SNIPPET_ALONE";

/// A snippet of a page.
pub(crate) struct Snippet {
    place: &'static str,
    test: &'static str,
    output: Option<&'static str>,
    mock: Mutex<Option<Arc<MockTapis>>>,
    printed: Mutex<String>,
}

impl Snippet {
    pub(crate) const fn new(
        place: &'static str,
        test: &'static str,
        output: Option<&'static str>,
    ) -> Self {
        Self { place, test, output, mock: Mutex::new(None), printed: Mutex::new(String::new()) }
    }

    /// The mock's address; in the process of a snippet that reads its environment, that of the mock there.
    pub(crate) fn base_url(&self) -> String {
        let own = self.mock.lock().unwrap().as_ref().map(|mock| mock.base_url().to_owned());
        own.unwrap_or_else(|| env::var("TAPIS_BASE_URL").unwrap())
    }

    pub(crate) fn print(&self, text: &str) {
        self.printed.lock().unwrap().push_str(text);
    }

    /// Does what the user does in a browser at the authorisation page: logs in and is sent back.
    pub(crate) fn open_in_browser(&self, url: &str) {
        let mock = self.mock.lock().unwrap().clone().unwrap();
        let url = reqwest::Url::parse(url).unwrap();
        let value =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let redirect = value("redirect_uri");
        // As the client was created with the program's address.
        mock.set_callback_url(&value("client_id"), &redirect).unwrap();
        let code = mock.authorization_code(&value("client_id"), "username", &redirect).unwrap();
        let back = format!("{redirect}?code={code}&state={}", value("state"));
        tokio::spawn(async move { reqwest::get(back).await.unwrap() });
    }

    /// Enters the code of a device login, as the user does.
    pub(crate) fn enter_in_browser(&self, code: &str) {
        let mock = self.mock.lock().unwrap().clone().unwrap();
        mock.approve_device(code, "username").unwrap();
    }

    /// A builder for a client of the mock. Where the client pauses, both clocks move on.
    pub(crate) fn builder(&self) -> TapisBuilder {
        let builder = Tapis::builder(self.base_url());
        match self.mock.lock().unwrap().as_ref().map(|mock| mock.clock().clone()) {
            Some(clock) => builder.clock(TestClock::moving(move |by| clock.advance(by))),
            None => builder,
        }
    }

    fn start(&self) -> (Tapis, Arc<MockTapis>) {
        work_in_a_folder();
        let mock = MockTapis::builder().tenant("tacc").user("username", "password");
        let mock = mock.client("client-id", "client-key").service("portal", "service-password");
        let mock = Arc::new(mock.state(STATE).start_blocking().unwrap());
        *self.mock.lock().unwrap() = Some(Arc::clone(&mock));
        (self.builder().password("username", "password").build().unwrap(), mock)
    }

    fn end(&self, outcome: Result<(), String>) {
        drop(self.mock.lock().unwrap().take());
        let printed = self.printed.lock().unwrap().clone();
        if let Err(error) = outcome {
            panic!("{}: {error}\n{printed}", self.place);
        }
        if let Some(Err(difference)) =
            self.output.map(|output| transcript::compare(&printed, output))
        {
            panic!("{}: {difference}", self.place);
        }
    }
}

pub(crate) async fn run(
    snippet: &Snippet,
    code: impl for<'a> FnOnce(&'a Tapis, &'a MockTapis) -> Running<'a>,
) {
    let (t, mock) = snippet.start();
    let outcome = code(&t, &mock).await.map_err(|error| format!("{error:?}"));
    drop(mock);
    snippet.end(outcome);
}

pub(crate) async fn run_blocking(
    snippet: &'static Snippet,
    code: impl FnOnce(&Tapis, &MockTapis) -> Outcome + Send + 'static,
) {
    let (t, mock) = snippet.start();
    let running =
        tokio::task::spawn_blocking(move || code(&t, &mock).map_err(|error| format!("{error:?}")));
    snippet.end(running.await.unwrap());
}

pub(crate) async fn run_main<E: std::fmt::Debug>(
    snippet: &'static Snippet,
    main: impl FnOnce() -> Result<(), E> + Send + 'static,
) {
    drop(snippet.start());
    let running = tokio::task::spawn_blocking(move || main().map_err(|error| format!("{error:?}")));
    snippet.end(running.await.unwrap());
}

/// Runs a snippet in a process of its own, where the variables are set that it reads.
pub(crate) async fn run_with_environment(
    snippet: &Snippet,
    code: impl for<'a> FnOnce(&'a Tapis) -> Running<'a>,
) {
    if env::var_os(ALONE).is_some() {
        let t = Tapis::from_env().unwrap();
        let outcome = code(&t).await.map_err(|error| format!("{error:?}"));
        return snippet.end(outcome);
    }
    let (_, mock) = snippet.start();
    let home = env::current_dir().unwrap().join("home");
    let output = Command::new(env::current_exe().unwrap())
        .args([snippet.test, "--exact", "--nocapture"])
        .env_clear()
        .envs([(ALONE, "1"), ("TAPIS_BASE_URL", mock.base_url())])
        .envs([("TAPIS_USERNAME", "username"), ("TAPIS_PASSWORD", "password")])
        .env("HOME", home)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("1 passed"),
        "{}: {said}{}",
        snippet.place,
        String::from_utf8_lossy(&output.stderr)
    );
    snippet.mock.lock().unwrap().take();
}

/// Runs a job, and returns its UUID.
pub(crate) async fn finished_job(t: &Tapis) -> Result<String, Error> {
    let app = t.apps.get_app_latest_version("hello").await?;
    let request =
        tapis_client::jobs::JobRequest::for_app(&app)?.name("greeting").arg("word", "world");
    Ok(t.jobs.run(request).await?.await?.uuid)
}

/// Goes to a folder with the files that the guide speaks of.
fn work_in_a_folder() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        for (name, text) in [
            ("in.txt", "some input\n"),
            ("results/a.txt", "a\n"),
            ("results/b.tmp", "b\n"),
            (
                "id_rsa",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nkey\n-----END OPENSSH PRIVATE KEY-----\n",
            ),
            ("id_rsa.pub", "ssh-rsa AAAA username\n"),
        ]
        .iter()
        .chain(crate::snippets::FILES)
        {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        env::set_current_dir(folder).unwrap();
    });
}
