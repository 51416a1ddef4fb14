// A sign-in with consent in a browser that runs no script at all.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { READ, client, configure, prepare, signIn, stage, visit } from './party.mjs';

describe('without JavaScript', () => {
  let scene, config, page;
  before(async () => {
    scene = await stage();
    config = await configure(scene.web);
    page = await scene.person({ javaScriptEnabled: false });
  });
  after(() => scene?.close());

  test('sign-in, consent and return', async () => {
    const { seen, tokens } = await signIn(config, page, { ...scene, extra: { scope: `openid ${READ}` } });
    assert.deepEqual(seen, ['signin', 'consent', 'arrived']);
    assert.ok(tokens.id_token);
  });

  test('the account picker', async () => {
    const { parameters, kept } = await prepare(scene.redirect, { prompt: 'select_account', scope: `openid ${READ}` });
    const met = await visit(config, page, scene.rp, parameters, {
      pick: () => page.locator('form#picker button').first().click(),
    });
    assert.deepEqual(met.seen, ['picker', 'arrived']);
    await client.authorizationCodeGrant(config, met.url, kept);
  });

  test('form_post has a button to press', async () => {
    const { parameters } = await prepare(scene.redirect, { response_mode: 'form_post', prompt: 'none' });
    const posts = scene.rp.hits.filter(({ method }) => method === 'POST').length;
    await page.goto(client.buildAuthorizationUrl(config, parameters).href);
    await Promise.all([page.waitForURL((url) => scene.rp.owns(url.href)), page.locator('form button').first().click()]);
    assert.equal(scene.rp.hits.filter(({ method }) => method === 'POST').length, posts + 1);
  });

  test('a wrong password is told, and the name is kept', async () => {
    const other = await scene.person({ javaScriptEnabled: false });
    const { parameters } = await prepare(scene.redirect);
    const { seen } = await visit(config, other, scene.rp, parameters, { as: { username: 'ben.fern', password: 'wrong-1' } });
    assert.deepEqual(seen, ['signin', 'signin']);
    assert.ok((await other.locator('[role=alert]').first().textContent()).trim());
    assert.equal(await other.locator('form#signin input[name=username]').inputValue(), 'ben.fern');
  });

  test('sign-out', async () => {
    await page.goto(`${demo.base_url}/meadow/oauth2/logout`);
    await page.locator('#signout-confirm').click();
    const { parameters } = await prepare(scene.redirect, { prompt: 'none' });
    const { url } = await visit(config, page, scene.rp, parameters);
    assert.equal(url.searchParams.get('error'), 'login_required');
  });
});
