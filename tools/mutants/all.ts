/** Every bug that `npm run mutants` plants, and whether the sources still have the places for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { balancingMutants } from './balancing.ts';
import { guardingMutants } from './guarding.ts';
import { imageMutants } from './images.ts';
import { ipvsMutants } from './ipvs.ts';
import { leavingMutants } from './leaving.ts';
import type { Mutant } from './mutant.ts';
import { namingMutants } from './naming.ts';
import { nftablesMutants } from './nftables.ts';
import { partsMutants } from './parts.ts';
import { proxyHealthMutants } from './proxy-health.ts';
import { stateMachineMutants } from './state-machine.ts';

export const allMutants: readonly Mutant[] = [
  ...stateMachineMutants,
  ...partsMutants,
  ...imageMutants,
  ...leavingMutants,
  ...guardingMutants,
  ...namingMutants,
  ...balancingMutants,
  ...ipvsMutants,
  ...nftablesMutants,
  ...proxyHealthMutants,
];

/** The sources of `mutant` below `folder`, with its bug. Throws where its place is not there once. */
export function withBug(folder: string, { name, file, find, replace }: Mutant): string {
  const parts = readFileSync(join(folder, file), 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`${name}: occurs ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}
