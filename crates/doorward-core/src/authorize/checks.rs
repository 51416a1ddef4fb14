//! The checks of the authorization endpoint, one function per row of the table in `mod.rs`.

use super::assurance::Asked as AskedAcr;
use super::wanted::WantedSubject;
use super::{Asking, Draft, read_asked};
use crate::authorize::{AuthorizeRequest, ResponseMode, ReturnAddress};
use crate::client_auth::kind_name;
use crate::model::{ClientId, ClientKind, CodeChallenge, PkceRule, Platform};
use crate::permission::{Asked, PermissionFault, syntax_in_words};
use crate::profile::{ConfidentialPkce, MissingRedirectUri};
use crate::refusal::{AuthorizeRefusal, Reason, RequestRefusal, quote};

/// The values of `prompt`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prompts {
    pub(super) none: bool,
    pub(super) login: bool,
    pub(super) consent: bool,
    pub(super) select_account: bool,
    pub(super) create: bool,
}

pub(super) fn client_id(request: &AuthorizeRequest) -> Option<ClientId> {
    request.client_id.as_deref().and_then(|text| ClientId::parse(text).ok())
}

pub(super) fn asked(asking: &Asking<'_>) -> Option<Asked> {
    read_asked(asking).ok()
}

pub(super) fn client_known(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let Some(sent) = &draft.asking.request.client_id else {
        return Err(RequestRefusal::MissingParameter { name: "client_id" }.into());
    };
    let tenant = &draft.asking.at.authority.tenant;
    let client = ClientId::parse(sent).ok().and_then(|id| draft.facts.client(tenant.id, &id));
    draft.client = Some(client.ok_or_else(|| AuthorizeRefusal::UnknownClient {
        client_id: quote(sent, 60),
        tenant: tenant.name.to_string(),
    })?);
    Ok(())
}

pub(super) fn client_enabled(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let client = draft.client.expect("client.known passed");
    if client.disabled {
        return Err(AuthorizeRefusal::ClientDisabled { client: client.client_id.clone() }.into());
    }
    Ok(())
}

pub(super) fn redirect_uri(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let client = draft.client.expect("client.known passed");
    let request = draft.asking.request;
    let (uri, platform) = match &request.redirect_uri {
        Some(presented) => {
            let registered = client.registered_redirect(presented).ok_or_else(|| {
                AuthorizeRefusal::RedirectNotRegistered {
                    presented: quote(presented, 200),
                    client: client.client_id.clone(),
                    registered: client.redirect_uris.iter().map(|r| r.uri.as_str().to_owned()).collect(),
                }
            })?;
            (presented.clone(), registered.platform)
        }
        None => the_only_redirect(draft)?,
    };
    draft.to = Some(ReturnAddress {
        redirect_uri: uri.clone(),
        mode: mode_of(request.response_mode.as_deref()).unwrap_or_else(|| default_mode(request)),
        state: request.state.clone(),
        issuer: draft.asking.at.authority.issuer.clone(),
    });
    draft.redirect = Some((uri, platform));
    Ok(())
}

/// A missing `redirect_uri` is forgiven where OAuth allows it: one registered URI, and not an OpenID request.
fn the_only_redirect(draft: &Draft<'_>) -> Result<(String, Platform), Reason> {
    let client = draft.client.expect("client.known passed");
    let openid = draft.asking.request.scope.as_deref().is_some_and(|s| s.split(' ').any(|w| w == "openid"));
    match (draft.asking.at.profile.missing_redirect_uri, client.redirect_uris.as_slice()) {
        (MissingRedirectUri::UseTheOnlyOne, [only]) if !openid => {
            Ok((only.uri.as_str().to_owned(), only.platform))
        }
        _ => Err(RequestRefusal::MissingParameter { name: "redirect_uri" }.into()),
    }
}

fn mode_of(sent: Option<&str>) -> Option<ResponseMode> {
    match sent {
        Some("query") => Some(ResponseMode::Query),
        Some("fragment") => Some(ResponseMode::Fragment),
        Some("form_post") => Some(ResponseMode::FormPost),
        None | Some(_) => None,
    }
}

/// Where a client listens that named no mode: in the fragment if it asked for a token, which is refused, and in the
/// query otherwise (OAuth 2.0 Multiple Response Types §5).
fn default_mode(request: &AuthorizeRequest) -> ResponseMode {
    let mut words = request.response_type.iter().flat_map(|sent| sent.split(' '));
    if words.any(|word| matches!(word, "token" | "id_token")) {
        ResponseMode::Fragment
    } else {
        ResponseMode::Query
    }
}

pub(super) fn response_mode(draft: &mut Draft<'_>) -> Result<(), Reason> {
    match draft.asking.request.response_mode.as_deref() {
        Some(sent) if mode_of(Some(sent)).is_none() => {
            Err(AuthorizeRefusal::UnsupportedResponseMode { sent: quote(sent, 40) }.into())
        }
        _ => Ok(()),
    }
}

pub(super) fn request_object(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let request = draft.asking.request;
    if request.has_request_object {
        return Err(AuthorizeRefusal::RequestObject { parameter: "request" }.into());
    }
    if request.has_request_uri {
        return Err(AuthorizeRefusal::RequestObject { parameter: "request_uri" }.into());
    }
    Ok(())
}

pub(super) fn response_type(draft: &mut Draft<'_>) -> Result<(), Reason> {
    match draft.asking.request.response_type.as_deref() {
        Some("code") => Ok(()),
        None => Err(RequestRefusal::MissingParameter { name: "response_type" }.into()),
        Some(other) => Err(AuthorizeRefusal::UnsupportedResponseType { sent: quote(other, 60) }.into()),
    }
}

pub(super) fn client_kind(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let client = draft.client.expect("client.known passed");
    if client.kind == ClientKind::Daemon {
        let kind = kind_name(client.kind);
        return Err(AuthorizeRefusal::GrantNotAllowed { kind, grant: "authorization_code".to_owned() }.into());
    }
    Ok(())
}

pub(super) fn pkce(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let client = draft.client.expect("client.known passed");
    let request = draft.asking.request;
    let (_, platform) = draft.redirect.as_ref().expect("redirect_uri.registered passed");
    let public = !client.kind.is_confidential() || *platform != Platform::Web;
    let required = public
        || match client.pkce {
            PkceRule::Profile => draft.asking.at.profile.confidential_pkce == ConfidentialPkce::Required,
            PkceRule::Optional => false,
            PkceRule::Required => true,
        };
    let Some(challenge) = &request.code_challenge else {
        if request.code_challenge_method.is_some() || required {
            return Err(AuthorizeRefusal::PkceRequired.into());
        }
        return Ok(());
    };
    match request.code_challenge_method.as_deref() {
        Some("S256") => {}
        other => {
            let sent = quote(other.unwrap_or("absent, which means plain"), 40);
            return Err(AuthorizeRefusal::PkceMethod { sent }.into());
        }
    }
    draft.challenge = Some(CodeChallenge::parse(challenge).ok_or_else(|| {
        RequestRefusal::value(
            "code_challenge",
            challenge,
            "43 base64url characters, the SHA-256 of the verifier",
        )
    })?);
    Ok(())
}

pub(super) fn scope(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let tenant = draft.asking.at.authority.tenant.id;
    let resolved = read_asked(draft.asking)
        .and_then(|asked| asked.resolve(tenant, draft.asking.at.profile, draft.facts))
        .map_err(AuthorizeRefusal::from)?;
    draft.resolved = Some(resolved);
    Ok(())
}

impl From<PermissionFault> for AuthorizeRefusal {
    fn from(fault: PermissionFault) -> Self {
        match fault {
            PermissionFault::Syntax(fault) => Self::ScopeSyntax { fault: syntax_in_words(&fault) },
            PermissionFault::TwoApis(first, second) => {
                Self::TwoApis { first: quote(&first, 80), second: quote(&second, 80) }
            }
            PermissionFault::UnknownApi(identifier) => {
                Self::UnknownApi { identifier: quote(&identifier, 120) }
            }
            PermissionFault::UnknownScope { api, scope } => {
                Self::UnknownScope { api, scope: quote(&scope, 80) }
            }
        }
    }
}

pub(super) fn prompt(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let Some(sent) = &draft.asking.request.prompt else { return Ok(()) };
    let mut prompts = Prompts::default();
    let refuse = || Reason::from(AuthorizeRefusal::UnsupportedPrompt { sent: quote(sent, 60) });
    let words: Vec<&str> = sent.split(' ').filter(|word| !word.is_empty()).collect();
    for word in &words {
        match *word {
            "none" => prompts.none = true,
            "login" => prompts.login = true,
            "consent" => prompts.consent = true,
            "select_account" => prompts.select_account = true,
            "create" => prompts.create = true,
            _ => return Err(refuse()),
        }
    }
    if prompts.none && words.len() > 1 {
        return Err(refuse());
    }
    draft.prompts = prompts;
    Ok(())
}

pub(super) fn max_age(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let Some(sent) = &draft.asking.request.max_age else { return Ok(()) };
    let digits = !sent.is_empty() && sent.len() <= 10 && sent.bytes().all(|b| b.is_ascii_digit());
    let parsed = digits.then(|| sent.parse::<u64>().ok()).flatten();
    draft.max_age =
        Some(parsed.ok_or_else(|| RequestRefusal::value("max_age", sent, "a number of seconds"))?);
    Ok(())
}

/// The `claims` parameter is read as JSON and otherwise tolerated: claims that we do not serve are ignored
/// (OpenID Connect Core §5.5). `id_token.acr` is one that we serve. A requested `sub` counts when the account is chosen.
pub(super) fn claims(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let request = draft.asking.request;
    let mut asked = AskedAcr::of_values(request.acr_values.as_deref());
    if let Some(sent) = &request.claims {
        let Ok(serde_json::Value::Object(claims)) = serde_json::from_str::<serde_json::Value>(sent) else {
            return Err(RequestRefusal::value("claims", sent, "a JSON object").into());
        };
        let acr = claims.get("id_token").and_then(|members| members.get("acr"));
        let refuse = |expected| RequestRefusal::value("claims", sent, expected);
        asked.add_claim(acr.unwrap_or(&serde_json::Value::Null)).map_err(refuse)?;
        draft.wanted = WantedSubject::read(&claims).map_err(refuse)?;
    }
    draft.acr = asked;
    Ok(())
}

pub(super) fn id_token_hint(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let sent = draft.asking.request.id_token_hint.as_deref();
    if let (Some(sent), None) = (sent, draft.asking.hint) {
        let head: String = sent.chars().take(12).collect();
        return Err(
            RequestRefusal::value("id_token_hint", &head, "an ID token that this issuer signed").into()
        );
    }
    Ok(())
}
