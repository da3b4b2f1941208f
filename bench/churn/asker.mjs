/**
 * The client of new connections, in a network namespace: asks over and over, a few at a time, and prints
 * one JSON line for each connection that was lost, and the sums at the end. Each port is used once in a
 * long while, so that it tells the connection.
 */
import { connect } from 'node:net';
import process from 'node:process';

const [host, port, localAddress] = process.argv.slice(2);
const SIDE_BY_SIDE = 4;
const LIMIT_MS = 3000;
const PORTS = { first: 1024, count: 64_000 };
const answered = {};
let used = 0;
let phase = 'asking';

function ask() {
  if (phase === 'over') return;
  const localPort = PORTS.first + (used++ % PORTS.count);
  let text = '';
  const begun = Date.now();
  const socket = connect({ host, port: Number(port), localAddress, localPort });
  const end = (loss) => {
    socket.destroy();
    const server = /^HTTP.*\r\n\r\n(\w+)$/s.exec(text)?.[1];
    if (server !== undefined) answered[server] = (answered[server] ?? 0) + 1;
    // Somebody else has the port: there was no connection.
    else if (loss !== 'EADDRINUSE') {
      const line = { port: localPort, begun, loss: loss ?? `'${text.slice(0, 40)}'` };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
    setImmediate(ask);
  };
  let isOver = false;
  const once = (loss) => {
    if (!isOver) end(loss);
    isOver = true;
  };
  socket.setTimeout(LIMIT_MS, () => once('timeout'));
  socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', (error) => once(error.code));
  socket.on('close', () => once());
}

for (let lane = 0; lane < SIDE_BY_SIDE; lane++) ask();
process.on('SIGTERM', () => {
  phase = 'over';
  process.stdout.write(`${JSON.stringify({ answered })}\n`, () => process.exit(0));
});
