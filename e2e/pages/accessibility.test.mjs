// Every page: no finding of axe, wide and narrow, light and dark; nothing wider than the window; 24 px targets.

import { demo } from '../harness/demo.mjs';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { newPerson, openBrowser } from '../harness/browser.mjs';
import { stops } from './stops.mjs';

const REDIRECT = 'http://localhost:3000/pages';
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let browser;
before(async () => {
  browser = await openBrowser(chromium);
});
after(() => browser?.close());

const app = await demo.register({ name: 'pages', redirects: [REDIRECT] });

for (const [name, { go, mark }] of Object.entries(stops(app, REDIRECT))) {
  describe(name, () => {
    for (const width of [1280, 320]) {
      for (const colorScheme of ['light', 'dark']) {
        test(`${width} px, ${colorScheme}`, async () => {
          const page = await newPerson(browser, { viewport: { width, height: 800 }, colorScheme });
          try {
            await go(page);
            assert.equal(await page.locator(mark).count(), 1, `no ${mark} at ${page.url()}`);
            const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
            assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
            assert.ok(overflow <= 0, `${overflow} px wider than the window`);
            assert.deepEqual(await smallTargets(page), []);
          } finally {
            await page.context().close();
          }
        });
      }
    }

    test('with the text twice as large nothing is cut off', async () => {
      const page = await newPerson(browser, { viewport: { width: 640, height: 800 } });
      try {
        await go(page);
        await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${overflow} px wider than the window`);
      } finally {
        await page.context().close();
      }
    });
  });
}

/** Buttons and fields under 24 by 24 CSS pixels (WCAG 2.2, 2.5.8); links in running text are exempt. */
function smallTargets(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('button, input:not([type=hidden]), a.button, summary')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches('.unseen, [type=checkbox]'))
      .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 24 || height < 24)
      .map(([html, { width, height }]) => `${html} is ${width} by ${height}`),
  );
}
