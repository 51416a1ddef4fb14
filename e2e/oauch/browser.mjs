// A browser without scripts: a cookie jar, redirects on the server's own origin, and forms by their id.
//
// It stops where the application takes over, whichever of the ways leads there. Everything is raw HTTP, so that a form
// can be sent twice, or by many at once.

import { demo } from '../harness/demo.mjs';
import { exchange } from '../harness/exchange.mjs';

const BASE = demo.base_url;
const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/** A profile of its own. `copy` is another window of the same one, as it is now. */
export class Browser {
  #jar;

  constructor(jar = new Map()) {
    this.#jar = jar;
  }

  copy() {
    return new Browser(new Map(this.#jar));
  }

  /** Comes from the application. */
  visit(address) {
    return this.#go(address, { headers: { ...NAVIGATION, 'sec-fetch-site': 'cross-site' } });
  }

  /** Sends a form of a page with its hidden fields and what was typed. */
  submit(page, id, typed) {
    const form = page.form(id);
    const fields = [...form.hidden, ...Object.entries(typed)];
    return this.post(form.action, fields);
  }

  post(address, fields) {
    const headers = { ...NAVIGATION, 'sec-fetch-site': 'same-origin', origin: BASE };
    return this.#go(address, { form: fields, headers });
  }

  async #go(address, request) {
    let target = new URL(address, BASE);
    let answer = await this.#exchange(target, request);
    for (let hop = 0; hop < 10; hop += 1) {
      const { location } = answer.headers;
      if (!location) return land(target, answer);
      target = new URL(location, target);
      if (target.origin !== BASE) return arrived(target.href, answer);
      answer = await this.#exchange(target, { headers: { ...NAVIGATION, 'sec-fetch-site': 'same-origin' } });
    }
    throw new Error(`a circle of redirects at ${target}`);
  }

  async #exchange(target, { headers, ...request }) {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await exchange(target.href, { ...request, headers: { ...headers, ...(cookie && { cookie }) } });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/max-age=0/i.test(line)) this.#jar.delete(name);
      else this.#jar.set(name, value);
    }
    return answer;
  }
}

function land(target, answer) {
  const onward = link(answer.text, 'continue-link');
  if (onward && new URL(onward, target).origin !== BASE) return arrived(onward, answer);
  const posted = formOf(answer.text, 'form-post');
  if (posted) return { page: undefined, answer, to: posted.action, params: new URLSearchParams(posted.hidden) };
  return { page: pageOf(target, answer), answer };
}

function arrived(address, answer) {
  const url = new URL(address);
  const params = new URLSearchParams(url.hash ? url.hash.slice(1) : url.search);
  return { page: undefined, answer, to: `${url.origin}${url.pathname}`, address, params };
}

function pageOf(target, answer) {
  return {
    path: target.pathname,
    status: answer.status,
    html: answer.text,
    has: (id) => formOf(answer.text, id) !== undefined,
    form(id) {
      const form = formOf(answer.text, id);
      if (!form) throw new Error(`no form ${id} at ${target.pathname} (${answer.status}):\n${words(answer.text)}`);
      return form;
    },
    link(id) {
      const found = link(answer.text, id);
      if (!found) throw new Error(`no link ${id} at ${target.pathname}:\n${words(answer.text)}`);
      return found;
    },
    words: words(answer.text),
  };
}

function formOf(html, id) {
  for (const [, attributes, inner] of html.matchAll(/<form\s([^>]*)>([\s\S]*?)<\/form>/g)) {
    if (attribute(attributes, 'id') !== id) continue;
    const hidden = [...inner.matchAll(/<input\s([^>]*)>/g)]
      .map(([, tag]) => tag)
      .filter((tag) => attribute(tag, 'type') === 'hidden')
      .map((tag) => [attribute(tag, 'name'), attribute(tag, 'value') ?? '']);
    return { action: attribute(attributes, 'action'), hidden };
  }
  return undefined;
}

function link(html, id) {
  for (const [, attributes] of html.matchAll(/<a\s([^>]*)>/g)) {
    if (attribute(attributes, 'id') === id) return attribute(attributes, 'href');
  }
  return undefined;
}

function attribute(tag, name) {
  const found = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag);
  return found ? unescaped(found[1]) : undefined;
}

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'", '&#39;': "'", '&#x2f;': '/', '&amp;': '&' };
const unescaped = (text) => text.replace(/&(?:lt|gt|quot|amp|#x27|#39|#x2f);/g, (entity) => ENTITIES[entity]);
const words = (html) => html.replace(/<(style|script)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 1500);
