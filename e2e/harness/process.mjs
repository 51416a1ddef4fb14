// Child processes: started, waited for by what they print, stopped by their own pid.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const DEADLINE = 60_000;

/**
 * Starts a program and resolves with the first line of its output that `ready` turns into a value.
 * A program that ends before that is an error that carries what it printed.
 */
export async function start(program, args, { env, cwd, stderr = 'pipe', ready }) {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', stderr] });
  const ended = new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`cannot start ${program}`, { cause })));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const heard = [];
  child.stderr?.setEncoding('utf8').on('data', (text) => heard.push(text));
  const value = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} is not ready after ${DEADLINE} ms`)), DEADLINE);
    ended.then(
      ({ code, signal }) => reject(new Error(`${program} ended (${code ?? signal}) before it was ready:\n${heard.join('')}`)),
      reject,
    );
    const settle = (act, argument) => (clearTimeout(timer), act(argument));
    createInterface({ input: child.stdout }).on('line', (line) => {
      heard.push(`${line}\n`);
      try {
        const found = ready(line);
        if (found !== undefined) settle(resolve, found);
      } catch (error) {
        settle(reject, error);
      }
    });
  });
  const running = { pid: child.pid, ended, output: () => heard.join(''), stop: () => stop(child, ended) };
  try {
    return { ...running, value: await value };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function stop(child, ended) {
  if (child.exitCode === null && child.signalCode === null && child.pid) {
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended.finally(() => clearTimeout(impatience));
  }
  return ended.catch(() => ({ code: null, signal: null }));
}
