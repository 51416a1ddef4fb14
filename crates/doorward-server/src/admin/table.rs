// tidy: table
//! The one table of the administration: every address with its method, act, parameters, body, answer and handler.
//!
//! The router ([`super::router`]) and the OpenAPI document ([`super::openapi`]) are both made from it, so that neither can
//! tell something that the other does not.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use doorward_core::directory::Act;
use http::Method;

use super::call::{Call, Guard};
use super::reply::{Failure, Reply};
use super::{
    apis, apps, audit, bootstrap, events, flows, grants, held, keys, mails, openapi, tenants, traces, trust,
    users, whoami,
};

/// What answers one request.
pub(super) type Handler =
    Arc<dyn Fn(Call) -> Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send>> + Send + Sync>;

/// What an operation answers when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// An object, as it is now.
    Object(&'static str),
    /// The object after a change, with `changed` and `undo`.
    Changed(&'static str),
    /// A page of objects.
    Page(&'static str),
    /// Rows as they come, as JSON lines or CSV.
    Rows(&'static str),
}

/// One method at one address.
pub(super) struct Operation {
    pub(super) method: Method,
    /// Below `/admin/v1`.
    pub(super) path: &'static str,
    /// `operationId`.
    pub(super) id: &'static str,
    pub(super) guard: Guard,
    pub(super) summary: &'static str,
    /// Parameters of the query, by name.
    pub(super) query: &'static [&'static str],
    /// Those of them that must be there.
    pub(super) required: &'static [&'static str],
    /// Schema of the body.
    pub(super) body: Option<&'static str>,
    pub(super) status: u16,
    pub(super) answer: Answer,
    /// Whether it heeds `If-Match`.
    pub(super) conditional: bool,
    pub(super) handler: Handler,
}

/// Every operation, ordered by address.
pub(super) static TABLE: LazyLock<Vec<Operation>> = LazyLock::new(table);

impl Operation {
    /// Adds parameters of the query.
    fn asks(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    /// Demands some of them.
    fn demands(mut self, required: &'static [&'static str]) -> Self {
        self.required = required;
        self
    }

    /// Takes a body of that schema.
    fn takes(mut self, body: &'static str) -> Self {
        self.body = Some(body);
        self
    }

    /// Answers 201.
    fn creates(mut self) -> Self {
        self.status = 201;
        self
    }

    /// Heeds `If-Match`.
    fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }
}

fn operation<F, Fut>(
    method: Method,
    (path, id, summary): (&'static str, &'static str, &'static str),
    guard: Guard,
    answer: Answer,
    handler: F,
) -> Operation
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Failure>> + Send + 'static,
{
    Operation {
        method,
        path,
        id,
        guard,
        summary,
        query: &[],
        required: &[],
        body: None,
        status: 200,
        answer,
        conditional: false,
        handler: Arc::new(move |call| Box::pin(handler(call))),
    }
}

macro_rules! row {
    ($method:ident $path:literal $id:literal $summary:literal, $act:ident => $answer:expr, $handler:expr) => {
        operation(Method::$method, ($path, $id, $summary), Guard::May(Act::$act), $answer, $handler)
    };
}

/// What every listing takes.
const PAGED: &[&str] = &["limit", "cursor"];

fn table() -> Vec<Operation> {
    let mut all = installation();
    all.extend(tenants_and_users());
    all.extend(applications());
    all.extend(interfaces());
    all.extend(permissions());
    all.extend(flows_and_keys());
    all.extend(post_office());
    all
}

fn post_office() -> Vec<Operation> {
    use Answer::{Changed, Object, Page};
    vec![
        row!(GET "/mail" "showMail" "How mail is sent, and whether the mail server answers", MailRead =>
            Object("MailState"), mails::state)
        .asks(&["probe"]),
        row!(POST "/mail-tests" "testMail" "Send a test to an address", MailTest => Object("Mail"), mails::test)
            .takes("MailTest")
            .creates(),
        row!(GET "/mails" "listMails" "The mails that wait to be delivered, next attempt first", MailRead =>
            Page("Mail"), mails::list)
        .asks(PAGED),
        row!(DELETE "/mails/{mail}" "dropMail" "Take a waiting mail out, unsent", MailDrop => Changed("Removed"), mails::remove),
        row!(POST "/mails/{mail}/retry" "retryMail" "Try a waiting mail again, now", MailRetry =>
            Object("Mail"), mails::retry),
        row!(POST "/tenants/{tenant}/users/{user}/invitations" "inviteUser"
            "Send a link with which the owner sets a password", UserInvite => Changed("Invitation"), mails::invite)
        .takes("NewInvitation")
        .creates(),
    ]
}

fn installation() -> Vec<Operation> {
    use Answer::{Changed, Object, Page, Rows};
    vec![
        operation(
            Method::GET,
            ("/openapi.json", "describeApi", "This API as an OpenAPI 3.1 document"),
            Guard::Open,
            Object("Document"),
            openapi::show,
        ),
        operation(
            Method::POST,
            ("/bootstrap", "bootstrap", "Make the first administrator with the code that the server printed"),
            Guard::Open,
            Changed("User"),
            bootstrap::redeem,
        )
        .takes("Bootstrap")
        .creates(),
        row!(GET "/whoami" "whoami" "Who asks, and what they may do", Whoami => Object("Caller"), whoami::show),
        row!(GET "/audit" "listAuditOfAll" "The audit log of the installation, latest first", AuditReadAll =>
            Page("AuditLine"), audit::list_all)
        .asks(&["limit", "cursor", "since", "until", "action", "actor", "target"]),
        row!(GET "/audit/export" "exportAuditOfAll" "The audit log of the installation as a file", AuditReadAll =>
            Rows("AuditLine"), audit::export_all)
        .asks(&["format", "since", "until", "action", "actor", "target"]),
        row!(GET "/events" "listEvents" "The request log, latest first", TraceRead => Page("Event"), events::list)
            .asks(&["limit", "cursor", "tenant", "app", "user", "code", "since"]),
        row!(GET "/events/latest" "listLatestEvents" "What came in since, as soon as there is something", TraceRead =>
            Object("LatestEvents"), events::latest)
        .asks(&["after", "wait_secs", "tenant", "app", "user", "code", "since"]),
        row!(GET "/events/{trace}" "showEvent" "One request with its probable causes and its neighbourhood", TraceRead =>
            Object("Event"), events::show),
        row!(GET "/traces/{trace}" "showTrace" "The checks of one request", TraceRead => Object("Trace"), traces::show),
    ]
}

fn tenants_and_users() -> Vec<Operation> {
    use Answer::{Changed, Object, Page};
    vec![
        row!(GET "/tenants" "listTenants" "List the tenants", TenantList => Page("Tenant"), tenants::list).asks(PAGED),
        row!(POST "/tenants" "createTenant" "Make a tenant", TenantCreate => Changed("Tenant"), tenants::create)
            .takes("NewTenant")
            .creates(),
        row!(GET "/tenants/{tenant}" "showTenant" "Show a tenant", TenantShow => Object("Tenant"), tenants::show),
        row!(PATCH "/tenants/{tenant}" "updateTenant" "Change a tenant", TenantUpdate => Changed("Tenant"), tenants::update)
            .takes("TenantChange")
            .conditional(),
        row!(DELETE "/tenants/{tenant}" "deleteTenant" "Remove a tenant with all it holds", TenantDelete =>
            Changed("Removed"), tenants::delete)
        .conditional(),
        row!(GET "/tenants/{tenant}/audit" "listAudit" "The audit log of a tenant, latest first", AuditRead =>
            Page("AuditLine"), audit::list)
        .asks(&["limit", "cursor", "since", "until", "action", "actor", "target"]),
        row!(GET "/tenants/{tenant}/audit/export" "exportAudit" "The audit log of a tenant as a file", AuditRead =>
            Answer::Rows("AuditLine"), audit::export)
        .asks(&["format", "since", "until", "action", "actor", "target"]),
        row!(GET "/tenants/{tenant}/users" "listUsers" "List the accounts", UserRead => Page("User"), users::list)
            .asks(&["limit", "cursor", "search"]),
        row!(POST "/tenants/{tenant}/users" "addUser" "Create an account", UserCreate => Changed("User"), users::add)
            .takes("NewUser")
            .creates(),
        row!(GET "/tenants/{tenant}/users/{user}" "showUser" "Show an account", UserRead => Object("User"), users::show),
        row!(PATCH "/tenants/{tenant}/users/{user}" "updateUser" "Change what people read", UserUpdate =>
            Changed("User"), users::update)
        .takes("UserChange")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/users/{user}" "removeUser" "Remove an account with its grants", UserDelete =>
            Changed("Removed"), users::remove)
        .conditional(),
        row!(POST "/tenants/{tenant}/users/{user}/enable" "enableUser" "Switch an account on", UserEnable =>
            Changed("User"), users::enable)
        .conditional(),
        row!(POST "/tenants/{tenant}/users/{user}/disable" "disableUser" "Switch an account off: all it was given ends",
            UserDisable => Changed("User"), users::disable)
        .conditional(),
        row!(POST "/tenants/{tenant}/users/{user}/unlock" "unlockUser" "Forget wrong guesses", UserUnlock =>
            Changed("User"), users::unlock)
        .conditional(),
        row!(DELETE "/tenants/{tenant}/users/{user}/factors" "resetFactors" "Take every second factor of an account away",
            UserFactorReset => Changed("User"), users::reset_factors)
        .conditional(),
        row!(POST "/tenants/{tenant}/users/{user}/sign-out" "signOutUser" "End every session and grant of an account",
            UserSignOut => Changed("User"), users::sign_out)
        .conditional(),
        row!(PUT "/tenants/{tenant}/users/{user}/password" "setPassword" "Replace the password", UserPasswordSet =>
            Changed("User"), users::set_password)
        .takes("NewPassword")
        .conditional(),
        row!(PUT "/tenants/{tenant}/users/{user}/roles/{role}" "addRole" "Give a role over the directory", UserRoleAdd =>
            Changed("User"), users::add_role)
        .conditional(),
        row!(DELETE "/tenants/{tenant}/users/{user}/roles/{role}" "removeRole" "Take a role away", UserRoleRemove =>
            Changed("User"), users::remove_role)
        .conditional(),
        row!(POST "/tenants/{tenant}/users/{user}/names" "addName" "Add a name to sign in with", UserNameAdd =>
            Changed("User"), users::add_name)
        .takes("NewName")
        .creates()
        .conditional(),
        row!(DELETE "/tenants/{tenant}/users/{user}/names/{name}" "removeName" "Take a name away", UserNameRemove =>
            Changed("User"), users::remove_name)
        .conditional(),
        row!(GET "/tenants/{tenant}/users/{user}/grants" "listGrantsOfUser" "What applications hold for a person",
            UserGrantRead => Page("HeldGrant"), held::grants)
        .asks(PAGED),
        row!(DELETE "/tenants/{tenant}/users/{user}/grants/{grant}" "endGrantOfUser"
            "End a grant with all its tokens", UserGrantEnd => Changed("Removed"), held::end_grant),
        row!(GET "/tenants/{tenant}/users/{user}/consents" "listConsentsOfUser" "What a person allowed to applications",
            GrantRead => Page("Grant"), held::consents)
        .asks(PAGED),
    ]
}

fn applications() -> Vec<Operation> {
    use Answer::{Changed, Object, Page};
    vec![
        row!(GET "/tenants/{tenant}/apps" "listApps" "List the applications", AppRead => Page("App"), apps::list).asks(PAGED),
        row!(POST "/tenants/{tenant}/apps" "addApp" "Register an application", AppCreate => Changed("AppAdded"), apps::add)
            .takes("NewApp")
            .creates(),
        row!(GET "/tenants/{tenant}/apps/{app}" "showApp" "Show an application", AppRead => Object("App"), apps::show),
        row!(PATCH "/tenants/{tenant}/apps/{app}" "updateApp" "Change an application", AppUpdate =>
            Changed("App"), apps::update)
        .takes("AppChange")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apps/{app}" "removeApp" "Remove an application with its grants", AppDelete =>
            Changed("Removed"), apps::remove)
        .conditional(),
        row!(POST "/tenants/{tenant}/apps/{app}/enable" "enableApp" "Switch an application on", AppEnable =>
            Changed("App"), apps::enable)
        .conditional(),
        row!(POST "/tenants/{tenant}/apps/{app}/disable" "disableApp" "Switch an application off: all it was given ends",
            AppDisable => Changed("App"), apps::disable)
        .conditional(),
        row!(POST "/tenants/{tenant}/apps/{app}/redirects" "addRedirect" "Add a redirect URI", AppRedirectAdd =>
            Changed("App"), apps::add_redirect)
        .takes("NewRedirect")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apps/{app}/redirects" "removeRedirect" "Take a redirect URI away",
            AppRedirectRemove => Changed("App"), apps::remove_redirect)
        .asks(&["uri"])
        .demands(&["uri"])
        .conditional(),
        row!(POST "/tenants/{tenant}/apps/{app}/logout-uris" "addLogoutUri" "Add an address that sign-out may lead to",
            AppLogoutAdd => Changed("App"), apps::add_post_logout)
        .takes("LogoutUri")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apps/{app}/logout-uris" "removeLogoutUri" "Take such an address away",
            AppLogoutRemove => Changed("App"), apps::remove_post_logout)
        .asks(&["uri"])
        .demands(&["uri"])
        .conditional(),
        row!(POST "/tenants/{tenant}/apps/{app}/secrets" "addSecret" "Make a secret, shown this once", AppSecretAdd =>
            Changed("SecretAdded"), apps::add_secret)
        .takes("SecretTerms")
        .creates()
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apps/{app}/secrets/{secret}" "removeSecret" "End a secret", AppSecretRemove =>
            Changed("App"), apps::remove_secret)
        .asks(&["revoke_grants"])
        .conditional(),
        row!(POST "/tenants/{tenant}/apps/{app}/requires" "addRequired" "Ask for permissions in the registration",
            AppRequireAdd => Changed("App"), apps::require)
        .takes("Requires")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apps/{app}/requires" "removeRequired" "No longer ask for them", AppRequireRemove =>
            Changed("App"), apps::unrequire)
        .asks(&["permission"])
        .demands(&["permission"])
        .conditional(),
        row!(GET "/tenants/{tenant}/apps/{app}/permissions" "listPermissions" "What an application asks for and was granted",
            GrantRead => Object("Permissions"), apps::permissions),
    ]
}

fn interfaces() -> Vec<Operation> {
    use Answer::{Changed, Object, Page};
    vec![
        row!(GET "/tenants/{tenant}/apis" "listApis" "List the APIs", ApiRead => Page("Api"), apis::list).asks(PAGED),
        row!(POST "/tenants/{tenant}/apis" "declareApi" "Declare an API", ApiCreate => Changed("Api"), apis::declare)
            .takes("NewApi")
            .creates(),
        row!(GET "/tenants/{tenant}/apis/{api}" "showApi" "Show an API", ApiRead => Object("Api"), apis::show),
        row!(PATCH "/tenants/{tenant}/apis/{api}" "updateApi" "Change an API", ApiUpdate => Changed("Api"), apis::update)
            .takes("ApiChange")
            .conditional(),
        row!(GET "/tenants/{tenant}/apis/{api}/trust" "showTrust"
            "What it takes to judge tokens for an API away from this server", ApiRead => Object("Trust"), trust::show),
        row!(DELETE "/tenants/{tenant}/apis/{api}" "removeApi" "Remove an API that nobody uses", ApiDelete =>
            Changed("Removed"), apis::remove)
        .conditional(),
        row!(POST "/tenants/{tenant}/apis/{api}/scopes" "addScope" "Add a scope, or change the one of that name",
            ApiScopeAdd => Changed("Api"), apis::add_scope)
        .takes("ScopeSpec")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apis/{api}/scopes/{scope}" "removeScope" "Remove a scope that nobody was granted",
            ApiScopeRemove => Changed("Api"), apis::remove_scope)
        .conditional(),
        row!(POST "/tenants/{tenant}/apis/{api}/roles" "addAppRole" "Add an app role, or change the one of that name",
            ApiRoleAdd => Changed("Api"), apis::add_role)
        .takes("RoleSpec")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/apis/{api}/roles/{app_role}" "removeAppRole" "Remove an app role that nobody holds",
            ApiRoleRemove => Changed("Api"), apis::remove_role)
        .conditional(),
        row!(POST "/tenants/{tenant}/api-imports" "importApi" "Register or change an API after its own document",
            ApiImport => Changed("Import"), apis::import)
        .takes("ImportSpec")
        .asks(&["dry_run"]),
    ]
}

fn permissions() -> Vec<Operation> {
    use Answer::{Changed, Page};
    vec![
        row!(GET "/tenants/{tenant}/grants" "listGrants" "Delegated permissions that were granted", GrantRead =>
            Page("Grant"), grants::list)
        .asks(&["limit", "cursor", "app", "user"]),
        row!(POST "/tenants/{tenant}/grants" "addGrant" "Grant a delegated permission", GrantAdd =>
            Changed("Grant"), grants::add)
        .takes("NewGrant"),
        row!(DELETE "/tenants/{tenant}/grants" "removeGrant" "Withdraw a delegated permission", GrantRemove =>
            Changed("Grant"), grants::remove)
        .asks(&["app", "permission", "user", "all"])
        .demands(&["app", "permission"]),
        row!(GET "/tenants/{tenant}/role-assignments" "listRoleAssignments" "App roles that were given", GrantRead =>
            Page("Grant"), grants::list_roles)
        .asks(&["limit", "cursor", "app", "user"]),
        row!(POST "/tenants/{tenant}/role-assignments" "addRoleAssignment" "Give an app role", GrantRoleAdd =>
            Changed("Grant"), grants::assign)
        .takes("NewRoleAssignment"),
        row!(DELETE "/tenants/{tenant}/role-assignments" "removeRoleAssignment" "Take an app role away", GrantRoleRemove =>
            Changed("Grant"), grants::unassign)
        .asks(&["permission", "app", "user"])
        .demands(&["permission"]),
    ]
}

fn flows_and_keys() -> Vec<Operation> {
    use Answer::{Changed, Object, Page};
    vec![
        row!(GET "/tenants/{tenant}/flows" "listFlows" "List the user flows", FlowRead => Page("Flow"), flows::list)
            .asks(PAGED),
        row!(GET "/tenants/{tenant}/flows/{flow}" "showFlow" "Show a user flow", FlowRead => Object("Flow"), flows::show),
        row!(PUT "/tenants/{tenant}/flows/{flow}" "putFlow" "Store a user flow, new or changed", FlowPut =>
            Changed("Flow"), flows::put)
        .takes("FlowSpec")
        .conditional(),
        row!(DELETE "/tenants/{tenant}/flows/{flow}" "removeFlow" "Remove a user flow", FlowDelete =>
            Changed("Removed"), flows::remove)
        .conditional(),
        row!(GET "/tenants/{tenant}/keys" "listKeys" "List the signing keys", KeyRead => Page("Key"), keys::list)
            .asks(PAGED),
        row!(POST "/tenants/{tenant}/keys/rotations" "rotateKeys" "Bring in a new key and move the others on", KeyRotate =>
            Changed("Keys"), keys::rotate)
        .takes("Rotation"),
        row!(PATCH "/tenants/{tenant}/keys/policy" "changeKeyPolicy" "Change how keys follow one another", KeyRotate =>
            Changed("Keys"), keys::policy)
        .takes("KeyPolicy"),
        row!(POST "/tenants/{tenant}/keys/{kid}/certificate" "renewKeyCertificate" "Put a key under a new certificate",
            KeyRotate => Changed("Keys"), keys::renew_certificate),
        row!(GET "/tenants/{tenant}/keys/{kid}/emergency" "explainKeyEmergency" "Tell what an emergency would end",
            KeyRead => Object("KeyReach"), keys::explain_emergency),
        row!(POST "/tenants/{tenant}/keys/{kid}/emergency" "withdrawKey" "Withdraw a key that others may know", KeyRotate =>
            Changed("Keys"), keys::emergency),
    ]
}
