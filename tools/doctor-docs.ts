/** Writes docs/doctor.md from the checks of the doctor: `node --import tsx tools/doctor-docs.ts`. */
import { writeFileSync } from 'node:fs';
import { doctorPage } from './doctor-page.ts';

writeFileSync('docs/doctor.md', doctorPage());
