// A person without a mouse: signs in, consents, and is told of mistakes where the focus is.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { drive, newPerson, open, openBrowser } from '../harness/browser.mjs';
import { listen } from '../harness/relying-party.mjs';
import { ben, request, stops } from './stops.mjs';

describe('by keyboard alone', () => {
  let browser, rp, app;
  before(async () => {
    rp = await listen();
    app = await demo.register({ name: 'keys', redirects: [`${rp.base}/cb`] });
    browser = await openBrowser(chromium);
  });
  after(async () => {
    await browser?.close();
    await rp?.close();
  });

  const focused = (page) => page.evaluate(() => document.activeElement?.id ?? '');
  const tabTo = async (page, id) => {
    for (let step = 0; step < 30; step += 1) {
      if ((await focused(page)) === id) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`#${id} cannot be reached with Tab`);
  };

  test('sign in and consent', async () => {
    const page = await newPerson(browser);
    await open(page, request(app, `${rp.base}/cb`));
    assert.equal(await focused(page), 'username', 'the focus starts in the first field');
    await page.keyboard.type('ben.fern');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'password');
    await page.keyboard.type(ben.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('form#consent');
    await tabTo(page, 'consent-allow');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => rp.owns(url.href));
    assert.ok(new URL(page.url()).searchParams.get('code'));
    await page.context().close();
  });

  test('a mistake takes the focus and leads to the field', async () => {
    const page = await newPerson(browser);
    await drive(page, request(app, `${rp.base}/cb`), { until: rp.owns, as: { username: 'ben.fern', password: 'wrong-1' } });
    assert.equal(await focused(page), 'problems');
    assert.equal(await page.locator('[role=alert]').count(), 1);
    const links = await page.locator('#problems a').count();
    if (links) {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      assert.match(await focused(page), /^(username|password)$/);
    }
    assert.ok((await page.title()).length > 0);
    await page.context().close();
  });

  test('the focus is always to be seen', async () => {
    const page = await newPerson(browser);
    const unknown = await demo.register({ name: 'focus', redirects: [`${rp.base}/cb`] }); // nobody consented to it yet
    for (const name of ['sign-in', 'consent', 'picker', 'error']) {
      await stops(unknown, `${rp.base}/cb`)[name].go(page);
      for (let step = 0; step < 8; step += 1) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element || element === document.body) return true;
          const style = getComputedStyle(element);
          return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
        });
        assert.ok(seen, `${name}: no visible focus on ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120))}`);
      }
      await page.context().clearCookies();
    }
    await page.context().close();
  });

  test('password managers are told which field is which', async () => {
    const page = await newPerson(browser);
    await open(page, request(app, `${rp.base}/cb`));
    const attributes = (selector) => page.locator(selector).evaluate((field) => ({
      type: field.type,
      autocomplete: field.autocomplete,
      capital: field.getAttribute('autocapitalize'),
      spelling: field.getAttribute('spellcheck'),
    }));
    const name = await attributes('#username');
    assert.match(name.autocomplete, /\busername\b/);
    assert.equal(name.capital, 'none');
    assert.equal(name.spelling, 'false');
    const password = await attributes('#password');
    assert.equal(password.type, 'password');
    assert.match(password.autocomplete, /\bcurrent-password\b/);
    const pasted = await page.locator('#password').evaluate((field) =>
      field.dispatchEvent(new ClipboardEvent('paste', { cancelable: true, bubbles: true })),
    );
    assert.ok(pasted, 'pasting is not blocked');
    await stops(app, `${rp.base}/cb`)['sign-up'].go(page);
    assert.match((await attributes('#password')).autocomplete, /\bnew-password\b/);
    assert.equal(await page.locator('input[type=password]').count(), 1, 'one field for the new password');
    await page.context().close();
  });

  test('a new person signs up by user name and is signed in', async () => {
    await demo.cli('grant', 'add', app.name, 'notes:notes.read', '--all');
    const page = await newPerson(browser);
    const flow = demo.tenant('meadow').flows.find(({ name }) => /susi/i.test(name));
    await open(page, request(app, `${rp.base}/cb`, {}, flow.authority));
    await page.locator('#create-account').click();
    await page.waitForSelector('form#signup');
    await tabTo(page, 'display_name');
    await page.keyboard.type('Dee Rowan');
    await tabTo(page, 'username');
    await page.keyboard.type(`dee.rowan${process.pid}`);
    await tabTo(page, 'password');
    await page.keyboard.type('seven quiet herons');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => rp.owns(url.href));
    assert.ok(new URL(page.url()).searchParams.get('code'), page.url());
    await page.context().close();
  });
});
