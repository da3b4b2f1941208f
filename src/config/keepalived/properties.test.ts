import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import { BLOCKS } from './grammar/blocks.ts';
import { read } from './test-support.ts';

const folder = 'test/seeds/files';
const seeds = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('keepalived.conf'))
  .map((path) => readFileSync(join(folder, path), 'utf8'));

const words = [
  ...Object.values(BLOCKS).flatMap((block) => [...block.keys()]),
  ...[
    '{',
    '}',
    '"',
    "'",
    '\\',
    '//',
    '#',
    '!',
    '@',
    '@^',
    '~SEQ(',
    '~LST(',
    '$A',
    `\${A}`,
    '$A=',
    ')',
  ],
  ...[
    '10.0.0.1',
    'fd00::1/64',
    '300',
    '-1',
    '0x33',
    '1.5',
    'eth0',
    'VI_1',
    'weight',
    'dev',
    '{{ x }}',
  ],
  ...['\n', '\n', '\n', ' ', '\t', '\r\n', '\0', '\uFEFF', '標識', 'include main.conf', '\\#'],
];

const soup = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 })), { maxLength: 80 })
  .map((parts) => parts.join(' '));

function check(text: string): void {
  const { diagnostics, model } = read(text);
  for (const diagnostic of diagnostics) {
    const { line, column } = diagnostic;
    assert(Number.isInteger(line) && line >= 1, formatDiagnostic(diagnostic));
    assert(Number.isInteger(column) && column >= 1, formatDiagnostic(diagnostic));
    const written = text.split('\n')[line - 1] ?? '';
    assert(column <= written.length + 1, `${formatDiagnostic(diagnostic)} in '${written}'`);
  }
  for (const { vrid, priority, advertInterval, addresses, family } of model.instances) {
    assert(vrid >= 1 && vrid <= 255 && priority >= 1 && priority <= 255 && advertInterval > 0);
    for (const { address } of addresses) assert.equal(address.includes(':') ? 6 : 4, family);
  }
}

test('whatever the text, it is read, and every place that is named exists', () => {
  fc.assert(fc.property(fc.oneof(soup, fc.string({ maxLength: 400 })), check), { numRuns: 1500 });
});

test('valid files in which bytes are lost, doubled or changed are read', () => {
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 20 }),
    instead: fc.oneof(fc.constantFrom(...words), fc.constant('')),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(mutation, { minLength: 1, maxLength: 5 }),
      (seed, mutations) => {
        let text = seed;
        for (const { at, length, instead } of mutations) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + instead + text.slice(from + length);
        }
        check(text);
      },
    ),
    { numRuns: 600 },
  );
});

const instance = (name: string, vrid: number): string[] => [
  `vrrp_instance ${name} {`,
  '    state BACKUP',
  '    interface eth0',
  `    virtual_router_id ${vrid}`,
  '    priority 90',
  '    authentication {',
  '        auth_type PASS',
  '        auth_pass secret',
  '    }',
  '    virtual_ipaddress {',
  `        192.0.2.${vrid}/24`,
  `        198.51.100.${vrid}/24`,
  '    }',
  '    track_interface {',
  '        eth1',
  '    }',
  '}',
];

test('a brace lost or added in one instance takes nothing from the others', () => {
  const names = ['A', 'B', 'C', 'D'];
  const lines = names.flatMap((name, index) => instance(name, index + 1));
  const length = instance('A', 1).length;
  fc.assert(
    fc.property(
      fc.nat(names.length - 1),
      fc.nat(length - 1),
      fc.constantFrom('lose', 'open', 'close', 'misspell', 'unknown'),
      (victim, row, kind) => {
        const at = victim * length + row;
        const changed = [...lines];
        const line = changed[at] ?? '';
        if (kind === 'lose') changed[at] = line.replace(/[{}]/, '');
        else if (kind === 'open') changed.splice(at, 0, '{');
        else if (kind === 'close') changed.splice(at, 0, '}');
        else if (kind === 'misspell') changed[at] = line.replace(/(\w)(\w)/, '$1x$2');
        else changed.splice(at, 0, 'nonsense {', ' more {', ' }', '}');
        const { model } = read(changed.join('\n'));
        for (const [index, name] of names.entries()) {
          // A brace between two instances may belong to either.
          if (index === victim || (row === 0 && index === victim - 1)) continue;
          const found = model.instances.find((one) => one.name === name);
          assert.equal(found?.addresses.length, 2, `${name} after ${kind} at line ${at + 1}`);
        }
      },
    ),
    { numRuns: 600 },
  );
});

test('a lost brace is reported once and the instance keeps its addresses', () => {
  const lines = instance('A', 1);
  for (const [index, line] of lines.entries()) {
    if (!/[{}]/.test(line)) continue;
    const changed = lines.with(index, line.replace(/[{}]/, ''));
    const { diagnostics, model } = read(changed.join('\n'));
    const said = diagnostics.map(formatDiagnostic).join('\n');
    assert.equal(diagnostics.length, 1, `without the brace of line ${index + 1}:\n${said}`);
    assert.equal(model.instances[0]?.addresses.length, 2, `line ${index + 1}:\n${said}`);
  }
});

test('large and repetitive texts are read in reasonable time', () => {
  const started = process.hrtime.bigint();
  read('{'.repeat(20_000));
  read('}'.repeat(20_000));
  read('"'.repeat(20_001));
  read(`$A=${'$A '.repeat(50)}\npriority $A`);
  read(`$A=${`\${B}`.repeat(40)}\n$B=${`\${C}`.repeat(40)}\n$C=${'x'.repeat(4000)}\nfoo $A`);
  read(`vrrp_instance A {\n${'nonsense {\n'.repeat(5000)}`);
  read(`~SEQ(A, 1, 300) ~SEQ(B, 1, 300) ~SEQ(C, 1, 300) word $A $B $C`);
  const addresses = Array.from({ length: 4000 }, (_, n) => `fd00::${n.toString(16)}/64 dev eth0`);
  const { model } = read(
    `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}`,
  );
  const [{ addresses: advertised, excludedAddresses } = { addresses: [], excludedAddresses: [] }] =
    model.instances;
  assert.equal(advertised.length + excludedAddresses.length, 4000);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  assert(seconds < 10, `${seconds} s`);
});
