import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldLog } from './held-log.ts';

test('lines wait until the log may be opened, and are none lost at its end', () => {
  const out: string[] = [];
  let opened = 0;
  const open = () => {
    opened++;
    return { write: ({ text }: { text: string }) => out.push(text), close: () => out.push('end') };
  };
  const log = new HeldLog(open);
  log.write({ level: 'info', text: 'one' });
  assert.deepEqual([opened, out], [0, []]);
  log.release();
  log.write({ level: 'info', text: 'two' });
  log.release();
  assert.deepEqual([opened, out], [1, ['one', 'two']]);

  const other = new HeldLog(open);
  other.write({ level: 'info', text: 'three' });
  other.close();
  assert.deepEqual(out, ['one', 'two', 'three', 'end']);
});
