// `api-server.mjs PORT`: what a page has behind its proxy: TLS, and /readyz answers ok. Not TypeScript, since it is
// started without a loader.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const folder = '/run';
const files = ['-keyout', `${folder}/api.key`, '-out', `${folder}/api.crt`];
const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=kubernetes'];
execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', ...kind, ...files], {
  stdio: 'pipe',
});
const options = {
  key: readFileSync(`${folder}/api.key`),
  cert: readFileSync(`${folder}/api.crt`),
};
createServer(options, (request, response) => {
  response.writeHead(request.url === '/readyz' ? 200 : 404).end('ok');
}).listen(Number(process.argv[2]));
