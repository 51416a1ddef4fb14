//! The posted consent: what was shown stands in the sealed state, never in the form.

use doorward_core::authorize::ConsentAnswer;
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_dialect::Params;

use super::{OnPage, Stepped, proceed};

pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let allowed = match params.value("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(Refusal::new(RequestRefusal::MissingParameter { name: "decision" }).into()),
    };
    at.state.interaction.consent = Some(ConsentAnswer {
        allowed,
        for_organisation: params.has("organisation"),
        shown: at.state.shown.clone(),
    });
    at.asked.interaction = at.state.interaction.clone();
    proceed(at).await
}
