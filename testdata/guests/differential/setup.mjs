// This file gives a guest under "jco run" what GUEST says, and nothing else:
// a JSON object {name, env: ["K=V"], dirs: {"/guest": "/host"}, net: bool}.
// jco imports it before the guest (--jco-import). The program that runs then is
// the one jco made, beside which is the shim that the guest will use.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const guest = JSON.parse(process.env.GUEST);
const { resolve } = createRequire(process.argv[1]);
const shim = (part) => import(pathToFileURL(resolve('@bytecodealliance/preview2-shim/' + part)));
const [cli, filesystem, sockets] = await Promise.all(['cli', 'filesystem', 'sockets'].map(shim));

cli._setArgs([guest.name, ...process.argv.slice(2)]);
cli._setEnv(Object.fromEntries(guest.env.map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)])));
cli._setCwd(undefined);
filesystem._clearPreopens();
for (const [to, from] of Object.entries(guest.dirs)) filesystem._addPreopen(to, from);
if (!guest.net) {
  sockets._denyDnsLookup();
  sockets._denyTcp();
  sockets._denyUdp();
}
