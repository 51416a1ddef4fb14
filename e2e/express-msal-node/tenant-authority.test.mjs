// On the tenant authority people consent for themselves: asked, granted, extended, withdrawn, declined.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { drive, newPerson, openBrowser } from '../harness/browser.mjs';
import { MSAL, READ, WRITE, personAt, someId, startExample, words } from './example.mjs';

const meadow = demo.tenant('meadow');
const authority = meadow.authorities[0];
const ben = demo.user('ben');

for (const [version, msalPackage] of Object.entries(MSAL)) {
  describe(`msal-node ${version} on the tenant authority`, () => {
    let app, browser, page, person;

    before(async () => {
      app = await startExample({ authority, msalPackage });
      browser = await openBrowser(chromium);
      page = await newPerson(browser);
      person = personAt(app, page);
    });
    after(async () => {
      await browser?.close();
      await app?.stop();
    });

    const signIn = (route, options) =>
      drive(page, app.base + route, { until: person.atHome, as: { ...ben, username: 'ben.fern' }, ...options });

    test('the example runs the version under test', () => {
      assert.equal(app.version, version);
    });

    test('the anonymous call is answered, the protected one asks to sign in', async () => {
      assert.equal((await person.visit('/public')).status, 200);
      assert.equal((await person.visit('/api')).status, 401);
    });

    test('the first sign-in shows the consent page', async () => {
      const { seen } = await signIn('/signin');
      assert.deepEqual(seen, ['signin', 'consent', 'arrived']);
      assert.equal(await person.username(), 'ben.fern');
    });

    test('the token carries what was granted and nothing else', async () => {
      const { accessToken, scopes, fromCache } = await person.visit('/claims');
      assert.equal(fromCache, true);
      assert.deepEqual([...scopes].sort(), [READ, 'openid', 'profile'].sort());
      assert.equal(accessToken.scp, 'notes.read');
      assert.equal(accessToken.scope, accessToken.scp);
      assert.equal(accessToken.aud, demo.api('notes').audience);
      assert.equal(accessToken.iss, `${demo.base_url}/${meadow.id}/v2.0`);
      assert.ok(demo.api('notes').issuers.includes(accessToken.iss), 'the API publishes this issuer');
      assert.equal(accessToken.idtyp, 'user');
      assert.equal(accessToken.tfp, undefined);
    });

    test('reading is allowed', async () => {
      const answer = await person.visit('/api');
      assert.equal(answer.status, 200);
    });

    test('deleting is refused, and the refusal names the scope', async () => {
      const answer = await person.remove(someId((await person.visit('/api')).body));
      assert.equal(answer.status, 403);
      assert.match(answer.challenge, /^Bearer /);
      assert.match(answer.challenge, /error="insufficient_scope"/);
      assert.match(answer.challenge, /scope="[^"]*\bnotes\.write"/);
      assert.doesNotMatch(answer.challenge, /scope="[^"]*notes\.read/);
      assert.equal(answer.body.status, 403);
      assert.equal(answer.body.code, 'DW3202');
      assert.match(JSON.stringify(answer.body.needed), /notes\.write/);
      assert.match(JSON.stringify(answer.body.present), /notes\.read/);
      assert.match(answer.body.remedy, /notes\.write/);
    });

    test('the token is renewed silently', async () => {
      const before = await person.visit('/claims');
      const renewed = await person.visit('/claims?refresh=1');
      assert.equal(renewed.status, 200);
      assert.equal(renewed.fromCache, false);
      assert.notEqual(renewed.accessToken.jti ?? renewed.accessToken.uti, before.accessToken.jti ?? before.accessToken.uti);
      assert.equal(renewed.accessToken.scp, 'notes.read');
    });

    test('a scope not granted yet is asked for on its own, without a new sign-in', async () => {
      const { seen } = await signIn('/signin?write=1');
      assert.deepEqual(seen, ['consent', 'arrived']);
    });

    test('deleting is allowed now', async () => {
      const answer = await person.remove(someId((await person.visit('/api')).body));
      assert.equal(answer.status, 204, JSON.stringify(answer));
      assert.deepEqual(words((await person.visit('/claims')).accessToken.scp), ['notes.read', 'notes.write']);
    });

    test('adding is allowed now', async () => {
      const answer = await person.add('Water the ferns');
      assert.equal(answer.status, 201, JSON.stringify(answer));
    });

    test('once granted, nothing is asked again', async () => {
      const { seen } = await signIn('/signin?write=1');
      assert.deepEqual(seen, ['arrived']);
    });

    test('a withdrawn grant ends at the next renewal, and the app is told to ask the person', async () => {
      await demo.cli('grant', 'rm', app.registration.name, 'notes:notes.write', '--user', 'ben.fern');
      const refused = await person.visit('/claims?refresh=1');
      assert.equal(refused.status, 401, JSON.stringify(refused));
      assert.match(refused.error, /^(invalid_grant|consent_required|interaction_required)$/);
      assert.match(refused.description, /AADSTS65001/);
    });

    test('the person may decline: the app is told so', async () => {
      const { seen } = await drive(page, `${app.base}/signin?write=1`, {
        until: person.returned,
        as: { ...ben, username: 'ben.fern' },
        consent: 'deny',
      });
      assert.deepEqual(seen, ['consent', 'arrived']);
      const told = JSON.parse(await page.locator('body').textContent());
      assert.equal(told.error, 'access_denied');
      assert.match(told.description, /AADSTS65004/);
    });

    test('an answer with a foreign state is refused by the app', async () => {
      const refused = await person.visit('/redirect?code=stolen&state=stolen');
      assert.equal(refused.status, 400);
      assert.equal(refused.error, 'foreign_answer');
    });

    test('signing out ends both sessions and returns to the app', async () => {
      const { seen } = await drive(page, `${app.base}/signout`, { until: person.atHome });
      assert.equal(seen.at(-1), 'arrived');
      assert.equal(await person.username(), undefined);
      const next = await drive(page, `${app.base}/signin`, { until: person.atHome });
      assert.deepEqual(next.seen, ['signin']);
    });
  });
}
