// Redirect URIs and the parsing of authorization requests: the edges that no library of ours produces.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { claimsOf, exchange } from '../harness/exchange.mjs';
import { Browser, ISSUER, READ, REDIRECT, authorize, authorizeUrl, metadata, request, toConsent, token, web } from '../oauch/actor.mjs';

const MODES = ['query', 'fragment', 'form_post'];
const ODD = ' a+b%20&c=d#e?"\'<>\\\u00e4\u20ac\u{1f6aa}';

let app, person;
before(async () => {
  app = await web({ name: 'edges' });
  person = new Browser();
  await authorize(person, request(app, { scope: `openid ${READ}` }));
});

const ask = (changes, client = app) => request(client, { scope: 'openid', ...changes });
const visit = async (asked, browser = person) => browser.visit(await authorizeUrl(asked.query));

describe('redirect_uri', () => {
  test('a registered query stays byte for byte, in every mode, and the answer is added to it', async () => {
    const uri = `${REDIRECT}?b=2&a=%7e`;
    const client = await web({ name: 'edges-query', redirects: [uri] });
    await authorize(person, ask({ redirect_uri: uri }, client));
    for (const response_mode of MODES) {
      const landed = await visit(ask({ redirect_uri: uri, response_mode }, client));
      if (response_mode === 'form_post') assert.ok(landed.answer.text.includes('b=2&amp;a=%7e') || landed.answer.text.includes('b=2&a=%7e'));
      else assert.ok(landed.address.startsWith(`${uri}${response_mode === 'query' ? '&' : '#'}`), landed.address);
      assert.ok(landed.params.get('code'), response_mode);
    }
    const refused = await visit(ask({ redirect_uri: uri, prompt: 'shout' }, client));
    assert.ok(refused.address.startsWith(`${uri}&`), refused.address);
  });

  for (const [what, query] of [['left out', ''], ['reordered', '?a=%7e&b=2'], ['re-encoded', '?b=2&a=~'], ['added to', '?b=2&a=%7e&c=3']]) {
    test(`a registered query that is ${what} is a page`, async () => {
      const client = await web({ name: 'edges-mismatch', redirects: [`${REDIRECT}?b=2&a=%7e`] });
      const { page } = await visit(ask({ redirect_uri: REDIRECT + query }, client));
      assert.equal(page?.status, 400);
    });
  }

  test('missing, with two registered and without openid: a page', async () => {
    const client = await web({ name: 'edges-two', redirects: [REDIRECT, `${REDIRECT}2`] });
    const { page } = await visit(ask({ redirect_uri: undefined, scope: READ }, client));
    assert.equal(page?.status, 400);
  });

  for (const uri of [
    `${REDIRECT}#part`, 'javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', 'https://*.example/cb', '/cb', 'no uri',
  ]) {
    test(`${uri} cannot be registered`, async () => {
      for (const kind of ['web', 'native']) await assert.rejects(demo.register({ kind, redirects: [uri] }), kind);
    });
  }
});

describe('parameters', () => {
  test('their order does not matter', async () => {
    const asked = ask();
    const query = new URLSearchParams([...asked.query].reverse());
    assert.ok((await person.visit(await authorizeUrl(query))).params.get('code'));
  });

  test('a posted request leads to a code', async () => {
    const landed = await person.post((await metadata()).authorization_endpoint, ask().params);
    assert.ok(landed.params.get('code'));
    assert.equal(landed.answer.status, 303);
  });

  for (const name of ['login_hint', 'id_token_hint', 'ui_locales', 'claims_locales', 'display', 'acr_values', 'claims', 'response_mode', 'domain_hint']) {
    test(`${name} given twice is invalid_request`, async () => {
      const value = { claims: '{}', response_mode: 'query' }[name] ?? 'x';
      const asked = ask({ [name]: value });
      asked.query.append(name, value);
      const { page, params } = await visit(asked);
      if (page) assert.equal(page.status, 400);
      else assert.equal(params.get('error'), 'invalid_request');
    });
  }

  test('resource and audience may be given twice', async () => {
    const asked = ask({ scope: `openid ${READ}`, resource: 'api://notes', audience: 'x' });
    asked.query.append('resource', 'api://notes');
    asked.query.append('audience', 'y');
    const { params, page } = await visit(asked);
    assert.ok(params?.get('code'), page?.words ?? `${params}`);
  });

  for (const name of ['response_mode', 'prompt', 'max_age', 'login_hint', 'id_token_hint', 'claims', 'acr_values', 'ui_locales', 'sid', 'resource', 'request']) {
    test(`${name} with an empty value is absent`, async () => {
      assert.ok((await visit(ask({ [name]: '' }))).params.get('code'));
    });
  }

  test('an empty state is not echoed, and an empty nonce is not in the ID token', async () => {
    const asked = ask({ state: '', nonce: '' });
    const { params } = await visit(asked);
    assert.equal(params.has('state'), false);
    const form = { grant_type: 'authorization_code', code: params.get('code'), redirect_uri: REDIRECT, code_verifier: asked.verifier };
    assert.equal('nonce' in claimsOf((await token(form, app)).json.id_token), false);
  });

  for (const [what, nonce] of [['64 characters', 'n'.repeat(64)], ['500 characters', 'n'.repeat(500)], ['odd characters', ODD]]) {
    test(`a nonce of ${what} is in the ID token as it was sent`, async () => {
      const asked = ask({ nonce });
      const { params } = await visit(asked);
      const form = { grant_type: 'authorization_code', code: params.get('code'), redirect_uri: REDIRECT, code_verifier: asked.verifier };
      assert.equal(claimsOf((await token(form, app)).json.id_token).nonce, nonce);
    });
  }

  test('the words of response_type are a set: either order is refused alike', async () => {
    for (const response_type of ['id_token token', 'token id_token']) {
      assert.equal((await visit(ask({ response_type }))).params.get('error'), 'unsupported_response_type');
    }
  });
});

describe('answers', () => {
  const WRONG = { 'an unknown prompt': { prompt: 'a"b\\c\u00e9\r\n\t' }, 'a scope of odd bytes': { scope: 'openid "\\\u00e9\n' }, 'a broken max_age': { max_age: '"\\\r\n' } };
  for (const response_mode of MODES) {
    test(`${response_mode}: a code comes with iss and the state as it was sent`, async () => {
      const { params } = await visit(ask({ response_mode, state: ODD }));
      assert.deepEqual([params.get('state'), params.get('iss')], [ODD, ISSUER]);
      assert.ok(params.get('code'));
    });
    for (const [what, wrong] of Object.entries(WRONG)) {
      test(`${response_mode}: the refusal of ${what} says iss, state and nothing strange`, async () => {
        const { params } = await visit(ask({ response_mode, state: ODD, ...wrong }));
        assert.ok(params.get('error'));
        assert.deepEqual([params.get('state'), params.get('iss')], [ODD, ISSUER]);
        assert.match(params.get('error_description') ?? '', /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/);
        for (const name of params.keys()) assert.match(name, /^(error|error_description|error_uri|state|iss|session_state)$/);
      });
    }
    test(`${response_mode}: no state, no state in a refusal`, async () => {
      assert.equal((await visit(ask({ response_mode, state: undefined, prompt: 'shout' }))).params.has('state'), false);
    });
    test(`${response_mode}: a person who says no is access_denied`, async () => {
      const fresh = await web({ name: 'edges-denied' });
      const browser = new Browser();
      const { page } = await toConsent(browser, request(fresh, { response_mode }));
      const { params } = await browser.submit(page, 'consent', { decision: 'deny' });
      assert.deepEqual([params.get('error'), params.get('iss')], ['access_denied', ISSUER]);
    });
  }

  test('form_post is never stored, may post to the application, and shows nothing in an address', async () => {
    const { answer } = await visit(ask({ response_mode: 'form_post', state: '"><script>alert(1)</script>' }));
    assert.match(answer.headers['cache-control'], /no-store/);
    assert.match(answer.headers['content-security-policy'], /form-action [^;]*http:\/\/localhost:9/);
    assert.equal(answer.headers.location, undefined);
    assert.ok(!answer.text.includes('"><script>alert(1)'));
  });

  test('the address of an unknown tenant is no redirect', async () => {
    const answer = await exchange(`${demo.base_url}/nowhere/oauth2/authorize?${ask({ response_mode: 'form_post' }).query}`);
    assert.ok(answer.status >= 400 && answer.status < 500);
  });
});
