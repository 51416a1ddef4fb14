// A person at a browser: goes where an address leads, and fills in the pages met on the way.

import { setTimeout as wait } from 'node:timers/promises';

const PATIENCE = 30_000;

/** Starts Chromium. `chromium` is the suite's own `playwright-core` export. */
export function openBrowser(chromium) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A browser profile of its own: no cookies, no history. */
export async function newPerson(browser, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  return context.newPage();
}

/**
 * Opens `address` and goes on until the address of the page satisfies `until` or nothing is left to do.
 *
 * `consent: null` stops at the consent page, a missing `as`, `pick` or `register` at theirs.
 *
 * Returns what was met in order (`signin`, `picker`, `consent`, `signup`, `signout`, then `arrived`, `error`,
 * or the name of a page that came back unchanged), and the address reached.
 */
export async function drive(page, address, { until, as, consent = 'allow', pick, register }) {
  const seen = [];
  const act = {
    signin: () => signIn(page, as),
    consent: () => page.locator(consent === 'allow' ? '#consent-allow' : '#consent-deny').click(),
    picker: () => pick(page),
    signup: () => register(page),
    signout: () => page.locator('#signout-confirm').click(),
  };
  const possible = { signin: as, consent, picker: pick, signup: register, signout: true };
  if (address) await open(page, address);
  for (;;) {
    const place = await placeOf(page, until);
    const again = seen.includes(place);
    seen.push(place);
    if (again || !possible[place]) return { seen, url: page.url(), text: await textOf(page) };
    await Promise.all([moved(page), act[place]()]);
  }
}

/** Fills in the sign-in page and sends it. */
export async function signIn(page, { username, password }) {
  const name = page.locator('form#signin input[name=username]');
  if (await name.isEditable()) await name.fill(username);
  await page.locator('form#signin input[name=password]').fill(password);
  await page.locator('#signin-submit').click();
}

/** Opens an address; a redirect to a place that serves nothing is no failure of the opening. */
export async function open(page, address) {
  return page.goto(address, { waitUntil: 'domcontentloaded' }).catch((error) => {
    if (/ERR_ABORTED|ERR_CONNECTION_REFUSED|interrupted by another navigation/.test(error.message)) return null;
    throw error;
  });
}

const moved = (page) => page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame() });

const PLACES = {
  signin: 'form#signin',
  picker: 'form#picker',
  consent: 'form#consent',
  signup: 'form#signup',
  signout: '#signout-confirm',
  enrol: 'form#enrol',
  factor: 'form#second-factor',
  error: 'details.developer',
};

async function placeOf(page, until) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    if (until(page.url())) return 'arrived';
    for (const [place, selector] of Object.entries(PLACES)) {
      if (await present(page, selector)) return place;
    }
    await wait(50);
  }
  throw new Error(`nothing to do at ${page.url()}:\n${(await textOf(page)).slice(0, 1000)}`);
}

// While a navigation commits, looking at the page fails: then it is looked at again.
const present = (page, selector) => page.locator(selector).count().catch(() => 0);
const textOf = (page) => page.locator('body').textContent({ timeout: 2000 }).catch(() => '');
