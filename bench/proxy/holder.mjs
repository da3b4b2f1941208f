/**
 * Opens connections, asks once on each and keeps them: `node holder.mjs URL COUNT`. Prints `held` when all
 * have been answered, or `failed` and why.
 */
import { connect } from 'node:net';
import process from 'node:process';
import { connect as connectTls } from 'node:tls';

const [, , url, count] = process.argv;
const { protocol, hostname, port } = new URL(url);
const SIDE_BY_SIDE = 32;
let begun = 0;
let held = 0;

function open() {
  if (begun === Number(count)) return;
  begun += 1;
  const where = { host: hostname, port: Number(port), rejectUnauthorized: false };
  const socket = protocol === 'https:' ? connectTls(where) : connect(where);
  const ready = protocol === 'https:' ? 'secureConnect' : 'connect';
  socket.once(ready, () => socket.write('GET / HTTP/1.1\r\nHost: bench\r\n\r\n'));
  socket.once('data', () => {
    held += 1;
    if (held === Number(count)) process.stdout.write('held\n');
    else open();
  });
  socket.on('error', (error) => {
    process.stdout.write(`failed ${error.message}\n`);
    process.exit(1);
  });
}

for (let lane = 0; lane < SIDE_BY_SIDE; lane++) open();
