import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { skipKernelTests, type TestNamespace } from '../../linux/namespaces.ts';
import {
  corpusFiles,
  createCorpusHost,
  exceptions,
  judgedByKeepalived,
  judgedByUs,
  statedClass,
} from './corpus.ts';

const valid = corpusFiles('valid');
const broken = corpusFiles('broken');
const newer = corpusFiles('newer');

test('the corpus is large, and its exceptions few', () => {
  assert(valid.length >= 60, `${valid.length} valid files`);
  assert(valid.length + broken.length >= 150);
  assert(exceptions.size <= 10);
  const known = new Set([...valid, ...broken]);
  for (const [file, reason] of exceptions) assert(known.has(file) && reason !== '', file);
});

describe('exit classes of the corpus', { skip: skipKernelTests }, () => {
  let host: TestNamespace;

  before(() => {
    host = createCorpusHost();
  });
  after(() => host.remove());

  test('are those of keepalived 2.2.7', { skip: skipKeepalived() }, async () => {
    const judged = [...valid, ...broken].filter((file) => !exceptions.has(file));
    const verdicts = await judgedByKeepalived(judged, host);
    const differing = judged.flatMap((file) => {
      const theirs = verdicts.get(file);
      const ours = judgedByUs(file, host);
      const isInItsPlace = (theirs === 0) === file.startsWith('valid/');
      if (theirs === ours.status && isInItsPlace) return [];
      return [`${file}: keepalived ${theirs}, holdfast ${ours.status}\n${ours.said}`];
    });
    assert.deepEqual(differing, []);
  });

  test('are the usual ones where keepalived crashes', () => {
    for (const file of exceptions.keys()) {
      assert.equal(judgedByUs(file, host).status === 0, file.startsWith('valid/'), file);
    }
  });

  test('are the stated ones where keepalived 2.2.7 is too old', () => {
    const differing = newer.flatMap((file) => {
      const ours = judgedByUs(file, host);
      const stated = statedClass(file);
      return ours.status === stated ? [] : [`${file}: ${ours.status}, not ${stated}\n${ours.said}`];
    });
    assert.deepEqual(differing, []);
  });
});

/** The oracle is this very version; another one judges differently, with good reason. */
function skipKeepalived(): string | false {
  const { stderr } = spawnSync('keepalived', ['--version'], { encoding: 'utf8' });
  return stderr?.includes('v2.2.7') === true ? false : 'needs keepalived 2.2.7';
}
