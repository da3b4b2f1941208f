/** `holdfast plan`: reads the cluster, and writes or compares its files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, formatDiagnostic } from '../../base/diagnostics.ts';
import { readCluster } from '../../config/cluster/index.ts';
import { planFiles } from '../../plan/index.ts';
import { deriveSite, type Site } from '../../plan/site.ts';
import type { PlanArguments } from '../plan.ts';
import { bringToHosts } from './apply/bring.ts';
import { compare, type Difference, describeDifference } from './difference.ts';
import { writePlanned } from './output.ts';
import { keepSecrets } from './secrets.ts';
import { withTemplates } from './templates.ts';

export async function writePlan(options: PlanArguments): Promise<number> {
  const { file, folder, overrides } = options;
  const text = readText(file);
  if (typeof text !== 'string') return fail(`${file}: ${text.message}`);
  const { cluster, inventory, diagnostics } = readCluster(file, text, overrides);
  tell(diagnostics);
  if (cluster === undefined) return fail(`${file}: nothing was planned`);
  const secrets = keepSecrets(join(folder, 'secrets.json'));
  if (!secrets.ok) return fail(secrets.reason);
  const site = deriveSite(cluster, secrets.value);
  // What a host had before is on the host: nothing here is asked for it.
  if (options.action === 'rollback') return bringToHosts(site, options);
  const templated = withTemplates(planFiles(site), options.templates, site, inventory);
  if (!templated.ok) return fail(templated.reason);
  const files = templated.value;
  const differences = compare(folder, files);
  const isNew = differences.every(({ kind }) => kind === 'new');
  for (const difference of differences) process.stdout.write(describeDifference(difference));
  if (!isNew && !options.write && differences.length > 0) {
    process.stderr.write(`${count(differences)}: nothing was written (--write writes)\n`);
    return 2;
  }
  const error = writePlanned(folder, files);
  if (error !== undefined) return fail(error);
  process.stdout.write(
    differences.length === 0
      ? `${folder} is as planned: ${files.length} files\n`
      : `${count(differences)} written; read ${join(folder, 'README.md')}${tryIt(site, folder)}\n`,
  );
  if (options.action === 'none') return 0;
  return bringToHosts(site, options);
}

/** Where there is something to fail over. */
function tryIt({ holders }: Site, folder: string): string {
  return holders.length < 2 ? '' : `; try it: holdfast lab --config ${folder}`;
}

function readText(file: string): string | Error {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return error as Error;
  }
}

function tell(diagnostics: readonly Diagnostic[]): void {
  for (const each of diagnostics) process.stderr.write(`${formatDiagnostic(each)}\n`);
}

function count(differences: readonly Difference[]): string {
  return differences.length === 1 ? '1 file' : `${differences.length} files`;
}

function fail(message: string): number {
  process.stderr.write(`holdfast plan: ${message}\n`);
  return 1;
}
