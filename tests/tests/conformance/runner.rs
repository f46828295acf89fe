//! The runner itself: no case passes that does not hold.

use std::collections::BTreeMap;

use xtask::conformance::{Case, Suite};

use crate::run::{self, Outcome};
use crate::target::Target;

fn case(steps: &str) -> Case {
    let text = format!(
        "
- name: a_case
  rule: A rule.
  evidence: [{{ report: 'https://example.org/1' }}]
  given:
    - files: {{ system: '${{linux}}', under: '${{prefix}}/t', count: 2, levels: 1, size: 3 }}
  steps:
{steps}"
    );
    let mut suite = Suite::parse(&BTreeMap::from([("files/a.yaml".to_owned(), text)]));
    assert_eq!(suite.findings, [] as [String; 0]);
    suite.files.remove(0).cases.remove(0)
}

async fn outcome(steps: &str) -> Outcome {
    run::run(&case(steps), &Target::mock().await).await
}

const LIST: &str = "
    - call: GET /v3/files/ops/${linux}/${prefix}/t
      expect:
        status: 200
        headers: { content-type: { $contains: json } }
        body: { result: { $pluck: { name: [d1, f0.txt, f1.txt] } } }
";
const READ: &str = "
    - call: GET /v3/files/content/${linux}/${prefix}/t/d1/f1.txt
      expect:
        status: 200
        bytes: { length: 3, sha256: { $sha256_of: { size: 3, seed: 3 } } }
";
const ZIP: &str = "
    - call: GET /v3/files/content/${linux}/${prefix}/t
      query: { zip: true }
      expect:
        status: 200
        zip: { $contains: { name: { $contains: d1/f1.txt }, size: 3 } }
";

#[tokio::test]
async fn what_holds_passes_and_each_wrong_expectation_fails() {
    for good in [LIST, READ, ZIP] {
        let outcome = outcome(good).await;
        assert!(matches!(outcome, Outcome::Held), "{outcome:?}");
    }
    for (steps, right, wrong) in [
        (LIST, "status: 200", "status: [201, 404]"),
        (LIST, "$contains: json", "$contains: xml"),
        (LIST, "content-type: { $contains: json }", "content-type: $absent"),
        (LIST, "[d1, f0.txt, f1.txt]", "[d1, f0.txt]"),
        (LIST, "body: { result", "body: { results"),
        (LIST, "body: { result", "text: { result"),
        (LIST, "body: { result: { $pluck: { name: [d1, f0.txt, f1.txt] } } }", "zip: []"),
        (LIST, "/t\n", "/u\n"),
        (READ, "seed: 3", "seed: 4"),
        (READ, "length: 3,", "length: 2,"),
        (ZIP, "d1/f1.txt", "d1/f2.txt"),
        (ZIP, "zip: {", "body: {"),
    ] {
        assert!(steps.contains(right), "{right}");
        let outcome = outcome(&steps.replace(right, wrong)).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{wrong}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_is_given_has_to_succeed() {
    let mut case = case(LIST);
    let Ok([step]) = <[_; 1]>::try_from(self::case(&LIST.replace("/t\n", "/u\n")).steps) else {
        panic!("one step");
    };
    case.given.push(step);
    let outcome = run::run(&case, &Target::mock().await).await;
    assert!(
        matches!(&outcome, Outcome::Failed(what) if what.starts_with("in given")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_failure_says_what_was_asked_expected_and_received() {
    let Outcome::Failed(what) = outcome(&LIST.replace("status: 200", "status: 404")).await else {
        panic!("held");
    };
    for part in ["GET /v3/files/ops/${linux}/${prefix}/t", "status is to be 404: 200", "f0.txt"] {
        assert!(what.contains(part), "{what}");
    }
}

#[tokio::test]
async fn what_is_to_come_true_in_the_end_is_asked_for_until_the_clock_has_moved_far_enough() {
    let task = "
    - call: POST /v3/files/transfers
      json:
        elements:
          - { sourceURI: 'tapis://${linux}/${prefix}/t', destinationURI: 'tapis://${linux}/${prefix}/u' }
      expect: { status: 200, body: { result: { uuid: { $capture: task } } } }
    - call: GET /v3/files/transfers/${task}
      EVENTUALLY
      expect: { status: 200, body: { result: { status: COMPLETED } } }
";
    let with = outcome(&task.replace("EVENTUALLY", "eventually: true")).await;
    assert!(matches!(with, Outcome::Held), "{with:?}");
    let without = outcome(&task.replace("EVENTUALLY", "eventually: false")).await;
    assert!(matches!(without, Outcome::Failed(_)), "{without:?}");
    let never = task.replace("EVENTUALLY", "eventually: true").replace("COMPLETED", "NEVER");
    let never = outcome(&never).await;
    assert!(matches!(never, Outcome::Failed(_)), "{never:?}");
}

#[tokio::test]
async fn what_cannot_be_done_against_a_tapis_is_skipped_and_said() {
    let mock = Target::mock().await;
    let tokens = BTreeMap::from([(
        "owner",
        mock.token(xtask::conformance::User::Owner).unwrap().unwrap().to_owned(),
    )]);
    let known = BTreeMap::from([("linux", "linux".to_owned())]);
    let mut real = Target::new(mock.base_url.clone(), tokens, &known);
    real.variables.0.insert("prefix".to_owned(), "p".into());
    let outcome = run::run(&case(LIST), &real).await;
    assert!(matches!(outcome, Outcome::Held), "{outcome:?}");
    for (steps, reason) in [
        (LIST.replace("      expect", "      as: other\n      expect"), "${other}"),
        (LIST.replace("${linux}", "${s3}"), "${s3}"),
        (format!("    - arrange: {{ advance: 5 }}\n{LIST}"), "advance"),
    ] {
        let outcome = run::run(&case(&steps), &real).await;
        assert!(matches!(&outcome, Outcome::Skipped(why) if why.contains(reason)), "{outcome:?}");
    }
    let mut dangerous = case(LIST);
    dangerous.mock_only = Some("deletes everything".to_owned());
    let outcome = run::run(&dangerous, &real).await;
    assert!(matches!(&outcome, Outcome::Skipped(why) if why.contains("deletes")), "{outcome:?}");
    assert!(matches!(run::run(&dangerous, &mock).await, Outcome::Held));
}

#[tokio::test]
async fn unknown_variables_and_arrangements_fail() {
    for steps in [
        LIST.replace("${linux}", "${linus}"),
        format!("    - arrange: {{ earthquake: 5 }}\n{LIST}"),
        format!("    - arrange: {{ job_fails: none }}\n{LIST}"),
    ] {
        let outcome = outcome(&steps).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    }
}
