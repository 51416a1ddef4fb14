// Takes the pictures of the README from a running demo, so that they cannot go stale: `npm run shoot`.

import { demo } from '../harness/demo.mjs';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { drive, newPerson, open, openBrowser } from '../harness/browser.mjs';

const IMAGES = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs/images');
const VIEW = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2, colorScheme: 'light' };

/** Where a picture ends that would show more than it is about. */
const LAST_SHOWN = { refused: '#answer' };

const meadow = demo.tenant('meadow');
const shop = demo.app('web-shop');
const spa = demo.app('notes-spa');
const ben = { ...demo.user('ben'), username: 'ben.fern' };
const nowhere = () => false;

const request = (extra = {}) => {
  const query = new URLSearchParams({
    client_id: shop.client_id,
    response_type: 'code',
    redirect_uri: 'http://localhost:3000/redirect',
    scope: 'openid profile offline_access api://notes/notes.read api://notes/notes.write',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...extra,
  });
  return `${meadow.authorities[0]}/oauth2/v2.0/authorize?${query}`;
};

const PICTURES = {
  'sign-in': (page) => open(page, request()),
  consent: (page) => drive(page, request({ prompt: 'consent' }), { until: nowhere, as: ben, consent: null }),
  error: (page) => open(page, request({ client_id: spa.client_id, redirect_uri: `${spa.redirect_uris[0]}/` })),
  refused,
};

/** The demo's own web app, signed in with the read scope alone, after it tried to delete. */
async function refused(page) {
  const atHome = (address) => address === `${demo.web_app}/`;
  await open(page, `${demo.web_app}/`);
  await page.locator('#signin').click();
  await drive(page, undefined, { until: atHome, as: ben });
  await page.locator('#delete').click();
  await page.waitForSelector('#answer');
}

mkdirSync(IMAGES, { recursive: true });
const browser = await openBrowser(chromium);
try {
  for (const [name, go] of Object.entries(PICTURES)) {
    const page = await newPerson(browser, VIEW);
    await go(page);
    await page.waitForLoadState('networkidle');
    const file = path.join(IMAGES, `${name}.png`);
    const height = await page.evaluate((last) => {
      const end = last && document.querySelector(last).getBoundingClientRect().bottom + window.scrollY + 24;
      return Math.ceil(end ?? document.documentElement.scrollHeight);
    }, LAST_SHOWN[name]);
    await page.setViewportSize({ width: VIEW.viewport.width, height });
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.screenshot({ path: file, caret: 'hide', animations: 'disabled' });
    console.log(path.relative(process.cwd(), file));
    await page.context().close();
  }
} finally {
  await browser.close();
}
