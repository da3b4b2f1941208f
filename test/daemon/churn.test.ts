/** A director under load: the benchmark of the same name (bench/churn.ts), for some seconds. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { ChurnHosts } from '../../bench/churn/hosts.ts';
import { configuration, partNames, runPart } from '../../bench/churn/parts.ts';
import { skipDaemon } from './support.ts';

const EXTENT = { rounds: 1, roundsOfLoad: 1, halfMs: 100 };

function has(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const missing = ['nginx', 'nft', 'wrk'].find((program) => !has(program));
const skip = skipDaemon || (missing === undefined ? false : `needs ${missing}`);

describe('virtual servers under load', { skip }, () => {
  const hosts = new ChurnHosts();
  before(() => hosts.open(configuration));
  after(() => hosts.close());

  for (const part of partNames) {
    test(`${part}: only connections to that server are lost`, async () => {
      const { bars, losses } = await runPart(hosts, part, EXTENT);
      const failed = bars.filter(({ verdict }) => verdict === 'FAIL');
      const reasons = losses.flatMap((each) => each.reasons);
      assert.deepEqual(failed, [], `${reasons.join()}\n${hosts.log}`);
    });
  }
});
