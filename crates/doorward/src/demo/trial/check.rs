//! `demo --check`: every journey and every break, one after the other, each with its verdict.

use anyhow::ensure;
use serde_json::json;
use url::Url;

use super::breaks::{BREAKS, Break};
use super::journeys::JOURNEYS;
use super::visitor::Visitor;
use super::{Stage, Told};
use crate::demo::print::{Audience, Trial};

/// Walks everything and prints a table; whether nothing failed.
pub(in crate::demo) async fn check(stage: &Stage, audience: Audience) -> bool {
    let (mut passed, mut failed) = (0_u32, 0_u32);
    let mut tell = |trial: Trial<'_>| {
        if trial.failure.is_none() {
            passed += 1;
        } else {
            failed += 1;
        }
        audience.trial(&trial);
    };
    for journey in JOURNEYS {
        let failure = (journey.run)(stage).await.err().map(|fault| format!("{fault:#}"));
        tell(Trial { kind: "journey", name: journey.name, title: journey.title, told: None, failure });
    }
    for one in BREAKS {
        let (told, failure) = match one.run(stage).await {
            Ok(told) => {
                let failure = explained(stage, one, &told).await.err().map(|fault| format!("{fault:#}"));
                (Some(told), failure)
            }
            Err(fault) => (None, Some(format!("{fault:#}"))),
        };
        tell(Trial { kind: "break", name: one.name, title: one.title, told, failure });
    }
    audience.checked(&json!({ "event": "checked", "passed": passed, "failed": failed }));
    failed == 0
}

/// The refusal is the right one, says what to do, and its page is there.
async fn explained(stage: &Stage, one: &Break, told: &Told) -> anyhow::Result<()> {
    ensure!(told.code == one.code, "expected {}, got {} ({})", one.code, told.code, told.diagnosis);
    ensure!(!told.diagnosis.is_empty() && !told.remedy.is_empty(), "{} has no words or no remedy", told.code);
    ensure!(told.trace.len() == 32, "{} has no trace id", told.code);
    let page = Visitor::new(stage).open(&Url::parse(&told.page)?).await?;
    ensure!(page.status == 200 && page.body.contains(one.code), "the page {} is not there", told.page);
    Ok(())
}
