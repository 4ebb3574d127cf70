// This file is an HTTP service in JavaScript: / greets, /echo sends the body
// back, /json sorts the members of an object, /fetch?URL asks another service,
// /throw throws.

import { Fields, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam } from 'wasi:http/types@0.2.12';
import { handle as send } from 'wasi:http/outgoing-handler@0.2.12';

// QuickJS has no TextEncoder and no TextDecoder.
const encode = (s) => Uint8Array.from(unescape(encodeURIComponent(s)), (c) => c.charCodeAt(0));
const decode = (bytes) => decodeURIComponent(escape(Array.from(bytes, (b) => String.fromCharCode(b)).join('')));

const closed = (e) => (e.payload ?? e).tag === 'closed';

function* chunks(stream) {
  for (;;) {
    try {
      yield stream.blockingRead(65536);
    } catch (e) {
      if (closed(e)) return;
      throw e;
    }
  }
}

function readAll(message) {
  const body = message.consume();
  return decode([...chunks(body.stream())].flatMap((chunk) => Array.from(chunk)));
}

function write(stream, bytes) {
  for (let i = 0; i < bytes.length; i += 4096) {
    stream.blockingWriteAndFlush(bytes.subarray(i, i + 4096));
  }
}

// respond sends the head, and the body's pieces as they come.
function respond(out, status, type, pieces) {
  const response = new OutgoingResponse(Fields.fromList([['content-type', encode(type)]]));
  response.setStatusCode(status);
  const body = response.body();
  ResponseOutparam.set(out, { tag: 'ok', val: response });
  const stream = body.write();
  for (const piece of pieces) write(stream, piece);
  stream[Symbol.dispose]?.();
  OutgoingBody.finish(body, undefined);
}

const answer = (out, status, type, s) => respond(out, status, type, [encode(s)]);

function fetchFrom(url) {
  const [, scheme, authority, path] = /^(\w+):\/\/([^/?]+)(.*)$/.exec(url);
  const request = new OutgoingRequest(new Fields());
  request.setScheme({ tag: scheme === 'https' ? 'HTTPS' : 'HTTP' });
  request.setAuthority(authority);
  request.setPathWithQuery(path || '/');
  const body = request.body();
  const coming = send(request, undefined);
  OutgoingBody.finish(body, undefined);
  coming.subscribe().block();
  const result = coming.get().val;
  return result.val ?? result;
}

export const incomingHandler = {
  handle(request, out) {
    const [path, query = ''] = (request.pathWithQuery() ?? '/').split('?');
    switch (path) {
      case '/':
        return answer(out, 200, 'text/plain', 'hello from javascript\n');
      case '/echo':
        return respond(out, 200, 'application/octet-stream', chunks(request.consume().stream()));
      case '/json': {
        const value = JSON.parse(readAll(request));
        const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
        return answer(out, 200, 'application/json', JSON.stringify(sorted) + '\n');
      }
      case '/fetch': {
        const response = fetchFrom(query);
        return answer(out, 200, 'text/plain', `${response.status()} ${readAll(response)}`);
      }
      case '/throw':
        throw new Error('as asked');
      default:
        return answer(out, 404, 'text/plain', 'no such path\n');
    }
  },
};
