// Revocation, introspection and userinfo as an attacker looks at them (OAuch: revocation, API endpoint).

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { basic, claimsOf, exchange } from '../harness/exchange.mjs';
import { Browser, introspect, metadata, native, post, refresh, revoke, tokensOf, userinfo, web } from './actor.mjs';

const OPEN = { scope: 'openid profile offline_access' };

describe('inspection', () => {
  let app, other, phone, browser, told;
  before(async () => {
    [app, other, phone] = await Promise.all([web(), web(), native()]);
    browser = new Browser();
    told = await metadata();
  });

  const isRefused = (answer, status, error) => assert.deepEqual([answer.status, answer.json.error], [status, error], answer.text);
  const inactive = (answer) => {
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { active: false });
  };

  describe('revocation', () => {
    test('of a refresh token ends its access tokens', async () => {
      for (const client of [app, phone]) {
        const tokens = await tokensOf(client, browser, OPEN);
        assert.equal((await userinfo(tokens.access_token)).status, 200);
        assert.equal((await revoke(tokens.refresh_token, client)).status, 200);
        isRefused(await refresh(tokens.refresh_token, client), 400, 'invalid_grant');
        assert.equal((await userinfo(tokens.access_token)).status, 401);
        inactive(await introspect(tokens.access_token, app));
      }
    });

    test('of an access token ends that one', async () => {
      const tokens = await tokensOf(app, browser, OPEN);
      assert.equal((await revoke(tokens.access_token, app)).status, 200);
      assert.equal((await userinfo(tokens.access_token)).status, 401);
      inactive(await introspect(tokens.access_token, app));
      assert.equal((await refresh(tokens.refresh_token, app)).status, 200, 'its family goes on (RFC 7009 section 2.1: MAY)');
    });

    test('a wrong or unknown hint still finds the token', async () => {
      for (const token_type_hint of ['access_token', 'refresh_token', 'made_up']) {
        const tokens = await tokensOf(app, browser, OPEN);
        assert.equal((await revoke(tokens.refresh_token, app, { token_type_hint })).status, 200);
        assert.equal((await userinfo(tokens.access_token)).status, 401, token_type_hint);
      }
    });

    test('of another client\'s token has no effect and does not tell', async () => {
      const tokens = await tokensOf(app, browser, OPEN);
      for (const stranger of [other, phone]) {
        for (const token of [tokens.access_token, tokens.refresh_token]) {
          const answer = await revoke(token, stranger);
          assert.deepEqual([answer.status, answer.text], [200, '']);
        }
      }
      assert.equal((await userinfo(tokens.access_token)).status, 200);
      assert.equal((await refresh(tokens.refresh_token, app)).status, 200);
    });

    test('needs the client\'s proof', async () => {
      const { refresh_token } = await tokensOf(app, browser, OPEN);
      isRefused(await revoke(refresh_token, { client_id: app.client_id }), 401, 'invalid_client');
      isRefused(await revoke(refresh_token, { client_id: app.client_id, client_secret: 'wrong' }), 401, 'invalid_client');
      isRefused(await revoke(refresh_token, null), 401, 'invalid_client');
      assert.equal((await refresh(refresh_token, app)).status, 200);
    });

    test('of what is no token is as good as done', async () => {
      for (const token of ['x', 'a.b.c', '', 'y'.repeat(9000)]) {
        const answer = await revoke(token, app);
        assert.equal(answer.status, token ? 200 : 400, token.slice(0, 10));
      }
    });

    test('of an ID token is a type that is not supported', async () => {
      const { id_token } = await tokensOf(app, browser, OPEN);
      isRefused(await revoke(id_token, app), 400, 'unsupported_token_type');
    });

    test('single-page applications may call it from their origin', async () => {
      const answer = await exchange(told.revocation_endpoint, {
        method: 'OPTIONS',
        headers: { origin: 'https://spa.example', 'access-control-request-method': 'POST' },
      });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers['access-control-allow-origin'], '*');
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    });
  });

  describe('introspection', () => {
    test('tells the client of a token in booleans, numbers and strings', async () => {
      const tokens = await tokensOf(app, browser, OPEN);
      const { json } = await introspect(tokens.access_token, app);
      assert.strictEqual(json.active, true);
      for (const name of ['exp', 'iat', 'nbf']) assert.equal(typeof json[name], 'number', name);
      for (const name of ['scope', 'client_id', 'sub', 'iss', 'jti', 'username', 'token_type']) assert.equal(typeof json[name], 'string', name);
      assert.equal((await introspect(tokens.refresh_token, app)).json.active, true);
    });

    test('tells strangers exactly that the token is not active', async () => {
      const tokens = await tokensOf(app, browser, OPEN);
      for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token, 'x', `${tokens.access_token}A`]) {
        inactive(await introspect(token, other));
      }
      inactive(await introspect(tokens.id_token, app));
    });

    test('asks who wants to know', async () => {
      const { access_token } = await tokensOf(app, browser, OPEN);
      isRefused(await introspect(access_token, phone), 401, 'invalid_client');
      isRefused(await introspect(access_token, null), 401, 'invalid_client');
      const wrong = await post(told.introspection_endpoint, { token: access_token }, null, {
        headers: { authorization: basic(app.client_id, 'wrong') },
      });
      isRefused(wrong, 401, 'invalid_client');
      assert.match(wrong.headers['www-authenticate'], /^Basic/);
    });

    test('answers signed where the caller accepts that', async () => {
      const { access_token } = await tokensOf(app, browser, OPEN);
      const answer = await post(told.introspection_endpoint, { token: access_token }, app, {
        headers: { accept: 'application/token-introspection+jwt' },
      });
      assert.equal(answer.headers['content-type'], 'application/token-introspection+jwt');
      const claims = claimsOf(answer.text);
      assert.deepEqual([claims.iss, claims.aud, claims.token_introspection.active], [told.issuer, app.client_id, true]);
      assert.equal(JSON.parse(Buffer.from(answer.text.split('.')[0], 'base64url')).typ, 'token-introspection+jwt');
    });

    test('is for servers: no script of another origin may read it', async () => {
      const answer = await introspect('x', app);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    });
  });

  describe('userinfo', () => {
    test('a token in the address is refused', async () => {
      const { access_token } = await tokensOf(app, browser, OPEN);
      const answer = await exchange(`${told.userinfo_endpoint}?access_token=${access_token}`);
      assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    });

    test('a token in the header or in a posted form', async () => {
      const { access_token, id_token } = await tokensOf(app, browser, OPEN);
      const header = { authorization: `Bearer ${access_token}` };
      for (const answer of [
        await exchange(told.userinfo_endpoint, { headers: header }),
        await exchange(told.userinfo_endpoint, { method: 'POST', form: {}, headers: header }),
        await exchange(told.userinfo_endpoint, { form: { access_token } }),
      ]) {
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.sub, claimsOf(id_token).sub);
        assert.match(answer.headers['cache-control'], /no-store/);
        assert.equal(answer.headers['access-control-allow-origin'], '*');
        assert.equal(answer.headers['access-control-allow-credentials'], undefined);
      }
      const twice = await exchange(told.userinfo_endpoint, { form: { access_token }, headers: header });
      assert.equal(twice.status, 400);
    });

    test('no token, a bad token, another kind of token', async () => {
      const none = await exchange(told.userinfo_endpoint);
      assert.equal(none.status, 401);
      assert.doesNotMatch(none.headers['www-authenticate'], /error=/);
      const tokens = await tokensOf(app, browser, OPEN);
      for (const bad of [tokens.id_token, tokens.refresh_token, 'x', `${tokens.access_token.slice(0, -4)}AAAA`]) {
        const answer = await userinfo(bad);
        assert.equal(answer.status, 401);
        assert.match(answer.headers['www-authenticate'], /^Bearer .*error="invalid_token"/);
      }
    });

    test('everything is served over TLS', () => {
      for (const [name, value] of Object.entries(told)) {
        if (/(_endpoint|_uri|issuer)$/.test(name)) assert.match(value, /^https:/, name);
      }
    });
  });
});
