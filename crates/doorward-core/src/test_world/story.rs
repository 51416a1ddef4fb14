//! What happens in the world: people sign in, applications ask, time passes.

use std::cell::Cell;
use std::time::Duration;

use doorward_token::ClaimSet;

use super::{Door, FakeVault, SPA, SPA_ORIGIN, World, redirect_of, secret_of};
use crate::authorize::{
    self, Asking, AuthorizeFailure, AuthorizeReply, AuthorizeRequest, CodeReply, ConsentAnswer, ConsentStep,
    Interaction, SessionView, Step,
};
use crate::client_auth::PresentedClient;
use crate::decision::Decision;
use crate::grants::{self, TokenReply, TokenRequest};
use crate::model::{
    AccountSession, BrowserSession, ConsentGrant, Digest, Expiry, Principal, ScopeSet, Secret, SessionId,
    UserId,
};
use crate::port::{ENTROPY_BYTES, Entropy, Env, Vault as _};
use crate::refusal::Refusal;

/// The verifier of every sign-in.
pub(crate) const VERIFIER: &str = "verifier-verifier-verifier-verifier-verifier-0";

/// An optional parameter that is sent.
#[expect(clippy::unnecessary_wraps, reason = "requests hold their parameters as options")]
pub(crate) fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// A value with something changed.
pub(crate) fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}

/// One arrival at the authorization endpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visit {
    pub(crate) request: AuthorizeRequest,
    pub(crate) interaction: Interaction,
    pub(crate) hint: Option<ClaimSet>,
}

impl Visit {
    /// A faultless request.
    pub(crate) fn of(client: &str, scope: &str) -> Self {
        let request = AuthorizeRequest {
            client_id: text(client),
            redirect_uri: text(redirect_of(client)),
            response_type: text("code"),
            scope: text(scope),
            state: text("st ate"),
            nonce: text("n-0"),
            code_challenge: Some(FakeVault.digest(VERIFIER.as_bytes()).to_text()),
            code_challenge_method: text("S256"),
            ..AuthorizeRequest::default()
        };
        Self { request, ..Self::default() }
    }

    /// The same with something changed in the request.
    pub(crate) fn asking(mut self, change: impl FnOnce(&mut AuthorizeRequest)) -> Self {
        change(&mut self.request);
        self
    }

    /// The same with `prompt`.
    pub(crate) fn prompt(self, prompt: &str) -> Self {
        self.asking(|request| request.prompt = text(prompt))
    }

    /// The same after something happened on a page.
    pub(crate) fn after(mut self, change: impl FnOnce(&mut Interaction)) -> Self {
        change(&mut self.interaction);
        self
    }

    /// The same after "allow" was pressed on the page of `step`.
    pub(crate) fn allowing(self, step: &ConsentStep) -> Self {
        let shown = step.shown();
        self.after(|it| {
            it.consent = Some(ConsentAnswer { allowed: true, for_organisation: false, shown });
        })
    }
}

impl World {
    fn entropy(&self) -> Entropy {
        let seed = self.decisions.get().wrapping_add(1);
        self.decisions.set(seed);
        let counter = Cell::new(0_u8);
        Entropy::new([0; ENTROPY_BYTES].map(|_: u8| {
            counter.set(counter.get().wrapping_mul(31).wrapping_add(seed));
            counter.get()
        }))
    }

    /// Calls with the environment of one decision.
    pub(crate) fn within<T>(&self, call: impl FnOnce(&Env<'_>) -> T) -> T {
        let entropy = self.entropy();
        call(&Env { now: self.now, entropy: &entropy, vault: &FakeVault })
    }

    pub(crate) fn pass(&mut self, secs: u64) {
        self.now = self.now + Duration::from_secs(secs);
    }

    /// Signs the person in, in this browser, now.
    pub(crate) fn sign_in(&mut self, user: UserId) -> SessionId {
        let sid = SessionId::random([user.as_bytes()[0].wrapping_add(100); 16]);
        let account = AccountSession {
            tenant: self.tenant.id,
            pool: self.tenant.default_pool,
            user,
            sid,
            auth_time: self.now,
            amr: vec!["pwd".to_owned()],
            apps: Vec::new(),
        };
        let fresh = BrowserSession {
            digest: Digest::new([77; 32]),
            version: 1,
            created_at: self.now,
            expiry: Expiry::at(self.now + Duration::from_secs(BrowserSession::LIFE_SECS)),
            accounts: Vec::new(),
            device: None,
        };
        let session = self.session.stored.get_or_insert(fresh);
        session.accounts.retain(|known| known.user != user);
        session.accounts.push(account);
        sid
    }

    /// Lets the application use scopes of an API.
    pub(crate) fn consent(&mut self, client: &str, principal: Principal, api: &str, scopes: &str) {
        let given = ConsentGrant {
            tenant: self.tenant.id,
            client: self.client(client).app_id,
            resource: self.api(api).id,
            principal,
            scopes: ScopeSet::parse(scopes).unwrap(),
            granted_by: None,
            granted_at: self.now,
        };
        self.apply(&[crate::change::DirectoryChange::ExtendConsent(given).into()]);
    }

    /// Ben is signed in and has allowed the application everything about himself, and to read and write his notes.
    pub(crate) fn with_ben_and_his_consent(client: &str) -> Self {
        let mut world = Self::new();
        let ben = world.ben;
        world.sign_in(ben);
        world.consent(client, Principal::User(ben), "graph", "openid profile email offline_access");
        world.consent(client, Principal::User(ben), "notes", "notes.read notes.write");
        world
    }

    pub(crate) fn authorize(
        &self,
        door: &Door,
        visit: &Visit,
    ) -> Result<Decision<AuthorizeReply>, Box<AuthorizeFailure>> {
        self.authorize_in(door, visit, &self.session)
    }

    pub(crate) fn authorize_in(
        &self,
        door: &Door,
        visit: &Visit,
        session: &SessionView,
    ) -> Result<Decision<AuthorizeReply>, Box<AuthorizeFailure>> {
        let asking = Asking {
            at: door.at(),
            request: &visit.request,
            interaction: &visit.interaction,
            session,
            hint: visit.hint.as_ref(),
        };
        let facts = self.facts(|facts| authorize::needs(&asking, facts));
        self.within(|env| authorize::decide(&asking, &facts, env))
    }

    /// The step that the person must take.
    pub(crate) fn step(&self, door: &Door, visit: &Visit) -> Step {
        match self.authorize(door, visit).expect("no refusal").reply {
            AuthorizeReply::Step(step) => step,
            AuthorizeReply::Code(_) => panic!("the client got its code without a step"),
        }
    }

    /// The consent page.
    pub(crate) fn consent_page(&self, door: &Door, visit: &Visit) -> ConsentStep {
        match self.step(door, visit) {
            Step::Consent(page) => page,
            other => panic!("{other:?}"),
        }
    }

    /// The code, kept in the store.
    pub(crate) fn code(&mut self, door: &Door, visit: &Visit) -> CodeReply {
        let decision = self.authorize(door, visit).unwrap_or_else(|failure| panic!("{}", failure.refusal));
        self.apply(&decision.changes);
        match decision.reply {
            AuthorizeReply::Code(code) => code,
            AuthorizeReply::Step(step) => panic!("{step:?}"),
        }
    }

    /// The refusal, as the client or a page tells it.
    pub(crate) fn refused(&self, door: &Door, visit: &Visit) -> AuthorizeFailure {
        *self.authorize(door, visit).expect_err("the request is refused")
    }

    pub(crate) fn token(&self, door: &Door, request: &TokenRequest) -> Result<Decision<TokenReply>, Refusal> {
        self.within(|env| {
            let facts = self.facts(|facts| grants::needs(&door.at(), request, facts, env));
            grants::decide(&door.at(), request, &facts, env)
        })
    }

    /// The tokens; what became true is kept in the store.
    pub(crate) fn tokens(&mut self, door: &Door, request: &TokenRequest) -> Decision<TokenReply> {
        let decision = self.token(door, request).unwrap_or_else(|refusal| panic!("{refusal}"));
        self.apply(&decision.changes);
        decision
    }

    /// The refusal of the token endpoint; what becomes true all the same is kept.
    pub(crate) fn no_tokens(&mut self, door: &Door, request: &TokenRequest) -> Refusal {
        let refusal = self.token(door, request).expect_err("the request is refused");
        self.apply(&refusal.changes);
        refusal
    }

    /// From the authorization endpoint to the tokens.
    pub(crate) fn sign_in_at(&mut self, door: &Door, client: &str, scope: &str) -> Decision<TokenReply> {
        let code = self.code(door, &Visit::of(client, scope));
        self.tokens(door, &redemption(client, &code))
    }
}

/// What the application sends to prove itself.
fn presented(client: &str) -> PresentedClient {
    PresentedClient {
        client_id: text(client),
        form_secret: secret_of(client).map(Secret::new),
        ..PresentedClient::default()
    }
}

/// A faultless redemption.
pub(crate) fn redemption(client: &str, code: &CodeReply) -> TokenRequest {
    TokenRequest {
        grant_type: text("authorization_code"),
        client: presented(client),
        code: Some(code.code.clone()),
        redirect_uri: text(redirect_of(client)),
        code_verifier: Some(Secret::new(VERIFIER)),
        origin: (client == SPA).then(|| SPA_ORIGIN.to_owned()),
        ..TokenRequest::default()
    }
}

/// A faultless refresh with the refresh token of an earlier answer.
pub(crate) fn refresh(client: &str, earlier: &Decision<TokenReply>) -> TokenRequest {
    TokenRequest {
        grant_type: text("refresh_token"),
        client: presented(client),
        refresh_token: earlier.reply.refresh_token.clone(),
        origin: (client == SPA).then(|| SPA_ORIGIN.to_owned()),
        ..TokenRequest::default()
    }
}

/// The claims of the access token.
pub(crate) fn access_token_of(decision: &Decision<TokenReply>) -> &ClaimSet {
    &decision.mint[decision.reply.access_token].claims
}

/// The claims of the ID token.
pub(crate) fn id_token_of(decision: &Decision<TokenReply>) -> &ClaimSet {
    &decision.mint[decision.reply.id_token.expect("an ID token was issued")].claims
}
