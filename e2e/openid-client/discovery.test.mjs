// What the authority publishes about itself.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import { ISSUER, client } from './party.mjs';

const METHODS = ['client_secret_basic', 'client_secret_post', 'none'];

describe('discovery', () => {
  for (const algorithm of ['oidc', 'oauth2']) {
    test(`the library accepts the metadata (${algorithm})`, async () => {
      const config = await client.discovery(ISSUER, 'any', undefined, client.None(), { algorithm });
      assert.equal(config.serverMetadata().issuer, ISSUER.href);
    });
  }

  for (const path of [
    '/meadow/.well-known/openid-configuration',
    '/meadow/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration/meadow',
    '/.well-known/oauth-authorization-server/meadow',
  ]) {
    test(`${path} is the same document`, async () => {
      const answer = await exchange(demo.base_url + path);
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      assert.match(answer.headers['content-type'], /^application\/json/);
      assert.equal(answer.json.issuer, ISSUER.href);
    });
  }

  test('says what is on, and only that', async () => {
    const metadata = (await exchange(`${ISSUER.href}/.well-known/openid-configuration`)).json;
    for (const [name, value] of Object.entries(metadata)) {
      if (!/_endpoint$|^jwks_uri$/.test(name)) continue;
      assert.equal(new URL(value).origin, demo.base_url, name);
    }
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
    assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'));
    assert.ok(!metadata.id_token_signing_alg_values_supported.includes('none'));
    assert.ok(metadata.response_types_supported.includes('code'));
    assert.ok(metadata.subject_types_supported.length > 0);
    for (const mode of ['query', 'fragment', 'form_post']) assert.ok(metadata.response_modes_supported.includes(mode), mode);
    for (const method of METHODS) assert.ok(metadata.token_endpoint_auth_methods_supported.includes(method), method);
    for (const grant of ['authorization_code', 'refresh_token', 'client_credentials']) {
      assert.ok(metadata.grant_types_supported.includes(grant), grant);
    }
    for (const absent of ['password', 'implicit']) assert.ok(!metadata.grant_types_supported.includes(absent), absent);
  });

  test('every endpoint it names answers', async () => {
    const metadata = (await exchange(`${ISSUER.href}/.well-known/openid-configuration`)).json;
    for (const [name, value] of Object.entries(metadata)) {
      if (!/_endpoint$|^jwks_uri$/.test(name)) continue;
      const answer = await exchange(value);
      assert.notEqual(answer.status, 404, `${name}: ${value}`);
      assert.ok(answer.status < 500, `${name}: ${answer.status}`);
    }
  });

  test('the keys are public, distinct and long enough', async () => {
    const metadata = (await exchange(`${ISSUER.href}/.well-known/openid-configuration`)).json;
    const answer = await exchange(metadata.jwks_uri);
    assert.match(answer.headers['content-type'], /^application\/(jwk-set\+)?json/);
    assert.match(answer.headers['cache-control'], /max-age=\d+/);
    const { keys } = answer.json;
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key[secret], undefined);
      assert.ok(key.kid && key.alg && key.use === 'sig', JSON.stringify(key));
      if (key.kty === 'RSA') assert.ok(Buffer.from(key.n, 'base64url').length >= 256);
    }
  });

  test('a browser of any origin may read metadata and keys', async () => {
    const document = `${ISSUER.href}/.well-known/openid-configuration`;
    const keys = (await exchange(document)).json.jwks_uri;
    for (const url of [document, keys]) {
      const answer = await exchange(url, { headers: { origin: 'https://app.example' } });
      assert.ok(['*', 'https://app.example'].includes(answer.headers['access-control-allow-origin']), url);
    }
  });
});
