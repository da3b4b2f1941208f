// Plays the kubelet for static pods: `kubelet.mjs` runs every manifest in /etc/kubernetes/manifests, anew when
// it changes, and ends it when it is gone. Init containers come first, one after the other, and again while one
// fails; then the containers, each anew when it exits. Images are programs of the host; of a container
// count its command and arguments, its variables, and its volumes, which stand in a mount namespace of its own.
// Not played: capabilities, read-only roots, probes, limits. Not TypeScript, since it is started without a loader.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = '/etc/kubernetes/manifests';
const volumeFolder = '/var/lib/kubelet/volumes';
const restartMs = 500;
/** By file: its text, and the processes. */
const pods = new Map();

function start(file, text) {
  const { spec } = parse(text);
  const pod = { text, isLeaving: false, children: new Set(), onEnd: () => {}, mounts: [] };
  pods.set(file, pod);
  const volumes = new Map(
    (spec.volumes ?? []).map(({ name, hostPath }) => {
      const path = hostPath?.path ?? join(volumeFolder, file, name);
      if (hostPath === undefined) mkdirSync(path, { recursive: true });
      return [name, path];
    }),
  );
  const initContainers = [...(spec.initContainers ?? [])];
  const next = () => {
    const [container] = initContainers;
    if (container === undefined) {
      for (const each of spec.containers) keep(file, pod, each, volumes);
      return;
    }
    run(file, pod, container, volumes, (status) => {
      if (status === 0) initContainers.shift();
      setTimeout(() => pod.isLeaving || next(), status === 0 ? 0 : restartMs);
    });
  };
  next();
}

function keep(file, pod, container, volumes) {
  run(file, pod, container, volumes, () =>
    setTimeout(() => pod.isLeaving || keep(file, pod, container, volumes), restartMs),
  );
}

function run(
  file,
  pod,
  { name, command = [], args = [], env = [], volumeMounts = [] },
  volumes,
  onExit,
) {
  const variables = {};
  for (const entry of env) {
    const isNode = entry.valueFrom?.fieldRef.fieldPath === 'spec.nodeName';
    variables[entry.name] = isNode ? hostname() : expand(entry.value, variables);
  }
  const words = [...command, ...args].map((word) => expand(word, variables));
  // A folder of the host is where its programs have it already.
  const binds = volumeMounts
    .filter((mount) => volumes.get(mount.name) !== mount.mountPath)
    .map((mount) => {
      const path = volumes.get(mount.name);
      if (!existsSync(mount.mountPath)) mkdirSync(mount.mountPath, { recursive: true });
      return `mount --bind '${path}' '${mount.mountPath}'`;
    });
  const inside = ['unshare', '--mount', 'sh', '-ec', `${binds.join('\n')}\nexec "$@"`, 'sh'];
  const [program, ...rest] = binds.length === 0 ? words : [...inside, ...words];
  console.log(
    `${file}: starts ${words[0]}${words.length < 10 ? ` ${words.slice(1).join(' ')}` : ''}`,
  );
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...variables } });
  pod.children.add(child);
  child.on('exit', (status, signal) => {
    console.log(`${file}: ${name} ended with ${status ?? signal}`);
    pod.children.delete(child);
    if (!pod.isLeaving) onExit(status);
    else if (pod.children.size === 0) pod.onEnd();
  });
}

/** `$(NAME)` is the variable where there is one, `$$` a dollar sign. */
function expand(text, variables) {
  return text.replaceAll(/\$(\$|\((\w+)\))/g, (whole, what, name) =>
    what === '$' ? '$' : (variables[name] ?? whole),
  );
}

function leave(file) {
  const pod = pods.get(file);
  pods.delete(file);
  pod.isLeaving = true;
  return new Promise((resolve) => {
    pod.onEnd = resolve;
    if (pod.children.size === 0) resolve();
    for (const child of pod.children) child.kill('SIGTERM');
  });
}

async function compare() {
  // As the kubelet has it, what begins with a dot is no manifest.
  const files = readdirSync(folder).filter((name) => !name.startsWith('.'));
  const texts = new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  for (const [file, { text }] of pods) if (texts.get(file) !== text) await leave(file);
  for (const [file, text] of texts) if (!pods.has(file)) start(file, text);
}

let turn = compare();
watch(folder, () => {
  turn = turn.then(compare).catch((error) => console.error(error.message));
});
console.log('watching');
