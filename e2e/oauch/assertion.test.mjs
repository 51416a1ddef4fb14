// Clients that sign (OAuch: JWT client authentication), with keys registered in line and published.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { atOnce, introspect, metadata, post, revoke, token } from './actor.mjs';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const OWN = { grant_type: 'client_credentials', resource: 'api://notes' };

const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }, (key) => ({ key })],
  PS256: ['rsa', { modulusLength: 2048 }, (key) => ({ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })],
  ES256: ['ec', { namedCurve: 'P-256' }, (key) => ({ key, dsaEncoding: 'ieee-p1363' })],
  EdDSA: ['ed25519', {}, (key) => ({ key })],
};

/** A key pair that signs. */
function newKey(alg = 'ES256') {
  const [type, options, how] = KINDS[alg];
  const { publicKey, privateKey } = generateKeyPairSync(type, options);
  const kid = randomUUID();
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    kid,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
    sign(claims, header = {}) {
      const message = `${part({ alg, kid, typ: 'JWT', ...header })}.${part(claims)}`;
      const signature = sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(message), how(privateKey));
      return `${message}.${signature.toString('base64url')}`;
    },
  };
}

const now = () => Math.floor(Date.now() / 1000);
const proof = (assertion) => ({ client_assertion_type: TYPE, client_assertion: assertion });

describe('a client that signs', () => {
  let key, app, issuer;
  before(async () => {
    key = newKey();
    app = await daemon(['--jwks', JSON.stringify({ keys: [key.jwk] })]);
    issuer = (await metadata()).issuer;
  });

  let registered = 0;
  async function daemon(options) {
    registered += 1;
    const name = `oauch-signer-${process.pid}-${registered}`;
    const made = await demo.cli('app', 'add', name, '--tenant', 'meadow', '--kind', 'daemon', '--no-secret', ...options);
    return { ...made, name };
  }

  const claims = (changes = {}, client = app) => {
    const all = { iss: client.client_id, sub: client.client_id, aud: issuer, iat: now(), exp: now() + 60, jti: randomUUID(), ...changes };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  };
  const ask = (assertion, extra = {}) => token({ ...OWN, ...proof(assertion), ...extra });
  const refused = (answer, status = 401, error = 'invalid_client') => {
    assert.deepEqual([answer.status, answer.json.error], [status, error], answer.text);
    assert.equal(answer.json.access_token, undefined);
  };

  test('gets tokens, also with its client_id beside', async () => {
    assert.equal((await ask(key.sign(claims()))).status, 200);
    assert.equal((await ask(key.sign(claims()), { client_id: app.client_id })).status, 200);
  });

  test('may sign with every algorithm that is advertised', async () => {
    const supported = (await metadata()).token_endpoint_auth_signing_alg_values_supported;
    for (const alg of Object.keys(KINDS)) {
      assert.ok(supported.includes(alg), alg);
      const other = newKey(alg);
      const client = await daemon(['--jwks', JSON.stringify({ keys: [other.jwk] })]);
      assert.equal((await ask(other.sign(claims({}, client)))).status, 200, alg);
    }
  });

  test('unsigned: refused', async () => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'nOnE']) {
      refused(await ask(`${part({ alg, kid: key.kid })}.${part(claims())}.`, { client_id: app.client_id }));
      refused(await ask(`${part({ alg, kid: key.kid })}.${part(claims())}.AAAA`, { client_id: app.client_id }));
    }
  });

  test('signed by a stranger, under his own name for the key or under ours: refused', async () => {
    const stranger = newKey();
    refused(await ask(stranger.sign(claims())));
    refused(await ask(stranger.sign(claims(), { kid: key.kid })));
    refused(await ask(stranger.sign(claims(), { kid: key.kid, jwk: stranger.jwk })));
    refused(await ask(stranger.sign(claims(), { jku: 'https://evil.example/jwks' })));
  });

  for (const [what, changes] of Object.entries({
    'without exp': { exp: undefined },
    'ended five minutes ago': { exp: now() - 300 },
    'good for years': { exp: now() + 100_000_000 },
    'issued in two minutes': { iat: now() + 120 },
    'good from in two minutes on': { nbf: now() + 120 },
    'without aud': { aud: undefined },
    'for another server': { aud: 'https://evil.example' },
    'for us and another server': { aud: ['ISSUER', 'https://evil.example'] },
    'without sub': { sub: undefined },
    'about another client': { sub: 'somebody' },
    'without iss': { iss: undefined },
    'by another client': { iss: 'somebody' },
    'without jti': { jti: undefined },
  })) {
    test(`${what}: invalid_client`, async () => {
      if (Array.isArray(changes.aud)) changes.aud = changes.aud.map((aud) => (aud === 'ISSUER' ? issuer : aud));
      refused(await ask(key.sign(claims(changes)), { client_id: app.client_id }));
    });
  }

  test('a clock that is eight seconds ahead is tolerated', async () => {
    assert.equal((await ask(key.sign(claims({ iat: now() + 8, nbf: now() + 8 })))).status, 200);
  });

  test('the token endpoint is an audience too, other endpoints are not', async () => {
    const { token_endpoint, introspection_endpoint, authorization_endpoint } = await metadata();
    assert.equal((await ask(key.sign(claims({ aud: token_endpoint })))).status, 200);
    assert.equal((await ask(key.sign(claims({ aud: [issuer, token_endpoint] })))).status, 200);
    for (const aud of [introspection_endpoint, authorization_endpoint, `${issuer}/`]) refused(await ask(key.sign(claims({ aud }))));
  });

  test('an assertion counts once', async () => {
    const once = key.sign(claims());
    assert.equal((await ask(once)).status, 200);
    refused(await ask(once));
    const wasted = key.sign(claims());
    assert.equal((await ask(wasted, { resource: 'api://nowhere' })).status, 400);
    refused(await ask(wasted));
  });

  test('of many requests with one assertion exactly one succeeds', async () => {
    const once = key.sign(claims());
    const answers = await atOnce(16, () => ask(once));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer);
  });

  test('a missing assertion, another type, and a secret beside it are refused', async () => {
    refused(await token({ ...OWN, client_id: app.client_id, client_assertion_type: TYPE }));
    refused(await token({ ...OWN, client_id: app.client_id, client_assertion: key.sign(claims()) }));
    refused(await ask(key.sign(claims()), { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }));
    refused(await ask(key.sign(claims()), { client_id: app.client_id, client_secret: 'x' }), 400, 'invalid_request');
  });

  test('the registered algorithm is the only one', async () => {
    const rsa = newKey('RS256');
    delete rsa.jwk.alg;
    const client = await daemon(['--jwks', JSON.stringify({ keys: [rsa.jwk, key.jwk] }), '--assertion-alg', 'ES256']);
    refused(await ask(rsa.sign(claims({}, client))));
    assert.equal((await ask(key.sign(claims({}, client)))).status, 200);
  });

  test('the introspection and revocation endpoints take it too', async () => {
    const { access_token } = (await ask(key.sign(claims()))).json;
    const told = await introspect(access_token, null, proof(key.sign(claims())));
    assert.equal(told.json.active, true);
    assert.equal((await revoke(access_token, null, proof(key.sign(claims())))).status, 200);
    const after = await introspect(access_token, null, proof(key.sign(claims())));
    assert.deepEqual(after.json, { active: false });
    refused(await post((await metadata()).introspection_endpoint, { token: access_token, ...proof(newKey().sign(claims())) }));
  });

  test('a key that gives its private half away, or is symmetric, cannot be registered', async () => {
    const secret = { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', kid: 's' };
    for (const jwk of [{ ...key.jwk, d: 'AAAA' }, secret]) {
      await assert.rejects(daemon(['--jwks', JSON.stringify({ keys: [jwk] })]), /DW\d{4}/);
    }
    await assert.rejects(daemon(['--jwks', JSON.stringify({ keys: [key.jwk] }), '--jwks-uri', 'https://a.example/jwks']), /not both/);
  });

  describe('with published keys', () => {
    let server, calls, published;
    before(async () => {
      calls = 0;
      server = createServer((_request, response) => {
        calls += 1;
        published(response);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    after(() => server?.close());

    const publish = (...keys) => (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    const uri = (path) => `http://127.0.0.1:${server.address().port}/${path}`;

    test('they are fetched once and kept', async () => {
      const own = newKey();
      published = publish(own.jwk);
      const client = await daemon(['--jwks-uri', uri('kept')]);
      calls = 0;
      for (let index = 0; index < 3; index += 1) assert.equal((await ask(own.sign(claims({}, client)))).status, 200);
      assert.equal(calls, 1);
      for (let index = 0; index < 10; index += 1) refused(await ask(newKey().sign(claims({}, client))));
      assert.equal(calls, 1, 'names that nobody published are no reason to ask again at once');
    });

    for (const [what, answer] of Object.entries({
      'a redirect': (response) => response.writeHead(302, { location: uri('kept') }).end(),
      'an error': (response) => response.writeHead(500).end(),
      'no JSON': (response) => response.end('<html>'),
      'no keys': (response) => response.end('{"keys":[]}'),
      'a flood': (response) => response.end('x'.repeat(1_000_000)),
      'a broken connection': (response) => response.destroy(),
    })) {
      test(`${what} instead of keys: invalid_client`, async () => {
        const own = newKey();
        published = answer;
        const client = await daemon(['--jwks-uri', uri(encodeURIComponent(what))]);
        refused(await ask(own.sign(claims({}, client))));
      });
    }
  });
});
