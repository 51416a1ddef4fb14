// The example app of this repository, started as its README says, once per MSAL version.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { demo } from '../harness/demo.mjs';
import { start } from '../harness/process.mjs';
import { freePort } from '../harness/relying-party.mjs';

const EXAMPLE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples/express-msal-node');

/** The packages that the same code must run on: the last release of the first major, and the newest. */
export const MSAL = { '1.18.4': 'msal-node-1', '7.2.3': '@azure/msal-node' };

export const READ = 'api://notes/notes.read';
export const WRITE = 'api://notes/notes.write';

/** Registers the app and starts it; `registration` is what the command line answered. */
export async function startExample({ authority, msalPackage }) {
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const registration = await demo.register({ name: 'notes-web', redirects: [`${base}/redirect`, `${base}/`] });
  const app = await start(process.execPath, ['server.mjs'], {
    cwd: EXAMPLE,
    env: {
      ...process.env,
      PORT: String(port),
      AUTHORITY: authority,
      KNOWN_AUTHORITY: new URL(authority).host,
      CLIENT_ID: registration.client_id,
      CLIENT_SECRET: registration.client_secret,
      API_URL: demo.api('notes').url,
      SCOPES: READ,
      WRITE_SCOPES: WRITE,
      MSAL_PACKAGE: msalPackage,
    },
    ready: (line) => /^listening on .*, msal-node (\S+)$/.exec(line)?.[1],
  });
  return { base, registration, version: app.value, stop: app.stop, output: app.output };
}

/** A person at the example app: `page` is a Playwright page of a fresh profile. */
export function personAt(app, page) {
  const atHome = (address) => address === `${app.base}/`;
  const json = async (response) => ({ status: response.status(), ...(await response.json()) });
  const submit = async (action, fill) => {
    await page.goto(`${app.base}/`);
    const form = page.locator(`form[action="${action}"][method=post]`);
    await fill(form);
    const [response] = await Promise.all([page.waitForNavigation(), form.locator('button').click()]);
    return json(response);
  };
  return {
    atHome,
    returned: (address) => address.startsWith(`${app.base}/`),
    username: async () => {
      await page.goto(`${app.base}/`);
      return (await page.locator('#username').count()) ? page.locator('#username').textContent() : undefined;
    },
    visit: async (route) => json(await page.goto(app.base + route)),
    add: (text) => submit('/api', (form) => form.locator('input[name=text]').fill(text)),
    remove: (id) => submit('/api/delete', (form) => form.locator('input[name=id]').fill(String(id))),
  };
}

/** The words of a space-separated claim, sorted. */
export const words = (text) => text.split(' ').sort();

/** Any note's id in the answer of `GET /notes`, whatever the list is wrapped in. */
export function someId(body) {
  const list = Array.isArray(body) ? body : Object.values(body).find(Array.isArray);
  return list[0].id;
}
