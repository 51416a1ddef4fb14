// On a user-flow authority there is no consent page: an administrator grants, the rest is left out of the token.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { drive, newPerson, openBrowser } from '../harness/browser.mjs';
import { MSAL, READ, WRITE, personAt, someId, startExample, words } from './example.mjs';

const meadow = demo.tenant('meadow');
const flow = meadow.flows.find(({ name }) => /^b2c_1_susi$/i.test(name));
const ben = { ...demo.user('ben'), username: 'ben.fern' };

for (const [version, msalPackage] of Object.entries(MSAL)) {
  describe(`msal-node ${version} on the user-flow authority`, () => {
    let app, browser, page, person;

    before(async () => {
      app = await startExample({ authority: flow.authority, msalPackage });
      browser = await openBrowser(chromium);
      page = await newPerson(browser);
      person = personAt(app, page);
    });
    after(async () => {
      await browser?.close();
      await app?.stop();
    });

    test('with nothing granted the app is refused, and told so at its redirect URI', async () => {
      const { seen } = await drive(page, `${app.base}/signin`, { until: person.returned, as: ben });
      assert.deepEqual(seen, ['signin', 'arrived']);
      const told = JSON.parse(await page.locator('body').textContent());
      assert.equal(told.error, 'access_denied');
      assert.match(told.description, /AADB2C90205/);
    });

    test('no consent page is shown, and the scope that is not granted is dropped', async () => {
      await demo.cli('grant', 'add', app.registration.name, 'notes:notes.read', '--all');
      const { seen } = await drive(page, `${app.base}/signin?write=1`, { until: person.atHome, as: ben });
      assert.ok(!seen.includes('consent'), `pages met: ${seen}`);
      assert.equal(seen.at(-1), 'arrived');
      assert.equal(await person.username(), 'ben.fern');
      const { scopes, accessToken } = await person.visit('/claims');
      assert.ok(scopes.includes(READ));
      assert.ok(!scopes.includes(WRITE));
      assert.equal(accessToken.scp, 'notes.read');
      assert.equal(accessToken.scope, 'notes.read');
    });

    test('the token is of this flow, and the API accepts its issuer', async () => {
      const { accessToken } = await person.visit('/claims');
      assert.equal(accessToken.iss, flow.issuer);
      assert.equal(accessToken.tfp.toLowerCase(), flow.name.toLowerCase());
      assert.equal(accessToken.aud, demo.api('notes').audience);
      assert.ok(demo.api('notes').issuers.includes(flow.issuer));
      assert.equal((await person.visit('/api')).status, 200);
    });

    test('the account belongs to the flow', async () => {
      const { account } = await person.visit('/claims');
      assert.equal(account.homeAccountId, `${account.localAccountId}-${flow.name.toLowerCase()}.${meadow.id}`);
      assert.equal(account.username, 'ben.fern');
    });

    test('deleting is refused for the dropped scope', async () => {
      const answer = await person.remove(someId((await person.visit('/api')).body));
      assert.equal(answer.status, 403);
      assert.match(answer.challenge, /error="insufficient_scope"/);
      assert.match(answer.challenge, /scope="[^"]*\bnotes\.write"/);
    });

    test('once an administrator has granted it, the next renewal brings it', async () => {
      await demo.cli('grant', 'add', app.registration.name, 'notes:notes.write', '--all');
      const { scopes, accessToken } = await person.visit('/claims?refresh=1');
      assert.ok(scopes.includes(WRITE), `scopes: ${scopes}`);
      assert.deepEqual(words(accessToken.scp), ['notes.read', 'notes.write']);
      assert.equal(accessToken.iss, flow.issuer);
      const answer = await person.remove(someId((await person.visit('/api')).body));
      assert.equal(answer.status, 204, JSON.stringify(answer));
    });

    test('the permissions table shows both, granted for everybody', async () => {
      const table = JSON.stringify(await demo.cli('app', 'permissions', app.registration.name));
      assert.match(table, /notes\.read/);
      assert.match(table, /notes\.write/);
      assert.match(table, /delegated/i);
    });

    test('signing out returns to the app', async () => {
      const { seen } = await drive(page, `${app.base}/signout`, { until: person.atHome });
      assert.equal(seen.at(-1), 'arrived');
    });
  });
}
