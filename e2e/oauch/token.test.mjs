// The token endpoint as an attacker looks at it (OAuch: token endpoint, entropy).

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { basic, claimsOf, exchange } from '../harness/exchange.mjs';
import {
  Browser, READ, REDIRECT, bitsOf, codeFor, metadata, native, refresh, token, tokensOf, userinfo, web,
} from './actor.mjs';

const OPEN = { scope: 'openid offline_access' };

describe('token endpoint', () => {
  let app, other, phone, browser, endpoint;
  before(async () => {
    [app, other, phone] = await Promise.all([web(), web(), native()]);
    browser = new Browser();
    endpoint = (await metadata()).token_endpoint;
  });

  const refused = (answer, error = 'invalid_grant', status = 400) => {
    assert.deepEqual([answer.status, answer.json.error], [status, error], answer.text);
    assert.equal(answer.json.access_token, undefined);
    assert.match(answer.headers['cache-control'], /no-store/);
  };

  test('GET is refused, and says what is not', async () => {
    const answer = await exchange(`${endpoint}?grant_type=client_credentials`);
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, 'POST');
  });

  test('a secret in the address proves nothing', async () => {
    const answer = await exchange(`${endpoint}?client_id=${app.client_id}&client_secret=${app.client_secret}`, {
      form: { grant_type: 'client_credentials', resource: 'api://notes' },
    });
    assert.equal(answer.status, 401);
    assert.equal(answer.json.error, 'invalid_client');
  });

  test('a body that is no form is refused', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await exchange(endpoint, { body: '{"grant_type":"client_credentials"}', headers: { 'content-type': type } });
      refused(answer, 'invalid_request');
    }
    const charset = await exchange(endpoint, {
      body: 'grant_type=telepathy',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    });
    refused(charset, 'unsupported_grant_type');
  });

  test('answers are never stored', async () => {
    const answer = await token(await codeFor(app, browser), app);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['cache-control'], /no-store/);
    assert.equal(answer.headers.pragma, 'no-cache');
    assert.match(answer.headers['content-type'], /^application\/json/);
  });

  test('a wrong secret is 401, with the scheme that was tried', async () => {
    const form = { grant_type: 'client_credentials', resource: 'api://notes' };
    const header = await token(form, null, { headers: { authorization: basic(app.client_id, 'wrong') } });
    refused(header, 'invalid_client', 401);
    assert.match(header.headers['www-authenticate'], /^Basic realm=/);
    const posted = await token(form, { client_id: app.client_id, client_secret: 'wrong' });
    refused(posted, 'invalid_client', 401);
    assert.equal(posted.headers['www-authenticate'], undefined);
  });

  test('a secret in Basic counts encoded and as it is', async () => {
    const form = await codeFor(app, browser);
    const raw = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`;
    assert.equal((await token(form, null, { headers: { authorization: raw } })).status, 200);
    const again = await codeFor(app, browser);
    const encoded = basic(app.client_id, app.client_secret);
    assert.equal((await token(again, null, { headers: { authorization: encoded } })).status, 200);
  });

  test('two ways of proving oneself at once are refused', async () => {
    const answer = await token(await codeFor(app, browser), app, {
      headers: { authorization: basic(app.client_id, app.client_secret) },
    });
    refused(answer, 'invalid_request');
  });

  test('a code belongs to its client', async () => {
    const form = await codeFor(app, browser);
    refused(await token(form, other));
    refused(await token(form, phone));
    assert.equal((await token(form, app)).status, 200, 'and a stranger does not burn it');
  });

  test('a code belongs to its redirect URI', async () => {
    const form = await codeFor(app, browser);
    refused(await token({ ...form, redirect_uri: `${REDIRECT}/` }, app));
    const { redirect_uri: _gone, ...without } = form;
    refused(await token(without, app));
    assert.equal((await token(form, app)).status, 200);
  });

  test('a code that is exchanged twice revokes what came of it', async () => {
    const { code_verifier, ...form } = await codeFor(app, browser, OPEN);
    const first = (await token({ ...form, code_verifier }, app)).json;
    refused(await token(form, app));
    refused(await refresh(first.refresh_token, app));
    assert.equal((await userinfo(first.access_token)).status, 401);
  });

  test('any parameter given twice is refused', async () => {
    const form = await codeFor(app, browser);
    for (const name of Object.keys(form)) refused(await token([...Object.entries(form), [name, form[name]]], app), 'invalid_request');
    for (const name of ['client_id', 'client_secret']) {
      refused(await token([...Object.entries(form), [name, app[name]]], app), 'invalid_request');
    }
    assert.equal((await token(form, app)).status, 200);
  });

  test('unknown parameters are ignored', async () => {
    assert.equal((await token({ ...(await codeFor(app, browser)), foo: 'bar' }, app)).status, 200);
  });

  test('the password grant does not exist', async () => {
    refused(await token({ grant_type: 'password', username: 'ben.fern', password: 'x' }, app), 'unsupported_grant_type');
  });

  test('a public client gets no tokens for itself', async () => {
    const answer = await token({ grant_type: 'client_credentials', resource: 'api://notes' }, phone);
    refused(answer, 'unauthorized_client');
  });

  describe('refresh tokens', () => {
    test('are bound to their client', async () => {
      const { refresh_token } = await tokensOf(app, browser);
      refused(await refresh(refresh_token, other));
      refused(await refresh(refresh_token, phone));
      assert.equal((await refresh(refresh_token, app)).status, 200);
    });

    test('of a confidential client need its secret', async () => {
      const { refresh_token } = await tokensOf(app, browser);
      refused(await refresh(refresh_token, { client_id: app.client_id }), 'invalid_client', 401);
      refused(await refresh(refresh_token, null), 'invalid_client', 401);
    });

    test('of a public client are good once, and a copy ends the family', async () => {
      const first = await tokensOf(phone, browser, OPEN);
      assert.equal((await userinfo(first.access_token)).status, 200);
      const second = (await refresh(first.refresh_token, phone)).json;
      const third = (await refresh(second.refresh_token, phone)).json;
      refused(await refresh(first.refresh_token, phone));
      refused(await refresh(third.refresh_token, phone));
      assert.equal((await userinfo(first.access_token)).status, 401, 'with the access tokens');
    });

    test('may be used for less and never for more, and remember all of it', async () => {
      const { refresh_token } = await tokensOf(phone, browser);
      const less = (await refresh(refresh_token, phone, { scope: 'openid' })).json;
      assert.equal(less.scope, 'openid');
      refused(await refresh(less.refresh_token, phone, { scope: 'openid profile' }), 'invalid_scope');
      const full = (await refresh(less.refresh_token, phone)).json;
      assert.ok(full.scope.includes(READ), full.scope);
    });

    test('an altered one is unknown and harms nobody', async () => {
      const { refresh_token } = await tokensOf(phone, browser);
      for (const altered of [`${refresh_token}A`, refresh_token.slice(1), refresh_token.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 'x', 'a.b.c']) {
        refused(await refresh(altered, phone));
      }
      assert.equal((await refresh(refresh_token, phone)).status, 200);
    });
  });

  describe('entropy', () => {
    test('access tokens are signed and carry an id of at least 128 bits', async () => {
      const all = await Promise.all([tokensOf(app, new Browser()), tokensOf(app, new Browser())]);
      const ids = all.map(({ access_token }) => claimsOf(access_token).jti);
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids) assert.ok(id.replace(/[^0-9a-f]/g, '').length * 4 >= 122, id);
    });

    test('refresh tokens and client secrets cannot be guessed', async () => {
      const { refresh_token } = await tokensOf(phone, browser);
      assert.ok(bitsOf(refresh_token) >= 256);
      assert.ok(bitsOf(app.client_secret.replace(/^dws_/, '')) >= 192, 'at least 192 bits');
      assert.notEqual(app.client_secret, other.client_secret);
    });
  });
});
