// Bytes that are not HTTP, or nearly: refused or dropped, and the next person is served.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import { say } from './wire.mjs';

const host = new URL(demo.base_url).host;
const TOKEN = '/meadow/oauth2/token';
const SEED = Number(process.env.SEED ?? 20_240_229);
const CRLF = '\r\n';

const lines = (...parts) => [...parts, '', ''].join(CRLF);
const REQUESTS = {
  'no request line': CRLF + CRLF,
  'no version': lines('GET /', `Host: ${host}`),
  'an unknown version': lines('GET / HTTP/9.9', `Host: ${host}`),
  'no host': lines('GET / HTTP/1.1'),
  'two hosts': lines('GET / HTTP/1.1', `Host: ${host}`, 'Host: evil.example'),
  'a header without a colon': lines('GET / HTTP/1.1', `Host: ${host}`, 'nonsense'),
  'a space before the colon': lines('GET / HTTP/1.1', `Host : ${host}`),
  'a NUL in a header': lines('GET / HTTP/1.1', `Host: ${host}`, 'X: a\0b'),
  'folded headers': lines('GET / HTTP/1.1', `Host: ${host}`, 'X: a', ' b'),
  'a thousand headers': lines('GET / HTTP/1.1', `Host: ${host}`, ...Array.from({ length: 1000 }, (_, i) => `X-${i}: 1`)),
  'a header of a megabyte': lines('GET / HTTP/1.1', `Host: ${host}`, `X: ${'a'.repeat(1_000_000)}`),
  'an address of a megabyte': lines(`GET /${'a'.repeat(1_000_000)} HTTP/1.1`, `Host: ${host}`),
  'an absolute address of elsewhere': lines('GET https://evil.example/ HTTP/1.1', 'Host: evil.example', 'Connection: close'),
  'CONNECT': lines('CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443', 'Connection: close'),
  'a method of symbols': lines('G@T / HTTP/1.1', `Host: ${host}`),
  'a length that is no number': lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Content-Length: many') + 'x',
  'a negative length': lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Content-Length: -1') + 'x',
  'two lengths': lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Content-Length: 1', 'Content-Length: 2') + 'xx',
  'a length and chunks': `${lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Content-Length: 4', 'Transfer-Encoding: chunked', 'Connection: close')}0${CRLF}${CRLF}`,
  'a chunk that is no number': `${lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Transfer-Encoding: chunked')}zz${CRLF}x${CRLF}`,
  'a chunk of the largest size': `${lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Transfer-Encoding: chunked')}ffffffffffffffff${CRLF}x${CRLF}`,
  'an unknown transfer encoding': lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Transfer-Encoding: rot13', 'Connection: close') + 'x',
  'an unknown content encoding': lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Content-Encoding: rot13', 'Content-Length: 1', 'Connection: close') + 'x',
  'an upgrade to nothing': lines('GET / HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade, close', 'Upgrade: nonsense'),
  'a websocket': lines('GET / HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x'),
  'the start of HTTP/2': `PRI * HTTP/2.0${CRLF}${CRLF}SM${CRLF}${CRLF}`,
};

describe('bytes on the connection', () => {
  for (const [what, bytes] of Object.entries(REQUESTS)) {
    test(what, async () => {
      const { status } = await say(demo.base_url, bytes, { end: true });
      assert.ok(status === undefined || status < 500 || status === 501 || status === 505, `status ${status}`);
      await stillServes();
    });
  }

  test('a body that is cut short', async () => {
    const head = lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 1000');
    const { status } = await say(demo.base_url, `${head}grant_type=`, { end: true });
    assert.ok(status === undefined || (status >= 400 && status < 500), `status ${status}`);
    await stillServes();
  });

  test(`two hundred requests of random bytes (SEED=${SEED})`, async () => {
    const random = generator(SEED);
    for (let round = 0; round < 200; round += 1) {
      const bytes = Buffer.from(Array.from({ length: 1 + (random() % 300) }, () => random() & 0xff));
      const { status } = await say(demo.base_url, bytes, { end: true });
      assert.ok(status === undefined || status < 500 || status === 501 || status === 505, `round ${round}: ${status}`);
    }
    await stillServes();
  });

  test(`two hundred valid requests with bytes changed (SEED=${SEED})`, async () => {
    const random = generator(SEED + 1);
    const body = 'grant_type=client_credentials&client_id=a&client_secret=b&scope=api%3A%2F%2Fnotes%2F.default';
    const valid = Buffer.from(
      lines(`POST ${TOKEN} HTTP/1.1`, `Host: ${host}`, 'Connection: close', 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`) + body,
    );
    for (let round = 0; round < 200; round += 1) {
      const bytes = Buffer.from(valid);
      for (let change = 0; change <= random() % 4; change += 1) bytes[random() % bytes.length] = random() & 0xff;
      const { status, body: text } = await say(demo.base_url, bytes, { end: true });
      assert.ok(status === undefined || status < 500 || status === 501 || status === 505, `round ${round}: ${status} ${text}`);
    }
    await stillServes();
  });
});

async function stillServes() {
  assert.equal((await exchange(`${demo.base_url}/meadow/.well-known/openid-configuration`)).status, 200);
}

/** xorshift32: the same bytes for the same seed. */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
