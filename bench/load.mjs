// The load: so many connections, each with one operation at a time, for so long. An operation may be several requests.

import { Client } from 'undici';
import { cpu } from './cost.mjs';

const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? 8);
const WARM_UP_MS = Number(process.env.BENCH_WARM_UP_MS ?? 2000);
const WINDOW_MS = Number(process.env.BENCH_WINDOW_MS ?? 4000);

/** Sends a request and returns status, headers and text; anything but the expected status is an error. */
export async function send(client, { method = 'GET', path, headers, form, expect = 200 }) {
  const body = form && new URLSearchParams(form).toString();
  const sent = { ...headers, ...(body && { 'content-type': 'application/x-www-form-urlencoded' }) };
  const answer = await client.request({ method, path, headers: sent, body });
  const text = await answer.body.text();
  if (answer.statusCode !== expect) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
  return { headers: answer.headers, text };
}

/**
 * Runs `operation(client, index)` on every connection and returns CPU microseconds of `pid` per operation, and how many
 * operations the window held. `each` gives every connection a state of its own.
 */
export async function measure({ pid, origin, operation, each = () => undefined }) {
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(origin, { pipelining: 1 }));
  const states = await Promise.all(clients.map((client, index) => each(client, index)));
  let done = 0;
  let going = true;
  const worker = async (client, index) => {
    while (going) {
      await operation(client, states[index]);
      done += 1;
    }
  };
  const workers = Promise.all(clients.map(worker));
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  try {
    await Promise.race([pause(WARM_UP_MS), workers]);
    const [from, before] = [cpu(pid), done];
    await Promise.race([pause(WINDOW_MS), workers]);
    const [to, after] = [cpu(pid), done];
    going = false;
    await workers;
    return { us: (to - from) / (after - before), operations: after - before };
  } finally {
    going = false;
    await Promise.all(clients.map((client) => client.destroy()));
  }
}
