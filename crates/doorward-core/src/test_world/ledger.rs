//! The store of the small world: answers needs, applies changes under their preconditions.

use super::World;
use crate::change::{
    ChallengeChange, Change, DirectoryChange, GrantChange, GuessChange, MailChange, SessionChange,
};
use crate::facts::{Answer, Facts};
use crate::model::{ConsentGrant, Principal, Redemption, RoleHolder, SignInName};
use crate::needs::Need;

/// Two rounds are the rule, three the limit, and one more finds that nothing is lacking.
const MOST_ROUNDS: usize = 4;

impl World {
    /// Asks until nothing is lacking. Only what was asked for is in the facts.
    pub(crate) fn facts(&self, needs: impl Fn(&Facts) -> Vec<Need>) -> Facts {
        let mut facts = Facts::new();
        for _ in 0..MOST_ROUNDS {
            let lacking = facts.lacks(&needs(&facts));
            if lacking.is_empty() {
                return facts;
            }
            for need in lacking {
                let answer = self.answer(&need);
                facts.insert(need, answer);
            }
        }
        panic!("a decision asks in more than three rounds");
    }

    fn answer(&self, need: &Need) -> Answer {
        match need {
            Need::Budget(_) => Answer::Budget(0),
            Need::Client(tenant, id) => {
                let found = self.clients.iter().find(|c| c.tenant == *tenant && c.client_id == *id);
                Answer::Client(found.cloned().map(Box::new))
            }
            Need::ClientByApp(_, app) => {
                Answer::Client(self.clients.iter().find(|c| c.app_id == *app).cloned().map(Box::new))
            }
            Need::Code(_, digest) => {
                Answer::Code(self.codes.iter().find(|code| code.digest == *digest).cloned().map(Box::new))
            }
            Need::Consents(_, client, user) => {
                let holds = |row: &&ConsentGrant| {
                    row.client == *client
                        && (row.principal == Principal::All || row.principal == Principal::User(*user))
                };
                Answer::Consents(self.consents.iter().filter(holds).cloned().collect())
            }
            Need::Flow(_, segment) => {
                Answer::Flow(self.flow.answers_to(segment).then(|| Box::new(self.flow.clone())))
            }
            Need::Flows(_) => Answer::Flows(vec![self.flow.clone()]),
            Need::Grant(_, id) => {
                Answer::Grant(self.grants.iter().find(|grant| grant.id == *id).cloned().map(Box::new))
            }
            Need::Keys(_) => Answer::Keys(Vec::new()),
            Need::Resource(_, identifier) => {
                assert_eq!(*identifier, identifier.to_lowercase(), "identifiers are asked for in lower case");
                Answer::Resource(
                    self.resources.iter().find(|a| a.answers_to(identifier)).cloned().map(Box::new),
                )
            }
            Need::Challenge(_, id) => {
                Answer::Challenge(self.challenges.iter().find(|open| open.id == *id).cloned().map(Box::new))
            }
            Need::Event(_) => Answer::Event(None),
            Need::Revocations(_) => Answer::Revocations(self.revocations.clone()),
            Need::ResourceById(_, id) => {
                Answer::Resource(self.resources.iter().find(|api| api.id == *id).cloned().map(Box::new))
            }
            Need::RoleAssignments(_, holder) => Answer::RoleAssignments(
                self.assignments.iter().filter(|row| row.holder == *holder).cloned().collect(),
            ),
            Need::Session(digest) => {
                let stored = self.session.stored.clone().filter(|stored| stored.digest == *digest);
                Answer::Session(stored.map(Box::new))
            }
            Need::Spent(mark) => Answer::Spent(self.spent.contains(mark)),
            Need::Tenant(_) => Answer::Tenant(Some(Box::new(self.tenant.clone()))),
            Need::TokenRevoked(_, jti) => Answer::TokenRevoked(self.revoked_tokens.contains(jti)),
            Need::User(_, _, id) | Need::UserInTenant(_, id) => {
                Answer::User(self.users.iter().find(|user| user.id == *id).cloned().map(Box::new))
            }
            Need::UserByName(_, _, name) => {
                let fits = |known: &SignInName| known.proven && known.canonical == *name;
                let found = self.users.iter().find(|user| {
                    user.sign_in_names.iter().any(fits)
                        || self.tenant.user_principal_name(user.sign_in_name()).to_lowercase() == *name
                });
                Answer::User(found.cloned().map(Box::new))
            }
        }
    }

    /// Applies changes.
    ///
    /// # Panics
    /// When a precondition does not hold: a decision on fresh facts never meets a conflict.
    pub(crate) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Directory(change) => self.apply_directory(change),
                Change::Grant(change) => self.apply_grant(change),
                Change::Session(SessionChange::Put { session, .. }) => {
                    self.session.stored = Some(session.clone());
                    self.session.pending = None;
                }
                Change::Session(SessionChange::End { .. }) => self.session.stored = None,
                Change::Challenge(change) => self.apply_challenge(change),
                Change::Revocation(revocation) => self.revocations.push(revocation.clone()),
                Change::Mail(MailChange::Queue(mail)) => self.mails.push(mail.clone()),
                Change::Guess(GuessChange::Spend { id, .. }) => {
                    assert!(!self.spent.contains(id), "Exists");
                    self.spent.push(*id);
                }
                Change::Audit(_) | Change::Guess(_) | Change::Mail(_) => {}
                Change::Key(_) => panic!("no rule of this room changes keys"),
            }
        }
    }

    fn apply_challenge(&mut self, change: &ChallengeChange) {
        match change {
            ChallengeChange::Put(challenge) => {
                self.challenges.retain(|open| open.id != challenge.id);
                self.challenges.push(challenge.clone());
            }
            ChallengeChange::Spend { id, answer, .. } => {
                let place = self.challenges.iter().position(|open| open.id == *id).expect("Missing");
                assert_eq!(self.challenges[place].answer, *answer, "Changed");
                self.challenges.remove(place);
            }
        }
    }

    fn apply_directory(&mut self, change: &DirectoryChange) {
        match change {
            DirectoryChange::ExtendConsent(given) => {
                let same = |row: &&mut ConsentGrant| {
                    row.client == given.client
                        && row.resource == given.resource
                        && row.principal == given.principal
                };
                match self.consents.iter_mut().find(same) {
                    Some(row) => row.scopes = std::mem::take(&mut row.scopes).union(&given.scopes),
                    None => self.consents.push(given.clone()),
                }
            }
            DirectoryChange::CreateUser(user) => self.users.push(user.clone()),
            DirectoryChange::UpdateUser { before, after } => {
                let stored = self.users.iter_mut().find(|user| user.id == before.id).expect("Missing");
                assert_eq!(stored, before, "Changed");
                *stored = after.clone();
            }
            other => panic!("no rule of this room makes {other:?}"),
        }
    }

    fn apply_grant(&mut self, change: &GrantChange) {
        match change {
            GrantChange::IssueCode(code) => {
                assert!(self.codes.iter().all(|known| known.digest != code.digest), "Exists");
                self.codes.push(code.clone());
            }
            GrantChange::RedeemCode { digest, grant, .. } => {
                let at = self.now;
                let code = self.codes.iter_mut().find(|code| code.digest == *digest).expect("Missing");
                assert!(code.redeemed.is_none(), "CodeSpent");
                code.redeemed = Some(Redemption { at });
                self.grants.push(grant.clone());
            }
            GrantChange::RotateRefresh { grant, expected, expected_digest, next, .. } => {
                let grant = self.grants.iter_mut().find(|known| known.id == *grant).expect("Missing");
                let state = grant.refresh.as_mut().expect("Missing");
                assert_eq!(
                    (state.generation, state.secret_digest),
                    (*expected, *expected_digest),
                    "Generation"
                );
                *state = next.clone();
            }
            GrantChange::TouchRefresh { grant, expected, idle_expiry, .. } => {
                let grant = self.grants.iter_mut().find(|known| known.id == *grant).expect("Missing");
                let state = grant.refresh.as_mut().expect("Missing");
                assert_eq!(state.generation, *expected, "Generation");
                state.idle_expiry = *idle_expiry;
            }
            GrantChange::RevokeGrant { grant, at, .. } => {
                if let Some(grant) = self.grants.iter_mut().find(|known| known.id == *grant) {
                    grant.revoked_at.get_or_insert(*at);
                }
            }
            GrantChange::RevokeToken { jti, .. } => self.revoked_tokens.push(jti.clone()),
        }
    }

    /// Assigns a role of the API notes.
    pub(crate) fn assign(&mut self, holder: RoleHolder, role: &str) {
        let (tenant, assigned_at) = (self.tenant.id, self.now);
        let notes = self.api("notes");
        let resource = notes.id;
        let role = notes.roles.iter().find(|known| known.value == role).unwrap().id;
        self.assignments.push(crate::model::RoleAssignment { tenant, holder, resource, role, assigned_at });
    }
}
