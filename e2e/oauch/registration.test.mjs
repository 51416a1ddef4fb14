// What a registration may ask for beside a secret: subjects of its own, signed answers, other algorithms.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { claimsOf, exchange } from '../harness/exchange.mjs';
import { Browser, REDIRECT, authorize, introspect, metadata, refresh, request, token, tokensOf, userinfo, web } from './actor.mjs';

const OPEN = { scope: 'openid offline_access' };
const update = (app, ...options) => demo.cli('app', 'update', app.name, '--tenant', 'meadow', ...options);
const headerOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));

describe('registration', () => {
  let browser, told;
  before(async () => {
    browser = new Browser();
    told = await metadata();
  });

  describe('pairwise subjects', () => {
    test('differ between sectors and are the same in every token of one', async () => {
      const [pairwise, neighbour, plain] = await Promise.all([web(), web(), web()]);
      for (const app of [pairwise, neighbour]) await update(app, '--subject-type', 'pairwise');
      const subs = [];
      for (const app of [pairwise, neighbour, plain]) {
        const tokens = await tokensOf(app, browser, OPEN);
        const { sub } = claimsOf(tokens.id_token);
        assert.equal(claimsOf(tokens.access_token).sub, sub);
        assert.equal((await userinfo(tokens.access_token)).json.sub, sub);
        assert.equal((await introspect(tokens.access_token, app)).json.sub, sub);
        const renewed = await refresh(tokens.refresh_token, app);
        assert.equal(claimsOf(renewed.json.id_token).sub, sub);
        subs.push(sub);
      }
      assert.equal(new Set(subs).size, 3, 'applications on loopback share no sector');
      assert.ok(told.subject_types_supported.includes('pairwise'));
    });

    test('outlive a rotation of the keys', async () => {
      const app = await web();
      await update(app, '--subject-type', 'pairwise');
      const before = claimsOf((await tokensOf(app, browser, OPEN)).id_token).sub;
      await demo.cli('keys', 'rotate', '--now', '--tenant', 'meadow');
      const after = claimsOf((await tokensOf(app, browser, OPEN)).id_token).sub;
      assert.equal(after, before);
    });

    test('several hosts need a sector document that lists every redirect URI', async () => {
      const hosts = ['https://a.example/cb', 'https://b.example/cb'];
      const app = await web({ redirects: hosts });
      await assert.rejects(update(app, '--subject-type', 'pairwise'), /several hosts|sector/);
      let listed = hosts;
      const server = createServer((_request, response) => response.end(JSON.stringify(listed))).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const uri = `http://127.0.0.1:${server.address().port}/sector.json`;
      try {
        await update(app, '--subject-type', 'pairwise', '--sector-uri', uri);
        await assert.rejects(demo.cli('app', 'redirect', 'add', app.name, 'https://c.example/cb', '--tenant', 'meadow'), /does not list/);
        listed = [...hosts, 'https://c.example/cb'];
        await demo.cli('app', 'redirect', 'add', app.name, 'https://c.example/cb', '--tenant', 'meadow');
      } finally {
        server.close();
      }
      const gone = await web({ redirects: hosts });
      await assert.rejects(update(gone, '--subject-type', 'pairwise', '--sector-uri', uri), /cannot be read/);
    });
  });

  test('userinfo as a signed token', async () => {
    const app = await web();
    await update(app, '--userinfo-alg', 'RS256');
    const tokens = await tokensOf(app, browser, OPEN);
    const answer = await userinfo(tokens.access_token);
    assert.equal(answer.headers['content-type'], 'application/jwt');
    const claims = claimsOf(answer.text);
    assert.deepEqual([claims.iss, claims.aud, claims.sub], [told.issuer, app.client_id, claimsOf(tokens.id_token).sub]);
    assert.ok(headerOf(answer.text).kid);
    await update(app, '--userinfo-alg', 'default');
    assert.equal((await userinfo(tokens.access_token)).headers['content-type'], 'application/json');
  });

  test('ID tokens of another algorithm, with the hash that goes with it', async () => {
    const app = await web();
    const algorithm = told.id_token_signing_alg_values_supported.find((alg) => alg === 'ES256');
    if (!algorithm) return;
    await update(app, '--id-token-alg', algorithm);
    const tokens = await tokensOf(app, browser, OPEN);
    assert.equal(headerOf(tokens.id_token).alg, algorithm);
    const hash = createHash('sha256').update(tokens.access_token).digest();
    assert.equal(claimsOf(tokens.id_token).at_hash, hash.subarray(0, 16).toString('base64url'));
  });

  test('an algorithm that the tenant has no key for cannot be registered', async () => {
    const app = await web();
    for (const alg of ['ES256', 'EdDSA']) {
      if (told.id_token_signing_alg_values_supported.includes(alg)) continue;
      await assert.rejects(update(app, '--id-token-alg', alg), /keys rotate/);
    }
  });

  test('auth_time is always told, and stays through a renewal', async () => {
    const app = await web();
    const tokens = await tokensOf(app, browser, OPEN);
    const first = claimsOf(tokens.id_token);
    assert.equal(typeof first.auth_time, 'number');
    const renewed = claimsOf((await refresh(tokens.refresh_token, app)).json.id_token);
    assert.equal(renewed.auth_time, first.auth_time);
    assert.equal(renewed.nonce, undefined);
  });

  test('the only method is the registered one', async () => {
    const app = await web();
    await update(app, '--auth-method', 'client_secret_basic');
    const asked = request(app, OPEN);
    const params = await authorize(browser, asked);
    const form = { grant_type: 'authorization_code', code: params.get('code'), redirect_uri: REDIRECT, code_verifier: asked.verifier };
    const posted = await token(form, app);
    assert.deepEqual([posted.status, posted.json.error], [401, 'invalid_client'], posted.text);
    const basic = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`;
    assert.equal((await token(form, null, { headers: { authorization: basic } })).status, 200);
  });

  test('what is advertised is what there is', async () => {
    assert.deepEqual(told.token_endpoint_auth_methods_supported, ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']);
    assert.ok(!told.introspection_endpoint_auth_methods_supported.includes('none'));
    assert.ok(told.id_token_signing_alg_values_supported.includes('RS256'));
    const { keys } = (await exchange(told.jwks_uri)).json;
    const present = new Set(keys.map(({ alg }) => alg));
    for (const name of ['id_token', 'userinfo', 'introspection']) {
      for (const alg of told[`${name}_signing_alg_values_supported`]) assert.ok(present.has(alg), `${name} ${alg}`);
    }
  });
});
