#!/usr/bin/env node
// This file runs every command of ../p2/guests.json under dray and under jco,
// each with the same arguments, environment, directory and input, and says
// where standard output or the exit status differ.
//
//   JCO=node_modules/.bin/jco DRAY=dray ./compare.mjs [PART OF A RUN'S NAME...]
//
// JCO is jco 1.35 (npm), DRAY the command to compare it with ("dray"). Exit
// status 1 if there is a difference that known.json does not explain, or if
// dray's result is not that of guests.json.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const guests = resolve(here, '../p2');
const { JCO: jco = 'jco', DRAY: dray = 'dray' } = process.env;
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const known = read(join(here, 'known.json'));

// run resolves to {stdout, stderr, exit} of a command; exit "timeout" after 40 seconds.
function run(command, args, stdin, env) {
  return new Promise((done, fail) => {
    // A group of its own: jco runs the guest in a process of its own.
    const child = spawn(command, args, { env: { ...process.env, ...env }, detached: true });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (s) => (out[name] += s));
    }
    let timeout = false;
    const late = setTimeout(() => {
      timeout = true;
      process.kill(-child.pid, 'SIGKILL');
    }, 40_000);
    child.on('error', fail);
    child.stdin.on('error', () => {}); // a guest need not read it
    child.on('close', (code, signal) => {
      clearTimeout(late);
      done({ ...out, exit: timeout ? 'timeout' : (code ?? signal) });
    });
    child.stdin.end(stdin);
  });
}

function underDray(r, file, dir) {
  const args = ['run'];
  for (const e of r.env ?? []) args.push('--env', e);
  if (dir) args.push('--dir', `${dir}::/`);
  if (r.net) args.push('-S', 'inherit-network');
  return run(dray, [...args, file, ...(r.args ?? [])], r.stdin ?? '');
}

function underJco(r, file, dir) {
  const guest = { name: basename(file), env: r.env ?? [], dirs: dir ? { '/': dir } : {}, net: !!r.net };
  const args = ['run', '--jco-import', join(here, 'setup.mjs'), file, ...(r.args ?? [])];
  return run(jco, args, r.stdin ?? '', { GUEST: JSON.stringify(guest) });
}

async function inDirectory(r, f) {
  if (!r.dir) return f(undefined);
  const dir = mkdtempSync(join(tmpdir(), 'guests-'));
  try {
    const result = await f(dir);
    const left = readdirSync(dir);
    if (left.length > 0) result.stdout += `(left behind: ${left.join(' ')})`;
    return result;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

// short is a text for people to read.
function short(text) {
  const s = JSON.stringify(text) ?? 'none';
  return s.length > 200 ? s.slice(0, 200) + '...' : s;
}

// differs says how two results differ, or undefined. jco exits with 1 where
// dray has 134 for a trap.
function differs(ours, theirs) {
  const found = [];
  if (ours.stdout !== theirs.stdout) {
    const [a, b] = [ours.stdout.split('\n'), theirs.stdout.split('\n')];
    const i = a.findIndex((line, i) => line !== b[i]);
    const at = i < 0 ? a.length : i;
    found.push(`stdout line ${at + 1}: ${short(a[at])} and ${short(b[at])}`);
  }
  const exit = ours.exit === 134 ? 1 : ours.exit;
  if (exit !== theirs.exit) found.push(`exit ${ours.exit} and ${theirs.exit}`);
  return found.length ? found.join('; ') : undefined;
}

let same = 0, explained = 0, failed = 0;
const parts = process.argv.slice(2);
for (const r of read(join(guests, 'guests.json'))) {
  const file = resolve(guests, r.guest);
  const name = [basename(r.guest), ...(r.args ?? [])].join(' ');
  if (parts.length && !parts.some((p) => name.includes(p))) continue;
  const ours = await inDirectory(r, (dir) => underDray(r, file, dir));
  if (ours.stdout !== r.stdout || ours.exit !== r.exit) {
    failed++;
    console.log(`WRONG  ${name}: not as guests.json says: ${differs(ours, r) ?? `exit ${ours.exit}`}\n${ours.stderr}`);
  }
  const theirs = await inDirectory(r, (dir) => underJco(r, file, dir));
  const difference = differs(ours, theirs);
  const reason = known[name];
  if (!difference) {
    same++;
    console.log(`same   ${name}`);
  } else if (reason) {
    explained++;
    console.log(`known  ${name}: ${reason}\n       dray and jco: ${difference}`);
  } else {
    failed++;
    console.log(`DIFFER ${name}: dray and jco: ${difference}\n${theirs.stderr.slice(0, 2000)}`);
  }
}
console.log(`${same} the same, ${explained} with a known difference, ${failed} to look at`);
process.exit(failed ? 1 : 0);
