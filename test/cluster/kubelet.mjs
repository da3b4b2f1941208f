// Plays the kubelet for static pods: `kubelet.mjs` runs the first container of every manifest in
// /etc/kubernetes/manifests, anew when it exits or its manifest changes, and ends it when the manifest
// is gone. Images are programs of the host. Not TypeScript, since it is started without a loader.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = '/etc/kubernetes/manifests';
const restartMs = 500;
/** By file: its text, and the process. */
const pods = new Map();

function start(file, text) {
  const pod = { text, isLeaving: false };
  pods.set(file, pod);
  const { args } = parse(text).spec.containers[0];
  const run = () => {
    if (pod.isLeaving) return;
    console.log(`${file}: starts ${args.join(' ')}`);
    pod.child = spawn(args[0], args.slice(1), { stdio: 'inherit' });
    pod.child.on('exit', (status, signal) => {
      console.log(`${file}: ended with ${status ?? signal}`);
      if (pod.isLeaving) pod.onEnd();
      else setTimeout(run, restartMs);
    });
  };
  run();
}

function leave(file) {
  const pod = pods.get(file);
  pods.delete(file);
  pod.isLeaving = true;
  return new Promise((resolve) => {
    pod.onEnd = resolve;
    if (pod.child.exitCode !== null || pod.child.signalCode !== null) resolve();
    else pod.child.kill('SIGTERM');
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
