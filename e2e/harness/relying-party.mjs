// The address an application is returned to: an HTTP server on a free port that keeps what it is sent.

import { createServer } from 'node:http';
import { once } from 'node:events';

/** Listens on `http://localhost:<free port>`; every path answers 200. */
export async function listen() {
  const hits = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    if (request.url !== '/favicon.ico') {
      hits.push({ method: request.method, url: `${base}${request.url}`, headers: request.headers, body });
    }
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>received</title><p>received');
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const base = `http://localhost:${server.address().port}`;
  return {
    base,
    hits,
    /** Whether an address is ours. */
    owns: (address) => address.startsWith(`${base}/`),
    /** The last thing received, as a Fetch request. */
    last() {
      const hit = hits.at(-1);
      if (!hit) throw new Error('nothing was received');
      return new Request(hit.url, {
        method: hit.method,
        headers: { 'content-type': hit.headers['content-type'] ?? '' },
        body: hit.method === 'POST' ? hit.body : undefined,
      });
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that was free a moment ago, for a program that must be told its port. */
export async function freePort() {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
