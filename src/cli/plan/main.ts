/** The program of `holdfast init`, `plan`, `import` and `manifest`: a bundle of its own. */
import { importCluster } from './import.ts';
import { initCluster } from './init.ts';
import { printControlPlane } from './manifest.ts';
import { writePlan } from './write-plan.ts';

export const planner = { initCluster, writePlan, importCluster, printControlPlane };
