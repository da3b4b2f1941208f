/** What traffic shows of a server, and what that does to it (`observe`). */
import { type Case, client } from '../scene.ts';
import { finish, gone, greeter, hear, leave, request, response, say } from '../steps.ts';

const columns = ['status', 'hanafail', 'chkdown', 'stot', 'econ', 'eresp'];
const check = 'check inter 60s rise 1 fall 1 addr 127.0.0.1 port {probeport}';
const sections = (mode: string, s1: string): string =>
  `mode ${mode}\noption ${mode}log\ntimeout connect 100ms\nretries 0\nserver s1 ${s1}\nserver s2 {s2} backup`;

const tcp = (name: string, observe: string): Case => ({
  name: `observe: ${name}`,
  config: sections('tcp', `{refused} ${check} ${observe}`),
  servers: { s2: greeter('two'), probe: [finish] },
  acts: ['a', 'b', 'c', 'd'].map((each) => client(each, gone, finish)),
  columns,
});

const bad = 'HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno';
const http = (name: string, observe: string, answers: readonly string[]): Case => ({
  name: `observe: ${name}`,
  config: sections('http', `{s1} ${check} ${observe}`),
  servers: {
    s1: (connection) => [hear('\r\n\r\n'), say(answers[connection] ?? ''), finish, gone],
    s2: [hear('\r\n\r\n'), say(response('two')), finish, gone],
    probe: [finish],
  },
  acts: ['a', 'b', 'c', 'd'].map((each) =>
    client(each, say(request('/', 'Connection: close')), gone, leave),
  ),
  columns,
});

/** Which HAProxy logs as one that was cut off. */
const lastAnswer = http(
  'the answer that shows it arrives, though sessions end',
  'observe layer7 error-limit 2 on-error mark-down on-marked-down shutdown-sessions',
  [bad, bad],
);

export const observingCases: readonly Case[] = [
  tcp('refused connections', 'observe layer4 error-limit 2 on-error mark-down'),
  tcp('sudden death', 'observe layer4 error-limit 3 on-error sudden-death'),
  tcp('a failed check', 'observe layer4 error-limit 2 on-error fail-check'),
  tcp('more are allowed', 'observe layer4 error-limit 5 on-error mark-down'),
  http('answers with 500', 'observe layer7 error-limit 2 on-error mark-down', [bad, bad, bad]),
  http('a good answer between', 'observe layer7 error-limit 2 on-error mark-down', [
    bad,
    response('good'),
    bad,
    response('good'),
  ]),
  http('501 and 505', 'observe layer7 error-limit 2 on-error mark-down', [
    bad.replace('500', '501'),
    bad.replace('500', '505'),
    bad,
    response('good'),
  ]),
  http('no answer, and a broken one', 'observe layer7 error-limit 2 on-error mark-down', ['', 'x']),
  http('layer 4 does not look at answers', 'observe layer4 error-limit 2 on-error mark-down', [
    bad,
    bad,
    bad,
    bad,
  ]),
  { ...lastAnswer, config: `${lastAnswer.config}\nno log` },
];
