/** Writes docs/lint/ from the rules of lint: `node --import tsx tools/lint-docs.ts`. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { indexOf, pageOf } from '../src/config/lint/format/page.ts';
import { RULES } from '../src/config/lint/registry.ts';

const folder = 'docs/lint';
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`);
writeFileSync(`${folder}/README.md`, indexOf(RULES));
for (const rule of RULES) writeFileSync(`${folder}/${rule.code}.md`, pageOf(rule));
