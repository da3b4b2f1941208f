// Servers of datagrams that answer as they are told: a DNS answer with its id, or anything else.
import { createSocket } from 'node:dgram';

const answer = (query, flags, id = query.subarray(0, 2)) =>
  Buffer.concat([id, Buffer.from(flags, 'hex'), query.subarray(4)]);
const otherId = (query) => Buffer.from([query[0] ^ 1, query[1]]);

const servers = {
  7: (datagram) => [datagram],
  9: () => [],
  1001: () => ['abcd'],
  1002: () => ['abcdefgh'],
  1003: () => ['ab'],
  1004: () => [''],
  // SERVFAIL
  5301: (query) => [answer(query, '8182')],
  // Truncated, and no error.
  5302: (query) => [answer(query, '8380')],
  // Not ours, no answer, too short; then the right one.
  5303: (query) => [
    answer(query, '8180', otherId(query)),
    query,
    answer(query, '8180').subarray(0, 11),
    'x',
    answer(query, '8180'),
  ],
  5304: (query) => [answer(query, '8180', otherId(query))],
};

for (const [port, reply] of Object.entries(servers)) {
  const socket = createSocket({ type: 'udp6' });
  socket.on('message', (message, sender) => {
    for (const each of reply(message)) socket.send(each, sender.port, sender.address);
  });
  socket.bind(Number(port), '::');
}
