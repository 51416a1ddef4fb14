// The mailbox of the demo, as a test reads it.

import { demo } from '../harness/demo.mjs';

const API = `${demo.base_url}/_mail/api/messages`;

/** The mails to an address, latest first; waits for the first one. */
export async function mailsTo(address, { wait = 15 } = {}) {
  const response = await fetch(`${API}?${new URLSearchParams({ to: address, wait })}`);
  if (!response.ok) throw new Error(`the mailbox answers ${response.status}: ${await response.text()}`);
  return (await response.json()).messages;
}

/** The latest mail to an address, with its parts; the mailbox forgets all mails to it. */
export async function takeMail(address) {
  const [latest, ...others] = await mailsTo(address);
  if (!latest) throw new Error(`no mail came to ${address}`);
  const whole = await (await fetch(`${API}/${latest.id}`)).json();
  for (const { id } of [latest, ...others]) await fetch(`${API}/${id}`, { method: 'DELETE' });
  return whole;
}

/** Makes a user flow of the tenant `meadow` whose accounts are known by `identity`, and answers its authority. */
export async function flowBy(identity) {
  const name = `by_${identity.replace('-', '_')}_${process.pid}`;
  await demo.cli('flow', 'put', name, '--tenant', 'meadow', '--kind', 'sign-up-or-sign-in', '--identity', identity);
  const usual = demo.tenant('meadow').flows.find((flow) => /susi/i.test(flow.name));
  return usual.authority.replace(/b2c_1_susi/i, name);
}

/** The address of an authorization request. */
export function request(authority, app, redirect) {
  const query = new URLSearchParams({
    client_id: app.client_id,
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'openid profile',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'kept',
  });
  return `${authority}/oauth2/v2.0/authorize?${query}`;
}
