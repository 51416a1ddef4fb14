//! Second factors in the shell: what the core cannot do itself, for the pages of a sign-in and for those of an account.
//!
//! Owns sealed seeds, the time steps of typed codes, mailed codes, and the order charge, load, decide, commit; a lost race is run again
//! without another charge, so that one code counts once. Does not own any rule (`doorward_core::journey::factor`) nor
//! any page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::authorize::SessionView;
use doorward_core::change::{ChallengeChange, Change, Conflict, GuessChange, SessionChange};
use doorward_core::journey::challenge::{self, Question};
use doorward_core::journey::factor::{
    self, Enrolled, FactorVerdict, NewFactor, Owner, Proven, RecoveryCode, TotpSeed,
};
use doorward_core::journey::{Letter, Says, SignedIn, step_up};
use doorward_core::model::{
    Challenge, ChallengePurpose, FactorId, FactorSecret, Instant, PoolId, Secret, Tenant, TenantId, User,
    UserId,
};
use doorward_core::needs::Need;
use doorward_core::refusal::{FactorRefusal, JourneyRefusal, Refusal};
use doorward_crypto::{random, totp};
use doorward_store::CommitError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::app::App;
use crate::endpoint::session_of;
use crate::mail::Heading;
use crate::pages::{Locale, QrCode, Shown};
use crate::shell::{Failure, Fault, SESSION_ROUNDS};

/// Characters that stay as they are in an `otpauth` address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// An account in a browser, at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) pool: PoolId,
    pub(crate) user: UserId,
    /// The session cookie's value.
    pub(crate) cookie: Option<&'a Secret>,
    /// The language of mails.
    pub(crate) locale: Locale,
    pub(crate) now: Instant,
}

impl Whose<'_> {
    fn heading(&self) -> Heading<'_> {
        Heading { tenant: Some(self.tenant), locale: self.locale, link: None }
    }

    /// What a mailed code belongs to: this transaction, and this account in it.
    fn mailed(&self, transaction: &[u8]) -> Vec<u8> {
        [transaction, self.user.as_bytes().as_slice()].concat()
    }
}

/// What was typed, read.
pub(crate) enum Typed {
    /// The code of a mail that was sent in a transaction.
    Email(FactorId, Vec<u8>, Secret),
    /// A recovery code.
    Recovery(RecoveryCode),
    /// The code of an authenticator app.
    Totp(FactorId, Secret),
}

/// Proves a factor and makes the session stronger; both are true when this returns.
pub(crate) async fn prove(app: &App, whose: Whose<'_>, typed: &Typed) -> Result<Proven, Failure<Refusal>> {
    if let Typed::Email(_, transaction, _) = typed {
        charge_answer(app, whose, transaction).await?;
    }
    charge(app, whose).await?;
    for _ in 0..SESSION_ROUNDS {
        let user = user_of(app, whose).await?;
        let view = view_of(app, whose).await?;
        let verdict = match typed {
            Typed::Email(id, transaction, code) => {
                FactorVerdict::EmailCode(*id, answered(app, whose, transaction, code).await?)
            }
            Typed::Recovery(code) => FactorVerdict::Recovery(code.clone()),
            Typed::Totp(id, code) => FactorVerdict::Totp(*id, step_of(app, &user, *id, code, whose.now)),
        };
        let proven = app
            .with_env(whose.now, |env| factor::prove(&user, verdict, &view, env))
            .map_err(Refusal::from)?;
        let mut changes = proven.signed_in.changes.clone();
        changes.extend(app.post(proven.letter.clone(), whose.heading(), whose.now));
        changes.push(put(&proven.signed_in));
        if committed(app, changes).await? {
            return Ok(proven);
        }
    }
    Err(Fault::Conflict(Conflict::Changed).into())
}

/// What the person needs to set up an authenticator app in a transaction.
pub(crate) struct TotpOffer {
    pub(crate) qr: QrCode,
    pub(crate) secret: Shown,
    pub(crate) link: Shown,
}

/// The app that would be enrolled in a transaction; `organisation` is what the app will list it under.
pub(crate) fn totp_offer(
    app: &App,
    (user, organisation): (&User, &str),
    transaction: &[u8],
) -> Option<TotpOffer> {
    let (_, seed) = factor::totp_enrolment(user.tenant, user.id, transaction, app.vault());
    let secret = totp::base32(seed.expose());
    let plain = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    // A colon would end the issuer early.
    let issuer = plain(&organisation.replace(':', " "));
    let account = plain(&user.sign_in_name().replace(':', " "));
    let link = format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    );
    let groups: Vec<&str> =
        secret.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    Some(TotpOffer { qr: QrCode::of(&link)?, secret: Shown::new(groups.join(" ")), link: Shown::new(link) })
}

/// Keeps the authenticator app of a transaction once its code is right; the session counts as two factors with it.
pub(crate) async fn enrol_totp(
    app: &App,
    whose: Whose<'_>,
    transaction: &[u8],
    code: &Secret,
) -> Result<(Enrolled, SignedIn), Failure<Refusal>> {
    charge(app, whose).await?;
    let (id, seed) = factor::totp_enrolment(whose.tenant.id, whose.user, transaction, app.vault());
    let step = totp::matching_step(seed.expose(), code.expose(), whose.now.seconds())
        .ok_or_else(|| Refusal::from(FactorRefusal::CodeWrong))?;
    let sealed_seed = sealed(app, whose.tenant.id, id, &seed);
    enrol(app, whose, NewFactor::Totp { id, sealed_seed, step }, None).await
}

/// Keeps the mailbox as a factor once the code that went to it is right.
pub(crate) async fn enrol_email(
    app: &App,
    whose: Whose<'_>,
    transaction: &[u8],
    code: &Secret,
) -> Result<(Enrolled, SignedIn), Failure<Refusal>> {
    charge_answer(app, whose, transaction).await?;
    charge(app, whose).await?;
    let spend = answered(app, whose, transaction, code).await?;
    enrol(app, whose, NewFactor::EmailCode(FactorId::random(random())), Some(spend)).await
}

/// Sends a code to the account's mailbox. It is good in this transaction, and in this browser.
pub(crate) async fn send_code(
    app: &App,
    whose: Whose<'_>,
    transaction: &[u8],
) -> Result<(), Failure<Refusal>> {
    if !app.can_send_mail() {
        return Err(Refusal::from(JourneyRefusal::MailNotConfigured).into());
    }
    let tenant = whose.tenant.id;
    let user = user_of(app, whose).await?;
    let address = factor::mailbox(&user).ok_or_else(|| Refusal::from(FactorRefusal::NotEnrolled))?;
    let transaction = whose.mailed(transaction);
    let stored = challenge_of(app, whose, &transaction).await?;
    challenge::may_resend(stored.as_ref(), whose.now).map_err(Refusal::from)?;
    let question = Question { tenant, purpose: PURPOSE, user: Some(user.id), address };
    let (opened, (charges, spent)) = app.with_env(whose.now, |env| {
        (challenge::open_code(question, &transaction, env), challenge::charge_mail(tenant, address, env))
    });
    let says = Says::Code { purpose: PURPOSE, code: opened.answer.clone() };
    let letter = Letter { to: address.to_owned(), says };
    let mut changes: Vec<Change> = charges.into_iter().map(Change::from).collect();
    changes.push(opened.change().into());
    changes.extend(app.post([letter], whose.heading(), whose.now));
    match app.commit(changes).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(Conflict::BudgetSpent)) => Err(Refusal::from(spent).into()),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// Whether a code is on its way in this transaction.
pub(crate) async fn is_code_sent(app: &App, whose: Whose<'_>, transaction: &[u8]) -> Result<bool, Fault> {
    let stored = challenge_of(app, whose, &whose.mailed(transaction)).await?;
    Ok(stored.is_some_and(|stored| !stored.expiry.has_passed(whose.now)))
}

const PURPOSE: ChallengePurpose = ChallengePurpose::SecondFactor;

async fn challenge_of(app: &App, whose: Whose<'_>, mailed: &[u8]) -> Result<Option<Challenge>, Fault> {
    let tenant = whose.tenant.id;
    let id = challenge::code_id(tenant, PURPOSE, mailed, app.vault());
    let facts = app.load(whose.now, |_, _| vec![challenge::need(tenant, id)]).await?;
    Ok(facts.challenge(tenant, id).cloned())
}

/// The change that uses the mailed code up, where it is the right one.
async fn answered(
    app: &App,
    whose: Whose<'_>,
    transaction: &[u8],
    code: &Secret,
) -> Result<ChallengeChange, Failure<Refusal>> {
    let stored = challenge_of(app, whose, &whose.mailed(transaction)).await?;
    let settled = app.with_env(whose.now, |env| challenge::settle(stored.as_ref(), PURPOSE, code, env));
    settled.map_err(|_| Refusal::from(FactorRefusal::CodeWrong).into())
}

async fn charge_answer(app: &App, whose: Whose<'_>, transaction: &[u8]) -> Result<(), Failure<Refusal>> {
    let tenant = whose.tenant.id;
    let id = challenge::code_id(tenant, PURPOSE, &whose.mailed(transaction), app.vault());
    let (charge, spent) = challenge::charge_answer(tenant, id, whose.now);
    charged(app, charge, spent.into()).await
}

/// Keeps a proven factor, with what else becomes true.
async fn enrol(
    app: &App,
    whose: Whose<'_>,
    new: NewFactor,
    spend: Option<ChallengeChange>,
) -> Result<(Enrolled, SignedIn), Failure<Refusal>> {
    for _ in 0..SESSION_ROUNDS {
        let user = user_of(app, whose).await?;
        let view = view_of(app, whose).await?;
        let session = view.current().and_then(|session| session.account(whose.tenant.id, whose.user));
        let session = session.ok_or_else(|| Refusal::from(FactorRefusal::NeedsFreshSignIn))?;
        let owner = Owner { user: &user, session };
        let enrolled =
            app.with_env(whose.now, |env| factor::enrol(owner, new.clone(), env)).map_err(Refusal::from)?;
        let signed_in = app
            .with_env(whose.now, |env| step_up(&user, &view, env))
            .ok_or_else(|| Refusal::from(FactorRefusal::NeedsFreshSignIn))?;
        let mut changes = enrolled.changes.clone();
        changes.extend(signed_in.changes.iter().cloned());
        changes.extend(spend.clone().map(Change::from));
        changes.extend(app.post(enrolled.letter.clone(), whose.heading(), whose.now));
        changes.push(factor::forget_guesses(&user).into());
        changes.push(put(&signed_in));
        if committed(app, changes).await? {
            return Ok((enrolled, signed_in));
        }
    }
    Err(Fault::Conflict(Conflict::Changed).into())
}

/// The account, as the store has it now.
pub(crate) async fn user_of(app: &App, whose: Whose<'_>) -> Result<User, Failure<Refusal>> {
    let (tenant, Whose { pool, user, now, .. }) = (whose.tenant.id, whose);
    let facts = app.load(now, |_, _| vec![Need::User(tenant, pool, user)]).await?;
    let user = facts.user(tenant, pool, user).cloned();
    user.ok_or_else(|| Refusal::from(FactorRefusal::NeedsFreshSignIn).into())
}

async fn view_of(app: &App, whose: Whose<'_>) -> Result<SessionView, Fault> {
    Ok(SessionView { stored: session_of(app, whose.cookie, whose.now).await?, pending: None })
}

async fn charge(app: &App, whose: Whose<'_>) -> Result<(), Failure<Refusal>> {
    let user = user_of(app, whose).await?;
    let (charge, locked) = factor::charge(&user, whose.now);
    charged(app, charge, locked.into()).await
}

async fn charged(app: &App, charge: GuessChange, spent: Refusal) -> Result<(), Failure<Refusal>> {
    match app.commit(vec![charge.into()]).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(Conflict::BudgetSpent)) => Err(spent.into()),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// Whether the changes became true; `false` where account or session changed meanwhile.
async fn committed(app: &App, changes: Vec<Change>) -> Result<bool, Failure<Refusal>> {
    match app.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Changed | Conflict::Exists)) => Ok(false),
        // The mail's code was used by another request.
        Err(CommitError::Conflict(Conflict::Missing)) => Err(Refusal::from(FactorRefusal::CodeWrong).into()),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

fn put(signed_in: &SignedIn) -> Change {
    let pending = &signed_in.pending;
    SessionChange::Put { session: pending.session.clone(), replaces: pending.replaces }.into()
}

fn sealed(app: &App, tenant: TenantId, id: FactorId, seed: &TotpSeed) -> String {
    let sealed = app.sealer().seal(seed.expose(), &factor::sealed_seed_place(tenant, id));
    URL_SAFE_NO_PAD.encode(sealed)
}

/// The time step that a typed code belongs to; `None` for a wrong one, and for a seed that does not open.
fn step_of(app: &App, user: &User, id: FactorId, code: &Secret, now: Instant) -> Option<u64> {
    let found = factor::find(user, id).ok()?;
    let FactorSecret::Totp { sealed_seed, .. } = &found.secret else { return None };
    let bytes = URL_SAFE_NO_PAD.decode(sealed_seed).unwrap_or_default();
    match app.sealer().open(&bytes, &factor::sealed_seed_place(user.tenant, id)) {
        Ok(seed) => totp::matching_step(&seed, code.expose(), now.seconds()),
        Err(fault) => {
            tracing::error!(%fault, factor = %id, "the seed of a second factor does not open");
            None
        }
    }
}
