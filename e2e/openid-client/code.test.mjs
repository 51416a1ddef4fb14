// Authorization code with PKCE, by a library that checks state, nonce, iss, signature and times itself.

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AUTHENTICATION, ISSUER, READ, ben, client, configure, prepare, refusal, signIn, stage, visit } from './party.mjs';

describe('authorization code', () => {
  let scene;
  before(async () => {
    scene = await stage();
  });
  after(() => scene?.close());

  const fresh = async (act) => {
    const page = await scene.person();
    try {
      return await act(page);
    } finally {
      await page.context().close();
    }
  };

  for (const method of Object.keys(AUTHENTICATION)) {
    test(`with ${method}`, () =>
      fresh(async (page) => {
        const registration = method === 'none' ? scene.native : scene.web;
        const config = await configure(registration, method);
        const { tokens } = await signIn(config, page, scene);
        const claims = tokens.claims();
        assert.equal(claims.iss, ISSUER.href);
        assert.equal(claims.aud, registration.client_id);
        assert.ok(claims.sub.length <= 255);
        assert.equal(tokens.token_type, 'bearer');
        assert.equal(typeof tokens.expires_in, 'number');
        assert.ok(tokens.refresh_token);
        for (const scope of ['openid', 'profile', 'email']) assert.ok(tokens.scope.split(' ').includes(scope), tokens.scope);
      }));
  }

  test('the ID token verifies with the published keys', () =>
    fresh(async (page) => {
      const config = await configure(scene.web, undefined, { execute: [client.enableNonRepudiationChecks] });
      const { tokens } = await signIn(config, page, scene);
      assert.ok(tokens.claims().at_hash);
    }));

  for (const mode of ['query', 'fragment', 'form_post']) {
    test(`response_mode=${mode}`, () =>
      fresh(async (page) => {
        const config = await configure(scene.web);
        const { parameters, kept } = await prepare(scene.redirect, { response_mode: mode });
        const { url, arrived, seen, text } = await visit(config, page, scene.rp, parameters);
        assert.ok(arrived, `${seen}: ${text.slice(0, 300)}`);
        let answer = url;
        if (mode === 'fragment') {
          assert.equal(url.search, '');
          answer = new URL(`${url.origin}${url.pathname}?${url.hash.slice(1)}`);
        }
        if (mode === 'form_post') {
          assert.equal(url.search + url.hash, '');
          answer = scene.rp.last();
          assert.equal(answer.method, 'POST');
        }
        const tokens = await client.authorizationCodeGrant(config, answer, kept);
        assert.ok(tokens.access_token);
      }));
  }

  test('the answer carries iss, and one with a foreign iss is refused', () =>
    fresh(async (page) => {
      const config = await configure(scene.web);
      const { parameters, kept } = await prepare(scene.redirect);
      const { url } = await visit(config, page, scene.rp, parameters);
      assert.equal(url.searchParams.get('iss'), ISSUER.href);
      const mixed = new URL(url);
      mixed.searchParams.set('iss', 'https://other.example');
      await assert.rejects(client.authorizationCodeGrant(config, mixed, kept));
      await client.authorizationCodeGrant(config, url, kept);
    }));

  test('a long state with odd characters comes back byte for byte, in success and error', () =>
    fresh(async (page) => {
      const config = await configure(scene.web);
      const state = `${'x'.repeat(400)} +&=%|"<>/é€`;
      const { parameters } = await prepare(scene.redirect, { state });
      const ok = await visit(config, page, scene.rp, parameters);
      assert.equal(ok.url.searchParams.get('state'), state);
      const bad = await refusal(config, page, scene.rp, { ...parameters, response_type: 'telepathy' });
      assert.equal(bad.state, state);
      assert.equal(bad.error, 'unsupported_response_type');
      assert.equal(bad.iss, ISSUER.href);
    }));

  test('without state and nonce there is none in the answer', () =>
    fresh(async (page) => {
      const config = await configure(scene.web);
      const { parameters, kept } = await prepare(scene.redirect);
      delete parameters.state;
      delete parameters.nonce;
      const { url } = await visit(config, page, scene.rp, parameters);
      assert.equal(url.searchParams.has('state'), false);
      const tokens = await client.authorizationCodeGrant(config, url, { pkceCodeVerifier: kept.pkceCodeVerifier });
      assert.equal(tokens.claims().nonce, undefined);
    }));

  test('an API scope is asked for by name, consented, and lands in the access token', () =>
    fresh(async (page) => {
      const config = await configure(scene.other);
      const { tokens, seen } = await signIn(config, page, { ...scene, extra: { scope: `openid ${READ}` } });
      assert.deepEqual(seen, ['signin', 'consent', 'arrived']);
      assert.ok(tokens.scope.split(' ').includes(READ), tokens.scope);
      const again = await signIn(config, page, { ...scene, extra: { scope: `openid ${READ}` } });
      assert.deepEqual(again.seen, ['arrived']);
      const asked = await signIn(config, page, { ...scene, extra: { scope: `openid ${READ}`, prompt: 'consent' } });
      assert.deepEqual(asked.seen, ['consent', 'arrived']);
    }));

  test('declined consent is access_denied', () =>
    fresh(async (page) => {
      const config = await configure(scene.native);
      const { parameters } = await prepare(scene.redirect, { scope: `openid ${READ}` });
      const told = await refusal(config, page, scene.rp, parameters, { consent: 'deny' });
      assert.equal(told.error, 'access_denied');
      assert.equal(told.state, parameters.state);
    }));

  test('unknown scopes are left out, and the answer says which remain', () =>
    fresh(async (page) => {
      const config = await configure(scene.web);
      const { tokens } = await signIn(config, page, { ...scene, extra: { scope: 'unknown openid fantasy email' } });
      assert.deepEqual(tokens.scope.split(' ').sort(), ['email', 'openid']);
    }));

  test('a code is redeemed once', () =>
    fresh(async (page) => {
      const config = await configure(scene.web);
      const { url, kept } = await signIn(config, page, scene);
      await assert.rejects(client.authorizationCodeGrant(config, url, kept), { error: 'invalid_grant' });
    }));

  test('the wrong password is refused in the same words as an unknown name', () =>
    fresh(async (page) => {
      const config = await configure(scene.web);
      const { parameters } = await prepare(scene.redirect);
      const words = [];
      for (const as of [{ ...ben, password: 'wrong-1' }, { username: 'nobody.here', password: 'wrong-1' }]) {
        const { seen } = await visit(config, page, scene.rp, parameters, { as });
        assert.deepEqual(seen, ['signin', 'signin']);
        words.push(await page.locator('[role=alert]').first().textContent());
      }
      assert.ok(words[0].trim());
      assert.equal(words[0], words[1]);
    }));
});
