//! The lines as an enforcer reads them: digests of names, and moments.

use std::collections::BTreeMap;

use doorward_token::revocation::{Absent, Ended, written};

use crate::claims::subject;
use crate::facts::Facts;
use crate::model::{
    AppId, Client, Instant, Principal, ResourceId, Revocation, Revoked, RoleHolder, SubjectType, TenantId,
    UserId,
};
use crate::needs::Need;
use crate::port::Vault;
use crate::profile::SubjectRule;

/// What the feed says beside who wrote it and when: see [`doorward_token::revocation::FeedClaims`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedLines {
    /// Name to the moment at or before which a token was issued.
    pub before: BTreeMap<String, i64>,
    /// Name to the moment when the line is over.
    pub ended: BTreeMap<String, i64>,
}

/// What must be known. Two rounds: the lines, then the applications and APIs that they name.
pub fn needs(tenant: TenantId, facts: &Facts) -> Vec<Need> {
    let mut needs = vec![Need::Revocations(tenant)];
    if facts.has(&needs[0]) {
        for line in facts.revocations(tenant) {
            match &line.what {
                Revoked::Api(api) | Revoked::Permissions { resource: api, .. } => {
                    needs.push(Need::ResourceById(tenant, *api));
                }
                Revoked::Consent { client, resource, .. } => {
                    needs.push(Need::ClientByApp(tenant, *client));
                    needs.push(Need::ResourceById(tenant, *resource));
                }
                Revoked::Role { holder, resource, .. } => {
                    needs.push(Need::ResourceById(tenant, *resource));
                    if let RoleHolder::App(app) = holder {
                        needs.push(Need::ClientByApp(tenant, *app));
                    }
                }
                Revoked::Client { .. }
                | Revoked::Grant(_)
                | Revoked::Key(_)
                | Revoked::Tenant
                | Revoked::Token(_)
                | Revoked::User(_) => {}
            }
        }
    }
    needs
}

/// Whether a line names a person: then [`feed`] wants to know the sectors of pairwise subjects.
pub fn names_people(tenant: TenantId, facts: &Facts) -> bool {
    facts
        .revocations(tenant)
        .iter()
        .any(|line| matches!(line.what, Revoked::User(_) | Revoked::Role { holder: RoleHolder::User(_), .. }))
}

/// The lines of the tenant that still concern somebody. `sectors` are those of the applications that are registered for
/// pairwise subjects: their tokens name a person by nothing else.
pub fn feed(
    tenant: TenantId,
    facts: &Facts,
    sectors: &[String],
    (vault, now): (&dyn Vault, Instant),
) -> FeedLines {
    let mut writer = Writer { tenant, facts, sectors, vault, lines: FeedLines::default() };
    for line in facts.revocations(tenant).iter().filter(|line| !line.until.has_passed(now)) {
        writer.write(line);
    }
    writer.lines
}

/// Whether an application is registered for pairwise subjects.
pub fn is_pairwise(client: &Client) -> bool {
    client.metadata.subject_type == Some(SubjectType::Pairwise)
}

struct Writer<'a> {
    tenant: TenantId,
    facts: &'a Facts,
    sectors: &'a [String],
    vault: &'a dyn Vault,
    lines: FeedLines,
}

impl Writer<'_> {
    fn write(&mut self, line: &Revocation) {
        let (at, until) = (line.at.seconds(), line.until.instant().seconds());
        match &line.what {
            Revoked::Api(api) => {
                for audience in self.audiences(*api) {
                    self.before(&Ended::Api(&audience).name(), at);
                }
            }
            Revoked::Client { client_id, .. } => self.before(&Ended::Client(client_id.as_str()).name(), at),
            Revoked::Consent { client, resource, principal, scopes } => {
                let users: Vec<Option<String>> = match principal {
                    Principal::All => vec![None],
                    Principal::User(user) => self.names_for(*client, *user).map(Some).collect(),
                };
                let client = self.client_id(*client);
                let which: Vec<Option<&str>> = match scopes {
                    None => vec![None],
                    Some(scopes) => scopes.iter().map(|scope| Some(scope.as_str())).collect(),
                };
                for audience in self.audiences(*resource) {
                    for (user, scope) in users.iter().flat_map(|user| which.iter().map(move |it| (user, it)))
                    {
                        let (client, api, user) = (client.as_str(), audience.as_str(), user.as_deref());
                        self.before(&Absent::Scope { client, api, user, scope: *scope }.name(), at);
                    }
                }
            }
            Revoked::Grant(grant) => self.ended(&Ended::Grant(&grant.to_string()).name(), until),
            Revoked::Key(kid) => self.ended(&Ended::Key(kid.as_str()).name(), until),
            Revoked::Permissions { resource, scopes, roles } => {
                for audience in self.audiences(*resource) {
                    for scope in scopes {
                        let name = Absent::ApiScope { api: &audience, scope: scope.as_str() }.name();
                        self.before(&name, at);
                    }
                    for role in roles {
                        self.before(&Absent::ApiRole { api: &audience, role }.name(), at);
                    }
                }
            }
            Revoked::Role { holder, resource, role } => {
                let holders = match holder {
                    RoleHolder::App(app) => vec![self.client_id(*app)],
                    RoleHolder::User(user) => self.names_of(*user),
                };
                // A role that the API no longer has is told by its own line.
                let api = self.facts.resource_by_id(self.tenant, *resource);
                let role = api.and_then(|api| api.roles.iter().find(|known| known.id == *role));
                let Some(role) = role.map(|role| role.value.clone()) else { return };
                for audience in self.audiences(*resource) {
                    for holder in &holders {
                        self.before(&Absent::Role { holder, api: &audience, role: &role }.name(), at);
                    }
                }
            }
            Revoked::Tenant => self.before(&Ended::Tenant.name(), at),
            Revoked::Token(jti) => self.ended(&Ended::Token(jti).name(), until),
            Revoked::User(user) => {
                for name in self.names_of(*user) {
                    self.before(&Ended::User(&name).name(), at);
                }
            }
        }
    }

    /// By which tokens may name a person: the id, and a subject in every sector.
    fn names_of(&self, user: UserId) -> Vec<String> {
        let pairwise = self.sectors.iter().map(|sector| self.pairwise(sector, user));
        std::iter::once(user.to_string()).chain(pairwise).collect()
    }

    /// By which tokens of one application may name a person.
    fn names_for(&self, app: AppId, user: UserId) -> impl Iterator<Item = String> {
        let client = self.facts.client_by_app(self.tenant, app).filter(|client| is_pairwise(client));
        let pairwise = client.map(|client| self.pairwise(&client.sector(), user));
        std::iter::once(user.to_string()).chain(pairwise)
    }

    fn pairwise(&self, sector: &str, user: UserId) -> String {
        subject(SubjectRule::Pairwise, self.tenant, user, sector, self.vault)
    }

    /// As its tokens name it. Of an application that is gone a line of its own tells.
    fn client_id(&self, app: AppId) -> String {
        let known = self.facts.client_by_app(self.tenant, app);
        known.map_or_else(|| app.to_string(), |client| client.client_id.to_string())
    }

    /// Everything that may stand in `aud` for an API; of one that is gone, its id.
    fn audiences(&self, api: ResourceId) -> Vec<String> {
        let known = self.facts.resource_by_id(self.tenant, api);
        known.map_or_else(|| vec![api.to_string()], crate::model::Resource::audiences)
    }

    fn before(&mut self, name: &str, at: i64) {
        let line = self.lines.before.entry(self.digest(name)).or_insert(at);
        *line = at.max(*line);
    }

    fn ended(&mut self, name: &str, until: i64) {
        let line = self.lines.ended.entry(self.digest(name)).or_insert(until);
        *line = until.max(*line);
    }

    fn digest(&self, name: &str) -> String {
        written(self.vault.digest(name.as_bytes()).as_bytes())
    }
}
