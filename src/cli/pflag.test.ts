import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FlagRow, readFlags } from './pflag.ts';

const rows: readonly FlagRow<'use-unicast' | 'vrid' | 'iface' | 'v' | 'log_dir'>[] = [
  { id: 'use-unicast', type: 'bool' },
  { id: 'vrid', type: 'int' },
  { id: 'iface', type: 'string' },
  { id: 'v', type: 'int', short: 'v' },
  { id: 'log_dir', type: 'string' },
];

describe('flags as pflag reads them', () => {
  const right: [argv: string[], values: object, words?: string[]][] = [
    [[], {}],
    [['--vrid=60', '--iface', 'eth0'], { vrid: '60', iface: 'eth0' }],
    [['--use-unicast', 'false'], { 'use-unicast': 'true' }, ['false']],
    [['--use-unicast=false'], { 'use-unicast': 'false' }],
    [['--use-unicast=T', '--use-unicast=0'], { 'use-unicast': 'false' }],
    [['--v=2'], { v: '2' }],
    [['-v2'], { v: '2' }],
    [['-v=2'], { v: '2' }],
    [['-v', '2'], { v: '2' }],
    [['--iface='], { iface: '' }],
    [['--iface', '--vrid'], { iface: '--vrid' }],
    [['--log_dir=/x', '--', '--vrid=1'], { log_dir: '/x' }, ['--vrid=1']],
  ];
  for (const [argv, values, words = []] of right) {
    test(`[${argv.join(' ')}]`, () => {
      const read = readFlags(rows, argv);
      assert(read.ok);
      assert.deepEqual(Object.fromEntries(read.values), values);
      assert.deepEqual(read.words, words);
    });
  }

  const wrong: [argv: string[], message: string][] = [
    [['--foo'], 'unknown flag: --foo'],
    [['--foo=1'], 'unknown flag: --foo'],
    [['--use'], 'unknown flag: --use'],
    [['-x'], 'unknown flag: -x'],
    [['--vrid'], 'flag needs an argument: --vrid'],
    [['--vrid=x'], 'invalid argument "x" for "--vrid" flag'],
    [['--use-unicast=yes'], 'invalid argument "yes" for "--use-unicast" flag'],
  ];
  for (const [argv, message] of wrong) {
    test(`wrong: ${argv.join(' ')}`, () =>
      assert.deepEqual(readFlags(rows, argv), { ok: false, message }));
  }
});
