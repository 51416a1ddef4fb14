// Who is asked what, what is published, and what sign-out leaves behind: the edges beside those of openid-client.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import { Browser, ISSUER, REDIRECT, ada, authorize, authorizeUrl, codeFor, metadata, request, token, web } from '../oauch/actor.mjs';

let app, person;
before(async () => {
  app = await web({ name: 'edges' });
  person = new Browser();
  await authorize(person, request(app));
});

const visit = async (changes, browser = person) => browser.visit(await authorizeUrl(request(app, { scope: 'openid', ...changes }).query));
const idTokenOf = async (browser, who) => {
  const asked = request(app);
  const params = await authorize(browser, asked, who);
  const form = { grant_type: 'authorization_code', code: params.get('code'), redirect_uri: REDIRECT, code_verifier: asked.verifier };
  return (await token(form, app)).json.id_token;
};

describe('prompt and max_age', () => {
  for (const response_mode of ['query', 'fragment', 'form_post']) {
    test(`prompt=none, nobody signed in, ${response_mode}: login_required, and a frame may show the answer`, async () => {
      const { params, answer } = await visit({ prompt: 'none', response_mode }, new Browser());
      assert.equal(params.get('error'), 'login_required');
      if (response_mode !== 'form_post') assert.equal(answer.headers['x-frame-options'], undefined);
    });
  }
  test('prompt=consent asks again', async () => assert.ok((await visit({ prompt: 'consent' })).page.has('consent')));
  for (const prompt of ['login consent', 'consent login', 'login login']) {
    test(`prompt=${prompt} begins at the sign-in page`, async () => assert.ok((await visit({ prompt })).page.has('signin')));
  }
  for (const max_age of ['-1', '1.5', '1e3', '0x10', ' 1', '99999999999999999999999']) {
    test(`max_age=${max_age} is invalid_request`, async () => {
      assert.equal((await visit({ max_age })).params.get('error'), 'invalid_request');
    });
  }
});

describe('hints', () => {
  for (const login_hint of ['nobody@elsewhere.test', 'O.forged', 'x'.repeat(2000), '\u{1f6aa}', '"><i>', '%00']) {
    test(`login_hint ${login_hint.slice(0, 24)} is never an error`, async () => {
      assert.ok((await visit({ login_hint }, new Browser())).page.has('signin'));
    });
  }
  for (const [name, value] of [['display', 'popup'], ['display', 'touch'], ['display', 'wap'], ['ui_locales', 'xx-YY !!'], ['claims_locales', 'de fr'], ['instance_aware', 'true']]) {
    test(`${name}=${value} is tolerated`, async () => assert.ok((await visit({ [name]: value })).params.get('code')));
  }
  test("another person's ID token: login_required with prompt=none, the sign-in page without", async () => {
    const id_token_hint = await idTokenOf(new Browser(), ada);
    assert.equal((await visit({ id_token_hint, prompt: 'none' })).params.get('error'), 'login_required');
    assert.ok((await visit({ id_token_hint })).page.has('signin'));
  });
});

describe('claims', () => {
  for (const claims of [
    { id_token: { auth_time: null, acr: null } }, { userinfo: { name: { essential: true } } },
    { userinfo: { email: { value: 'x' }, name: { values: ['a', 'b'] } } }, { id_token: { 'made-up': { essential: true }, 'name#de': null } }, {},
  ]) {
    test(`${JSON.stringify(claims)} is tolerated`, async () => assert.ok((await visit({ claims: JSON.stringify(claims) })).params.get('code')));
  }
  for (const claims of ['[]', 'null', '"x"', '7', '{', '['.repeat(1000)]) {
    test(`${claims.slice(0, 8)} is invalid_request`, async () => assert.equal((await visit({ claims })).params.get('error'), 'invalid_request'));
  }
  test('an essential acr that nobody reaches is refused', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:none'] } } });
    assert.equal((await visit({ claims })).params.get('error'), 'unmet_authentication_requirements');
  });
});

describe('discovery', () => {
  for (const where of ['/nowhere', '/meadow/b2c_1_nothing', '/%00', '/meadow/x/y']) {
    test(`what does not exist (${where}) is 4xx at all three addresses`, async () => {
      for (const path of [`${where}/.well-known/openid-configuration`, `/.well-known/openid-configuration${where}`, `/.well-known/oauth-authorization-server${where}`]) {
        const { status } = await exchange(demo.base_url + path);
        assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
      }
    });
  }
  test('the three addresses give the same bytes', async () => {
    const paths = ['/meadow/.well-known/openid-configuration', '/.well-known/openid-configuration/meadow', '/.well-known/oauth-authorization-server/meadow'];
    const texts = await Promise.all(paths.map(async (path) => (await exchange(demo.base_url + path)).text));
    assert.equal(new Set(texts).size, 1);
    assert.equal(JSON.parse(texts[0]).issuer, ISSUER);
  });
  test('every prompt that is listed is understood', async () => {
    for (const prompt of (await metadata()).prompt_values_supported) {
      assert.notEqual((await visit({ prompt })).params?.get('error'), 'invalid_request', prompt);
    }
  });
});

describe('logout', () => {
  const leave = async (browser, params) => browser.visit(`${(await metadata()).end_session_endpoint}?${new URLSearchParams(params)}`);
  const isSignedIn = async (browser) => (await visit({ prompt: 'none' }, browser)).params.get('error') !== 'login_required';

  test('a hint with another client_id leads to the question, not back', async () => {
    const browser = new Browser();
    const id_token_hint = await idTokenOf(browser);
    const other = await web({ name: 'edges-other' });
    const { page } = await leave(browser, { id_token_hint, client_id: other.client_id, post_logout_redirect_uri: REDIRECT });
    assert.ok(page, 'a page of ours');
    assert.ok(await isSignedIn(browser));
  });
  test('the state comes back byte for byte, odd as it is, and the session is over', async () => {
    const browser = new Browser();
    const id_token_hint = await idTokenOf(browser);
    const state = ' a+b%20&=#\u00e4"\'\\';
    const { params } = await leave(browser, { id_token_hint, post_logout_redirect_uri: REDIRECT, state, ui_locales: 'de', logout_hint: 'x' });
    assert.equal(params.get('state'), state);
    assert.equal(await isSignedIn(browser), false);
  });
  test('a state without a way back asks, and ends nothing', async () => {
    const browser = new Browser();
    await codeFor(app, browser);
    assert.ok((await leave(browser, { state: 'x' })).page);
    assert.ok(await isSignedIn(browser));
  });
  test('a parameter given twice is refused on a page', async () => {
    const { page } = await leave(new Browser(), [['state', '1'], ['state', '2'], ['post_logout_redirect_uri', REDIRECT]]);
    assert.equal(page?.status, 400);
  });
});
