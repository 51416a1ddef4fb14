// A strict relying party that signs instead of knowing a secret.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ISSUER, client } from './party.mjs';

describe('private_key_jwt', () => {
  let config, registration;
  before(async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const keys = JSON.stringify({ keys: [{ kty, crv, x, y, kid: 'first' }] });
    const name = `rp-signer-${process.pid}`;
    registration = await demo.cli('app', 'add', name, '--tenant', 'meadow', '--kind', 'daemon', '--no-secret', '--jwks', keys);
    const proof = client.PrivateKeyJwt({ key: pair.privateKey, kid: 'first' });
    config = await client.discovery(ISSUER, registration.client_id, {}, proof);
  });

  test('gets a token, asks about it and ends it', async () => {
    const { access_token } = await client.clientCredentialsGrant(config, { resource: 'api://notes' });
    assert.equal((await client.tokenIntrospection(config, access_token)).active, true);
    await client.tokenRevocation(config, access_token);
    assert.equal((await client.tokenIntrospection(config, access_token)).active, false);
  });

  test('another key gets nothing', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const stranger = await client.discovery(ISSUER, registration.client_id, {}, client.PrivateKeyJwt({ key: privateKey, kid: 'first' }));
    await assert.rejects(client.clientCredentialsGrant(stranger, { resource: 'api://notes' }), { error: 'invalid_client' });
  });
});
