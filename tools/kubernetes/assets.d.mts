/** The folder with the programs; undefined where it has to be made first. */
export function findKubernetes(): string | undefined;
/** A program of that folder, else one on PATH; undefined where there is none. */
export function findKubernetesProgram(name: string): string | undefined;
