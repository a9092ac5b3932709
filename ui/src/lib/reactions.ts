import type { Reaction, UserId } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";

/** The reactions that have a name on the wire, and what is shown and read aloud for each. */
const named: Record<string, { emoji: string; words: () => string }> = {
  like: { emoji: "👍", words: m.reaction_like },
  love: { emoji: "❤️", words: m.reaction_love },
  laugh: { emoji: "😂", words: m.reaction_laugh },
  wow: { emoji: "😮", words: m.reaction_wow },
  sad: { emoji: "😢", words: m.reaction_sad },
  angry: { emoji: "😠", words: m.reaction_angry },
  fire: { emoji: "🔥", words: m.reaction_fire },
  golazo: { emoji: "⚽", words: m.reaction_golazo },
};

export interface Pill {
  emoji: string;
  /** For those who do not see it. */
  words: string;
  count: number;
  mine: boolean;
}

/** What stands under a message: one pill an emoji, also where some gave it by its name and others as itself. */
export function pills(reactions: readonly Reaction[], me: UserId): Pill[] {
  const people = new Map<string, Set<UserId>>();
  for (const { reaction_type: type, user_ids } of reactions) {
    const emoji = Object.hasOwn(named, type) ? (named[type]?.emoji ?? type) : type;
    const all = people.get(emoji) ?? new Set();
    for (const id of user_ids) all.add(id);
    people.set(emoji, all);
  }
  return [...people].map(([emoji, ids]) => ({
    emoji,
    words:
      Object.values(named)
        .find((known) => known.emoji === emoji)
        ?.words() ?? emoji,
    count: ids.size,
    mine: ids.has(me),
  }));
}
