// A test file that imports this module first runs beside a Doorward demo of its own.
//
// Node reads NODE_EXTRA_CA_CERTS at process start only, and the demo makes its certificate authority when it
// starts. So the file is run twice: the first time this module starts the demo and runs the file again as a
// child that trusts it, with the same output; the import never returns. In the child it returns `demo`.

import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from './process.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const BINARY = path.resolve(process.env.DOORWARD_BIN ?? path.join(HERE, '../../target/debug/doorward'));
const READY = 'DOORWARD_E2E_READY';
const DATA = 'DOORWARD_E2E_DATA';

if (!process.env[READY]) process.exit(await runBesideDemo());

/** The ready line of the demo, and its command line. */
export const demo = {
  ...JSON.parse(process.env[READY]),
  tenant: (name) => named(demo.tenants, name),
  user: (name) => named(demo.users, name, 'username', (user) => user.username.split('.')[0]),
  app: (name) => named(demo.apps, name),
  api: (name) => named(demo.apis, name),
  cli,
  register,
};

/** Runs a command on the running demo and returns what it says as JSON. A failure carries its words. */
async function cli(...args) {
  const { code, stdout, stderr } = await run([...args, '--json']);
  if (code !== 0) throw new Error(`doorward ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  const lines = stdout.trim();
  try {
    return JSON.parse(lines);
  } catch {
    return JSON.parse(lines.split('\n').at(-1));
  }
}

function run(args) {
  return new Promise((resolve) => {
    execFile(BINARY, ['--data', process.env[DATA], ...args], { encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

let registered = 0;

/** Registers an app of the tenant `meadow` under a name of its own. */
async function register({ kind = 'web', redirects = [], name = 'e2e', tenant = 'meadow' } = {}) {
  registered += 1;
  const unique = `${name}-${process.pid}-${registered}`;
  const uris = redirects.flatMap((uri) => ['--redirect', uri]);
  const made = await cli('app', 'add', unique, '--tenant', tenant, '--kind', kind, ...uris);
  return { ...made, name: unique };
}

function named(list, name, key = 'name', short = () => undefined) {
  const found = list.find((item) => item[key] === name || short(item) === name);
  if (!found) throw new Error(`the ready line names no ${name}: ${JSON.stringify(list.map((item) => item[key]))}`);
  return found;
}

async function runBesideDemo() {
  const data = mkdtempSync(path.join(tmpdir(), 'doorward-e2e-'));
  const logs = path.join(HERE, '../.work');
  mkdirSync(logs, { recursive: true });
  const script = process.argv[1];
  const suite = `${path.basename(path.dirname(script))}-${path.basename(script).replace(/(\.test)?\.mjs$/, '')}`;
  const log = path.join(logs, `${suite}.log`);
  const stderr = openSync(log, 'w');
  let server;
  let code = 1;
  try {
    server = await start(BINARY, ['demo', '--json', '--port', '0', '--data', data], {
      env: process.env,
      stderr,
      ready: (line) => {
        const event = JSON.parse(line);
        return event.event === 'ready' ? event : undefined;
      },
    });
    code = await runAgain(script, data, server);
  } catch (error) {
    console.error(error.message, `\nits log: ${log}\n${readFileSync(log, 'utf8').slice(-4000)}`);
  } finally {
    const end = await server?.stop();
    if (end && end.code !== 0 && end.signal !== 'SIGTERM') {
      console.error(`the demo ended with ${end.code ?? end.signal}; its log: ${log}`);
      code ||= 1;
    }
    closeSync(stderr);
    if (readFileSync(log, 'utf8').includes('panicked at')) {
      console.error(`the demo panicked; its log: ${log}`);
      code ||= 1;
    }
    rmSync(data, { recursive: true, force: true });
  }
  return code;
}

function runAgain(script, data, server) {
  const trusted = path.join(data, 'e2e-trust.pem');
  const others = process.env.NODE_EXTRA_CA_CERTS;
  const bundle = [server.value.ca_file, ...(others ? [others] : [])].map((file) => readFileSync(file, 'utf8'));
  writeFileSync(trusted, bundle.join('\n'));
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: trusted,
    [READY]: JSON.stringify(server.value),
    [DATA]: data,
  };
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  server.ended.then(() => child.kill('SIGTERM'), () => {});
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
