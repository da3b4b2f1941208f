/** The quick starts, typed block by block on hosts of the lab: what a page shows is what is printed. */
import { readdirSync } from 'node:fs';
import { runPage } from '../docs/run-page.ts';

// That one needs an API server: test/kubernetes/docs.kt.ts.
const names = readdirSync('docs/quick-start').filter((name) => name !== 'kubernetes.md');
for (const name of names.sort()) runPage(`docs/quick-start/${name}`);
