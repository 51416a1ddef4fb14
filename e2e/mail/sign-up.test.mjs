// A person signs up with an e-mail address in a real browser, by code and by link.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { newPerson, open, openBrowser, signIn } from '../harness/browser.mjs';
import { listen } from '../harness/relying-party.mjs';
import { flowBy, mailsTo, request, takeMail } from './mailbox.mjs';

const PASSWORD = 'four quiet words here';

describe('sign-up by e-mail', () => {
  let browser, rp, app, authority;
  before(async () => {
    rp = await listen();
    app = await demo.register({ name: 'mail', redirects: [`${rp.base}/cb`] });
    await demo.cli('grant', 'add', app.client_id, 'graph:openid', '--all', '--tenant', 'meadow').catch(() => {});
    authority = await flowBy('email');
    browser = await openBrowser(chromium);
  });
  after(async () => {
    await browser?.close();
    await rp?.close();
  });

  const person = () => newPerson(browser);

  /** At the page of the code. */
  async function asked(page, address) {
    await open(page, request(authority, app, `${rp.base}/cb`));
    await page.locator('#create-account').click();
    await page.locator('#email').fill(address);
    await page.locator('#signup-email-submit').click();
    await page.waitForSelector('form#signup-code');
  }

  async function finish(page, code) {
    await page.locator('#code').fill(code);
    await page.locator('#display_name').fill('Cleo Moss');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#signup-code-submit').click();
  }

  test('by code; the name signs in afterwards', async () => {
    const page = await person();
    const address = 'cleo.code@home.test';
    await asked(page, address);
    assert.match(await page.locator('#dev-mailbox').getAttribute('href'), /^\/_mail/, 'the page says where mail is kept');
    const mail = await takeMail(address);
    assert.match(mail.code, /^\d{6}$/);
    assert.ok(mail.subject.includes(mail.code) && mail.text.includes(mail.code) && mail.html.includes(mail.code));
    await finish(page, mail.code);
    await page.waitForURL((url) => rp.owns(url.href));
    assert.ok(new URL(page.url()).searchParams.get('code'));
    const later = await person();
    await open(later, request(authority, app, `${rp.base}/cb`));
    await signIn(later, { username: address.toUpperCase(), password: PASSWORD });
    await later.waitForURL((url) => rp.owns(url.href));
  });

  test('by link: another browser is shown the code, the own browser goes on', async () => {
    const page = await person();
    const address = 'cleo.link@home.test';
    await asked(page, address);
    const mail = await takeMail(address);
    const phone = await person();
    for (let time = 0; time < 3; time += 1) await open(phone, mail.link);
    assert.equal(await phone.locator('#mail-code').textContent(), mail.code);
    assert.equal(await phone.locator('form').count(), 0, 'there is nothing to press');
    assert.ok(!(await phone.context().cookies()).some(({ name }) => name.includes('session')));
    const tab = await page.context().newPage();
    await open(tab, mail.link);
    assert.equal(await tab.locator('#code').inputValue(), mail.code);
    await finish(tab, mail.code);
    await tab.waitForURL((url) => rp.owns(url.href));
  });

  test('the owner of an account is told by mail, the page tells nobody', async () => {
    const [stranger, owner] = [await person(), await person()];
    await asked(stranger, 'nobody.yet@home.test');
    await asked(owner, demo.user('ben').email);
    const words = async (page) => (await page.locator('h1').textContent()).trim();
    assert.equal(await words(stranger), await words(owner));
    const mail = await takeMail(demo.user('ben').email);
    assert.equal(mail.code, null);
    assert.match(mail.subject, /You have an account/);
    await takeMail('nobody.yet@home.test');
  });

  test('a wrong code says so at its field; the mailbox page shows and deletes', async () => {
    const page = await person();
    const address = 'cleo.wrong@home.test';
    await asked(page, address);
    const [mail] = await mailsTo(address);
    await finish(page, mail.code === '111111' ? '222222' : '111111');
    await page.waitForSelector('#problems');
    assert.equal(await page.locator('#code').getAttribute('aria-invalid'), 'true');
    const inbox = await person();
    await open(inbox, `${demo.base_url}/_mail?to=${address}`);
    await inbox.locator('#mails a').first().click();
    await inbox.waitForSelector('#mail-html');
    const frame = inbox.frameLocator('#mail-html');
    assert.equal((await frame.locator('.code').textContent()).trim(), mail.code, 'the HTML part is shown');
    await inbox.locator('#mailbox-delete-submit').click();
    await inbox.waitForURL((url) => url.pathname === '/_mail');
    assert.equal((await mailsTo(address, { wait: 0 })).length, 0);
  });
});
