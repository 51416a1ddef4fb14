// The Python tools of this suite, pinned, in an environment of their own that is made when it is missing or out of date.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PLACE = path.join(HERE, '../.work/admin-python');
const MARK = path.join(PLACE, 'requirements.txt');
const WANTED = path.join(HERE, 'requirements.txt');

/** Makes the environment, and returns the path of a program in it. */
export function tool(name) {
  const wanted = readFileSync(WANTED, 'utf8');
  if (!existsSync(MARK) || readFileSync(MARK, 'utf8') !== wanted) {
    mkdirSync(path.dirname(PLACE), { recursive: true });
    execFileSync('python3', ['-m', 'venv', '--clear', PLACE], { stdio: 'inherit' });
    const pip = path.join(PLACE, 'bin/pip');
    execFileSync(pip, ['install', '--quiet', '--disable-pip-version-check', '-r', WANTED], { stdio: 'inherit' });
    writeFileSync(MARK, wanted);
  }
  return path.join(PLACE, 'bin', name);
}

/** Runs a program and returns its exit code and all it said. */
export function run(program, args, { env, cwd = HERE } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const heard = [];
    child.stdout.setEncoding('utf8').on('data', (text) => heard.push(text));
    child.stderr.setEncoding('utf8').on('data', (text) => heard.push(text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said: heard.join('') }));
  });
}
