// The authorization endpoint at its edges, byte by byte: what is a page, what is a redirect, and with which error.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import { ISSUER, client, configure, prepare, stage } from './party.mjs';

let scene, endpoint, parameters;
before(async () => {
  scene = await stage();
  const config = await configure(scene.web);
  endpoint = config.serverMetadata().authorization_endpoint;
  parameters = { client_id: scene.web.client_id, response_type: 'code', ...(await prepare(scene.redirect)).parameters };
});
after(() => scene?.close());

const ask = (changes = {}, more = []) => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...parameters, ...changes })) if (value !== undefined) query.append(name, value);
  for (const [name, value] of more) query.append(name, value);
  return exchange(`${endpoint}?${query}`);
};

function isPage(answer, status = 400) {
  assert.equal(answer.status, status, answer.text.slice(0, 300));
  assert.equal(answer.headers.location, undefined);
  assert.match(answer.headers['content-type'], /^text\/html/);
  assert.match(answer.text, /DW\d{4}/);
}

function isRefused(answer, error) {
  assert.ok([302, 303].includes(answer.status), `status ${answer.status}: ${answer.text.slice(0, 300)}`);
  assert.ok(answer.headers.location.startsWith(scene.redirect), answer.headers.location);
  const told = Object.fromEntries(answer.redirected);
  assert.match(told.error, error);
  assert.equal(told.state, parameters.state);
  assert.equal(told.iss, ISSUER.href);
  assert.equal(told.code, undefined);
  if (told.error_description) assert.match(told.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
  for (const name of Object.keys(told)) assert.match(name, /^(error|error_description|error_uri|state|iss|session_state)$/);
}

describe('redirect_uri: compared as a string, and never followed unless it is registered', () => {
  const variations = {
    'a trailing slash': (uri) => `${uri}/`,
    'a query added': (uri) => `${uri}?a=b`,
    'a fragment added': (uri) => `${uri}#x`,
    'another case of the path': (uri) => uri.replace('/cb', '/CB'),
    'another case of the host': (uri) => uri.replace('localhost', 'LOCALHOST'),
    'another host of the same machine': (uri) => uri.replace('localhost', '127.0.0.1'),
    'another port': (uri) => uri.replace(/:\d+/, ':1'),
    'https instead of http': (uri) => uri.replace('http:', 'https:'),
    'an escape for a letter': (uri) => uri.replace('/cb', '/%63b'),
    'a step up and down': (uri) => uri.replace('/cb', '/x/../cb'),
    'user information': (uri) => uri.replace('//', '//evil.example@'),
    'a host that ends alike': (uri) => uri.replace('localhost', 'localhost.evil.example'),
    'a backslash': (uri) => uri.replace('/cb', '\\cb'),
    'a newline at its end': (uri) => `${uri}\n`,
    'a NUL at its end': (uri) => `${uri}\0`,
    'a script': () => 'javascript:alert(document.domain)',
    'data': () => 'data:text/html,hello',
    'a relative address': () => '/cb',
    'nothing': () => '',
    'no URI': () => 'not a uri',
    'a very long one': (uri) => `${uri}/${'a'.repeat(20_000)}`,
  };
  for (const [what, change] of Object.entries(variations)) {
    test(what, async () => {
      const changed = change(scene.redirect);
      const answer = await ask({ redirect_uri: changed });
      isPage(answer, what === 'a very long one' ? answer.status : 400);
      assert.ok([400, 413, 414, 431].includes(answer.status), `status ${answer.status}`);
      if (changed.length > 3) assert.ok(!answer.text.includes(`href="${changed}"`), 'no link to it on the page');
    });
  }

  test('missing, with openid: a page', async () => isPage(await ask({ redirect_uri: undefined })));
  test('given twice: a page', async () => isPage(await ask({}, [['redirect_uri', scene.redirect]])));
});

describe('client_id', () => {
  test('unknown: a page', async () => isPage(await ask({ client_id: 'nobody' })));
  test('missing: a page', async () => isPage(await ask({ client_id: undefined })));
  test('empty is missing', async () => isPage(await ask({ client_id: '' })));
  test('given twice: a page', async () => isPage(await ask({}, [['client_id', scene.other.client_id]])));
  test('with markup in it: shown as text', async () => {
    const answer = await ask({ client_id: '<img src=x onerror=alert(1)>' });
    isPage(answer);
    assert.ok(!answer.text.includes('<img src=x'));
  });
});

describe('everything after that is told to the application', () => {
  for (const name of ['scope', 'state', 'nonce', 'response_type', 'code_challenge', 'code_challenge_method', 'prompt', 'max_age']) {
    test(`${name} given twice: refused, on a page or at the application`, async () => {
      const given = { prompt: 'none', max_age: '1000' }[name] ?? parameters[name];
      const answer = await ask({ [name]: given }, [[name, given]]);
      if (answer.status === 400) return isPage(answer);
      assert.ok([302, 303].includes(answer.status), `status ${answer.status}`);
      assert.equal(answer.redirected.get('error'), 'invalid_request');
    });
  }
  test('response_type missing', async () => isRefused(await ask({ response_type: undefined }), /^(invalid_request|unsupported_response_type)$/));
  test('response_type unknown', async () => isRefused(await ask({ response_type: 'bread' }), /^unsupported_response_type$/));
  test('response_mode unknown', async () => isRefused(await ask({ response_mode: 'pigeon' }), /^invalid_request$/));
  test('prompt unknown value', async () => {
    const answer = await ask({ prompt: 'shout' });
    if (answer.status !== 200) isRefused(answer, /^invalid_request$/);
  });
  test('implicit, not registered', async () => {
    const answer = await ask({ response_type: 'token', response_mode: 'fragment' });
    isRefused(answer, /^(unsupported_response_type|unauthorized_client)$/);
    assert.ok(!answer.text.includes('access_token'));
  });
  test('a token in the query is never sent', async () => {
    const answer = await ask({ response_type: 'id_token token', response_mode: 'query' });
    isRefused(answer, /^(invalid_request|unsupported_response_type|unauthorized_client)$/);
  });
  test('request objects are refused, not ignored', async () => {
    isRefused(await ask({ request: 'eyJhbGciOiJub25lIn0.e30.' }), /^(request_not_supported|invalid_request_object|invalid_request)$/);
    isRefused(await ask({ request_uri: 'https://app.example/request' }), /^(request_uri_not_supported|invalid_request_uri|invalid_request)$/);
  });
  test('claims that are no JSON: invalid_request', async () => isRefused(await ask({ claims: '{broken' }), /^invalid_request$/));
});

describe('PKCE', () => {
  test('without a challenge: refused on this authority', async () => {
    isRefused(await ask({ code_challenge: undefined, code_challenge_method: undefined }), /^invalid_request$/);
  });
  test('the plain method: refused', async () => isRefused(await ask({ code_challenge_method: 'plain' }), /^invalid_request$/));
  test('no method, which means plain: refused', async () => isRefused(await ask({ code_challenge_method: undefined }), /^invalid_request$/));
  for (const challenge of ['short', 'a'.repeat(129), `${'a'.repeat(42)}!`]) {
    test(`a challenge of the wrong form (${challenge.slice(0, 8)}, ${challenge.length}): refused`, async () => {
      isRefused(await ask({ code_challenge: challenge }), /^invalid_request$/);
    });
  }
});

describe('what is accepted', () => {
  const isSignIn = (answer) => {
    assert.ok(answer.status < 400, `status ${answer.status}: ${answer.text.slice(0, 300)}`);
    if (answer.headers.location) assert.ok(!answer.headers.location.startsWith(scene.redirect), answer.headers.location);
  };
  test('the plain request', async () => isSignIn(await ask()));
  test('by POST', async () => isSignIn(await exchange(endpoint, { form: parameters })));
  test('unknown parameters, also twice', async () => isSignIn(await ask({ unknown: '1' }, [['unknown', '2']])));
  test('an empty value is an absent one', async () => isSignIn(await ask({ prompt: '', max_age: '', login_hint: '' })));
  test('a long nonce and state', async () => isSignIn(await ask({ nonce: 'n'.repeat(500), state: 's'.repeat(1000) })));
  test('scopes in any order', async () => isSignIn(await ask({ scope: 'email openid profile' })));
});

describe('other requests', () => {
  test('PUT and DELETE: 405', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await exchange(endpoint, { method });
      assert.equal(answer.status, 405, method);
      assert.ok(answer.text.length > 0);
    }
  });
  test('a body that is no form', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await exchange(endpoint, { body: '{}', headers: { 'content-type': type } });
      assert.ok([400, 415].includes(answer.status), `${type}: ${answer.status}`);
      assert.ok(answer.text.length > 0);
    }
  });
  test('a body of two megabytes', async () => {
    const answer = await exchange(endpoint, { form: { ...parameters, state: 'a'.repeat(2_000_000) } });
    assert.equal(answer.status, 413);
    assert.ok(answer.text.length > 0);
  });
  test('on an unknown tenant', async () => {
    const answer = await exchange(`${demo.base_url}/nowhere/oauth2/authorize?${new URLSearchParams(parameters)}`);
    assert.ok([400, 404].includes(answer.status));
    assert.equal(answer.headers.location, undefined);
  });
  test('the library builds the same address', async () => {
    const config = await configure(scene.web);
    assert.ok(client.buildAuthorizationUrl(config, parameters).href.startsWith(`${endpoint}?`));
  });
});
