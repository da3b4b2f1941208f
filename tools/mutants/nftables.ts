/** Bugs in what nftables is told of virtual servers. */
import type { Mutant } from './mutant.ts';

const rules = 'src/core/balance/nft/service-rules.ts';

export const nftablesMutants: readonly Mutant[] = [
  {
    name: 'nftables: refused while servers change',
    file: rules,
    find: '    rules.push([...takeFirst(facts), ...findServer(facts), ...forward(facts)]);\n',
    replace: '',
  },
  {
    name: 'nftables: another slot instead of the first',
    file: rules,
    find: 'modulus: 1,',
    replace: 'modulus: 2,',
  },
];
