import { parseArgs } from 'node:util';
import { parts } from './proxy/parts.ts';

/**
 * `npm run fuzz:proxy`: what clients, servers and operators could send to the proxy.
 *
 *   --count=N    how many of each part (1,000,000)
 *   --seed=N     of the random numbers (1)
 *   --only=PART  requests, responses, proxy-headers, commands, traffic; may be repeated
 *
 * `traffic` goes over real sockets through a whole proxy, and takes as long as all others. Exits with 1 when
 * something throws, is read in two ways, or leaves a session behind.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
  },
});

function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: not a count: ${text}`);
  return value;
}

const [count, seed] = [readNumber(values.count, 'count'), readNumber(values.seed, 'seed')];
for (const name of values.only)
  if (!Object.hasOwn(parts, name)) throw new Error(`--only: there is no part '${name}'`);
let failed = 0;
for (const [name, fuzz] of Object.entries(parts)) {
  if (values.only.length > 0 && !values.only.includes(name)) continue;
  const started = performance.now();
  const { outcomes, failures } = await fuzz({
    ...{ seed, count },
    onProgress: (done, failures) => {
      if (done % 100_000 === 0) console.log(`${name}: ${done}, ${failures} failures`);
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name}: ${count}, seed ${seed}, ${seconds} s, ${failures.length} failures`);
  const sorted = [...outcomes].sort(([, a], [, b]) => b - a);
  console.log(`  ${sorted.map(([outcome, times]) => `${outcome} ${times}`).join(', ')}`);
  for (const failure of failures) console.log(`FAILURE of ${name}: ${failure}`);
  failed += failures.length;
}
console.log(`${failed} failures`);
process.exit(failed > 0 ? 1 : 0);
