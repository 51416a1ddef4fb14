// Addresses nobody serves, and addresses that try to be two things at once.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exchange } from '../harness/exchange.mjs';
import { complaint } from './endpoints.mjs';
import { say } from './wire.mjs';

const PATHS = [
  '/nowhere',
  '/meadow',
  '/meadow/',
  '/meadow/oauth2',
  '/meadow/oauth2/v2.0/',
  '/meadow/b2c_1_nowhere/oauth2/v2.0/token',
  '/tfp/meadow/oauth2/v2.0/token',
  '/tfp/',
  '/common/oauth2/v2.0/token',
  '/.well-known/openid-configuration',
  '/flow/nowhere',
  '/flow/../meadow/oauth2/token',
  '/assets/../../etc/passwd',
  '/assets/%2e%2e/%2e%2e/etc/passwd',
  '/assets/nothing.css',
  '/docs/errors/DW0000',
  '/docs/errors/%3Cscript%3E',
  '/docs/errors/../../x',
  '/admin/v1',
  '/admin/v1/nowhere',
  '/meadow/%00/token',
  '/meadow/%ff/token',
  '/meadow//oauth2//token',
  '/%6deadow/oauth2/token',
  '/MEADOW/OAUTH2/V2.0/TOKEN/',
  '/meadow;x/oauth2/token',
  '/meadow/oauth2/token%2f',
  `/${'a'.repeat(7000)}`,
  `/${'a/'.repeat(2000)}`,
  '/\u00e9',
  '/_dev',
  '/metrics',
];

describe('addresses', () => {
  for (const path of PATHS) {
    for (const accept of ['application/json', 'text/html']) {
      test(`${path.slice(0, 60)} (${path.length}) as ${accept}`, async () => {
        for (const method of ['GET', 'POST']) {
          const { status, head, body } = await say(
            demo.base_url,
            [
              `${method} ${path} HTTP/1.1`,
              `Host: ${new URL(demo.base_url).host}`,
              `Accept: ${accept}`,
              'Content-Length: 0',
              'Connection: close',
              '',
              '',
            ].join('\r\n'),
          );
          assert.ok(status, `${method}: no answer`);
          const type = /\r\ncontent-type: ([^\r]*)/i.exec(head)?.[1];
          const owes = accept.includes('json') && status === 404 ? 'json' : 'any';
          assert.equal(complaint({ status, headers: { 'content-type': type }, text: body }, { owes }, method), undefined, method);
          assert.doesNotMatch(body, /root:.*:0:0:/);
        }
      });
    }
  }

  test('an unknown address is 404 in JSON or HTML, as asked', async () => {
    const asJson = await exchange(`${demo.base_url}/nowhere`, { headers: { accept: 'application/json' } });
    assert.equal(asJson.status, 404);
    assert.match(asJson.headers['content-type'], /json/);
    const asPage = await exchange(`${demo.base_url}/nowhere`, { headers: { accept: 'text/html' } });
    assert.equal(asPage.status, 404);
    assert.match(asPage.headers['content-type'], /^text\/html/);
  });

  test('a foreign Host is not served', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '']) {
      const { status } = await say(
        demo.base_url,
        `GET /meadow/.well-known/openid-configuration HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      assert.ok(status >= 400 && status < 500, `Host ${JSON.stringify(host)}: ${status}`);
    }
  });
});
