/** Containers without Kubernetes: a compose file, or the lines of docker run (podman takes both). */
import { stringify } from 'yaml';
import { type ConfigMarks, type HostFile, MARK, PATHS } from './files.ts';
import { imagesOf } from './images.ts';
import type { Site } from './site.ts';

const FOLDER = '/opt/holdfast';

interface Container {
  readonly name: keyof ConfigMarks;
  readonly image: string;
  readonly capabilities: readonly string[];
  readonly folder: string;
  readonly command: readonly string[];
}

function containersOf({ cluster }: Site): readonly Container[] {
  const images = imagesOf(cluster);
  return [
    {
      name: 'haproxy',
      image: images.haproxy,
      capabilities: ['NET_BIND_SERVICE'],
      folder: '/etc/haproxy',
      command: ['haproxy', '-W', '-db', '-f', PATHS.haproxy],
    },
    {
      name: 'keepalived',
      image: images.keepalived,
      capabilities: ['NET_ADMIN', 'NET_RAW', 'NET_BIND_SERVICE'],
      folder: '/etc/keepalived',
      command: [
        'keepalived',
        '--dont-fork',
        '--log-console',
        '--log-detail',
        '-f',
        PATHS.keepalived,
      ],
    },
  ];
}

export function composeFile(site: Site, marks: ConfigMarks): HostFile {
  const services = containersOf(site).map(({ name, image, capabilities, folder, command }) => {
    const service = {
      image,
      container_name: name,
      labels: { [MARK]: marks[name] },
      network_mode: 'host',
      cap_drop: ['ALL'],
      cap_add: capabilities,
      restart: 'always',
      volumes: [`${folder}:${folder}:ro`],
      command,
    };
    return [name, service] as const;
  });
  const document = {
    name: site.cluster.name.toLowerCase(),
    services: Object.fromEntries(services),
  };
  const text = `# Made by holdfast plan.\n${stringify(document)}`;
  return { path: `${FOLDER}/compose.yaml`, text, mode: 0o644 };
}

export function dockerScript(site: Site): HostFile {
  const runs = containersOf(site).map(({ name, image, capabilities, folder, command }) => {
    const added = capabilities.map((capability) => `--cap-add=${capability}`).join(' ');
    return `docker rm --force ${name} >/dev/null 2>&1 || true
docker run --detach --name=${name} --net=host --restart=always \\
    --cap-drop=ALL ${added} \\
    --volume=${folder}:${folder}:ro \\
    ${image} \\
    ${command.join(' ')}`;
  });
  const text = `#!/bin/bash
# Made by holdfast plan: starts the containers of this host, anew where they run.
set -euo pipefail

${runs.join('\n\n')}
`;
  return { path: `${FOLDER}/start.sh`, text, mode: 0o755 };
}
