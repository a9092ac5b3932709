import type { SearchHit, SearchPage } from "$lib/ipc/generated";

/**
 * A page in its place among what is shown: behind `before`, in place of what it covers of `after`. Each message once, the
 * latest first.
 */
export function join(before: readonly SearchHit[], page: SearchPage, after: readonly SearchHit[]): SearchHit[] {
  const known = new Set(before.map((hit) => hit.message));
  const fresh = page.hits.filter((hit) => !known.has(hit.message));
  for (const hit of fresh) known.add(hit.message);
  const last = page.hits.at(-1);
  // Beyond the last page there is nothing.
  const rest =
    page.next === null || !last
      ? []
      : after.filter((hit) => !known.has(hit.message) && Date.parse(hit.at) <= Date.parse(last.at));
  return [...before, ...fresh, ...rest];
}
