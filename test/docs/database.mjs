// `database.mjs`: in a database's place, listens at 3306 and says on which host it is.
import { createServer } from 'node:net';
import { hostname } from 'node:os';

createServer((socket) => {
  // A check hangs up before it has read.
  socket.on('error', () => {});
  socket.end(`database on ${hostname()}\n`);
}).listen(3306);
