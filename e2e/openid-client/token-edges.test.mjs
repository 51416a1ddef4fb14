// The token endpoint at its edges: bindings of a code, downgrades, races.

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { basic, exchange } from '../harness/exchange.mjs';
import { client, configure, prepare, stage, token, visit } from './party.mjs';

describe('redeeming a code', () => {
  let scene, web, native, page;
  before(async () => {
    scene = await stage();
    web = await configure(scene.web);
    native = await configure(scene.native);
    page = await scene.person();
  });
  after(() => scene?.close());

  /** A code that nobody has redeemed, and the form that would. */
  const codeFor = async (config) => {
    const { parameters, kept } = await prepare(scene.redirect);
    const { url } = await visit(config, page, scene.rp, parameters);
    return {
      grant_type: 'authorization_code',
      code: url.searchParams.get('code'),
      redirect_uri: scene.redirect,
      code_verifier: kept.pkceCodeVerifier,
    };
  };
  const isRefused = (answer, error = 'invalid_grant', status = 400) => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.json.error, error, answer.text);
    assert.equal(answer.json.access_token, undefined);
  };
  const redeem = (form, as = scene.web) => token(web, form, { as });

  for (const [what, change] of Object.entries({
    'without the verifier': ({ code_verifier, ...form }) => form,
    'with another verifier': (form) => ({ ...form, code_verifier: client.randomPKCECodeVerifier() }),
    'with the challenge as verifier': (form) => ({ ...form, code_verifier: 'a'.repeat(43) }),
    'with another redirect URI': (form) => ({ ...form, redirect_uri: `${form.redirect_uri}/` }),
    'with an altered code': (form) => ({ ...form, code: `${form.code.slice(0, -4)}AAAA` }),
    'with a made-up code': (form) => ({ ...form, code: 'made-up' }),
  })) {
    test(`${what}: invalid_grant`, async () => isRefused(await redeem(change(await codeFor(web)))));
  }

  test('without the redirect URI: refused', async () => {
    const { redirect_uri: _uri, ...form } = await codeFor(web);
    const answer = await redeem(form);
    assert.equal(answer.status, 400);
    assert.match(answer.json.error, /^invalid_(grant|request)$/);
  });

  test('a verifier of the wrong form is refused', async () => {
    const form = await codeFor(web);
    const answer = await redeem({ ...form, code_verifier: 'short' });
    assert.equal(answer.status, 400);
    assert.match(answer.json.error, /^invalid_(grant|request)$/);
  });

  test('by another client: invalid_grant, and the code is not burnt', async () => {
    const form = await codeFor(web);
    isRefused(await redeem(form, scene.other));
    isRefused(await redeem(form, scene.native));
    assert.equal((await redeem(form)).status, 200);
  });

  test('by nobody: invalid_client, and the code is not burnt', async () => {
    const form = await codeFor(web);
    const stranger = await redeem(form, { client_id: scene.web.client_id, client_secret: 'wrong' });
    assert.equal(stranger.json.error, 'invalid_client');
    const bare = await redeem(form, { client_id: scene.web.client_id });
    assert.equal(bare.json.error, 'invalid_client');
    assert.equal((await redeem(form)).status, 200);
  });

  test('a public client that sends a secret is refused', async () => {
    const form = await codeFor(native);
    const answer = await redeem(form, { ...scene.native, client_secret: 'made-up' });
    assert.ok([400, 401].includes(answer.status));
    assert.equal(answer.json.error, 'invalid_client');
  });

  test('of many at once exactly one wins', async () => {
    const form = await codeFor(web);
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(form)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) isRefused(answer);
  });

  test('a replay by the right client without the verifier revokes what the first one got', async () => {
    const form = await codeFor(web);
    const first = await redeem(form);
    assert.equal(first.status, 200, first.text);
    const { code_verifier: _verifier, ...replay } = form;
    isRefused(await redeem(replay));
    isRefused(await token(web, { grant_type: 'refresh_token', refresh_token: first.json.refresh_token }, { as: scene.web }));
    const info = await exchange(web.serverMetadata().userinfo_endpoint, {
      headers: { authorization: `Bearer ${first.json.access_token}` },
    });
    assert.equal(info.status, 401);
  });

  test('a retry with the verifier within seconds is refused and revokes nothing', async () => {
    const form = await codeFor(web);
    const first = await redeem(form);
    isRefused(await redeem(form));
    const refreshed = await token(web, { grant_type: 'refresh_token', refresh_token: first.json.refresh_token }, { as: scene.web });
    assert.equal(refreshed.status, 200, refreshed.text);
  });

  test('any parameter given twice: invalid_request', async () => {
    const form = await codeFor(web);
    for (const name of Object.keys(form)) {
      const twice = [...Object.entries(form), [name, form[name]]];
      isRefused(await token(web, twice, { as: scene.web }), 'invalid_request');
    }
    assert.equal((await redeem(form)).status, 200, 'and the code is not burnt');
  });

  test('parameters in the query are not read', async () => {
    const form = await codeFor(web);
    const answer = await exchange(`${web.serverMetadata().token_endpoint}?${new URLSearchParams(form)}`, {
      form: {},
      headers: { authorization: basic(scene.web.client_id, scene.web.client_secret) },
    });
    isRefused(answer, 'invalid_request');
  });

  test('an ID in Basic that differs from the one in the form', async () => {
    const form = await codeFor(web);
    const answer = await token(web, { ...form, client_id: scene.other.client_id }, {
      headers: { authorization: basic(scene.web.client_id, scene.web.client_secret) },
    });
    assert.ok([400, 401].includes(answer.status));
    assert.match(answer.json.error, /^invalid_(request|client)$/);
  });

  test('the answer is never cached, typed JSON, and says Bearer', async () => {
    const answer = await redeem(await codeFor(web));
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.match(answer.headers['cache-control'], /no-store/);
    assert.equal(answer.headers.pragma, 'no-cache');
    assert.equal(answer.json.token_type, 'Bearer');
    assert.equal(typeof answer.json.scope, 'string');
  });

  test('grants that are off are unsupported or unauthorized', async () => {
    for (const grant_type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', 'telepathy', '']) {
      const answer = await redeem({ grant_type, username: 'ben.fern', password: 'x' });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.json.error, /^(unsupported_grant_type|unauthorized_client|invalid_request|invalid_grant)$/);
    }
  });
});
