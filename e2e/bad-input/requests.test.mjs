// Well-formed HTTP with everything else wrong, at every endpoint: always an answer, never a 5xx, never empty.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import { ENDPOINTS, complaint } from './endpoints.mjs';

const FORM = 'application/x-www-form-urlencoded';
const shop = demo.app('web-shop');
const PLAUSIBLE = {
  client_id: shop.client_id,
  client_secret: 'wrong',
  grant_type: 'authorization_code',
  code: 'x',
  redirect_uri: 'http://localhost:3000/redirect',
  response_type: 'code',
  scope: 'openid api://notes/notes.read',
  token: 'x',
  refresh_token: 'x',
};
const HOSTILE = [
  '',
  ' ',
  '\0',
  '\r\nSet-Cookie: a=b',
  '\u202e\u0000\ufffd\ud83d\ude00',
  '"><script>alert(1)</script>',
  "' OR 1=1 --",
  '../../../../etc/passwd',
  '{{7*7}}${7*7}',
  '%00%ff%zz',
  'a'.repeat(5000),
  '-1',
  '1e309',
  '[object Object]',
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
  `${'eyJhIjo'.repeat(200)}.${'A'.repeat(3000)}.x`,
];

const BODIES = {
  'nothing': [undefined, undefined],
  'an empty form': ['', FORM],
  'a form of separators': ['&&&===&=&', FORM],
  'broken escapes': ['client_id=%&code=%zz&scope=%f', FORM],
  'escapes of bytes that are no UTF-8': ['client_id=%ff%fe&code=%c3%28', FORM],
  'raw bytes as a form': [Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), FORM],
  'random bytes as a form': [randomBytes(2048), FORM],
  'random bytes as JSON': [randomBytes(512), 'application/json'],
  'deep JSON': ['['.repeat(5000), 'application/json'],
  'JSON': [JSON.stringify(PLAUSIBLE), 'application/json'],
  'broken multipart': ['--x\r\nContent-Disposition: form-data', 'multipart/form-data; boundary=x'],
  'XML': ['<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'application/xml'],
  'an unknown type': ['x', 'nonsense'],
  'a type that is no type': ['x', '/;;;='],
  'a form in another charset': ['a=b', `${FORM}; charset=utf-16`],
  'a thousand parameters': [Array.from({ length: 1000 }, (_, i) => `p${i}=1`).join('&'), FORM],
  'one name a thousand times': ['scope=x&'.repeat(1000), FORM],
  'three megabytes': [`a=${'b'.repeat(3_000_000)}`, FORM],
};

for (const endpoint of ENDPOINTS) {
  const path = endpoint.url.replace(demo.base_url, '');

  describe(path, () => {
    const acceptable = async (request, say = '') => {
      const answer = await exchange(endpoint.url + (request.query ?? ''), request).catch((error) => {
        // The server may close on a body it refused without reading to the end.
        if (request.large && ['ECONNRESET', 'EPIPE'].includes(error.code)) return undefined;
        throw error;
      });
      if (answer) assert.equal(complaint(answer, endpoint, request.method), undefined, say);
      return answer;
    };

    test('every method', async () => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const answer = await acceptable({ method }, method);
        const allowed = [...endpoint.methods, 'HEAD', 'OPTIONS'].includes(method);
        if (!allowed) assert.ok(answer.status >= 400, `${method}: ${answer.status}`);
        if (answer.status === 405) assert.ok(answer.headers.allow, `${method}: no Allow header`);
      }
    });

    for (const [what, [body, type]] of Object.entries(BODIES)) {
      test(`a body of ${what}`, async () => {
        const headers = type ? { 'content-type': type } : {};
        await acceptable({ method: 'POST', body, headers, large: what === 'three megabytes' });
      });
    }

    test('each parameter hostile, in the query and in the form', async () => {
      for (const name of Object.keys(PLAUSIBLE)) {
        for (const value of HOSTILE) {
          const form = { ...PLAUSIBLE, [name]: value };
          const say = `${name}=${JSON.stringify(value.slice(0, 40))}`;
          if (endpoint.methods.includes('POST')) await acceptable({ method: 'POST', form }, say);
          if (endpoint.methods.includes('GET')) await acceptable({ query: `?${new URLSearchParams(form)}` }, say);
        }
      }
    });

    test('each parameter twice', async () => {
      for (const [name, value] of Object.entries(PLAUSIBLE)) {
        const form = [...Object.entries(PLAUSIBLE), [name, value]];
        if (endpoint.methods.includes('POST')) await acceptable({ method: 'POST', form }, name);
        if (endpoint.methods.includes('GET')) await acceptable({ query: `?${new URLSearchParams(form)}` }, name);
      }
    });

    test('hostile headers', async () => {
      for (const [name, values] of Object.entries({
        authorization: ['Bearer', 'Bearer ', 'Bearer a b', 'Basic', 'Basic !!!', 'Basic OjpsOg==', 'x'.repeat(8000), '\u00ff\u00fe'],
        cookie: ['=', ';;;', '__Host-doorward=x', `__Host-doorward=${'a'.repeat(4000)}`, '\u00ff'],
        accept: ['', '*', 'text/html;q=nonsense', 'a/b,'.repeat(500)],
        'accept-language': ['', 'xx-invalid;q=9', '*', 'de,'.repeat(1000)],
        origin: ['null', 'https://evil.example', 'nonsense', 'https://[::1'],
        'x-forwarded-for': ['1.2.3.4, nonsense', 'a'.repeat(2000)],
        'x-forwarded-host': ['evil.example'],
        'content-length': ['0'],
        'if-none-match': ['"x"', '*', 'nonsense'],
        range: ['bytes=0-', 'bytes=9999999-'],
        'client-request-id': ['nonsense', '"><script>'],
      })) {
        for (const value of values) {
          for (const method of endpoint.methods) {
            const answer = await acceptable({ method, headers: { [name]: value } }, `${name}: ${value.slice(0, 40)}`);
            assert.doesNotMatch(JSON.stringify(answer.headers), /evil\.example(?!")/, 'a foreign host in the answer');
          }
        }
      }
    });
  });
}

test('after all of it the demo still signs an application in', async () => {
  const daemon = demo.apps.find(({ kind }) => kind === 'daemon');
  const answer = await exchange(`${demo.base_url}/meadow/oauth2/token`, {
    form: {
      grant_type: 'client_credentials',
      client_id: daemon.client_id,
      client_secret: daemon.client_secret,
      scope: 'api://notes/.default',
    },
  });
  assert.equal(answer.status, 200, answer.text);
});
