import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KeepalivedOption, parseKeepalivedOptions } from './keepalived-options.ts';

function read(...argv: string[]): Record<string, readonly string[]> | string {
  const result = parseKeepalivedOptions(argv);
  if (!result.ok) return result.message;
  const { given, unexpected } = result.options;
  return {
    ...Object.fromEntries(given),
    ...(unexpected.length > 0 && { unexpected }),
  };
}

const given = (options: Partial<Record<KeepalivedOption, readonly string[]>>) => options;

describe('options in the manner of getopt_long', () => {
  it('reads letters together, with a value at the end or in the next word', () => {
    assert.deepEqual(
      read('-nDDf', 'FILE'),
      given({ 'dont-fork': [''], 'log-detail': ['', ''], 'use-file': ['FILE'] }),
    );
    assert.deepEqual(read('-lfFILE'), given({ 'log-console': [''], 'use-file': ['FILE'] }));
  });

  it('takes an optional value only where it is glued to its option', () => {
    assert.deepEqual(read('-t', '-g/x', '--core-dump-pattern'), {
      ...given({ 'config-test': [''], 'log-file': ['/x'], 'core-dump-pattern': [''] }),
    });
    assert.deepEqual(read('-t', 'FILE'), {
      ...given({ 'config-test': [''] }),
      unexpected: ['FILE'],
    });
  });

  it('reads long options with and without =, and abbreviated', () => {
    assert.deepEqual(read('--use-file=a=b', '--pid', 'p', '--log-con'), {
      ...given({ 'use-file': ['a=b'], pid: ['p'], 'log-console': [''] }),
    });
    assert.match(String(read('--log')), /ambiguous; possibilities: --log-console --log-detail/);
    assert.match(String(read('--recor', 'x')), /unrecognized/);
    assert.deepEqual(read('--record', 'x'), given({ record: ['x'] }));
  });

  it('goes on behind words that are no options', () => {
    assert.deepEqual(read('a', '-n', '-', '--', '-l'), {
      ...given({ 'dont-fork': [''] }),
      unexpected: ['a', '-', '-l'],
    });
  });

  it('says what is wrong', () => {
    assert.equal(read('-nZ'), "invalid option -- 'Z'");
    assert.equal(read('-f'), "option '-f' requires an argument");
    assert.equal(read('--use-file'), "option '--use-file' requires an argument");
    assert.equal(read('--all=yes'), "option '--all' doesn't allow an argument");
  });
});
