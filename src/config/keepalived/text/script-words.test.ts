import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitCommand, splitScriptLine } from './script-words.ts';
import { traceLine } from './traced.ts';

/** The argv that `script LINE` runs, as keepalived 2.2.7 prints it for the same line. */
const commands: [line: string, argv: string[]][] = [
  [`/bin/sh -c foo`, ['/bin/sh']],
  [`"/bin/sh -c 'exit 0'"`, ['/bin/sh', '-c', 'exit 0']],
  [String.raw`"/bin/sh -c \"exit 0\""`, ['/bin/sh', '-c', 'exit 0']],
  [`'/bin/sh -c "exit 0"'`, ['/bin/sh', '-c', 'exit 0']],
  [String.raw`'/bin/sh -c \'a b\''`, ['/bin/sh', '-c', 'a b']],
  [String.raw`"/bin/sh -c 'a \"b\" c'"`, ['/bin/sh', '-c', 'a "b" c']],
  [String.raw`"/bin/sh a\ b c"`, ['/bin/sh', 'a', 'b', 'c']],
  [String.raw`/bin/sh\ x`, ['/bin/sh', 'x']],
  [`"/bin/sh 'a'b'"`, ['/bin/sh', 'ab']],
  [`"/bin/sh a'b c'd"`, ['/bin/sh', 'ab cd']],
  [`"/bin/sh ''"`, ['/bin/sh', '']],
  [`"/bin/sh  x   y "`, ['/bin/sh', 'x', 'y']],
  [String.raw`"/bin/sh \101\\n"`, ['/bin/sh', 'A\n']],
  [String.raw`"/bin/sh a\\x41"`, ['/bin/sh', 'aA']],
  [String.raw`"/bin/sh a\\0b"`, ['/bin/sh', 'a']],
  [`"pidof nginx || exit 1"`, ['pidof', 'nginx', '||', 'exit', '1']],
];

for (const [line, argv] of commands) {
  test(line, () => {
    const [command] = splitScriptLine(traceLine('f', 1, line));
    assert.deepEqual(splitCommand(command?.text ?? ''), argv);
  });
}

test('user and group follow the command', () => {
  const words = splitScriptLine(traceLine('f', 1, `notify "/a b" 'me' :us`));
  assert.deepEqual(
    words.map(({ text, at }) => [text, at.column]),
    [
      ['notify', 1],
      ['/a b', 8],
      ['me', 15],
      [':us', 20],
    ],
  );
});
