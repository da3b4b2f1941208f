import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AskError } from '../channel.ts';
import type { ReadRequest } from '../protocol.ts';
import { Questions } from './questions.ts';

/** One who answers when the test says so. */
class Answerer {
  readonly asked: ReadRequest[] = [];
  readonly #open: { settle(value: unknown): void; fail(error: unknown): void }[] = [];

  ask(request: ReadRequest): Promise<never> {
    this.asked.push(request);
    return new Promise((settle, fail) => {
      this.#open.push({ settle: (value) => settle(value as never), fail });
    });
  }

  get waiting(): number {
    return this.#open.length;
  }

  async next(act: (open: { settle(value: unknown): void; fail(error: unknown): void }) => void) {
    while (this.#open.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const open = this.#open.shift();
    assert(open !== undefined);
    act(open);
  }
}

const explain = (instance: string) => ({ op: 'explain', instance }) as const;

describe('questions', () => {
  test('are put one after the other', async () => {
    const answerer = new Answerer();
    const questions = new Questions(answerer);
    const answers = ['a', 'b', 'c'].map((name) => questions.ask(explain(name)));
    for (const name of ['a', 'b', 'c']) {
      await answerer.next(({ settle }) => {
        assert.deepEqual(answerer.asked.at(-1), explain(name));
        assert.equal(answerer.waiting, 0);
        settle(name);
      });
    }
    assert.deepEqual(await Promise.all(answers), ['a', 'b', 'c']);
  });

  test('that are the same share an answer, for a moment', async () => {
    const answerer = new Answerer();
    let now = 1000;
    const questions = new Questions(answerer, () => now);
    const first = Array.from({ length: 500 }, () => questions.ask({ op: 'metrics' }));
    await answerer.next(({ settle }) => settle('one'));
    assert.deepEqual(new Set(await Promise.all(first)), new Set(['one']));
    now += 150;
    assert.equal(await questions.ask({ op: 'metrics' }), 'one');
    assert.equal(answerer.asked.length, 1);
    now += 100;
    const later = questions.ask({ op: 'metrics' });
    await answerer.next(({ settle }) => settle('two'));
    assert.equal(await later, 'two');
    assert.equal(questions.answeredMs, now);
  });

  test('about anything else are not answered from memory', async () => {
    const answerer = new Answerer();
    const questions = new Questions(answerer, () => 0);
    for (const [index, answer] of ['one', 'two', 'three', 'four'].entries()) {
      const asked = questions.ask(index < 2 ? { op: 'events', since: 1 } : { op: 'status' });
      await answerer.next(({ settle }) => settle(answer));
      assert.equal(await asked, answer);
    }
  });

  test('wait in a short queue', async () => {
    const answerer = new Answerer();
    const questions = new Questions(answerer);
    const asked = Array.from({ length: 70 }, (_, index) =>
      questions.ask(explain(`${index}`)).catch((error: AskError) => error.code),
    );
    assert.equal(await asked.at(-1), 'busy');
    await answerer.next(({ fail }) => fail(new AskError('no-answer', 'no answer')));
    const codes = await Promise.all(asked);
    // One who does not answer is not asked by each of them in turn.
    assert.equal(codes.filter((code) => code === ('no-answer' as never)).length, 65);
    assert.equal(answerer.asked.length, 1);
    assert.equal(questions.answeredMs, undefined);
  });

  test('that are answered by an error were answered', async () => {
    const answerer = new Answerer();
    const questions = new Questions(answerer, () => 7);
    const asked = questions.ask(explain('a'));
    await answerer.next(({ fail }) => fail(new AskError('no-such-instance', 'there is none')));
    await assert.rejects(asked, { code: 'no-such-instance' });
    assert.equal(questions.answeredMs, 7);
  });
});
