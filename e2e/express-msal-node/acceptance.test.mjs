// What MSAL for Node relies on, one statement per test, on its first major and its newest.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { drive, newPerson, openBrowser } from '../harness/browser.mjs';
import { claimsOf, exchange } from '../harness/exchange.mjs';
import { listen } from '../harness/relying-party.mjs';
import { MSAL, READ, WRITE } from './example.mjs';
import { application, authorize, requestsOf } from './library.mjs';

const meadow = demo.tenant('meadow');
const authority = meadow.authorities[0];
const flow = meadow.flows.find(({ name }) => /^b2c_1_susi$/i.test(name));
const ben = { ...demo.user('ben'), username: 'ben.fern' };
const daemon = demo.apps.find(({ kind }) => kind === 'daemon');
const DEFAULT = 'api://notes/.default';

for (const [version, packageName] of Object.entries(MSAL)) {
  const msal = await import(packageName);
  const newest = version.startsWith('7.');

  describe(`msal-node ${version}, client credentials`, () => {
    const asDaemon = (over = {}) =>
      application(msal, { authority, clientId: daemon.client_id, clientSecret: daemon.client_secret, ...over });
    const token = (app) => app.acquireTokenByClientCredential({ scopes: [DEFAULT] });

    test('an http authority is refused before any request', async () => {
      let reached = 0;
      const server = createServer((_request, response) => (reached++, response.end())).listen(0, 'localhost');
      await once(server, 'listening');
      try {
        const insecure = `http://localhost:${server.address().port}/meadow`;
        await assert.rejects(async () => token(asDaemon({ authority: insecure })), { errorCode: 'authority_uri_insecure' });
        assert.equal(reached, 0);
      } finally {
        server.close();
      }
    });

    test('the first token takes two requests: metadata and token', async () => {
      const { result, requests } = await requestsOf(() => token(asDaemon()));
      assert.ok(result.accessToken);
      assert.deepEqual(requests, ['GET /meadow/v2.0/.well-known/openid-configuration', 'POST /meadow/oauth2/v2.0/token']);
    });

    test('the token is the application’s own: roles, no scopes', async () => {
      const claims = claimsOf((await token(asDaemon())).accessToken);
      assert.deepEqual(claims.roles, ['Notes.Read.All']);
      assert.equal(claims.scp, undefined);
      assert.equal(claims.scope, undefined);
      assert.equal(claims.idtyp, 'app');
      assert.equal(claims.aud, demo.api('notes').audience);
    });

    test('the case of the authority does not matter', async () => {
      const { result, requests } = await requestsOf(() => token(asDaemon({ authority: authority.replace(/meadow$/, 'Meadow') })));
      assert.ok(result.accessToken);
      assert.ok(requests.every((line) => line.includes(' /meadow/')), requests.join());
    });

    test('the tenant id serves as well as its name', async () => {
      assert.ok((await token(asDaemon({ authority: `${demo.base_url}/${meadow.id}` }))).accessToken);
    });

    test('the second token comes from the cache', async () => {
      const app = asDaemon();
      assert.equal((await token(app)).fromCache, false);
      const { result, requests } = await requestsOf(() => token(app));
      assert.equal(result.fromCache, true);
      assert.deepEqual(requests, []);
    });

    test('a wrong secret is invalid_client with the number of its cause', async () => {
      await assert.rejects(token(asDaemon({ clientSecret: 'not the secret' })), (error) => {
        assert.equal(error.errorCode, 'invalid_client');
        assert.match(error.errorMessage, /7000215/);
        assert.ok(!(error instanceof msal.InteractionRequiredAuthError));
        return true;
      });
    });

    test('the secret is never in an answer', async () => {
      const answer = await exchange(`${authority}/oauth2/v2.0/token`, {
        form: { grant_type: 'client_credentials', client_id: daemon.client_id, client_secret: 'wrong-9f3a', scope: DEFAULT },
      });
      assert.equal(answer.status, 401);
      assert.ok(!answer.text.includes('wrong-9f3a'));
    });
  });

  describe(`msal-node ${version}, people`, () => {
    let browser, rp, registration;
    before(async () => {
      rp = await listen();
      registration = await demo.register({ name: 'accept', redirects: [`${rp.base}/cb`, `${rp.base}/`] });
      browser = await openBrowser(chromium);
    });
    after(async () => {
      await browser?.close();
      await rp?.close();
    });
    const app = (over = {}) =>
      application(msal, { authority, clientId: registration.client_id, clientSecret: registration.client_secret, ...over });

    test('scopes come back as they were spelled, and the next token from the cache', async () => {
      const client = app();
      const page = await newPerson(browser);
      const { finish } = await authorize(msal, client, { page, rp, as: ben, scopes: [READ] });
      const result = await finish();
      assert.deepEqual([...result.scopes].sort(), [READ, 'openid', 'profile'].sort());
      const silent = await client.acquireTokenSilent({ account: result.account, scopes: [READ] });
      assert.equal(silent.fromCache, true);
      assert.equal(silent.accessToken, result.accessToken);
      const forced = await client.acquireTokenSilent({ account: result.account, scopes: [READ], forceRefresh: true });
      assert.equal(forced.fromCache, false);
      assert.deepEqual([...forced.scopes].sort(), [READ, 'openid', 'profile'].sort());
      assert.ok(forced.idToken, 'a renewal returns an ID token too');
      await page.context().close();
    });

    test('the account is <oid>.<tid>, named by the sign-in name', async () => {
      const page = await newPerson(browser);
      const { finish } = await authorize(msal, app(), { page, rp, as: ben, scopes: [READ] });
      const { account, idTokenClaims } = await finish();
      assert.equal(account.homeAccountId, `${idTokenClaims.oid}.${meadow.id}`);
      assert.equal(account.tenantId, meadow.id);
      assert.equal(account.localAccountId, idTokenClaims.oid);
      assert.equal(account.username, 'ben.fern');
      assert.equal(account.environment, new URL(demo.base_url).host);
      await page.context().close();
    });

    test('on a user flow the account is <oid>-<policy>.<tid>', async () => {
      await demo.cli('grant', 'add', registration.name, 'notes:notes.read', '--all');
      const page = await newPerson(browser);
      const client = app({ authority: flow.authority });
      const { finish, seen } = await authorize(msal, client, { page, rp, as: ben, scopes: [READ] });
      assert.deepEqual(seen, ['signin', 'arrived']);
      const { account, idTokenClaims } = await finish();
      assert.equal(account.homeAccountId, `${idTokenClaims.oid}-${flow.name.toLowerCase()}.${meadow.id}`);
      assert.equal(account.username, 'ben.fern');
      assert.equal(idTokenClaims.iss, flow.issuer);
      await page.context().close();
    });

    for (const [how, other] of [
      ['under the tenant id redeems under its name', `${demo.base_url}/${meadow.id}`],
      ['under another case redeems under the plain name', authority.replace(/meadow$/, 'MEADOW')],
    ]) {
      test(`a code issued ${how}`, async () => {
        const page = await newPerson(browser);
        const { finish } = await authorize(msal, app({ authority: other }), { page, rp, as: ben, scopes: [READ] });
        const { result, requests } = await requestsOf(() => finish(app()));
        assert.ok(result.accessToken);
        assert.ok(requests.includes('POST /meadow/oauth2/v2.0/token'), requests.join());
        await page.context().close();
      });
    }

    test('a scope without consent makes the silent call ask for the person', async () => {
      const client = app();
      const page = await newPerson(browser);
      const { finish } = await authorize(msal, client, { page, rp, as: ben, scopes: [READ] });
      const { account } = await finish();
      await assert.rejects(client.acquireTokenSilent({ account, scopes: [WRITE] }), (error) => {
        assert.ok(error instanceof msal.InteractionRequiredAuthError, error.name);
        assert.match(error.errorMessage, /AADSTS65001/);
        assert.equal(error.subError, 'consent_required');
        return true;
      });
      await page.context().close();
    });

    test('a revoked refresh token makes the silent call ask for the person', async () => {
      const client = app();
      const page = await newPerson(browser);
      const { finish } = await authorize(msal, client, { page, rp, as: ben, scopes: [READ] });
      const { account } = await finish();
      const [{ secret }] = Object.values(JSON.parse(client.getTokenCache().serialize()).RefreshToken);
      const revoked = await exchange(`${authority}/oauth2/revoke`, {
        form: { token: secret, client_id: registration.client_id, client_secret: registration.client_secret },
      });
      assert.equal(revoked.status, 200, revoked.text);
      await assert.rejects(client.acquireTokenSilent({ account, scopes: [READ], forceRefresh: true }), (error) => {
        assert.equal(error.errorCode, 'invalid_grant');
        assert.equal(error.subError, 'bad_token');
        // The first major knows no bad_token and leaves it to the application.
        assert.equal(error instanceof msal.InteractionRequiredAuthError, newest);
        return true;
      });
      await page.context().close();
    });

    test('a code is redeemed once', async () => {
      const page = await newPerson(browser);
      const { finish } = await authorize(msal, app(), { page, rp, as: ben, scopes: [READ] });
      await finish();
      await assert.rejects(finish(app()), (error) => {
        assert.equal(error.errorCode, 'invalid_grant');
        assert.match(error.errorMessage, /54005/);
        return true;
      });
      await page.context().close();
    });

    test('prompt=none without a session returns login_required with its number', async () => {
      const page = await newPerson(browser);
      const request = { scopes: [READ], redirectUri: `${rp.base}/cb`, state: 's', prompt: 'none' };
      const { url } = await drive(page, await app().getAuthCodeUrl(request), { until: rp.owns });
      const told = new URL(url).searchParams;
      assert.equal(told.get('error'), 'login_required');
      assert.equal(told.get('state'), 's');
      assert.match(told.get('error_description'), /AADSTS50058/);
      assert.match(told.get('error_uri'), /code=50058$/);
      await page.context().close();
    });

    test('sign-out without a hint returns to the app with its state, and the session is over', async () => {
      const page = await newPerson(browser);
      await authorize(msal, app(), { page, rp, as: ben, scopes: [READ] });
      const out = new URL(`${authority}/oauth2/v2.0/logout`);
      out.searchParams.set('post_logout_redirect_uri', `${rp.base}/`);
      out.searchParams.set('state', 'after logout');
      const { url, seen } = await drive(page, out.href, { until: rp.owns });
      assert.deepEqual(seen, ['arrived']);
      assert.equal(new URL(url).searchParams.get('state'), 'after logout');
      const request = { scopes: [READ], redirectUri: `${rp.base}/cb`, state: 's', prompt: 'none' };
      const next = await drive(page, await app().getAuthCodeUrl(request), { until: rp.owns });
      assert.equal(new URL(next.url).searchParams.get('error'), 'login_required');
      await page.context().close();
    });

    if (newest) {
      test('a desktop program gets its answer by form_post on any loopback port', async () => {
        const native = await demo.register({ name: 'desktop', kind: 'native', redirects: ['http://localhost'] });
        const client = new msal.PublicClientApplication({
          auth: { clientId: native.client_id, authority, knownAuthorities: [new URL(demo.base_url).host] },
        });
        const page = await newPerson(browser);
        let met;
        const result = await client.acquireTokenInteractive({
          scopes: [READ],
          openBrowser: async (address) => {
            met = drive(page, address, { until: (url) => /^http:\/\/localhost:\d+\//.test(url), as: ben });
          },
        });
        assert.equal((await met).seen.at(-1), 'arrived');
        assert.equal(result.account.username, 'ben.fern');
        await page.context().close();
      });
    }
  });
}
