/** What a translation asks of the container that it is started in. */
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { ContainerFiles, ContainerSetup } from '../../config/environment/setup.ts';

const FILES_MAX = 1000;

export const containerFiles: ContainerFiles = {
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  list: (folder) => listFiles(folder).sort().slice(0, FILES_MAX),
};

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listFiles(path) : [path];
    });
  } catch {
    return [];
  }
}

export function ownSetup(argv: readonly string[]): ContainerSetup {
  const interfaces = networkInterfaces();
  const networks = Object.values(interfaces).flatMap((list) => list?.map(({ cidr }) => cidr) ?? []);
  return {
    env: process.env,
    argv,
    files: containerFiles,
    firstAddress: (name) => interfaces[name]?.find(({ family }) => family === 'IPv4')?.address,
    networks: networks.filter((network) => network !== null),
  };
}
