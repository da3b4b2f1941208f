import type { Cluster } from '../config/model/cluster.ts';

/** The images that `deploy/` builds, by the program that they stand for. */
const OWN = {
  keepalived: 'holdfast-keepalived:latest',
  haproxy: 'holdfast-haproxy:latest',
} as const;

export function imagesOf({ images }: Cluster): {
  readonly keepalived: string;
  readonly haproxy: string;
} {
  return {
    keepalived: images.keepalived ?? OWN.keepalived,
    haproxy: images.haproxy ?? OWN.haproxy,
  };
}

/** Whether an image need not be named, being the one that is taken anyway. */
export function isOwnImage(image: string): boolean {
  return Object.values(OWN).some((own) => own === image);
}
