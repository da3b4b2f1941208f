/** The how-tos, typed block by block on hosts of the lab: what a page shows is what is printed. */
import { readdirSync } from 'node:fs';
import { runPage } from '../docs/run-page.ts';

for (const name of readdirSync('docs/how-to').sort()) runPage(`docs/how-to/${name}`);
