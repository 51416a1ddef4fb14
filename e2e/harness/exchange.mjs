// One HTTP request as it is, and the answer as it came: no redirects followed, no cookies, no retries.

import http from 'node:http';
import https from 'node:https';

const HANG = 30_000;

/**
 * Sends one request. `form` is an object or a list of pairs (pairs can repeat a name), `body` goes as it is.
 * An answer that does not come within 30 s is a hang, and an error.
 */
export function exchange(url, { method, headers = {}, form, body } = {}) {
  const sent = { ...headers };
  let payload = body;
  if (form) {
    payload = new URLSearchParams(form).toString();
    sent['content-type'] ??= 'application/x-www-form-urlencoded';
  }
  if (payload !== undefined) sent['content-length'] ??= Buffer.byteLength(payload);
  const target = new URL(url);
  const { request } = target.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(
      target,
      { method: method ?? (payload === undefined ? 'GET' : 'POST'), headers: sent, agent: false, timeout: HANG },
      (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => resolve(answered(answer, Buffer.concat(parts))));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`${target.pathname} did not answer within ${HANG} ms`)));
    asked.on('error', reject);
    asked.end(payload);
  });
}

function answered(answer, bytes) {
  const text = bytes.toString('utf8');
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text,
    /** The body as JSON; an error that shows the body when it is none. */
    get json() {
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw new Error(`status ${answer.statusCode}, not JSON: ${text.slice(0, 300)}`, { cause });
      }
    },
    /** The parameters of the redirect, from its query or its fragment. */
    get redirected() {
      const location = answer.headers.location;
      if (!location) throw new Error(`status ${answer.statusCode}, no redirect: ${text.slice(0, 300)}`);
      const target = new URL(location);
      return new URLSearchParams(target.hash ? target.hash.slice(1) : target.search);
    },
  };
}

/** The header of HTTP Basic by RFC 6749 section 2.3.1: both parts form-encoded first. */
export function basic(id, secret) {
  const encode = (text) => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}

/** The claims of a JWT, unverified: for looking at what a client was given. */
export function claimsOf(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
}
