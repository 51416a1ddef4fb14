// CPU time and memory of a process, read from the kernel: user and system time of all its threads and children.

import { readFileSync, readdirSync } from 'node:fs';

/** One tick of /proc in microseconds (USER_HZ is 100 on every Linux that Doorward runs on). */
const TICK_US = 10_000;

function fieldsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The process and all that it started. */
function tree(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), Number(fieldsOf(entry)[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found;
}

/** CPU time so far, in microseconds. */
export function cpu(pid) {
  return tree(pid).reduce((sum, one) => {
    const fields = fieldsOf(one);
    return sum + (Number(fields[11]) + Number(fields[12])) * TICK_US;
  }, 0);
}

/** Resident memory in megabytes (10^6 bytes). */
export function resident(pid) {
  return tree(pid).reduce((sum, one) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'));
    return sum + (Number(kilobytes?.[1] ?? 0) * 1024) / 1e6;
  }, 0);
}
