/** Bugs in what IPVS is told. */
import type { Mutant } from './mutant.ts';

const ledger = 'src/core/kernel/ipvs-ledger.ts';

export const ipvsMutants: readonly Mutant[] = [
  {
    name: 'IPVS: servers that stay are taken out',
    file: ledger,
    find: '    leaving?.delete(server.id);\n',
    replace: '',
  },
  {
    name: 'IPVS: servers that leave stay',
    file: ledger,
    find: 'for (const server of leaving?.values() ?? []) {',
    replace: 'for (const server of leaving === undefined ? [] : []) {',
  },
  {
    name: 'IPVS: a change of a server is its addition',
    file: ledger,
    find: "kind: 'editServer', id",
    replace: "kind: 'addServer', id",
  },
];
