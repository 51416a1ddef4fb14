//! The verdict about a text: what it is, and each check of the guard with its outcome, in the guard's order.
//!
//! Pure: the clock and everything that is known come as arguments. The verifier and the policy are the guard's own, so that
//! the first cause here is the code that the API answers with. Nothing of the text is repeated but claims that are shown by
//! name.

use std::sync::Arc;

use doorward_crypto::AwsLcVerifier;
use doorward_policy::{Decision, Policy, Principal, PrincipalKind, Requirement};
use doorward_token::recognise::{Recognition, Sight};
use doorward_token::verify::{Expectation, IssuerTrust, Report, TokenKind, Verifier};
use doorward_token::{ClaimSet, Evidence, Explain, Outcome};
use serde_json::{Value, json};

use super::bench::Bench;
use crate::command::ending::Ending;

/// A call: `DELETE /notes/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    method: String,
    path: String,
}

impl Asked {
    /// Reads a method and a path.
    pub(super) fn parse(text: &str) -> Result<Self, Ending> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_method = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic());
        match words.as_slice() {
            [method, path] if is_method(method) && path.starts_with('/') => {
                let path = path.split(['?', '#']).next().unwrap_or_default();
                Ok(Self { method: method.to_ascii_uppercase(), path: path.to_owned() })
            }
            _ => Err(Ending::usage(
                format!("--route is {text:?}, which is not a method and a path"),
                "Write it as \"DELETE /notes/{id}\", in quotation marks",
            )),
        }
    }

    fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// One check and how it ended.
pub(super) struct Line {
    /// The check's stable name, for example `token.kind`.
    pub(super) name: String,
    /// The section that demands it.
    spec: String,
    pub(super) outcome: Outcome,
    pub(super) evidence: Evidence,
    /// The code of a failure.
    pub(super) code: Option<String>,
}

/// Why it is refused, as the API answers.
pub(super) struct Cause {
    pub(super) code: String,
    pub(super) diagnosis: String,
    pub(super) remedy: String,
}

/// Everything that there is to say.
pub(super) struct Explanation {
    pub(super) seen: Recognition,
    pub(super) api: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) route: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) cause: Option<Cause>,
    pub(super) claims: ClaimSet,
    pub(super) header: Option<(String, Option<String>)>,
    pub(super) kind: Option<TokenKind>,
    pub(super) docs: Option<String>,
    pub(super) now: i64,
}

/// The check of the form in which the token was handed over.
const FORM: &str = "token.form";
/// The check of the call against the API's document.
const ROUTE: &str = "policy.declared";
/// The check of what the route needs.
const NEEDS: &str = "policy.route";

/// Judges a text.
pub(super) fn judge(text: &str, bench: Option<&Bench>, asked: Option<&Asked>, now: i64) -> Explanation {
    let seen = Recognition::of(text);
    let mut explanation = Explanation {
        api: bench.map(|bench| bench.registration.name.clone()),
        audiences: bench.map(|bench| bench.registration.audiences.clone()).unwrap_or_default(),
        route: asked.map(Asked::line),
        lines: Vec::new(),
        cause: None,
        claims: ClaimSet::new(),
        header: None,
        kind: None,
        docs: bench.and_then(|bench| bench.registration.docs.clone()),
        now,
        seen,
    };
    let policy = bench.and_then(|bench| bench.policy.as_ref());
    let requirement = policy.zip(asked).and_then(|(policy, asked)| explanation.declared(policy, asked));
    if requirement == Some(Requirement::Public) {
        return explanation;
    }
    explanation.form();
    let report = verify(explanation.seen.token(), bench, now);
    explanation.token(&report, bench.is_some());
    if let (Some(policy), Some(asked), Some(_)) = (policy, asked, &requirement) {
        explanation.needs(policy, asked);
    }
    explanation
}

fn verify(token: &str, bench: Option<&Bench>, now: i64) -> Report {
    let mut expectation = Expectation::of(TokenKind::Access);
    for issuer in bench.iter().flat_map(|bench| &bench.registration.issuers) {
        expectation = expectation.from_issuer(&issuer.issuer, IssuerTrust::Ours);
    }
    for audience in bench.iter().flat_map(|bench| &bench.registration.audiences) {
        expectation = expectation.for_audience(audience);
    }
    let none = doorward_token::jose::JwkSet::default();
    let keys = bench.map_or(&none, |bench| &bench.keys);
    Verifier::new(Arc::new(AwsLcVerifier::default())).check(token, &expectation, keys, now)
}

impl Explanation {
    /// Whether nothing is wrong, as far as could be checked.
    pub(super) fn is_good(&self) -> bool {
        self.cause.is_none() && (self.api.is_some() || self.seen.sight.code.is_none())
    }

    /// What to do: the detector knows other products' tokens better than the guard, which only refuses them.
    pub(super) fn remedy(&self) -> Option<&str> {
        let sharper = Some(self.seen.sight.remedy).filter(|remedy| !remedy.is_empty());
        let cause = self.cause.as_ref()?;
        let is_about_token = !cause.code.starts_with("DW32");
        Some(sharper.filter(|_| is_about_token).unwrap_or(&cause.remedy))
    }

    /// The page of a code.
    pub(super) fn page(&self, code: &str) -> String {
        match &self.docs {
            Some(docs) => format!("{}/{code}", docs.trim_end_matches('/')),
            None => format!("doorward explain {code}"),
        }
    }

    fn fail(&mut self, name: &str, spec: &str, why: &dyn Explain) {
        let evidence = why.evidence().unwrap_or_else(|| Evidence::sent(why.diagnosis()));
        let code = Some(why.code().to_string());
        self.push(name, (spec, Outcome::Failed), evidence, code);
        self.cause.get_or_insert_with(|| Cause {
            code: why.code().to_string(),
            diagnosis: why.diagnosis(),
            remedy: why.remedy(),
        });
    }

    fn push(
        &mut self,
        name: &str,
        (spec, outcome): (&str, Outcome),
        evidence: Evidence,
        code: Option<String>,
    ) {
        self.lines.push(Line { name: name.to_owned(), spec: spec.to_owned(), outcome, evidence, code });
    }

    /// Whether the API's document knows the call; what it needs.
    fn declared(&mut self, policy: &Policy, asked: &Asked) -> Option<Requirement> {
        match route(policy, asked) {
            Ok(route) => {
                let needed = if route.requirement == Requirement::Public { "no token" } else { "a token" };
                let evidence = Evidence::differ(route.label(), needed);
                self.push(ROUTE, ("", Outcome::Passed), evidence, None);
                Some(route.requirement.clone())
            }
            Err(denial) => {
                self.fail(ROUTE, "", &denial);
                None
            }
        }
    }

    /// What stood around the token, where a header must not have it.
    fn form(&mut self) {
        let spoiling: Vec<String> =
            self.seen.wrappings.iter().filter(|w| w.spoils()).map(|w| w.described()).collect();
        if !spoiling.is_empty() {
            self.fail(FORM, "RFC 6750 §2.1", &Spoilt(spoiling.join(" and ")));
        }
    }

    fn token(&mut self, report: &Report, is_judged: bool) {
        self.claims = report.claims.clone().or_else(|| report.unproven.clone()).unwrap_or_default();
        self.header = report.header.as_ref().map(|header| (header.alg.clone(), header.kid.clone()));
        self.kind = report.kind;
        for check in report.trail.checks() {
            let refusal = report.failures.iter().find(|(name, _)| *name == check.name);
            match refusal {
                // Without an API nobody says what is expected; only what cannot be read is wrong.
                Some((_, refusal)) if is_judged || PLAIN.contains(&check.name.as_ref()) => {
                    self.fail(&check.name, &check.spec, refusal);
                }
                Some(_) => {
                    let outcome = (check.spec.as_ref(), Outcome::Skipped);
                    self.push(&check.name, outcome, Evidence::default(), None);
                }
                None => {
                    let evidence = check.evidence.clone().unwrap_or_default();
                    self.push(&check.name, (&check.spec, check.outcome), evidence, None);
                }
            }
        }
    }

    /// Whether the token carries what the route needs; also told about a token that is not believed.
    fn needs(&mut self, policy: &Policy, asked: &Asked) {
        if self.kind.is_none() {
            return self.push(NEEDS, ("", Outcome::Skipped), Evidence::default(), None);
        }
        let principal = match Principal::from_claims(&self.claims) {
            Ok(principal) => principal,
            Err(unmarked) if self.cause.is_none() => return self.fail(NEEDS, "", &unmarked),
            Err(_) => Principal::new(PrincipalKind::User).with_scopes(self.claims.words("scp")),
        };
        let Ok(route) = route(policy, asked) else { return };
        match policy.admit(route, &principal) {
            Decision::Allow { .. } => {
                let held: Vec<&str> =
                    principal.scopes().iter().chain(principal.roles()).map(String::as_str).collect();
                self.push(NEEDS, ("", Outcome::Passed), Evidence::sent(held.join(" ")), None);
            }
            Decision::Deny(denial) => self.fail(NEEDS, "RFC 6750 §3.1", &denial),
        }
    }

    /// The stable form for programs: members are added, never renamed.
    pub(super) fn json(&self) -> Value {
        let Sight { kind, described, because, code, remedy } = &self.seen.sight;
        let wrappings: Vec<String> = self.seen.wrappings.iter().map(|w| w.described()).collect();
        let checks: Vec<Value> = self.lines.iter().map(Line::json).collect();
        let cause = self.cause.as_ref().map(|cause| {
            json!({
                "code": cause.code, "slug": doorward_dialect::slug(&cause.code), "diagnosis": cause.diagnosis,
                "remedy": self.remedy(), "docs": self.page(&cause.code),
            })
        });
        let claims: serde_json::Map<String, Value> = SHOWN
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.claims.value(name)?.clone())))
            .collect();
        json!({
            "verdict": if self.is_good() { "ok" } else { "finding" },
            "api": self.api,
            "route": self.route,
            "recognised": {
                "kind": kind, "described": described, "because": because, "code": code,
                "remedy": remedy, "wrapped_in": wrappings,
                "origin": self.seen.origin().map(|origin| origin.name),
            },
            "token_kind": self.kind,
            "checks": checks,
            "first_cause": cause,
            "claims": claims,
        })
    }
}

impl Line {
    fn json(&self) -> Value {
        json!({
            "name": self.name, "spec": self.spec, "outcome": self.outcome, "code": self.code,
            "sent": self.evidence.sent, "expected": self.evidence.expected,
        })
    }
}

/// Checks that need no expectation of an API.
const PLAIN: [&str; 2] = ["token.present", "token.parseable"];

/// Claims that are shown: names and numbers, nothing personal beyond the subject's id.
const SHOWN: [&str; 15] = [
    "iss",
    "aud",
    "sub",
    "azp",
    "appid",
    "client_id",
    "idtyp",
    "tfp",
    "ver",
    "iat",
    "nbf",
    "exp",
    "scp",
    "scope",
    "roles",
];

fn route<'p>(
    policy: &'p Policy,
    asked: &Asked,
) -> Result<&'p doorward_policy::Route, doorward_policy::Denial> {
    if asked.path.contains('{') {
        policy.route_by_template(&asked.method, &asked.path)
    } else {
        policy.route(&asked.method, &asked.path)
    }
}

/// A token that is good inside and wrapped in what no header may have.
struct Spoilt(String);

impl Explain for Spoilt {
    fn code(&self) -> doorward_token::Code {
        doorward_token::verify::TokenRefusal::Missing.code()
    }

    fn diagnosis(&self) -> String {
        format!("the token came with {}, which do not belong to it", self.0)
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(Evidence::differ(self.0.clone(), "the token alone"))
    }

    fn remedy(&self) -> String {
        "send the token alone after the word Bearer, as the token answer had it".to_owned()
    }
}
