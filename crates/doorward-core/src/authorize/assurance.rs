//! How strong the sign-in must be, and what the person must do for it (RFC 9470 §5).
//!
//! Three ask: the tenant, the application, and the request (`acr_values`, `claims.id_token.acr`). The tenant's and the
//! application's rules are floors. A request is a wish where it only wants to know who signed in (OpenID Connect Core
//! §5.5.1.1), and a condition where it says `essential` or wants a token for an API: an API that asked for a second factor
//! would only refuse the weaker token again.

use super::account::Account;
use super::{Draft, EnrolStep, FactorStep, SignInReason, Step};
use crate::journey::factor::{self, Owner};
use crate::model::{Acr, MfaRule};
use crate::port::Env;
use crate::refusal::{AuthorizeRefusal, Reason, quote};
use serde_json::Value;

/// What the request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The values as sent, the preferred one first.
    values: Vec<String>,
    essential: bool,
}

impl Asked {
    /// Reads `acr_values`.
    pub(super) fn of_values(sent: Option<&str>) -> Self {
        let values = sent.unwrap_or_default().split(' ').filter(|value| !value.is_empty());
        Self { values: values.map(str::to_owned).collect(), essential: false }
    }

    /// Adds what `claims.id_token.acr` says: `null`, or an object with `essential`, `value`, `values`. An essential
    /// claim with values takes the place of `acr_values`, which are only a wish. The error says what was expected.
    pub(super) fn add_claim(&mut self, acr: &Value) -> Result<(), &'static str> {
        const EXPECTED: &str = "id_token.acr as null or {essential, value, values} with texts as values";
        let acr = match acr {
            Value::Null => return Ok(()),
            Value::Object(acr) => acr,
            _ => return Err(EXPECTED),
        };
        let essential = match acr.get("essential") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(essential)) => *essential,
            Some(_) => return Err(EXPECTED),
        };
        let mut values = Vec::new();
        if let Some(value) = acr.get("value") {
            values.push(value.as_str().ok_or(EXPECTED)?.to_owned());
        }
        if let Some(listed) = acr.get("values") {
            for value in listed.as_array().ok_or(EXPECTED)? {
                values.push(value.as_str().ok_or(EXPECTED)?.to_owned());
            }
        }
        if values.is_empty() {
            return Ok(());
        }
        if essential || self.values.is_empty() {
            *self = Self { values, essential };
        }
        Ok(())
    }

    fn known(&self) -> impl Iterator<Item = Acr> + '_ {
        self.values.iter().filter_map(|value| Acr::parse(value))
    }

    /// The least that fulfils the request.
    fn floor(&self) -> Option<Acr> {
        self.known().min()
    }

    /// What the request would like best.
    fn preferred(&self) -> Option<Acr> {
        self.known().next()
    }

    fn in_words(&self) -> String {
        quote(&self.values.join(" "), 120)
    }
}

/// A strength that is essential and that nobody here can reach is refused before anybody is asked for anything.
pub(super) fn attainable(draft: &mut Draft<'_>) -> Result<(), Reason> {
    if draft.acr.essential && draft.acr.known().next().is_none() {
        return Err(AuthorizeRefusal::RequirementsUnmet { wanted: draft.acr.in_words() }.into());
    }
    Ok(())
}

/// What is to be done about a sign-in that is not strong enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    /// Nothing.
    Met,
    /// The person proves the factor that they have.
    Prove,
    /// The person gets a factor, or the application gets no code.
    Enrol,
    /// The person is offered a factor. Without it the request is `fulfilled` all the same, or not.
    Offer { fulfilled: bool },
}

/// The demand of a rule and a request on an account; a table, so that it can be read and tested as one.
fn demand(rule: MfaRule, asked: &Asked, wants_api: bool, account: (bool, Acr)) -> Demand {
    let (is_enrolled, reached) = account;
    if reached == Acr::MultiFactor {
        return Demand::Met;
    }
    let is_floor = asked.floor() == Some(Acr::MultiFactor);
    let is_wish = asked.preferred() == Some(Acr::MultiFactor);
    match (is_enrolled, rule) {
        (true, MfaRule::Required | MfaRule::WhenEnrolled) => Demand::Prove,
        (true, MfaRule::OnRequest) if is_wish || is_floor => Demand::Prove,
        (false, MfaRule::Required) => Demand::Enrol,
        (false, MfaRule::OnRequest | MfaRule::WhenEnrolled) if is_floor => {
            Demand::Offer { fulfilled: !(asked.essential || wants_api) }
        }
        (true, MfaRule::OnRequest) | (false, MfaRule::OnRequest | MfaRule::WhenEnrolled) => Demand::Met,
    }
}

/// The step that the person must take before the sign-in is strong enough, if any.
pub(super) fn settle(
    draft: &Draft<'_>,
    account: &Account<'_>,
    env: &Env<'_>,
) -> Result<Option<Step>, AuthorizeRefusal> {
    let client = draft.client.expect("client.known passed");
    let rule = draft.asking.at.authority.tenant.mfa.max(client.mfa.unwrap_or(MfaRule::OnRequest));
    let wants_api = draft.resolved.as_ref().is_some_and(|resolved| resolved.api.is_some());
    let is_enrolled = factor::is_enrolled(account.user);
    let reached = Acr::of(&account.session.amr);
    let demand = demand(rule, &draft.acr, wants_api, (is_enrolled, reached));
    let silent = draft.prompts.none;
    match demand {
        Demand::Met => Ok(None),
        // A wish is no reason to refuse an answer that may not ask.
        Demand::Prove if silent && rule == MfaRule::OnRequest && !is_condition(draft, wants_api) => Ok(None),
        Demand::Offer { fulfilled: true } if silent || draft.asking.interaction.declined_factor => Ok(None),
        Demand::Prove | Demand::Enrol | Demand::Offer { .. } if silent => {
            Err(AuthorizeRefusal::SecondFactorNeeded { enrolled: is_enrolled })
        }
        Demand::Prove => Ok(Some(Step::SecondFactor(FactorStep {
            account: account.choice(draft),
            ways: factor::choices(account.user),
        }))),
        Demand::Offer { fulfilled: false } if draft.asking.interaction.declined_factor => {
            Err(AuthorizeRefusal::RequirementsUnmet { wanted: draft.acr.in_words() })
        }
        Demand::Enrol | Demand::Offer { .. } => {
            let owner = Owner { user: account.user, session: account.session };
            if factor::change_allowed(owner, env).is_err() {
                let hint = Some(account.user.sign_in_name().to_owned());
                return Ok(Some(Step::SignIn { reason: SignInReason::BeforeEnrolment, hint }));
            }
            Ok(Some(Step::EnrolFactor(EnrolStep {
                account: account.choice(draft),
                kinds: factor::offers(account.user),
                mailbox: factor::mailbox(account.user).map(factor::hidden),
                may_decline: demand != Demand::Enrol,
            })))
        }
    }
}

/// Whether the request is not answered with less than two factors.
fn is_condition(draft: &Draft<'_>, wants_api: bool) -> bool {
    draft.acr.floor() == Some(Acr::MultiFactor) && (draft.acr.essential || wants_api)
}

#[cfg(test)]
mod tests;
