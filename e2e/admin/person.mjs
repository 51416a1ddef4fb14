// A person with a browser without scripts: cookies, one form, and the way on to the application.

/** Opens `address`, signs in, and returns the address on loopback that the browser ends at. */
export async function signIn(address, { username, password }) {
  const jar = new Map();
  let answer = await go(jar, address);
  for (let hops = 0; answer.headers.has('location') && hops < 4; hops += 1) {
    answer = await go(jar, new URL(answer.headers.get('location'), answer.url));
  }
  const page = await answer.text();
  const form = page.match(/<form[^>]*id="signin"[\s\S]*?<\/form>/)?.[0];
  if (!form) throw new Error(`no sign-in page but ${answer.status}:\n${page.slice(0, 2000)}`);
  const fields = new URLSearchParams();
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, 'name');
    if (name) fields.set(name, attribute(input, 'value') ?? '');
  }
  fields.set('username', username);
  fields.set('password', password);
  const action = new URL(attribute(form.match(/<form[^>]*>/)[0], 'action') || answer.url, answer.url);
  answer = await go(jar, action, { method: 'POST', body: fields, headers: { origin: action.origin } });
  for (let hops = 0; hops < 6; hops += 1) {
    const text = await answer.text();
    const location = answer.headers.get('location');
    const next = location ?? link(text);
    if (!next) throw new Error(`the way on is missing on ${answer.status}:\n${text.slice(0, 2000)}`);
    const target = new URL(next, answer.url);
    if (target.hostname === '127.0.0.1') return target.href;
    answer = await go(jar, target);
  }
  throw new Error('the way on has no end');
}

async function go(jar, address, init = {}) {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { accept: 'text/html', ...(cookie ? { cookie } : {}), ...init.headers };
  const answer = await fetch(address, { ...init, headers, redirect: 'manual' });
  for (const line of answer.headers.getSetCookie()) {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
  Object.defineProperty(answer, 'url', { value: String(address) });
  return answer;
}

const link = (text) => {
  const found = text.match(/http:\/\/127\.0\.0\.1:[^"'\s<]+/)?.[0];
  return found && decode(found);
};

const attribute = (tag, name) => {
  const value = tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];
  return value === undefined ? undefined : decode(value);
};

const decode = (text) =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
