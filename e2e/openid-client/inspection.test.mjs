// Introspection (RFC 7662), revocation (RFC 7009) and userinfo.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { basic, claimsOf, exchange } from '../harness/exchange.mjs';
import { READ, ben, client, configure, signIn, stage } from './party.mjs';

let scene, web, native, page;
before(async () => {
  scene = await stage();
  web = await configure(scene.web);
  native = await configure(scene.native);
  page = await scene.person();
});
after(() => scene?.close());

const tokensOf = async (config, scope) => (await signIn(config, page, { ...scene, extra: scope ? { scope } : {} })).tokens;

describe('introspection', () => {
  test('an active refresh token of one’s own', async () => {
    const { refresh_token: refresh } = await tokensOf(web);
    const seen = await client.tokenIntrospection(web, refresh);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, scene.web.client_id);
  });

  test('an active access token of one’s own: strings and numbers', async () => {
    const tokens = await tokensOf(web);
    const seen = await client.tokenIntrospection(web, tokens.access_token);
    assert.equal(seen.active, true);
    assert.equal(typeof seen.exp, 'number');
    if (seen.scope !== undefined) assert.equal(typeof seen.scope, 'string');
    const hinted = await client.tokenIntrospection(web, tokens.access_token, { token_type_hint: 'refresh_token' });
    assert.equal(hinted.active, true);
  });

  test('anything else is inactive, and nothing more is said', async () => {
    const { access_token: access, refresh_token: refresh } = await tokensOf(web);
    const other = await configure(scene.other);
    for (const [config, value] of [
      [web, 'garbage'],
      [web, 'a.b.c'],
      [web, `${access}x`],
      [other, refresh],
      [other, access],
    ]) {
      assert.deepEqual({ ...(await client.tokenIntrospection(config, value)) }, { active: false });
    }
  });

  test('the caller must authenticate', async () => {
    const endpoint = web.serverMetadata().introspection_endpoint;
    const { access_token: access } = await tokensOf(web);
    for (const request of [
      { form: { token: access } },
      { form: { token: access, client_id: scene.native.client_id } },
      { form: { token: access }, headers: { authorization: basic(scene.web.client_id, 'wrong') } },
    ]) {
      const answer = await exchange(endpoint, request);
      assert.equal(answer.status, 401, answer.text);
      assert.equal(answer.json.error, 'invalid_client');
    }
  });

  test('no token, two tokens, GET', async () => {
    const endpoint = web.serverMetadata().introspection_endpoint;
    const headers = { authorization: basic(scene.web.client_id, scene.web.client_secret) };
    const none = await exchange(endpoint, { form: {}, headers });
    assert.deepEqual([none.status, none.json.error], [400, 'invalid_request']);
    const two = await exchange(endpoint, { form: [['token', 'a'], ['token', 'b']], headers });
    assert.deepEqual([two.status, two.json.error], [400, 'invalid_request']);
    assert.equal((await exchange(endpoint, { headers })).status, 405);
  });
});

describe('revocation', () => {
  test('a refresh token, and with it its access tokens', async () => {
    const tokens = await tokensOf(web);
    await client.tokenRevocation(web, tokens.refresh_token);
    await assert.rejects(client.refreshTokenGrant(web, tokens.refresh_token), { error: 'invalid_grant' });
    assert.equal((await client.tokenIntrospection(web, tokens.access_token)).active, false);
    assert.equal((await exchange(web.serverMetadata().userinfo_endpoint, bearer(tokens.access_token))).status, 401);
  });

  test('an access token', async () => {
    const tokens = await tokensOf(web);
    await client.tokenRevocation(web, tokens.access_token, { token_type_hint: 'refresh_token' });
    assert.equal((await client.tokenIntrospection(web, tokens.access_token)).active, false);
  });

  test('of a public client', async () => {
    const tokens = await tokensOf(native);
    await client.tokenRevocation(native, tokens.refresh_token);
    await assert.rejects(client.refreshTokenGrant(native, tokens.refresh_token), { error: 'invalid_grant' });
  });

  test('an unknown token is no error, another’s is not touched', async () => {
    await client.tokenRevocation(web, 'garbage');
    const tokens = await tokensOf(web);
    const other = await configure(scene.other);
    await client.tokenRevocation(other, tokens.refresh_token).catch((error) => assert.equal(error.status, 400));
    await client.refreshTokenGrant(web, tokens.refresh_token);
  });

  test('a confidential client must authenticate', async () => {
    const tokens = await tokensOf(web);
    const form = { token: tokens.refresh_token, client_id: scene.web.client_id };
    const answer = await exchange(web.serverMetadata().revocation_endpoint, { form });
    assert.ok([400, 401].includes(answer.status));
    assert.equal(answer.json.error, 'invalid_client');
    await client.refreshTokenGrant(web, tokens.refresh_token);
  });
});

describe('userinfo', () => {
  test('tells about the person of the ID token', async () => {
    const tokens = await tokensOf(web, 'openid profile email');
    const info = await client.fetchUserInfo(web, tokens.access_token, tokens.claims().sub);
    assert.equal(info.email, ben.email);
    assert.ok(info.name);
    if (info.email_verified !== undefined) assert.equal(typeof info.email_verified, 'boolean');
    if (info.updated_at !== undefined) assert.equal(typeof info.updated_at, 'number');
  });

  test('only what the scopes allow', async () => {
    const tokens = await tokensOf(web, 'openid');
    const info = await client.fetchUserInfo(web, tokens.access_token, tokens.claims().sub);
    assert.equal(info.email, undefined);
    assert.equal(info.name, undefined);
  });

  test('by GET, by POST, and with the token in the form', async () => {
    const tokens = await tokensOf(web, 'openid email');
    const endpoint = web.serverMetadata().userinfo_endpoint;
    for (const request of [
      bearer(tokens.access_token),
      { ...bearer(tokens.access_token), method: 'POST' },
      { form: { access_token: tokens.access_token } },
    ]) {
      const answer = await exchange(endpoint, request);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.sub, tokens.claims().sub);
    }
  });

  test('without a token, with a bad one, with two', async () => {
    const endpoint = web.serverMetadata().userinfo_endpoint;
    const none = await exchange(endpoint);
    assert.equal(none.status, 401);
    assert.match(none.headers['www-authenticate'], /^Bearer/);
    assert.doesNotMatch(none.headers['www-authenticate'], /\berror=/);
    for (const value of ['garbage', 'a.b.c', '']) {
      const bad = await exchange(endpoint, bearer(value));
      assert.ok([400, 401].includes(bad.status), `status ${bad.status}`);
      assert.match(bad.headers['www-authenticate'], /^Bearer/);
    }
    const { access_token: access } = await tokensOf(web, 'openid');
    const two = await exchange(endpoint, { ...bearer(access), form: { access_token: access } });
    assert.equal(two.status, 400);
  });

  test('an ID token and a token of an API are refused', async () => {
    const tokens = await tokensOf(web, `openid ${READ}`);
    const endpoint = web.serverMetadata().userinfo_endpoint;
    assert.equal((await exchange(endpoint, bearer(tokens.id_token))).status, 401);
    const foreign = await exchange(endpoint, bearer(tokens.access_token));
    assert.ok([200, 401, 403].includes(foreign.status), `status ${foreign.status}`);
    if (claimsOf(tokens.access_token).aud === demo.api('notes').audience && foreign.status === 200) {
      assert.equal(foreign.json.sub, tokens.claims().sub);
    }
  });

  test('an application has no userinfo', async () => {
    const daemon = demo.apps.find(({ kind }) => kind === 'daemon');
    const tokens = await client.clientCredentialsGrant(await configure(daemon), { scope: 'api://notes/.default' });
    const answer = await exchange(web.serverMetadata().userinfo_endpoint, bearer(tokens.access_token));
    assert.ok([401, 403].includes(answer.status), `status ${answer.status}`);
  });

  test('a browser of any origin may ask', async () => {
    const { access_token: access } = await tokensOf(web, 'openid');
    const request = bearer(access);
    request.headers.origin = 'https://app.example';
    const answer = await exchange(web.serverMetadata().userinfo_endpoint, request);
    assert.ok(['*', 'https://app.example'].includes(answer.headers['access-control-allow-origin']));
  });
});

const bearer = (access) => ({ headers: { authorization: `Bearer ${access}` } });
