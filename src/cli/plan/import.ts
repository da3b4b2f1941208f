/** The program of `holdfast import`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, formatDiagnostic } from '../../base/diagnostics.ts';
import { Secret } from '../../base/secret.ts';
import { draftFromNodes, type NodeFiles } from '../../config/cluster/from-nodes.ts';
import { judgeCluster } from '../../config/cluster/judge.ts';
import { Report } from '../../config/cluster/report.ts';
import { clusterYaml } from '../../plan/cluster-yaml.ts';
import { isOwnImage } from '../../plan/images.ts';
import { type ClusterSecrets, deriveSite } from '../../plan/site.ts';
import { readNode } from './node-files.ts';
import { notCarried } from './not-carried.ts';
import { drawSecrets, writeSecrets } from './secrets.ts';

export async function importCluster(folders: readonly string[], output?: string): Promise<number> {
  const report = new Report();
  const nodes: NodeFiles[] = [];
  const found: Diagnostic[] = [];
  for (const folder of folders) {
    const { files, diagnostics } = readNode(folder);
    found.push(...diagnostics);
    if (files === undefined) return fail(`${folder}: there is no keepalived.conf in it`);
    nodes.push(withoutOwnImages(files));
  }
  const draft = draftFromNodes(nodes, report);
  const cluster = draft && judgeCluster(draft, report);
  const secrets = secretsOf(nodes);
  if (cluster !== undefined) notCarried(cluster, secrets, nodes, report);
  for (const each of [...found, ...report.sorted()]) {
    process.stderr.write(`${formatDiagnostic(each)}\n`);
  }
  if (cluster === undefined) return fail('these files make no cluster');
  const { text } = clusterYaml(deriveSite(cluster, secrets));
  if (output === undefined) {
    process.stdout.write(text);
    return 0;
  }
  return write(output, text, secrets);
}

function write(folder: string, text: string, secrets: ClusterSecrets): number {
  const file = join(folder, 'cluster.yaml');
  if (existsSync(file)) return fail(`${file} is there already; remove it, or name another folder`);
  try {
    mkdirSync(folder, { recursive: true });
    writeSecrets(join(folder, 'secrets.json'), secrets);
    writeFileSync(file, text);
  } catch (error) {
    return fail((error as Error).message);
  }
  process.stdout.write(
    `${file} and secrets.json written; next: holdfast plan ${file} -o ${folder}\n`,
  );
  return 0;
}

/** Those that the hosts have, so that one after the other may be changed over. */
function secretsOf(nodes: readonly NodeFiles[]): ClusterSecrets {
  const drawn = drawSecrets();
  const models = nodes.map(({ keepalived }) => keepalived.model);
  const passwords = models.flatMap(({ instances }) => {
    const authentication = instances[0]?.authentication;
    return authentication?.kind === 'simple' ? [authentication.password.reveal()] : [];
  });
  const keys = models.flatMap(({ global }) => global.peerKey?.reveal() ?? []);
  return {
    authPass: passwords[0] === undefined ? drawn.authPass : new Secret(passwords[0]),
    peerKey: keys[0] === undefined ? drawn.peerKey : new Secret(keys[0]),
  };
}

function withoutOwnImages(files: NodeFiles): NodeFiles {
  const named = Object.entries(files.images ?? {}).filter(([, image]) => !isOwnImage(image));
  return { ...files, images: Object.fromEntries(named) };
}

function fail(message: string): number {
  process.stderr.write(`holdfast import: ${message}\n`);
  return 1;
}
