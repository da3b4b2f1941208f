/** The recommended labels of Kubernetes: what a program is, and of which cluster of a plan. */
export function podLabels(name: string, cluster: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': cluster };
}
