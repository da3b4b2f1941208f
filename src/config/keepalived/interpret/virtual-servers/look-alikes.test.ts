import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf } from '../../../model/server-outline.ts';
import { read } from '../../test-support.ts';
import { countLines, type PlainBlock } from '../../text/plain-block.ts';
import { LookAlikes } from './look-alikes.ts';

function blockOf(text: string): PlainBlock {
  const lineCount = countLines(text);
  return { keyword: 'virtual_server', name: '', text, lineCount, file: '/a', line: 1 };
}

function meaningOf(text: string) {
  const [server] = read(text).loadBalancing.virtualServers;
  assert(server !== undefined);
  return server;
}

const real = (place: string, ...lines: readonly string[]): string =>
  `  real_server ${place} {\n${lines.map((line) => `    ${line}\n`).join('')}  }`;

function server(place: string, ...lines: readonly string[]): string {
  return `virtual_server ${place} {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${lines.map((line) => `${line}\n`).join('')}}`;
}

const tcp = ['TCP_CHECK {', 'connect_timeout 3', '}'];
const http = ['weight 3', 'HTTP_GET {', 'url {', 'path /health', '}', '}'];
const smtp = ['SMTP_CHECK {', '}'];
const first = server(
  '10.8.0.1 80',
  real('10.9.0.1 8080', ...tcp),
  real('10.9.0.2 8080', ...http),
  '  quorum 2',
  real('10.9.0.3 25', ...smtp),
);

/** What is known of `second` once the others were read. */
function found(second: string, ...others: readonly string[]) {
  const alikes = new LookAlikes();
  for (const text of others) alikes.learn(blockOf(text), meaningOf(text));
  const outline = alikes.find(blockOf(second));
  return outline && serverOf(outline);
}

test('other addresses and ports, and other servers of the same kinds', () => {
  const second = server(
    '10.8.0.2 443',
    real('10.9.1.1 1', ...smtp),
    real('10.9.1.2 8080', ...tcp),
    '  quorum 2',
    real('10.9.1.2 8081', ...tcp),
  );
  assert.deepEqual(found(second, first), meaningOf(second));
});

test('nothing is known of another line, kind of server or family', () => {
  const servers = [real('10.9.0.1 80', ...tcp), '  quorum 2', real('10.9.0.2 80', ...tcp)];
  const same = server('10.8.0.2 80', ...servers);
  assert.deepEqual(found(same, first), meaningOf(same));
  assert.equal(found(server('10.8.0.2 80', '  alpha', ...servers), first), undefined);
  assert.equal(found(same.replace('3\n', '4\n'), first), undefined);
  assert.equal(found(same.replace('10.8.0.2', 'fd08::2'), first), undefined);
  assert.equal(found(same.replace('10.9.0.2', 'fd09::2'), first), undefined);
  assert.equal(found(same.replace('10.9.0.2', '10.9.2'), first), undefined);
});

test('whatever is to be told of is read word by word', () => {
  const two = (one: string, other: string): string =>
    server('10.8.0.2 80', real(one, ...tcp), '  quorum 2', real(other, ...tcp));
  assert.notEqual(found(two('10.9.0.1 80', '10.9.0.2 80'), first), undefined);
  assert.equal(found(two('10.9.0.1 80', '10.9.0.1 80'), first), undefined);
  const needsTwo = server(
    '10.8.0.1 80',
    '  quorum 2',
    real('10.9.0.1 80', ...tcp),
    real('10.9.0.2 80', ...tcp),
  );
  assert.deepEqual(found(needsTwo, needsTwo), meaningOf(needsTwo));
  const hasOne = server('10.8.0.1 80', '  quorum 2', real('10.9.0.1 80', ...tcp));
  assert.equal(found(hasOne, needsTwo), undefined);
});

test('where the address or the port means more than itself nothing is learnt', () => {
  for (const lines of [
    ['TCP_CHECK {', 'connect_ip 10.9.0.1', '}'],
    ['TCP_CHECK {', 'connect_port 8080', '}'],
    ['SMTP_CHECK {', 'host {', '}', '}'],
    ['lvs_method DR'],
  ]) {
    const one = server('10.8.0.1 80', real('10.9.0.1 80', ...lines));
    assert.equal(found(one, one), undefined, one);
  }
  const sorry = server('10.8.0.1 80', '  sorry_server 10.9.0.9', real('10.9.0.1 80', ...tcp));
  assert.deepEqual(found(sorry, sorry), meaningOf(sorry));
  assert.equal(found(sorry.replace('10.8.0.1 80', '10.8.0.1 81'), sorry), undefined);
});
