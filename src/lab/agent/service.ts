import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServiceOptions } from './protocol.ts';

/**
 * What each host serves: a UDP answer for every probe of a VIP, and a backend on HTTP that tells its
 * version, as the nginx of three versions in the original set-up did. Both name the host.
 */
export async function startService(options: ServiceOptions): Promise<void> {
  await Promise.all([
    ...options.vips.map((vip) => startResponder(vip, options)),
    ...options.httpPorts.map((port) => startBackend(port, options)),
  ]);
}

/** Bound to the VIP itself, so that the answer comes from the address that was asked. */
function startResponder(vip: string, options: ServiceOptions): Promise<void> {
  const socket = createSocket({
    type: vip.includes(':') ? 'udp6' : 'udp4',
    lookup: (host, _options, done) => done(null, host, vip.includes(':') ? 6 : 4),
  });
  const name = Buffer.from(options.host);
  socket.on('message', (probe, sender) => {
    // Who asks may be unreachable by now; the next probe tells.
    socket.send(Buffer.concat([probe, name]), sender.port, sender.address, () => {});
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options.probePort, vip, () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve();
    });
  });
}

function startBackend(port: number, options: ServiceOptions): Promise<void> {
  const answer: RequestListener = (_request, response) => {
    response.writeHead(200, {
      server: `nginx/${options.version}`,
      'content-type': 'text/plain',
      connection: 'close',
    });
    response.end(`${options.version} on ${options.host}\n`);
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(answer)
      : createTlsServer(
          { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) },
          answer,
        );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '::', () => resolve());
  });
}
