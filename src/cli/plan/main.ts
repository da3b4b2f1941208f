/** The program of `holdfast init`, `plan` and `import`: a bundle of its own. */
import { importCluster } from './import.ts';
import { initCluster } from './init.ts';
import { writePlan } from './write-plan.ts';

export const planner = { initCluster, writePlan, importCluster };
