import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './programs.ts';

/** How an agent is started: the file for Node, and what it needs in its environment. */
export interface AgentFile {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Beside a bundled lab lies the bundled agent. When the lab runs from its sources, the agent is
 * bundled into the lab's directory first: that takes less time than one start through a loader.
 */
export async function findAgent(directory: string): Promise<AgentFile> {
  const root = projectRoot();
  if (!import.meta.url.endsWith('.ts')) {
    const file = join(root, 'dist', 'lab-agent.cjs');
    if (!existsSync(file)) throw new Error(`${file} is missing; run \`npm run build\``);
    return { file, env: {} };
  }
  const esbuild = pathToFileURL(join(root, 'node_modules', 'esbuild', 'lib', 'main.js')).href;
  const { build } = (await import(esbuild)) as { build(options: object): Promise<unknown> };
  const file = join(directory, 'lab-agent.cjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['src/lab/agent.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi'],
    logLevel: 'warning',
    banner: { js: "var importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'importMetaUrl' },
  });
  return { file, env: { NODE_PATH: join(root, 'node_modules') } };
}
