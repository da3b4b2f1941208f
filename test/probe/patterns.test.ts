import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { loadPcre2 } from '../../src/linux/ffi/pcre2.ts';
import { createPatternCompiler } from '../../src/linux/patterns.ts';
import { isPatternFault, type Pattern } from '../../src/ports/patterns.ts';
import { PatternScan } from '../../src/probe/pattern-scan.ts';

const compiler = createPatternCompiler();

function compile(pattern: string, options: readonly string[] = []): Pattern {
  const compiled = compiler.compile(pattern, options);
  if (isPatternFault(compiled)) assert.fail(compiled.reason);
  return compiled;
}

function scan(pattern: Pattern, pieces: readonly Uint8Array[], minOffset = 0, maxOffset?: number) {
  const offsets = { minOffset, ...(maxOffset !== undefined && { maxOffset }) };
  const scanned = new PatternScan(pattern, offsets);
  for (const piece of pieces) {
    const reused = Uint8Array.from(piece);
    scanned.push(reused);
    reused.fill(0x23);
  }
  return scanned.finish();
}

describe('patterns', { skip: loadPcre2() === undefined && 'needs libpcre2-8' }, () => {
  test('a body in pieces matches where the whole would', () => {
    const patterns = [
      ...['ab+a', '^ab', 'b$', '^$', '\\bab\\b', '(?<=ab)a', '(?<!a)b', 'a(?!b)', 'a.*b', 'a\\nb'],
      ...[
        '(?m)^b',
        '(?m)a$',
        '\\Aa',
        'a\\z',
        'a\\Z',
        '(?s)a.{3,}b',
        'é',
        '(*UTF)^.b',
        'x*',
        '\\Bb',
      ],
    ].map((pattern) => ({ pattern, compiled: compile(pattern) }));
    const unit = fc.constantFrom('a', 'b', ' ', '\n', 'é', '\r');
    const piece = fc.string({ unit, maxLength: 6 }).map((text) => Buffer.from(text));
    const cuts = fc.array(piece, { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.nat(8), fc.option(fc.nat(12)), (pieces, minOffset, maxOffset) => {
        const whole = Uint8Array.from(Buffer.concat(pieces));
        for (const { pattern, compiled } of patterns) {
          if (minOffset > whole.length) continue;
          const to = maxOffset ?? undefined;
          const expected =
            to !== undefined && minOffset > to
              ? { kind: 'no-match' }
              : compiled.match(whole, {
                  from: minOffset,
                  ...(to !== undefined && { to }),
                  end: 'final',
                });
          assert.deepEqual(scan(compiled, pieces, minOffset, to), expected, pattern);
        }
      }),
      { numRuns: 300 },
    );
    for (const { compiled } of patterns) compiled.free();
  });

  test('characters that are cut, and bytes that are none, do no harm', () => {
    const bytesOf = (...bytes: readonly number[]) => bytes.map((byte) => Uint8Array.of(byte));
    const character = compile('^h.l$', ['utf']);
    assert.equal(character.reads, 'utf-8');
    assert.equal(scan(character, bytesOf(0x68, 0xc3, 0xa9, 0x6c)).kind, 'match');
    const behind = compile('xl$', ['utf']);
    assert.equal(scan(behind, bytesOf(0xff, 0xc3, 0x78, 0x6c)).kind, 'match');
  });

  test('what a match may grow to has a bound, and so has its time', () => {
    const kilobyte = new Uint8Array(1024).fill(0x78);
    const growing = compile('zx.*y', ['dotall']);
    const pieces = (count: number) => Array.from({ length: count }, () => kilobyte);
    const [start, end] = [Buffer.from('z'), Buffer.from('y')];
    assert.equal(scan(growing, [start, ...pieces(900), end]).kind, 'match');
    const late = scan(growing, [start, ...pieces(3000), end]);
    assert.equal(late.kind, 'no-match');
    const lookbehinds = ['abc', '(?<=ab)c', '(*UTF)(?<=ab)c'].map((text) => compile(text));
    assert.deepEqual(
      lookbehinds.map(({ lookbehindBytes }) => lookbehindBytes),
      [0, 2, 8],
    );
    // Exponential in the length of the text, were there no limit.
    const evil = compile('(x+x+)+[yw]');
    const outcome = scan(evil, [kilobyte, Buffer.from('z')]);
    assert(outcome.kind === 'error', outcome.kind);
    assert.match(outcome.reason, /limit/);
  });

  test('options mean what they say; faults are told', () => {
    const text = [Buffer.from('Hello\nWorld')];
    const cases: [string, string[], string][] = [
      ['hello', ['caseless'], 'match'],
      ['^World', ['multiline'], 'match'],
      ['Hello.World', [], 'no-match'],
      ['Hello.World', ['dotall'], 'match'],
      ['H e l l o', ['extended'], 'match'],
      ['World', ['firstline'], 'no-match'],
      ['(?<a>H)(?<a>e)', ['dupnames'], 'match'],
    ];
    for (const [pattern, options, expected] of cases) {
      assert.equal(scan(compile(pattern, options), text).kind, expected, pattern);
    }
    assert.deepEqual(compiler.compile('(?<a>H)(?<a>e)', []), {
      kind: 'pattern-fault',
      reason:
        'regex, at character 12: two named subpatterns have the same name (PCRE2_DUPNAMES not set)',
    });
    assert.deepEqual(compiler.compile('a', ['sideways']), {
      kind: 'pattern-fault',
      reason: 'no option of a regex: sideways',
    });
  });
});
