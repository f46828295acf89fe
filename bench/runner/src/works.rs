//! The works that the contestants do in turn.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::contestants::{Contestants, Who};
use crate::program::{Ran, run};
use crate::server::Server;
use crate::table::{Row, Target};

const MICRO: f64 = 1e6;
const MILLI: f64 = 1e3;
const KIB_IN_MIB: f64 = 1024.0;
/// One gibibyte, in mebibytes.
const LARGE: u64 = 1024;
/// How many more rounds there are of works that are soon done.
const SHORT: usize = 4;
/// How long tokens live where they are to expire, and otherwise, in seconds.
const SHORT_LIFE: u64 = 3;
const LONG_LIFE: u64 = 14_400;
const AT_EXPIRY: u32 = 200;

/// The rounds of a work: in each everybody once, and in each another one first, because who comes
/// after the slowest finds another machine than the others.
fn in_turn(
    contestants: &Contestants,
    server: &Server,
    rounds: usize,
    who: &[Who],
    work: &str,
    arguments: impl Fn(Who) -> Vec<String>,
    mut each: impl FnMut(Who, &Ran) -> Result<()>,
) -> Result<()> {
    for who in (0..rounds).flat_map(|round| turns(who, round)) {
        each(who, &once(contestants, server, who, work, &arguments(who))?)?;
    }
    Ok(())
}

fn once(
    contestants: &Contestants,
    server: &Server,
    who: Who,
    work: &str,
    arguments: &[String],
) -> Result<Ran> {
    let mut command = contestants.command(who)?;
    let ran = run(command.arg(work).arg(&server.base_url).args(arguments))?;
    eprintln!("{:18} {work:9} {}", who.name(), ran.report);
    Ok(ran)
}

fn turns(who: &[Who], round: usize) -> impl Iterator<Item = Who> {
    who.iter().copied().cycle().skip(round % who.len().max(1)).take(who.len())
}

/// One call at a time, on one connection.
pub(crate) fn calls(contestants: &Contestants, server: &Server, rounds: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (work, what, count, slow) in
        [("calls", "one call", 2000, 100), ("list", "a list of 100 systems", 100, 10)]
    {
        let mut cpu = Row::new(format!("{what}: CPU"), "µs", Who::ByHand)
            .target(Target::AtMost(Who::ByHand, 1.05));
        if work == "calls" {
            cpu = cpu.target(Target::AtMost(Who::Official, 0.9));
            cpu = cpu.target(Target::AtMost(Who::Tapipy, 0.1));
        }
        let mut wall = Row::new(format!("{what}: time"), "µs", Who::ByHand);
        let count = |who| if who == Who::Tapipy { slow } else { count };
        let arguments = |who| vec![count(who).to_string()];
        let who = contestants.programs();
        // Many short rounds, because the machine changes its pace from one second to the next.
        in_turn(contestants, server, rounds * SHORT, &who, work, arguments, |who, ran| {
            let calls = ran.number("count")?;
            cpu.add(who, ran.number("cpu")? / calls * MICRO);
            wall.add(who, ran.number("wall")? / calls * MICRO);
            Ok(())
        })?;
        rows.extend([cpu, wall]);
    }
    Ok(rows)
}

/// Many calls at a time, and many when the token has expired.
pub(crate) fn bursts(
    contestants: &Contestants,
    server: &Server,
    rounds: usize,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (count, in_flight) in [(1000_u32, 64_u32), (1000, 256), (10_000, 64), (10_000, 256)] {
        let name = format!("{count} calls, {in_flight} in flight");
        let mut rate = Row::new(format!("{name}: throughput"), "calls/s", Who::ByHand);
        let mut opened = Row::new(format!("{name}: connections"), "", Who::ByHand);
        let mut peak = Row::new(format!("{name}: peak memory"), "MiB", Who::ByHand);
        if (count, in_flight) == (10_000, 256) {
            rate = rate.target(Target::AtLeast(Who::ByHand, 0.97));
            opened = opened.target(Target::CountAtMost(Who::ByHand, 1.0));
        }
        // A rate is a rate: the slow one need not take minutes to show it.
        let few = |who| if who == Who::Tapipy { count.min(1000) } else { count };
        let arguments = |who| vec![few(who).to_string(), in_flight.to_string()];
        let who = contestants.programs();
        server.counts()?;
        in_turn(contestants, server, rounds * SHORT, &who, "burst", arguments, |who, ran| {
            rate.add(who, ran.number("count")? / ran.number("wall")?);
            peak.add(who, ran.number("peak_kib")? / KIB_IN_MIB);
            // Asking for the counts opens a connection of its own, before they start anew.
            opened.add(who, server.counts()?.connections - 1.0);
            Ok(())
        })?;
        rows.extend([rate, opened, peak]);
    }
    let name = format!("{AT_EXPIRY} calls when the token has expired: token requests");
    let mut tokens = Row::new(name, "", Who::Sdk).target(Target::Absolute(1.0));
    server.tokens_live(SHORT_LIFE)?;
    // Whoever writes by hand and renews nothing fails then.
    let who: Vec<Who> =
        contestants.programs().into_iter().filter(|who| *who != Who::ByHand).collect();
    let arguments = |_| vec![AT_EXPIRY.to_string(), SHORT_LIFE.to_string()];
    in_turn(contestants, server, rounds, &who, "expiry", arguments, |who, _| {
        // One was for the login.
        tokens.add(who, server.counts()?.tokens - 1.0);
        Ok(())
    })?;
    server.tokens_live(LONG_LIFE)?;
    rows.push(tokens);
    Ok(rows)
}

/// A process that logs in, asks who it is, and ends.
pub(crate) fn hello(contestants: &Contestants, server: &Server, rounds: usize) -> Result<Vec<Row>> {
    let name = "log in and ask who one is, whole process";
    let mut cpu =
        Row::new(format!("{name}: CPU"), "ms", Who::ByHand).target(Target::Absolute(15.0));
    let mut first = Row::new(format!("{name}: start to first reply"), "ms", Who::ByHand);
    let mut peak =
        Row::new(format!("{name}: memory"), "MiB", Who::ByHand).target(Target::Absolute(20.0));
    let (who, none) = (contestants.programs(), |_| Vec::new());
    in_turn(contestants, server, rounds * SHORT, &who, "hello", none, |who, ran| {
        cpu.add(who, ran.cpu * MILLI);
        first.add(who, (ran.number("first_reply")? - ran.started) * MILLI);
        peak.add(who, ran.number("peak_kib")? / KIB_IN_MIB);
        Ok(())
    })?;
    Ok(vec![cpu, first, peak])
}

/// One gibibyte up and down.
pub(crate) fn transfers(
    contestants: &Contestants,
    server: &Server,
    rounds: usize,
) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let (source, target) = (folder.path().join("source"), folder.path().join("target"));
    let mut file = File::create(&source)?;
    for n in 0..LARGE {
        file.write_all(&vec![u8::try_from(n % 251)?; 1 << 20])?;
    }
    file.sync_all()?;
    let mut rows = Vec::new();
    for (work, what) in [("upload", "1 GiB up"), ("download", "1 GiB down")] {
        let mut rate = Row::new(format!("{what}: throughput"), "MiB/s", Who::Curl)
            .target(Target::AtLeast(Who::Curl, 0.95));
        let mut above = Row::new(format!("{what}: memory above idle"), "MiB", Who::ByHand)
            .target(Target::Absolute(32.0));
        let who: Vec<Who> = std::iter::once(Who::Curl)
            .chain(contestants.programs())
            // The official SDK's download drops the content.
            .filter(|who| work == "upload" || *who != Who::Official)
            .collect();
        let path = if work == "upload" { &source } else { &target };
        for one in (0..rounds).flat_map(|round| turns(&who, round)) {
            if one == Who::Curl {
                rate.add(one, mebibytes_a_second(curl(contestants, server, work, path)?));
            } else {
                let ran = once(contestants, server, one, work, &[path.display().to_string()])?;
                rate.add(one, mebibytes_a_second(ran.number("wall")?));
                let more = ran.number("peak_kib")? - ran.number("idle_kib")?;
                above.add(one, more / KIB_IN_MIB);
            }
            came(work, server, &target)?;
        }
        rows.extend([rate, above]);
    }
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "a power of two")]
fn mebibytes_a_second(seconds: f64) -> f64 {
    LARGE as f64 / seconds
}

/// Everything has come, and what came is gone before the next one.
fn came(work: &str, server: &Server, target: &Path) -> Result<()> {
    let bytes = match work {
        // A form has more than the file.
        "upload" => server.counts()?.uploaded,
        _ => {
            let length = std::fs::metadata(target)?.len();
            std::fs::remove_file(target)?;
            length as f64
        }
    };
    ensure!(bytes >= (LARGE << 20) as f64, "only {bytes} bytes came");
    Ok(())
}

/// The seconds that curl takes.
fn curl(contestants: &Contestants, server: &Server, work: &str, path: &Path) -> Result<f64> {
    let mut command = contestants.command(Who::Curl)?;
    command.args(["--silent", "--fail"]);
    let base_url = &server.base_url;
    match work {
        "upload" => {
            command.arg("--form").arg(format!("file=@{}", path.display()));
            command.arg(format!("{base_url}/v3/files/ops/system/large"));
        }
        _ => {
            command.arg("--output").arg(path);
            command.arg(format!("{base_url}/v3/files/content/system/{}", LARGE << 20));
        }
    }
    let ran = run(&mut command)?;
    eprintln!("{:18} {work:9} {:.3} s", Who::Curl.name(), ran.wall);
    Ok(ran.wall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_first_in_turn() {
        let who = [Who::ByHand, Who::Sdk, Who::Official];
        let orders: Vec<Vec<Who>> = (0..4).map(|round| turns(&who, round).collect()).collect();
        assert_eq!(orders[0], who);
        assert_eq!(orders[1], [Who::Sdk, Who::Official, Who::ByHand]);
        assert_eq!(orders[2], [Who::Official, Who::ByHand, Who::Sdk]);
        assert_eq!(orders[3], who);
        assert_eq!(turns(&[], 1).count(), 0);
    }
}
