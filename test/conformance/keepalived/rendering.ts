import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng.ts';
import {
  type KeepalivedConfig,
  readKeepalivedConfig,
} from '../../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../../src/config/keepalived/memory-files.ts';
import { type RenderOptions, render } from '../../../src/config/keepalived/render/render.ts';
import { diskFiles } from '../../../src/daemon/config-files.ts';

const FOLDER = join(import.meta.dirname, 'corpus');

export interface CorpusFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** The configurations of one kind, one a file, in the order of their names. */
export function corpusFiles(kind: 'valid' | 'broken' | 'newer'): readonly CorpusFile[] {
  return readdirSync(join(FOLDER, kind))
    .filter((name) => name.endsWith('.conf'))
    .sort()
    .map((name) => {
      const path = join(FOLDER, kind, name);
      return { name: name.slice(0, -'.conf'.length), path, text: readFileSync(path, 'utf8') };
    });
}

const surroundings = {
  environment: { get: () => undefined },
  hostName: 'node1',
};

/** A file of the corpus, with what it includes. */
export function readCorpusFile({ path }: CorpusFile): KeepalivedConfig {
  return readKeepalivedConfig(path, { ...surroundings, files: diskFiles, rng: createRng(1) });
}

/** A configuration that includes nothing. */
export function readText(text: string): KeepalivedConfig {
  const files = createMemoryFiles({ '/main.conf': text });
  return readKeepalivedConfig('/main.conf', { ...surroundings, files, rng: createRng(1) });
}

export function renderConfig(
  config: KeepalivedConfig,
  defaults: RenderOptions['defaults'] = 'left-out',
): string {
  return render(config, { secrets: 'shown', defaults }, (text) => readText(text).model);
}
