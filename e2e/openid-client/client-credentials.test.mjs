// Client credentials: an application on its own behalf.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { basic, claimsOf, exchange } from '../harness/exchange.mjs';
import { client, configure, token } from './party.mjs';

const daemon = demo.apps.find(({ kind }) => kind === 'daemon');
const DEFAULT = 'api://notes/.default';

describe('client credentials', () => {
  for (const method of ['client_secret_basic', 'client_secret_post']) {
    test(`with ${method}`, async () => {
      const tokens = await client.clientCredentialsGrant(await configure(daemon, method), { scope: DEFAULT });
      assert.equal(tokens.token_type, 'bearer');
      assert.equal(tokens.id_token, undefined);
      assert.equal(tokens.refresh_token, undefined);
      const claims = claimsOf(tokens.access_token);
      assert.deepEqual(claims.roles, ['Notes.Read.All']);
      assert.equal(claims.scp, undefined);
      assert.equal(claims.idtyp, 'app');
    });
  }

  test('the API answers the route that is for applications', async () => {
    const tokens = await client.clientCredentialsGrant(await configure(daemon), { scope: DEFAULT });
    const answer = await exchange(`${demo.api('notes').url.replace(/\/$/, '')}/notes/all`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    assert.equal(answer.status, 200, answer.text);
  });

  test('a wrong secret is invalid_client, with the challenge of the scheme that was tried', async () => {
    const config = await configure({ ...daemon, client_secret: 'wrong' });
    await assert.rejects(client.clientCredentialsGrant(config, { scope: DEFAULT }));
    const endpoint = config.serverMetadata().token_endpoint;
    const tried = await exchange(endpoint, {
      form: { grant_type: 'client_credentials', scope: DEFAULT },
      headers: { authorization: basic(daemon.client_id, 'wrong') },
    });
    assert.equal(tried.status, 401);
    assert.match(tried.headers['www-authenticate'], /^Basic /);
    assert.equal(tried.json.error, 'invalid_client');
  });

  test('an unencoded Basic pair is understood too', async () => {
    const config = await configure(daemon);
    const raw = Buffer.from(`${daemon.client_id}:${daemon.client_secret}`).toString('base64');
    const form = { grant_type: 'client_credentials', scope: DEFAULT };
    const answer = await token(config, form, { headers: { authorization: `Basic ${raw}` } });
    assert.equal(answer.status, 200, answer.text);
  });

  test('two ways to authenticate at once are one too many', async () => {
    const config = await configure(daemon);
    const form = { grant_type: 'client_credentials', scope: DEFAULT };
    const authorization = basic(daemon.client_id, daemon.client_secret);
    const answer = await token(config, form, { as: daemon, headers: { authorization } });
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error, 'invalid_request');
  });

  for (const [what, authorization] of Object.entries({
    'no base64': 'Basic ***',
    'no colon': `Basic ${Buffer.from('nothing').toString('base64')}`,
    'an empty pair': `Basic ${Buffer.from(':').toString('base64')}`,
    'another scheme': 'Digest username="x"',
    'no scheme': daemon.client_secret,
  })) {
    test(`a malformed Authorization header (${what}) is refused in JSON`, async () => {
      const config = await configure(daemon);
      const answer = await token(config, { grant_type: 'client_credentials', scope: DEFAULT }, { headers: { authorization } });
      assert.ok([400, 401].includes(answer.status), `status ${answer.status}`);
      assert.match(answer.json.error, /^invalid_(client|request)$/);
    });
  }

  test('a public client has no credentials to use', async () => {
    const native = await demo.register({ kind: 'native', redirects: ['http://localhost/cb'] });
    const answer = await token(await configure(native), { grant_type: 'client_credentials', scope: DEFAULT }, { as: native });
    assert.ok([400, 401].includes(answer.status));
    assert.match(answer.json.error, /^(unauthorized_client|invalid_client)$/);
  });

  test('a delegated scope is not for applications', async () => {
    const config = await configure(daemon);
    const answer = await token(config, { grant_type: 'client_credentials', scope: 'api://notes/notes.read' }, { as: daemon });
    if (answer.status === 200) assert.equal(claimsOf(answer.json.access_token).scp, undefined);
    else assert.equal(answer.json.error, 'invalid_scope');
  });

  test('an API nobody registered is refused', async () => {
    const config = await configure(daemon);
    const answer = await token(config, { grant_type: 'client_credentials', scope: 'api://nowhere/.default' }, { as: daemon });
    assert.equal(answer.status, 400);
    assert.match(answer.json.error, /^(invalid_scope|invalid_target|invalid_resource|invalid_grant)$/);
  });
});
