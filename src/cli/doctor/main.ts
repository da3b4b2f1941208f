/** The program of `holdfast doctor` and `holdfast support-bundle`: a bundle of its own. */
import { runBundle } from '../../daemon/doctor/bundle/run-bundle.ts';
import { runDoctor } from '../../daemon/doctor/run-doctor.ts';
import { explainCode } from './explain.ts';

export const doctor = { runDoctor, runBundle, explainCode };
