//! The ready line: everything that scripts, suites and other teams need to use a demo.

use doorward_core::claims::{flow_issuer, issuers_of, profile_issuer};
use doorward_core::model::{ClientKind, DirectoryRole, Tenant, TokenProfile, UserFlow};
use serde::Serialize;

use super::cast::MEADOW;
use super::doors::Addresses;
use super::notes_document;
use super::secrets::Secrets;
use super::seed::Planted;

/// The first line of `--json`. Members are added, never renamed.
#[derive(Debug, Serialize)]
pub(super) struct Ready {
    event: &'static str,
    pub(super) version: &'static str,
    pub(super) base_url: String,
    pub(super) ca_file: String,
    pub(super) data: String,
    pub(super) web_app: String,
    pub(super) mailbox: String,
    pub(super) tenants: Vec<TenantLine>,
    pub(super) users: Vec<UserLine>,
    pub(super) apps: Vec<AppLine>,
    pub(super) apis: Vec<ApiLine>,
}

#[derive(Debug, Serialize)]
pub(super) struct TenantLine {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) issuer: String,
    pub(super) authorities: Vec<String>,
    pub(super) flows: Vec<FlowLine>,
}

#[derive(Debug, Serialize)]
pub(super) struct FlowLine {
    pub(super) name: String,
    pub(super) authority: String,
    pub(super) issuer: String,
}

#[derive(Serialize)]
pub(super) struct UserLine {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) tenant: String,
    pub(super) roles: Vec<DirectoryRole>,
    #[serde(skip)]
    pub(super) note: &'static str,
}

#[derive(Serialize)]
pub(super) struct AppLine {
    pub(super) name: String,
    pub(super) kind: ClientKind,
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) known_authorities: Vec<String>,
    pub(super) tenant: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct ApiLine {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) audience: String,
    pub(super) profile: &'static str,
    pub(super) issuers: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) roles: Vec<String>,
    pub(super) identifier_uris: Vec<String>,
    pub(super) tenant: &'static str,
}

impl std::fmt::Debug for UserLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserLine({} ***)", self.username)
    }
}

impl std::fmt::Debug for AppLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AppLine({} ***)", self.name)
    }
}

/// Where files are.
pub(super) struct Files {
    pub(super) ca_file: String,
    pub(super) data: String,
}

impl Ready {
    /// The line. `flows` are those of `meadow`.
    pub(super) fn new(
        at: &Addresses,
        files: Files,
        planted: &Planted,
        flows: &[UserFlow],
        secrets: &mut Secrets,
    ) -> Self {
        let tenants = planted.tenants.iter().map(|tenant| {
            let own = if tenant.name.as_str() == MEADOW { flows } else { &[] };
            tenant_line(&at.base, tenant, own)
        });
        let users = planted.people.iter().map(|(person, user)| UserLine {
            username: person.username.to_owned(),
            email: person.email.to_owned(),
            password: secrets.password(person.who),
            tenant: person.tenant.to_owned(),
            roles: user.roles.clone(),
            note: person.note,
        });
        let users = users.collect();
        let apps = planted.apps.iter().map(|app| AppLine {
            name: app.name.clone(),
            kind: app.kind,
            client_id: app.client_id.to_string(),
            client_secret: secrets.client_secret(&app.name).map(str::to_owned),
            redirect_uris: app
                .redirect_uris
                .iter()
                .map(|redirect| redirect.uri.as_str().to_owned())
                .collect(),
            known_authorities: vec![at.host.clone()],
            tenant: MEADOW,
        });
        Self {
            event: "ready",
            version: env!("CARGO_PKG_VERSION"),
            base_url: at.base.clone(),
            ca_file: files.ca_file,
            data: files.data,
            web_app: at.web_app.clone(),
            mailbox: format!("{}/_mail", at.base),
            tenants: tenants.collect(),
            users,
            apps: apps.collect(),
            apis: vec![api_line(at, planted, flows)],
        }
    }
}

fn tenant_line(base: &str, tenant: &Tenant, flows: &[UserFlow]) -> TenantLine {
    let authority = format!("{base}/{}", tenant.name);
    TenantLine {
        name: tenant.name.to_string(),
        id: tenant.id.to_string(),
        domain: tenant.domain.clone(),
        issuer: profile_issuer(base, tenant, TokenProfile::Generic),
        flows: flows
            .iter()
            .map(|flow| FlowLine {
                name: flow.name.to_string(),
                authority: format!("{authority}/{}", flow.name.lower()),
                issuer: flow_issuer(base, tenant, flow),
            })
            .collect(),
        authorities: vec![authority, format!("{base}/{}", tenant.id)],
    }
}

fn api_line(at: &Addresses, planted: &Planted, flows: &[UserFlow]) -> ApiLine {
    let api = &planted.notes;
    let tenant = planted.tenants.iter().find(|tenant| tenant.id == api.tenant);
    ApiLine {
        name: api.name.clone(),
        url: at.api.clone(),
        // The id: what version 2 of the `ms` profile writes into `aud`.
        audience: api.id.to_string(),
        profile: notes_document::PROFILE,
        issuers: tenant.map(|tenant| issuers_of(&at.base, tenant, api, flows)).unwrap_or_default(),
        scopes: api.scopes.iter().map(|scope| scope.value.to_string()).collect(),
        roles: api.roles.iter().map(|role| role.value.clone()).collect(),
        identifier_uris: api.identifier_uris.clone(),
        tenant: MEADOW,
    }
}
