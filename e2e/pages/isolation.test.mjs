// What a page may load, who may frame it, and what it weighs.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { newPerson, openBrowser } from '../harness/browser.mjs';
import { listen } from '../harness/relying-party.mjs';
import { request, stops } from './stops.mjs';

const REDIRECT = 'http://localhost:3000/pages';
const LIMIT = 40 * 1024;

let browser;
before(async () => {
  browser = await openBrowser(chromium);
});
after(() => browser?.close());

const app = await demo.register({ name: 'isolated', redirects: [REDIRECT] });

for (const [name, { go, mark }] of Object.entries(stops(app, REDIRECT))) {
  describe(name, () => {
    let page, last, requests, complaints;
    before(async () => {
      page = await newPerson(browser);
      requests = [];
      complaints = [];
      page.on('request', (sent) => requests.push(sent));
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('response', (response) => {
        if (response.request().isNavigationRequest() && response.frame() === page.mainFrame()) last = response;
      });
      await go(page);
      await page.waitForLoadState('load');
      assert.equal(await page.locator(mark).count(), 1, page.url());
    });
    after(() => page?.context().close());

    test('loads from its own origin only', () => {
      const foreign = requests.map((sent) => sent.url()).filter((url) => !url.startsWith(`${demo.base_url}/`) && !url.startsWith('data:'));
      assert.deepEqual(foreign, []);
    });

    test('the browser has nothing to complain about', () => {
      // A page that is itself a 4xx answer is reported by the browser as a failed load.
      assert.deepEqual(complaints.filter((text) => !/status of 4\d\d/.test(text)), []);
    });

    test('a strict Content-Security-Policy', () => {
      const csp = Object.fromEntries(
        last
          .headers()
          ['content-security-policy'].split(';')
          .map((directive) => directive.trim().split(/\s+/))
          .map(([directive, ...values]) => [directive, values.join(' ')]),
      );
      assert.equal(csp['default-src'], "'none'");
      assert.equal(csp['frame-ancestors'], "'none'");
      assert.equal(csp['base-uri'], "'none'");
      for (const directive of ['script-src', 'style-src', 'default-src']) {
        assert.doesNotMatch(csp[directive] ?? '', /unsafe-inline|unsafe-eval|\*/, directive);
      }
      assert.doesNotMatch(csp['form-action'] ?? 'missing', /\*|https?:$|missing/);
    });

    test('the other headers', () => {
      const headers = last.headers();
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.match(headers['content-type'], /^text\/html; ?charset=utf-8$/i);
      if (!mark.startsWith('article')) assert.match(headers['cache-control'], /no-store/);
    });

    test('no inline style, no handler in an attribute, no form to elsewhere', async () => {
      const html = await last.text();
      assert.doesNotMatch(html, /\sstyle=/);
      assert.doesNotMatch(html, /\son[a-z]+=/);
      for (const [, action] of html.matchAll(/<form[^>]*action="([^"]*)"/g)) assert.match(action, /^\/(?!\/)/);
    });
  });
}

test('the sign-in page weighs 40 kB at most, everything included', async () => {
  const page = await newPerson(browser);
  const sent = [];
  page.on('requestfinished', (finished) => sent.push(finished));
  await page.goto(request(app, REDIRECT), { waitUntil: 'networkidle' });
  let bytes = 0;
  for (const finished of sent) {
    const { responseBodySize, responseHeadersSize } = await finished.sizes();
    bytes += responseBodySize + responseHeadersSize;
  }
  assert.ok(sent.length > 0);
  assert.ok(bytes <= LIMIT, `${bytes} bytes in ${sent.length} requests`);
  await page.context().close();
});

test('another site cannot frame the sign-in page', async () => {
  const rp = await listen();
  const page = await newPerson(browser);
  await page.goto(`${rp.base}/`);
  await page.evaluate((src) => {
    const frame = document.createElement('iframe');
    frame.src = src;
    document.body.append(frame);
    return new Promise((resolve) => frame.addEventListener('load', resolve));
  }, request(app, REDIRECT));
  const [, frame] = page.frames();
  assert.equal(await frame.locator('form#signin').count(), 0);
  await page.context().close();
  await rp.close();
});

test('a form sent without this browser’s cookie, or from another origin, signs nobody in', async () => {
  const page = await newPerson(browser);
  await page.goto(request(app, REDIRECT));
  const form = await page.locator('form#signin').evaluate((element) => ({
    action: element.action,
    fields: Object.fromEntries(new FormData(element)),
  }));
  const user = demo.user('ben');
  const filled = { ...form.fields, username: 'ben.fern', password: user.password };
  const stranger = await newPerson(browser);
  const answer = await stranger.request.post(form.action, { form: filled, maxRedirects: 0 });
  assert.ok(answer.status() >= 400 && answer.status() < 500, `status ${answer.status()}`);
  const foreign = await page.request.post(form.action, {
    form: filled,
    maxRedirects: 0,
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  });
  assert.ok(foreign.status() >= 400 && foreign.status() < 500, `status ${foreign.status()}`);
  await page.context().close();
  await stranger.context().close();
});
