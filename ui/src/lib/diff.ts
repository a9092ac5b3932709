import type { Diff } from "$lib/ipc/generated";

/** The list after the steps; the given one stays as it is, so that views compare by identity. */
export function apply<T>(items: readonly T[], diffs: readonly Diff<T>[]): T[] {
  let next = [...items];
  for (const diff of diffs) {
    switch (diff.op) {
      case "insert":
        next.splice(diff.index, 0, diff.item);
        break;
      case "update":
        next[diff.index] = diff.item;
        break;
      case "remove":
        next.splice(diff.index, 1);
        break;
      case "reset":
        next = [...diff.items];
        break;
    }
  }
  return next;
}
