// Stands for a kube-apiserver: `tls-server.mjs CERTIFICATE KEY ADDRESS PORT` answers every request
// over TLS with the JSON that an apiserver has for a client that it does not know, but for /readyz, which
// everybody may ask. Not TypeScript, since it is started without a loader.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certificate = '', key = '', address, port] = process.argv.slice(2);
const answer = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Forbidden',
  code: 403,
};
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, ({ url }, response) => {
  if (url === '/readyz') {
    response.end('ok');
    return;
  }
  response.writeHead(403, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(answer, undefined, 2)}\n`);
}).listen(Number(port), address, () => console.log('listening'));
