import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  added,
  flag,
  formatMisfit,
  integer,
  list,
  object,
  oneOf,
  optional,
  orUndefined,
  type Shape,
  text,
  variants,
  word,
} from './shape.ts';

interface Thing {
  readonly name: string;
  readonly size?: number;
  readonly weight: number | undefined;
  readonly colour: 'red' | 'blue';
  readonly family: 4 | 6;
  readonly since: string;
  readonly tags: readonly boolean[];
}

const thing = object<Thing>({
  name: text,
  size: optional(integer),
  weight: orUndefined(integer),
  colour: word({ red: true, blue: true }),
  family: oneOf(4, 6),
  since: added(text, 'before'),
  tags: list(flag),
});

function why<Value>(shape: Shape<Value>, json: unknown): string {
  const read = shape(json);
  assert(!read.ok);
  return formatMisfit(read.reason);
}

const whole = {
  name: 'a',
  colour: 'red',
  family: 4,
  since: 'now',
  tags: [true],
  size: 1,
  weight: 2,
};

describe('shapes', () => {
  test('take what has every field, and leave out what may be absent', () => {
    assert.deepEqual(thing(whole), { ok: true, value: whole });
    const { size: _size, weight: _weight, since: _since, ...least } = whole;
    const read = thing(least);
    assert.deepEqual(read, { ok: true, value: { ...least, since: 'before', weight: undefined } });
    assert(read.ok && !('size' in read.value));
  });

  test('say what does not fit, and where', () => {
    assert.equal(why(thing, { ...whole, name: 1 }), 'name: expected text');
    assert.equal(why(thing, { ...whole, colour: 'green' }), 'colour: expected one of red, blue');
    assert.equal(why(thing, { ...whole, family: 5 }), 'family: expected one of 4, 6');
    assert.equal(why(thing, { ...whole, tags: [true, 0] }), 'tags[1]: expected true or false');
    assert.equal(why(thing, { ...whole, tags: 'x' }), 'tags: expected a list');
    assert.equal(why(thing, { ...whole, size: 1.5 }), 'size: expected an integer');
    assert.equal(why(thing, { ...whole, extra: 1 }), 'extra: is not known to this version');
    const { name: _name, ...nameless } = whole;
    assert.equal(why(thing, nameless), 'name: is missing');
    for (const other of [null, undefined, 1, 'x', [whole]]) {
      assert.equal(why(thing, other), 'expected an object');
    }
    // What every object inherits is none of its fields.
    assert.equal(why(object<{ toString: string }>({ toString: text }), {}), 'toString: is missing');
  });

  test('tell the kinds of a union apart', () => {
    type Shown = { readonly kind: 'none' } | { readonly kind: 'some'; readonly count: number };
    const shown = variants<Shown>({ none: {}, some: { count: integer } });
    assert.deepEqual(shown({ kind: 'some', count: 2 }), {
      ok: true,
      value: { kind: 'some', count: 2 },
    });
    assert.equal(why(shown, { kind: 'none', count: 2 }), 'count: is not known to this version');
    assert.equal(why(shown, { kind: 'many' }), "kind 'many' is not known to this version");
    assert.equal(why(shown, { kind: 3 }), 'kind: expected a kind');
    assert.equal(why(shown, null), 'expected an object');
  });

  test('never throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (json, more) => {
        thing(json);
        thing({ ...whole, ...more });
      }),
    );
  });
});
