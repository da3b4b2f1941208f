import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { Channel } from './channel.ts';

/** The other end: keeps what is asked, says what the test wants. */
function open(): {
  channel: Channel;
  asked: string[];
  say(text: string): void;
  ended: Promise<unknown>;
} {
  const asked: string[] = [];
  const stream = new Duplex({
    read: () => {},
    write: (chunk, _encoding, done) => {
      asked.push(...String(chunk).trimEnd().split('\n'));
      done();
    },
  });
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const channel = new Channel(stream, () => end());
  return { channel, asked, say: (text) => stream.push(text), ended };
}

const patient = { timeoutMs: 60_000 };

describe('a channel', () => {
  test('brings each answer to who asked, whatever pieces it comes in', async () => {
    const { channel, asked, say } = open();
    const status = channel.ask({ op: 'status' }, patient);
    const explain = channel.ask({ op: 'explain', instance: 'VI_1' }, patient);
    assert.deepEqual(
      asked.map((line) => JSON.parse(line)),
      [
        { op: 'status', id: 1 },
        { op: 'explain', instance: 'VI_1', id: 2 },
      ],
    );
    const error = { code: 'no-such-instance', message: 'there is no VI_1' };
    const text =
      `${JSON.stringify({ schema: 1, id: 2, ok: false, error })}\n` +
      `${JSON.stringify({ schema: 1, id: 1, ok: true, result: { host: 'é' } })}\n`;
    for (const character of text) say(character);
    await assert.rejects(explain, { code: 'no-such-instance', message: 'there is no VI_1' });
    assert.deepEqual(await status, { host: 'é' });
  });

  test('gives up after a while, and takes no notice of what comes then', async () => {
    const { channel, say } = open();
    await assert.rejects(channel.ask({ op: 'status' }, { timeoutMs: 1 }), { code: 'no-answer' });
    const again = channel.ask({ op: 'status' }, patient);
    say('{"id":1,"ok":true,"result":"old"}\n{"id":2,"ok":true,"result":"new"}\n');
    assert.equal(await again, 'new');
  });

  test('tells of events for as long as they come', async () => {
    const { channel, asked, say } = open();
    const told: unknown[] = [];
    const failures: string[] = [];
    channel.follow(
      5,
      (result) => told.push(result),
      ({ code }) => failures.push(code),
    );
    assert.deepEqual(JSON.parse(asked[0] ?? ''), { op: 'events', since: 5, follow: true, id: 1 });
    say('{"id":1,"ok":true,"result":1}\n{"id":1,"ok":true,"result":2}\n');
    const last = channel.ask({ op: 'status' }, patient);
    say('{"id":1,"ok":true,"result":3}\n{"id":2,"ok":true,"result":0}\n');
    await last;
    assert.deepEqual(told, [1, 2, 3]);
    assert.deepEqual(failures, []);
  });

  for (const [what, text] of [
    ['no JSON', 'hello\n'],
    ['no object', '7\n'],
    ['no answer', '{"id":1}\n'],
    ['no reason', '{"id":1,"ok":false}\n'],
    ['the end', null],
  ] as const) {
    test(`ends with ${what}, and everybody who waits learns of it`, async () => {
      const { channel, say, ended } = open();
      const asked = channel.ask({ op: 'status' }, patient);
      say(text as string);
      await assert.rejects(asked, { code: 'no-answer' });
      await ended;
      await assert.rejects(channel.ask({ op: 'status' }, patient), { code: 'no-answer' });
    });
  }

  test('ends with the other end', async () => {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
    let ends = 0;
    new Channel(stream, () => ends++);
    stream.destroy(new Error('gone'));
    await new Promise((resolve) => stream.on('close', resolve));
    assert.equal(ends, 1);
  });
});
