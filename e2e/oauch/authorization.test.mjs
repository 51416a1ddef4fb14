// The authorization endpoint as an attacker looks at it (OAuch: authorization endpoint, PKCE).

import '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import {
  Browser, ISSUER, READ, REDIRECT, authorize, authorizeUrl, ben, challengeOf, codeFor, metadata, native, newVerifier, request,
  signIn, toConsent, token, tokensOf, web,
} from './actor.mjs';

describe('authorization endpoint', () => {
  let app, phone;
  before(async () => {
    app = await web();
    phone = await native();
  });

  const refused = async (asked) => {
    const landed = await toConsent(new Browser(), asked);
    assert.equal(landed.page, undefined, landed.page?.words);
    assert.equal(landed.params.get('code'), null);
    return landed.params;
  };

  test('the sign-in page cannot be framed, and its policy names what it loads', async () => {
    const { answer } = await new Browser().visit(await authorizeUrl(request(app).query));
    assert.match(answer.headers['content-security-policy'], /frame-ancestors 'none'/);
    assert.match(answer.headers['content-security-policy'], /default-src 'none'|default-src 'self'/);
    assert.equal(answer.headers['x-frame-options'], 'DENY');
  });

  test('no page tells the next one where it came from', async () => {
    const browser = new Browser();
    const first = await browser.visit(await authorizeUrl(request(app).query));
    const second = await signIn(browser, first.page, ben);
    for (const { answer } of [first, second]) assert.match(answer.headers['referrer-policy'], /no-referrer|same-origin/);
    for (const { answer } of [first, second]) assert.match(answer.headers['cache-control'], /no-store/);
  });

  test('the person is asked for consent before anything is given out', async () => {
    const fresh = await web();
    const landed = await toConsent(new Browser(), request(fresh));
    assert.ok(landed.page.has('consent'), landed.page.words);
  });

  test('state comes back byte for byte, and iss beside it', async () => {
    const state = 'a b&c=d/%20|"\u00e4\u20ac+';
    const params = await authorize(new Browser(), request(app, { state }));
    assert.equal(params.get('state'), state);
    assert.equal(params.get('iss'), ISSUER);
    const without = await authorize(new Browser(), request(app, { state: undefined }));
    assert.equal(without.get('state'), null);
  });

  test('nothing but the code comes through the front channel', async () => {
    const params = await authorize(new Browser(), request(app));
    for (const name of ['access_token', 'id_token', 'refresh_token', 'token_type']) assert.equal(params.get(name), null, name);
    for (const name of params.keys()) assert.match(name, /^(code|state|iss|session_state)$/);
  });

  test('response types that would put tokens into addresses are refused', async () => {
    for (const response_type of ['token', 'id_token token', 'code token', 'none']) {
      const params = await refused(request(app, { response_type }));
      assert.match(params.get('error'), /^(unsupported_response_type|unauthorized_client|invalid_request)$/, response_type);
    }
  });

  test('the answer is added to a redirect URI that has a query of its own', async () => {
    const uri = `${REDIRECT}?keep=1`;
    const other = await web({ redirects: [uri] });
    const landed = await toConsent(new Browser(), request(other, { redirect_uri: uri, scope: 'openid' }));
    const params = landed.page ? (await new Browser().visit(await authorizeUrl(request(other, { redirect_uri: uri }).query))).params : landed.params;
    if (params) assert.equal(params.get('keep'), '1');
  });

  test('a posted request is as good as one in the address', async () => {
    const asked = request(app);
    const answer = await exchange((await metadata()).authorization_endpoint, {
      form: asked.params,
      headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    });
    assert.ok([200, 303].includes(answer.status), answer.text.slice(0, 300));
    assert.doesNotMatch(answer.text, /error-code/);
  });

  test('any parameter given twice is refused', async () => {
    const asked = request(app);
    for (const name of ['client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'response_type', 'code_challenge']) {
      const query = new URLSearchParams(asked.query);
      query.append(name, asked.query.get(name));
      const landed = await new Browser().visit(await authorizeUrl(query));
      if (landed.page) assert.ok(landed.page.status >= 400, `${name}: ${landed.page.words}`);
      else assert.equal(landed.params.get('error'), 'invalid_request', name);
    }
  });

  test('unknown parameters are ignored', async () => {
    assert.ok((await authorize(new Browser(), request(app, { foo: 'bar', 'x-anything': '1' }))).get('code'));
  });

  test('a redirect URI that is not registered byte for byte is a page, never a redirect', async () => {
    for (const redirect_uri of [
      `${REDIRECT}/`, `${REDIRECT}?a=b`, REDIRECT.replace('http:', 'HTTP:'), REDIRECT.replace('/cb', '/%63b'),
      REDIRECT.replace('/cb', '/CB'), `${REDIRECT}#f`, 'https://evil.example/cb', `${REDIRECT}@evil.example`, 'javascript:alert(1)',
    ]) {
      const { page, answer } = await new Browser().visit(await authorizeUrl(request(app, { redirect_uri }).query));
      assert.equal(page?.status, 400, redirect_uri);
      assert.equal(answer.headers.location, undefined);
      assert.ok(!answer.text.includes(`href="${redirect_uri}"`), 'and it is no link');
    }
  });

  test('an unknown client is a page, never a redirect', async () => {
    const { page } = await new Browser().visit(await authorizeUrl(request({ client_id: 'nobody' }).query));
    assert.equal(page.status, 400);
  });

  test('a request object is answered, not passed over', async () => {
    const object = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`;
    for (const extra of [{ request: object }, { request_uri: 'https://evil.example/ro' }]) {
      const params = await refused(request(app, extra));
      assert.match(params.get('error'), /^request(_uri)?_not_supported$/);
    }
  });

  describe('PKCE', () => {
    test('is demanded of a public client, and here of every other too', async () => {
      for (const client of [phone, app]) {
        const params = await refused(request(client, { code_challenge: undefined, code_challenge_method: undefined }));
        assert.equal(params.get('error'), 'invalid_request');
      }
    });

    test('plain is refused, named or not', async () => {
      for (const code_challenge_method of ['plain', undefined, 'S512', 's256']) {
        const params = await refused(request(app, { code_challenge_method }));
        assert.equal(params.get('error'), 'invalid_request', code_challenge_method);
      }
    });

    test('a challenge that no S256 makes is refused', async () => {
      for (const code_challenge of ['short', 'a'.repeat(42), 'a'.repeat(44), 'a'.repeat(129), `${'a'.repeat(42)}+`]) {
        const params = await refused(request(app, { code_challenge }));
        assert.equal(params.get('error'), 'invalid_request', code_challenge);
      }
    });

    test('downgrade: without the verifier the code is worth nothing', async () => {
      const { code_verifier: _gone, ...form } = await codeFor(app);
      const answer = await token(form, app);
      assert.deepEqual([answer.status, answer.json.error], [400, 'invalid_grant']);
    });

    test('downgrade: another verifier, an empty one, the challenge itself', async () => {
      const form = await codeFor(app);
      for (const code_verifier of [newVerifier(), '', challengeOf(form.code_verifier)]) {
        const answer = await token({ ...form, code_verifier }, app);
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.json.error, /^invalid_(grant|request)$/);
      }
      assert.equal((await token(form, app)).status, 200, 'and the code is not burnt');
    });

    test('a verifier that is too short is refused, though its hash would fit', async () => {
      const verifier = 'a-short-verifier';
      const form = await codeFor(app, new Browser(), { verifier });
      const answer = await token(form, app);
      assert.deepEqual([answer.status, answer.json.error], [400, 'invalid_grant']);
    });
  });

  test('a code has at least 128 bits, and no two are alike', async () => {
    const browser = new Browser();
    const codes = [];
    for (let index = 0; index < 5; index += 1) codes.push((await codeFor(app, browser)).code);
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.ok(code.length >= 22, code);
    assert.equal(new Set(codes.map((code) => code.slice(0, 8))).size, codes.length, 'and they share no beginning');
  });

  test('a scope that nobody exposes is not granted, and the answer says what was', async () => {
    const granted = await tokensOf(app, new Browser(), { scope: `openid ${READ} made-up` });
    assert.ok(!granted.scope.includes('made-up'), granted.scope);
  });
});
