// Interleaved rounds of both servers and the floors, and a table of medians. `node run.mjs [--pairs N] [--only a,b] [--no-peer]`.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';
import { resident } from './cost.mjs';
import { answers, doorward, freePort } from './doorward.mjs';
import { measure } from './load.mjs';
import { OURS, PEER } from './operations.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const release = join(here, '..', 'target', 'release');
const option = (name, fallback) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1];
};
const pairs = Number(option('--pairs', 5));
const only = option('--only')?.split(',');
const withPeer = !process.argv.includes('--no-peer');

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function process_(program, args, path) {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(program, [...args, String(port)], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  const origin = `http://127.0.0.1:${port}`;
  const coldStartMs = await answers(`${origin}${path}`, started);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid, origin, host: {}, coldStartMs, stop };
}

/** One window of one operation of one server. */
async function window_(server, { prepare, each, operation }) {
  const client = new Client(server.origin, { pipelining: 1 });
  try {
    const state = await prepare?.(server, client);
    return await measure({ pid: server.pid, origin: server.origin, operation: operation(server, state), each: each?.(server, state) });
  } finally {
    await client.destroy();
  }
}

const samples = {};
const note = (name, column, value) => ((samples[name] ??= {})[column] ??= []).push(value);
const memory = { idle: [], loaded: [], peerIdle: [], cold: [], peerCold: [] };

async function round(index) {
  const signatures = execFileSync(join(release, 'examples', 'signature_cost'), { encoding: 'utf8' });
  for (const [name, us] of Object.entries(JSON.parse(signatures))) note(name, 'ours', us);
  const floor = await process_(join(release, 'examples', 'http_floor'), [], '/');
  const server = await doorward(join(release, 'doorward'));
  const peer = withPeer && (await process_(process.execPath, ['peer-oidc-provider.mjs'], '/jwks'));
  try {
    memory.idle.push(resident(server.pid));
    memory.cold.push(server.coldStartMs);
    if (peer) memory.peerIdle.push(resident(peer.pid));
    if (peer) memory.peerCold.push(peer.coldStartMs);
    const bare = { operation: () => async (client) => void (await (await client.request({ method: 'GET', path: '/' })).body.text()) };
    note('http_floor', 'ours', (await window_(floor, bare)).us);
    for (const [name, operation] of Object.entries(OURS)) {
      if (only && !only.includes(name)) continue;
      const ours = await window_(server, operation);
      note(name, 'ours', ours.us);
      let line = `${index + 1}/${pairs} ${name.padEnd(26)} ${ours.us.toFixed(1).padStart(9)} us`;
      if (peer && PEER[name]) {
        const theirs = await window_(peer, PEER[name]);
        note(name, 'peer', theirs.us);
        line += `   peer ${theirs.us.toFixed(0)} us   ${(theirs.us / ours.us).toFixed(1)}x`;
      }
      process.stderr.write(`${line}\n`);
    }
    memory.loaded.push(resident(server.pid));
  } finally {
    await floor.stop();
    await server.stop();
    if (peer) await peer.stop();
  }
}

for (let index = 0; index < pairs; index += 1) await round(index);

const row = (name) => {
  const { ours, peer } = samples[name];
  const ratios = peer?.map((value, index) => value / ours[index]);
  const known = OURS[name] ?? {};
  return [
    name,
    `${median(ours).toFixed(1)} (${Math.min(...ours).toFixed(1)})`,
    known.target ? `<= ${known.target}` : '',
    known.signs ?? '',
    known.writes ?? '',
    peer ? `${median(peer).toFixed(0)} (${Math.min(...peer).toFixed(0)})` : '',
    ratios ? `${median(ratios).toFixed(1)}x` : '',
  ];
};
const table = [
  ['operation', 'CPU us, median (least)', 'target', 'signatures', 'durable writes', 'node-oidc-provider, in memory', 'ratio, median of pairs'],
  ['---', '---', '---', '---', '---', '---', '---'],
  ...Object.keys(samples).map(row),
];
const figure = (values) => (values.length ? `${median(values).toFixed(1)}` : '-');
const text = [
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, ${pairs} rounds`,
  '',
  ...table.map((cells) => `| ${cells.join(' | ')} |`),
  '',
  `cold start: ${figure(memory.cold)} ms (node-oidc-provider ${figure(memory.peerCold)} ms); resident when idle ${figure(memory.idle)} MB (${figure(memory.peerIdle)} MB), after the load ${figure(memory.loaded)} MB`,
  '',
].join('\n');
mkdirSync(join(here, '..', 'target', 'bench'), { recursive: true });
writeFileSync(join(here, '..', 'target', 'bench', 'latest.md'), text);
process.stdout.write(text);
