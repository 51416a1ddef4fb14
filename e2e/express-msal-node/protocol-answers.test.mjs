// The wire as MSAL needs it: metadata at every spelling of an authority, JSON on every answer.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';

const meadow = demo.tenant('meadow');
const base = demo.base_url;
const SUSI = 'b2c_1_susi';
const METADATA = '.well-known/openid-configuration';

describe('metadata', () => {
  const shapes = [
    `/meadow/v2.0/${METADATA}`,
    `/meadow/v2.0/v2.0/${METADATA}`,
    `/${meadow.id}/v2.0/${METADATA}`,
    `/meadow/${SUSI}/v2.0/${METADATA}`,
    `/${meadow.id}/${SUSI}/v2.0/${METADATA}`,
    `/tfp/meadow/${SUSI}/v2.0/${METADATA}`,
    `/meadow/${SUSI}/${METADATA}`,
    `/meadow/v2.0/${METADATA}?p=${SUSI}`,
    `/Meadow/B2C_1_SuSi/v2.0/${METADATA}`,
    `/meadow/${METADATA}`,
  ];
  for (const shape of shapes) {
    test(`GET ${shape} names every endpoint on its own origin`, async () => {
      const answer = await exchange(base + shape);
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      assert.match(answer.headers['content-type'], /^application\/json/);
      const document = answer.json;
      for (const field of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint']) {
        assert.equal(new URL(document[field]).origin, base, field);
      }
      assert.ok(document.id_token_signing_alg_values_supported.includes('RS256'));
      assert.ok(Array.isArray(document.code_challenge_methods_supported));
      const keys = await exchange(document.jwks_uri);
      assert.equal(keys.status, 200);
      assert.ok(keys.json.keys.some(({ kty, use, kid }) => kty === 'RSA' && use === 'sig' && kid));
    });
  }

  test('the endpoints of a user flow repeat the path of its authority, in lower case', async () => {
    const { json } = await exchange(`${base}/meadow/B2C_1_susi/v2.0/${METADATA}`);
    for (const field of ['authorization_endpoint', 'token_endpoint', 'end_session_endpoint']) {
      const path = new URL(json[field]).pathname;
      assert.match(path, new RegExp(`^/(meadow|${meadow.id})/${SUSI}/oauth2/v2\\.0/`), field);
    }
    assert.equal(json.token_endpoint.match(/\/token/g).length, 1);
  });

  test('the issuer of a user flow is the one its tokens carry', async () => {
    const flow = meadow.flows.find(({ name }) => name.toLowerCase() === SUSI);
    const { json } = await exchange(`${base}/meadow/${SUSI}/v2.0/${METADATA}`);
    assert.equal(json.issuer, flow.issuer);
  });

  test('an unknown tenant and an unknown flow are told apart from a crash', async () => {
    for (const path of [`/nowhere/v2.0/${METADATA}`, `/meadow/b2c_1_nowhere/v2.0/${METADATA}`]) {
      const answer = await exchange(base + path);
      assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
      assert.ok(answer.json.error, answer.text);
    }
  });
});

describe('instance discovery', () => {
  const ask = (host) => {
    const url = new URL('/common/discovery/instance', base);
    url.searchParams.set('api-version', '1.1');
    url.searchParams.set('authorization_endpoint', `https://${host}/meadow/oauth2/v2.0/authorize`);
    return exchange(url);
  };
  test('our own host is known', async () => {
    const { status, json } = await ask(new URL(base).host);
    assert.equal(status, 200);
    assert.match(json.tenant_discovery_endpoint, /\/v2\.0\/\.well-known\/openid-configuration$/);
    assert.ok(json.metadata[0].aliases.includes(new URL(base).host));
  });
  test('a foreign host is an invalid instance', async () => {
    const { status, json } = await ask('elsewhere.example');
    assert.equal(status, 400);
    assert.equal(json.error, 'invalid_instance');
  });
});

describe('every answer of a token endpoint is JSON', () => {
  const endpoints = [
    '/meadow/oauth2/token',
    '/meadow/oauth2/v2.0/token',
    `/meadow/${SUSI}/oauth2/v2.0/token`,
    `/tfp/meadow/${SUSI}/oauth2/v2.0/token`,
    `/meadow/oauth2/v2.0/token?p=${SUSI}`,
  ];
  const form = { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'nothing', scope: 'api://notes/.default' };
  const cases = {
    'GET': [{ method: 'GET' }, [400, 405]],
    'PUT': [{ method: 'PUT', form }, [405]],
    'DELETE': [{ method: 'DELETE' }, [405]],
    'PATCH': [{ method: 'PATCH', form }, [405]],
    'no body': [{ method: 'POST' }, [400, 415]],
    'JSON': [{ body: JSON.stringify(form), headers: { 'content-type': 'application/json' } }, [400, 415]],
    'text': [{ body: 'hello', headers: { 'content-type': 'text/plain' } }, [400, 415]],
    'multipart': [{ body: '--x\r\n\r\n--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }, [400, 415]],
    'no content type': [{ body: new URLSearchParams(form).toString(), method: 'POST' }, [400, 401, 415]],
    'two megabytes': [{ form: { ...form, assertion: 'a'.repeat(2_000_000) } }, [413]],
    'broken escapes': [{ body: 'grant_type=%ZZ&client_id=%FF%FE', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, [400, 401]],
    'an unknown client': [{ form }, [400, 401]],
    'an unknown grant': [{ form: { ...form, grant_type: 'telepathy' } }, [400, 401]],
    'no grant': [{ form: { client_id: 'nobody' } }, [400, 401]],
    'a name twice': [{ form: [...Object.entries(form), ['scope', 'x']] }, [400]],
  };
  for (const endpoint of endpoints) {
    for (const [what, [request, statuses]] of Object.entries(cases)) {
      test(`${endpoint}: ${what}`, async () => {
        const answer = await exchange(base + endpoint, request);
        assert.ok(statuses.includes(answer.status), `status ${answer.status}: ${answer.text.slice(0, 300)}`);
        assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
        assert.equal(typeof answer.json.error, 'string');
        assert.match(answer.headers['cache-control'] ?? '', /no-store/);
        if (answer.status === 405) assert.match(answer.headers.allow ?? '', /POST/);
        const { error_description: description = '' } = answer.json;
        assert.doesNotMatch(description, /interaction_required|consent_required|login_required|bad_token|ui_not_allowed|interrupted_user/);
      });
    }
  }

  for (const path of ['/nowhere/oauth2/v2.0/token', '/meadow/b2c_1_nowhere/oauth2/v2.0/token', '/meadow/oauth2/v2.0/token/more', '/meadow/oauth2/v9.0/token']) {
    test(`${path} does not exist, in JSON`, async () => {
      const answer = await exchange(base + path, { form, headers: { accept: 'application/json' } });
      assert.ok([400, 404].includes(answer.status), `status ${answer.status}`);
      assert.ok(answer.json.error, answer.text);
    });
  }
});

describe('the authorization endpoint', () => {
  const request = new URLSearchParams({ client_id: demo.app('web-shop').client_id, response_type: 'code', scope: 'openid' });

  for (const redirect of ['http://localhost:3000/elsewhere', 'https://evil.example/', 'http://localhost:3000/redirect/', 'javascript:alert(1)']) {
    test(`never returns to ${redirect}`, async () => {
      request.set('redirect_uri', redirect);
      const answer = await exchange(`${base}/meadow/oauth2/v2.0/authorize?${request}`);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.location, undefined);
      assert.match(answer.headers['content-type'], /^text\/html/);
      assert.match(answer.text, /50011|DW1101/);
      assert.ok(!answer.text.includes(`href="${redirect}"`));
    });
  }

  test('sends no Cross-Origin-Opener-Policy: it would close the popups of older libraries', async () => {
    request.set('redirect_uri', 'http://localhost:3000/redirect');
    const answer = await exchange(`${base}/meadow/oauth2/v2.0/authorize?${request}`);
    assert.equal(answer.headers['cross-origin-opener-policy'], undefined);
  });

  test('accepts POST', async () => {
    request.set('redirect_uri', 'http://localhost:3000/redirect');
    const answer = await exchange(`${base}/meadow/oauth2/v2.0/authorize?client-request-id=1`, { form: request });
    assert.ok(answer.status < 400, `status ${answer.status}: ${answer.text.slice(0, 200)}`);
  });
});
