// MSAL Node with a certificate's key instead of a secret: a signed assertion, in every version of the library.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { claimsOf } from '../harness/exchange.mjs';
import { MSAL } from './example.mjs';

const load = createRequire(import.meta.url);
const { host } = new URL(demo.base_url);

for (const [version, msalPackage] of Object.entries(MSAL)) {
  describe(`msal-node ${version} with a certificate`, () => {
    const { ConfidentialClientApplication } = load(msalPackage);
    const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
    const register = ({ publicKey }) => {
      const keys = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] });
      const name = `certificate-${version}-${process.pid}`.replaceAll('.', '-');
      return demo.cli('app', 'add', name, '--tenant', 'meadow', '--kind', 'daemon', '--no-secret', '--jwks', keys);
    };
    const ask = (registration, { privateKey }) => {
      const thumbprint = createHash('sha256').update('certificate').digest('hex').toUpperCase();
      const application = new ConfidentialClientApplication({
        auth: {
          clientId: registration.client_id,
          authority: `${demo.base_url}/meadow`,
          knownAuthorities: [host],
          clientCertificate: {
            thumbprint: thumbprint.slice(0, 40),
            thumbprintSha256: thumbprint,
            privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
          },
        },
      });
      return application.acquireTokenByClientCredential({ scopes: ['api://notes/.default'], skipCache: true });
    };

    test('gets tokens, which say how it proved itself', async () => {
      const key = newKey();
      const registration = await register(key);
      const { accessToken } = await ask(registration, key);
      assert.equal(claimsOf(accessToken).azpacr, '2');
      await assert.rejects(ask(registration, newKey()), /invalid_client.*700027|700027/s);
    });
  });
}
