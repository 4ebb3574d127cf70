#!/usr/bin/env node
// This file asks every service of ../p2 and of examples/ the same under dray and
// under jco, and says where status, headers that a guest decides about, trailers
// or body differ.
//
//   JCO=node_modules/.bin/jco DRAY=dray ./serve.mjs [PART OF A REQUEST'S NAME...]
//
// JCO and DRAY are as for compare.mjs, and so is the exit status, with the
// differences that known.json explains under "SERVICE METHOD PATH".

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { connect, createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { JCO: jco = 'jco', DRAY: dray = 'dray' } = process.env;
const known = JSON.parse(readFileSync(join(here, 'known.json'), 'utf8'));

// A request is [method, path, body]; SELF in a path is the service's own URL.
const services = {
  '../p2/service.wasm': [
    ['GET', '/hello'], ['HEAD', '/hello'], ['GET', '/status/200'], ['GET', '/status/204'],
    ['GET', '/status/404'], ['GET', '/status/599'], ['GET', '/nowhere'], ['GET', '/requests'],
    ['GET', '/body/0'], ['GET', '/body/300000'], ['HEAD', '/body/300000'], ['GET', '/zeroes/70000'],
    ['POST', '/echo', 'x'.repeat(100000)], ['POST', '/upper', 'abc'.repeat(1000)], ['POST', '/sum', 'abc'],
    ['POST', '/sum', ''], ['POST', '/request-trailers', 'abc'], ['POST', '/ignore', 'abc'],
    ['POST', '/half', 'abc'], ['GET', '/trailers'], ['GET', '/slow/5/3'], ['GET', '/late/5'],
    ['GET', '/memory/8'], ['GET', '/forbidden'], ['GET', '/many-headers/100'],
    ['GET', '/too-much'], ['GET', '/too-little'], ['GET', '/no-body'], ['GET', '/unfinished'],
    ['GET', '/out?url=SELF/hello'], ['GET', '/out?url=SELF/trailers'], ['GET', '/out?url=http://127.0.0.1:1/'],
    ['GET', '/fan?url=SELF/hello&url=SELF/body/1000'], ['POST', '/proxy?url=SELF/sum', 'abc'],
    ['GET', '/silent'], ['GET', '/error'], ['GET', '/trap'],
  ],
  '../p2/informational.wasm': [['GET', '/']],
  '../p2/js-service.wasm': [
    ['GET', '/'], ['POST', '/echo', 'abc'.repeat(10000)], ['POST', '/json', '{"b": 1, "a": [2]}'],
    ['GET', '/fetch?SELF/'], ['GET', '/nowhere'], ['GET', '/throw'],
  ],
  '../../../examples/http-wasip2.wasm': [
    ['GET', '/'], ['GET', '/?name=Ada'], ['HEAD', '/'], ['GET', '/count/100'], ['GET', '/count/x'],
    ['POST', '/trailers', 'abc'], ['POST', '/', 'abc'], ['GET', '/nowhere'], ['DELETE', '/'],
  ],
};

const freePort = () =>
  new Promise((done) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => done(port));
    });
  });

// serve starts a server and resolves to {port, stop} when it listens.
async function serve(command, args) {
  const port = await freePort();
  const child = spawn(command, args(port), { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (s) => (stderr = (stderr + s).slice(-2000)));
  const ended = new Promise((done) => child.on('close', done).on('error', done));
  const stop = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
    return ended;
  };
  for (let i = 0; i < 600; i++) {
    const up = await new Promise((done) => {
      const c = connect(port, '127.0.0.1', () => { c.destroy(); done(true); });
      c.on('error', () => done(false));
    });
    if (up) return { port, stop };
    if (child.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 100));
  }
  await stop();
  throw new Error(`${command} did not serve: ${stderr}`);
}

// The headers that are the server's and not the guest's.
const own = new Set(['content-length', 'date', 'connection', 'keep-alive', 'transfer-encoding', 'x-content-type-options']);

// ask resolves to what a client gets: one text, in which the service's own port
// is left out.
function ask(port, [method, path, body]) {
  return new Promise((done) => {
    let early = [];
    const req = http.request({ port, host: '127.0.0.1', method, path: path.replaceAll('SELF', `http://127.0.0.1:${port}`), timeout: 5_000 });
    const end = (what) => done([...early, what].join(' ').replaceAll(`:${port}`, ':PORT'));
    req.on('information', (info) => early.push(String(info.statusCode)));
    req.on('timeout', () => { end('no answer'); req.destroy(); });
    req.on('error', () => end('the connection ended'));
    req.on('response', (res) => {
      let text = '';
      const head = Object.entries(res.headers).filter(([name]) => !own.has(name)).sort();
      res.setEncoding('latin1').on('data', (s) => (text += s));
      res.on('error', () => end(`${res.statusCode}, broken off`));
      res.on('end', () => {
        // What a server says of its own accord about a guest that failed.
        if (res.statusCode === 502 && text === 'Isolated component request failed') return end('500');
        if (res.statusCode === 500 && head.every(([name]) => name.startsWith('content-'))) return end('500');
        end(JSON.stringify([res.statusCode, head, res.trailers, text]));
      });
    });
    req.end(body);
  });
}

const short = (s) => (s.length > 300 ? s.slice(0, 300) + '...' : s);
let same = 0, explained = 0, failed = 0;
const parts = process.argv.slice(2);
for (const [name, requests] of Object.entries(services)) {
  const file = resolve(here, name);
  const label = (r) => `${file.split('/').pop()} ${r[0]} ${r[1]}`;
  const chosen = requests.filter((r) => !parts.length || parts.some((p) => label(r).includes(p)));
  if (!chosen.length) continue;
  const starts = {
    dray: () => serve(dray, (port) => ['serve', '--addr', `127.0.0.1:${port}`, '--timeout', '8s', '-S', 'http', file]),
    jco: () => serve(jco, (port) => ['serve', '--port', String(port), '--host', '127.0.0.1',
      '--isolate-requests', 'worker', '--isolate-worker-pool-size', '2', file]),
  };
  const results = {};
  for (const [who, start] of Object.entries(starts)) {
    results[who] = [];
    let server = await start();
    for (const r of chosen) {
      results[who].push(await ask(server.port, r));
      // A guest that fails may take the server with it.
      if (/^(no answer|the connection ended)|^500$|broken off/.test(results[who].at(-1))) {
        await server.stop();
        server = await start();
      }
    }
    await server.stop();
  }
  chosen.forEach((r, i) => {
    const [ours, theirs] = [results.dray[i], results.jco[i]];
    const reason = known[label(r)];
    if (ours === theirs) {
      same++;
      console.log(`same   ${label(r)}`);
    } else {
      if (reason) explained++;
      else failed++;
      console.log(`${reason ? 'known ' : 'DIFFER'} ${label(r)}${reason ? ': ' + reason : ''}\n       dray ${short(ours)}\n       jco  ${short(theirs)}`);
    }
  });
}
console.log(`${same} the same, ${explained} with a known difference, ${failed} to look at`);
process.exit(failed ? 1 : 0);
