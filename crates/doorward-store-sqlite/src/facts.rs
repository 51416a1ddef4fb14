//! Needs, each answered by one keyed read of the same snapshot.

use doorward_core::facts::{Answer, Facts};
use doorward_core::needs::Need;
use rusqlite::{Connection, params};

use crate::directory::{clients, consents, flows, resources, roles, tenants, users};
use crate::fault::Failed;
use crate::{challenges, doc, events, grants, guesses, keys, revocations};

/// Answers all needs; the caller holds the read transaction.
pub(crate) fn load(conn: &Connection, needs: &[Need]) -> Result<Facts, Failed> {
    let mut facts = Facts::new();
    for need in needs {
        if facts.has(need) {
            continue;
        }
        facts.insert(need.clone(), answer(conn, need)?);
    }
    Ok(facts)
}

fn answer(conn: &Connection, need: &Need) -> Result<Answer, Failed> {
    Ok(match need {
        Need::Budget(key) => Answer::Budget(guesses::count(conn, key)?),
        Need::Challenge(tenant, id) => Answer::Challenge(challenges::find(conn, *tenant, *id)?),
        Need::Client(tenant, id) => {
            Answer::Client(clients::find_by_client_id(conn, *tenant, id)?.map(Box::new))
        }
        Need::ClientByApp(tenant, app) => Answer::Client(clients::find(conn, *tenant, *app)?.map(Box::new)),
        Need::Code(tenant, digest) => Answer::Code(grants::code(conn, *tenant, *digest)?.map(Box::new)),
        Need::Consents(tenant, client, user) => {
            Answer::Consents(consents::of_user(conn, *tenant, *client, *user)?)
        }
        Need::Event(trace) => Answer::Event(events::find(conn, trace)?),
        Need::Flow(tenant, segment) => Answer::Flow(flows::find(conn, *tenant, segment)?.map(Box::new)),
        Need::Flows(tenant) => Answer::Flows(flows::of_tenant(conn, *tenant)?),
        Need::Grant(tenant, grant) => Answer::Grant(grants::grant(conn, *tenant, *grant)?.map(Box::new)),
        Need::Keys(tenant) => Answer::Keys(keys::of_tenant(conn, *tenant)?),
        Need::Resource(tenant, identifier) => {
            Answer::Resource(resources::find_by_identifier(conn, *tenant, identifier)?.map(Box::new))
        }
        Need::ResourceById(tenant, id) => {
            Answer::Resource(resources::find(conn, *tenant, *id)?.map(Box::new))
        }
        Need::Revocations(tenant) => Answer::Revocations(revocations::of_tenant(conn, *tenant)?),
        Need::RoleAssignments(tenant, holder) => {
            Answer::RoleAssignments(roles::of_holder(conn, *tenant, *holder)?)
        }
        Need::Session(digest) => {
            let sql = "SELECT doc FROM sessions WHERE digest = ?1";
            Answer::Session(doc::one(conn, "sessions", sql, (params![digest.as_bytes()], &digest.to_text()))?)
        }
        Need::Spent(mark) => Answer::Spent(guesses::is_spent(conn, *mark)?),
        Need::Tenant(key) => Answer::Tenant(tenants::find_by_key(conn, key)?.map(Box::new)),
        Need::TokenRevoked(tenant, jti) => Answer::TokenRevoked(grants::token_revoked(conn, *tenant, jti)?),
        Need::User(tenant, pool, user) => {
            Answer::User(users::find_in_pool(conn, *tenant, *pool, *user)?.map(Box::new))
        }
        Need::UserByName(tenant, pool, name) => {
            Answer::User(users::find_by_name(conn, *tenant, *pool, name)?.map(Box::new))
        }
        Need::UserInTenant(tenant, user) => Answer::User(users::find(conn, *tenant, *user)?.map(Box::new)),
    })
}
