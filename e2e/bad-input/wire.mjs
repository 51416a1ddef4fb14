// Bytes on a connection, and whatever came back, read until the server closes or has answered.

import net from 'node:net';
import tls from 'node:tls';

const HANG = 30_000;

/** Writes `bytes` as they are and resolves with what was answered; a silent open connection is a hang. */
export function say(base, bytes, { end = false } = {}) {
  const { protocol, hostname, port } = new URL(base);
  const connect = protocol === 'https:' ? tls.connect : net.connect;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), servername: hostname, ALPNProtocols: ['http/1.1'] });
    let heard = '';
    const done = () => {
      socket.destroy();
      resolve(answerOf(heard));
    };
    socket.setTimeout(HANG, () => {
      socket.destroy();
      reject(new Error(`no answer within ${HANG} ms to ${JSON.stringify(String(bytes).slice(0, 80))}`));
    });
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      socket.write(bytes);
      if (end) socket.end();
    });
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      if (isWhole(heard)) done();
    });
    socket.on('end', done);
    socket.on('close', done);
    // A server may reset a connection whose request it will not read to the end; what it said before counts.
    socket.on('error', (error) => (['ECONNRESET', 'EPIPE'].includes(error.code) ? done() : reject(error)));
  });
}

function isWhole(heard) {
  const split = heard.indexOf('\r\n\r\n');
  if (split < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(heard.slice(0, split));
  return length ? heard.length >= split + 4 + Number(length[1]) : heard.endsWith('0\r\n\r\n');
}

function answerOf(heard) {
  const split = heard.indexOf('\r\n\r\n');
  const head = split < 0 ? heard : heard.slice(0, split);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head);
  const body = split < 0 ? '' : heard.slice(split + 4);
  const chunked = /\r\ntransfer-encoding: *chunked/i.test(head);
  return { status: status ? Number(status[1]) : undefined, head, body: chunked ? joined(body) : body };
}

/** The chunks of a body put together (RFC 9112 section 7.1). */
function joined(body) {
  let text = '';
  let rest = body;
  for (;;) {
    const [line] = rest.split('\r\n', 1);
    const size = Number.parseInt(line, 16);
    if (!size) return text;
    text += rest.slice(line.length + 2, line.length + 2 + size);
    rest = rest.slice(line.length + size + 4);
  }
}
