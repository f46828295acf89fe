//! What every contestant written in Rust is asked to do, and how it is measured from inside.
//!
//! A contestant is a program: `program WORK BASE_URL [COUNT [IN_FLIGHT]] [FILE]`. It does one work
//! and writes one line of JSON to its standard error, because one of the contestants writes the
//! address of every request to its standard output.

use std::error::Error;
use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use futures_util::{StreamExt as _, TryStreamExt as _};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// Why a work was not done.
pub type Fault = Box<dyn Error + Send + Sync>;

/// How large the large file is, in bytes; on the server it is the file's name.
pub const LARGE: u64 = 1 << 30;

/// Calls before those that count: they open the connection.
const WARM_UP: u32 = 20;

/// A client of Tapis.
pub trait Contestant: Clone + Send + Sync + Sized + 'static {
    /// A client that is logged in with the password grant, and renews its token by itself as far as
    /// it can.
    fn log_in(base_url: String) -> impl Future<Output = Result<Self, Fault>> + Send;

    /// The name of the user that the token belongs to.
    fn userinfo(&self) -> impl Future<Output = Result<String, Fault>> + Send;

    /// The ids of all systems.
    fn systems(&self) -> impl Future<Output = Result<Vec<String>, Fault>> + Send;

    /// Uploads a file.
    fn upload(&self, from: PathBuf) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Downloads a file.
    fn download(&self, to: PathBuf) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// The whole program.
pub fn run<C: Contestant>() -> Result<(), Fault> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing"));
    let (work, base_url) = (next("the work")?, next("the base URL")?);
    let report = match work.as_str() {
        "hello" => one_thread(hello::<C>(base_url))?,
        "calls" => {
            let count = next("the count")?.parse()?;
            one_thread(calls::<C>(base_url, count, async |client: &C| {
                is("testuser", client.userinfo().await?)
            }))?
        }
        "list" => {
            let count = next("the count")?.parse()?;
            one_thread(calls::<C>(base_url, count, async |client: &C| {
                is(100, client.systems().await?.len())
            }))?
        }
        "burst" => {
            let (count, in_flight) =
                (next("the count")?.parse()?, next("the calls in flight")?.parse()?);
            many_threads(burst::<C>(base_url, count, in_flight))?
        }
        "expiry" => {
            let (count, life) = (next("the count")?.parse()?, next("the seconds")?.parse()?);
            many_threads(expiry::<C>(base_url, count, life))?
        }
        "upload" | "download" => {
            let path = PathBuf::from(next("the file")?);
            many_threads(transfer::<C>(base_url, work == "upload", path))?
        }
        other => return Err(format!("{other} is no work").into()),
    };
    eprintln!("{report}");
    Ok(())
}

/// Logs in and asks who it is.
async fn hello<C: Contestant>(base_url: String) -> Result<Value, Fault> {
    let client = C::log_in(base_url).await?;
    is("testuser", client.userinfo().await?)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(json!({ "first_reply": now.as_secs_f64(), "peak_kib": peak_kib()? }))
}

/// Calls one after the other, on one connection.
async fn calls<C: Contestant>(
    base_url: String,
    count: u32,
    call: impl AsyncFn(&C) -> Result<(), Fault>,
) -> Result<Value, Fault> {
    let client = C::log_in(base_url).await?;
    for _ in 0..WARM_UP {
        call(&client).await?;
    }
    let (cpu, start) = (cpu()?, Instant::now());
    for _ in 0..count {
        call(&client).await?;
    }
    measured(count, cpu, start)
}

/// Many calls, so many of them at a time.
async fn burst<C: Contestant>(
    base_url: String,
    count: u32,
    in_flight: usize,
) -> Result<Value, Fault> {
    let client = C::log_in(base_url).await?;
    is("testuser", client.userinfo().await?)?;
    let (cpu, start) = (cpu()?, Instant::now());
    at_once(&client, count, in_flight).await?;
    measured(count, cpu, start)
}

/// Many calls at once, when the token has just expired after `life` seconds.
async fn expiry<C: Contestant>(base_url: String, count: u32, life: f64) -> Result<Value, Fault> {
    let client = C::log_in(base_url).await?;
    tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_secs_f64(life + 0.2));
    })
    .await?;
    let (cpu, start) = (cpu()?, Instant::now());
    at_once(&client, count, count as usize).await?;
    measured(count, cpu, start)
}

async fn at_once<C: Contestant>(client: &C, count: u32, in_flight: usize) -> Result<(), Fault> {
    futures_util::stream::iter(0..count)
        .map(|_| {
            let client = client.clone();
            async move { is("testuser", client.userinfo().await?) }
        })
        .buffer_unordered(in_flight)
        .try_collect()
        .await
}

/// One large file.
async fn transfer<C: Contestant>(
    base_url: String,
    up: bool,
    path: PathBuf,
) -> Result<Value, Fault> {
    let client = C::log_in(base_url).await?;
    is("testuser", client.userinfo().await?)?;
    let idle = peak_kib()?;
    let (cpu, start) = (cpu()?, Instant::now());
    match up {
        true => client.upload(path).await?,
        false => client.download(path).await?,
    }
    let mut report = measured(1, cpu, start)?;
    report["idle_kib"] = idle.into();
    Ok(report)
}

fn measured(count: u32, cpu_before: Duration, start: Instant) -> Result<Value, Fault> {
    let (wall, cpu) = (start.elapsed(), cpu()? - cpu_before);
    Ok(json!({
        "count": count,
        "cpu": cpu.as_secs_f64(),
        "wall": wall.as_secs_f64(),
        "peak_kib": peak_kib()?,
    }))
}

fn is<T: PartialEq<U>, U>(wanted: T, got: U) -> Result<(), Fault> {
    match wanted == got {
        true => Ok(()),
        false => Err("the reply is not what was asked for".into()),
    }
}

/// On a processor of its own choice the thread would share it with the server in some runs and not in
/// others, which costs more than any difference between the contestants.
fn one_thread<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let mut first = CpuSet::new();
    first.set(0)?;
    sched_setaffinity(Pid::from_raw(0), &first)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

fn many_threads<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// The CPU time of this process so far.
fn cpu() -> Result<Duration, Fault> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// The most memory that this process has had.
fn peak_kib() -> Result<u64, Fault> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmHWM")?;
    Ok(number.trim().parse()?)
}
