// prompt, max_age and hints: when the person is asked, and when not.

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { READ, ada, ben, configure, prepare, refusal, signIn, stage, visit } from './party.mjs';

describe('interaction', () => {
  let scene, config, page;
  before(async () => {
    scene = await stage();
    config = await configure(scene.web);
    page = await scene.person();
  });
  after(() => scene?.close());

  const silently = async (extra = {}) => (await prepare(scene.redirect, { prompt: 'none', ...extra })).parameters;

  test('prompt=none, nobody signed in: login_required', async () => {
    const parameters = await silently();
    const told = await refusal(config, page, scene.rp, parameters);
    assert.equal(told.error, 'login_required');
    assert.equal(told.state, parameters.state);
    assert.ok(told.iss);
  });

  test('prompt=none, signed in: a code without a page', async () => {
    await signIn(config, page, scene);
    const { seen } = await signIn(config, page, { ...scene, extra: { prompt: 'none' } });
    assert.deepEqual(seen, ['arrived']);
  });

  test('prompt=none works in a hidden frame of the same site', async () => {
    const parameters = await silently();
    const address = new URL(config.serverMetadata().authorization_endpoint);
    for (const [name, value] of Object.entries({ client_id: scene.web.client_id, response_type: 'code', ...parameters })) {
      address.searchParams.set(name, value);
    }
    await page.goto(`${scene.rp.base}/`);
    const received = page.waitForResponse((response) => response.url().startsWith(scene.redirect));
    await page.evaluate((src) => {
      const frame = document.createElement('iframe');
      frame.src = src;
      document.body.append(frame);
    }, address.href);
    const answer = new URL((await received).url()).searchParams;
    // http://localhost is another site than https://localhost: the cookie may be withheld, never the answer.
    assert.ok(answer.get('code') || answer.get('error') === 'login_required', answer.toString());
    assert.equal(answer.get('state'), parameters.state);
  });

  test('prompt=none without consent: consent_required', async () => {
    const told = await refusal(config, page, scene.rp, await silently({ scope: `openid ${READ}` }));
    assert.match(told.error, /^(consent|interaction)_required$/);
  });

  test('prompt=none with another value is invalid', async () => {
    const told = await refusal(config, page, scene.rp, await silently({ prompt: 'none login' }));
    assert.equal(told.error, 'invalid_request');
  });

  test('prompt=none with a hint for somebody else: login_required', async () => {
    const told = await refusal(config, page, scene.rp, await silently({ login_hint: 'nobody@meadow.test' }));
    assert.match(told.error, /^(login|interaction)_required$/);
  });

  test('prompt=none with the right hint succeeds', async () => {
    const { seen } = await signIn(config, page, { ...scene, extra: { prompt: 'none', login_hint: 'ben.fern' } });
    assert.deepEqual(seen, ['arrived']);
  });

  test('prompt=none with the own ID token as hint succeeds', async () => {
    const { tokens } = await signIn(config, page, { ...scene, extra: { prompt: 'none' } });
    const { seen } = await signIn(config, page, { ...scene, extra: { prompt: 'none', id_token_hint: tokens.id_token } });
    assert.deepEqual(seen, ['arrived']);
  });

  test('prompt=login asks again, and auth_time moves', async () => {
    const before = (await signIn(config, page, { ...scene, extra: { prompt: 'none', max_age: '10000' }, maxAge: 10000 })).tokens.claims();
    await wait(1100); // auth_time counts whole seconds
    const { seen, tokens } = await signIn(config, page, { ...scene, extra: { prompt: 'login', max_age: '10000' }, maxAge: 10000 });
    assert.deepEqual(seen, ['signin', 'arrived']);
    assert.ok(tokens.claims().auth_time > before.auth_time);
  });

  test('max_age in the past asks again, a generous one does not; both put auth_time into the ID token', async () => {
    const generous = await signIn(config, page, { ...scene, extra: { max_age: '10000' }, maxAge: 10000 });
    assert.deepEqual(generous.seen, ['arrived']);
    assert.equal(typeof generous.tokens.claims().auth_time, 'number');
    const now = await signIn(config, page, { ...scene, extra: { max_age: '0' }, maxAge: 60 });
    assert.deepEqual(now.seen, ['signin', 'arrived']);
  });

  test('max_age that is no number is invalid', async () => {
    const { parameters } = await prepare(scene.redirect, { max_age: 'soon' });
    assert.equal((await refusal(config, page, scene.rp, parameters)).error, 'invalid_request');
  });

  test('max_age with prompt=none and an older sign-in: login_required', async () => {
    await wait(1100);
    const told = await refusal(config, page, scene.rp, await silently({ max_age: '0' }));
    assert.equal(told.error, 'login_required');
  });

  test('login_hint is filled in, never an error', async () => {
    const newcomer = await scene.person();
    const { parameters } = await prepare(scene.redirect, { login_hint: 'ben.fern' });
    const { seen } = await visit(config, newcomer, scene.rp, parameters, { as: undefined });
    assert.deepEqual(seen, ['signin']);
    assert.equal(await newcomer.locator('form#signin input[name=username]').inputValue(), 'ben.fern');
    const odd = await prepare(scene.redirect, { login_hint: '"><script>alert(1)</script>' });
    const met = await visit(config, newcomer, scene.rp, odd.parameters, { as: undefined });
    assert.deepEqual(met.seen, ['signin']);
    await newcomer.context().close();
  });

  test('prompt=select_account shows the people who are signed in', async () => {
    const { parameters } = await prepare(scene.redirect, { prompt: 'select_account' });
    const { seen, text } = await visit(config, page, scene.rp, parameters, { as: undefined });
    assert.deepEqual(seen, ['picker']);
    assert.match(text, /ben/i);
  });

  test('two people in one browser: prompt=none cannot choose, a hint can', async () => {
    const { parameters } = await prepare(scene.redirect, { prompt: 'login', login_hint: ada.username });
    const met = await visit(config, page, scene.rp, parameters, { as: ada });
    assert.ok(met.arrived, `${met.seen}`);
    const told = await refusal(config, page, scene.rp, await silently());
    assert.match(told.error, /^(interaction|account_selection|login)_required$/);
    for (const name of ['ben.fern', ada.username]) {
      const { seen } = await signIn(config, page, { ...scene, extra: { prompt: 'none', login_hint: name } });
      assert.deepEqual(seen, ['arrived']);
    }
  });

  test('hints about language and display are no errors', async () => {
    const newcomer = await scene.person();
    const extra = { ui_locales: 'de fr', claims_locales: 'de', display: 'page', acr_values: 'urn:none', domain_hint: 'organizations', unheard: 'of' };
    const { tokens } = await signIn(config, newcomer, { ...scene, extra, as: ben });
    assert.ok(tokens.id_token);
    await newcomer.context().close();
  });
});
