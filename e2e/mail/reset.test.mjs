// A forgotten password and an invitation, in a real browser.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { drive, newPerson, open, openBrowser, signIn } from '../harness/browser.mjs';
import { listen } from '../harness/relying-party.mjs';
import { request, takeMail } from './mailbox.mjs';

const NEW = 'lantern under the bridge';

describe('passwords by mail', () => {
  let browser, rp, app, address;
  before(async () => {
    rp = await listen();
    app = await demo.register({ name: 'reset', redirects: [`${rp.base}/cb`] });
    address = request(demo.tenant('meadow').authorities[0], app, `${rp.base}/cb`);
    browser = await openBrowser(chromium);
  });
  after(async () => {
    await browser?.close();
    await rp?.close();
  });

  test('a reset signs out everywhere, and the new password signs in', async () => {
    const ben = demo.user('ben');
    const arrived = (url) => rp.owns(url);
    const old = await newPerson(browser);
    assert.equal((await drive(old, address, { until: arrived, as: ben })).seen.at(-1), 'arrived');
    await wait(1100);
    const page = await newPerson(browser);
    await open(page, address);
    await page.locator('#forgot').click();
    await page.locator('#username').fill(ben.username);
    await page.locator('#forgot-submit').click();
    await page.waitForSelector('form#reset-code');
    assert.match(await page.locator('main').textContent(), /signed out, on every device/);
    const mail = await takeMail(ben.email);
    await page.locator('#code').fill(mail.code);
    await page.locator('#password').fill(NEW);
    await page.locator('#reset-code-submit').click();
    await page.waitForSelector('#mail-done');
    assert.match((await takeMail(ben.email)).subject, /was changed/);
    // Whole seconds: what happens in the one of the reset is dead as well.
    await wait(1100);
    await page.locator('#sign-in').click();
    await page.waitForSelector('form#signin');
    assert.equal(await page.locator('#username').inputValue(), ben.username, 'never asked twice');
    await signIn(page, { username: ben.username, password: NEW });
    await page.waitForURL((url) => rp.owns(url.href));
    await open(old, address);
    await old.waitForSelector('form#signin');
  });

  test('an invited person sets a password, and nothing happens before the button', async () => {
    await demo.cli('user', 'add', 'finn', '--tenant', 'meadow', '--email', 'finn@home.test', '--invite');
    const mail = await takeMail('finn@home.test');
    const page = await newPerson(browser);
    for (let time = 0; time < 3; time += 1) await open(page, mail.link);
    assert.match(await page.locator('main').textContent(), /finn/);
    await page.locator('#password').fill('a quiet first password');
    await page.locator('#invitation-submit').click();
    await page.waitForSelector('#mail-done');
    assert.equal((await open(page, mail.link)).status(), 400, 'used up');
    await wait(1100);
    const { seen } = await drive(page, address, {
      until: (url) => rp.owns(url),
      as: { username: 'finn', password: 'a quiet first password' },
    });
    assert.equal(seen.at(-1), 'arrived');
  });
});
