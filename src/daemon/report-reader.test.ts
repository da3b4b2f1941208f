import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { parseReport } from '../api/control-child.ts';
import { ReportReader } from './report-reader.ts';

async function read(...parts: string[]): Promise<{ lines: string[]; floods: string[] }> {
  const lines: string[] = [];
  const floods: string[] = [];
  const stream = new PassThrough();
  new ReportReader((text) => floods.push(text)).read(stream, (line) => lines.push(line));
  const ended = new Promise((resolve) => stream.on('end', resolve));
  for (const part of parts) stream.write(part);
  stream.end();
  await ended;
  return { lines, floods };
}

test('lines of a child come whole, whatever pieces they are written in', async () => {
  assert.deepEqual((await read('on', 'e\ntw', 'o\n\n  \nthr', 'ee')).lines, [
    'one',
    'two',
    'three',
  ]);
});

test('a child cannot write what a terminal would obey', async () => {
  const { lines } = await read('\u001b[2Jgone\rover\u0007\u009b1m\n');
  assert.deepEqual(lines, ['[2Jgone over  1m']);
});

test('a child cannot fill the log or the memory', async () => {
  const { lines, floods } = await read(...Array.from({ length: 1000 }, () => 'again\n'));
  assert.equal(lines.length, 20);
  assert.equal(floods.length, 1);
  const [long = ''] = (await read('x'.repeat(1e6), 'x'.repeat(1e6), '\n')).lines;
  assert(long.length <= 4000);
});

test('what is no report is known as such', () => {
  const log = { kind: 'log', level: 'info', text: 'a' };
  assert.deepEqual(parseReport(JSON.stringify(log)), log);
  const bound = { kind: 'bound', dev: 1, ino: 2 };
  assert.deepEqual(parseReport(JSON.stringify(bound)), bound);
  for (const line of [
    ...['', 'Error: no', '7', 'null', '[]', '{}', '{"kind":"log"}'],
    ...['{"kind":"log","level":"fatal","text":"a"}', '{"kind":"log","level":"info","text":7}'],
    ...['{"kind":"bound","dev":"1","ino":2}', '{"kind":"stop"}'],
  ]) {
    assert.equal(parseReport(line), undefined, line);
  }
});
