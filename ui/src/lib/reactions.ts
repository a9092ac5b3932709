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

/** One emoji, one spelling: a selector that says nothing new is left out. */
export function canonical(emoji: string): string {
  return emoji.replaceAll(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");
}

export interface Pill {
  emoji: string;
  /** For those who do not see it. */
  words: string;
  count: number;
  mine: boolean;
  /** Who gave it: oneself first, the others in their order. */
  people: readonly UserId[];
  /** What the server calls it where it was given first. */
  type: string;
  /** What oneself gave it as: it is taken back as that. */
  own: readonly string[];
}

/** What stands under a message: one pill an emoji, also where some gave it by its name and others as itself. */
export function pills(reactions: readonly Reaction[], me: UserId): Pill[] {
  const given = new Map<string, { people: Set<UserId>; type: string; own: string[] }>();
  for (const { reaction_type: type, user_ids } of reactions) {
    const emoji = Object.hasOwn(named, type) ? (named[type]?.emoji ?? type) : canonical(type);
    const all = given.get(emoji) ?? { people: new Set(), type, own: [] };
    for (const id of user_ids) all.people.add(id);
    if (user_ids.includes(me)) all.own.push(type);
    given.set(emoji, all);
  }
  return [...given].map(([emoji, { people, type, own }]) => ({
    emoji,
    words:
      Object.values(named)
        .find((known) => known.emoji === emoji)
        ?.words() ?? emoji,
    count: people.size,
    mine: own.length > 0,
    people: [...people].sort((a, b) => Number(b === me) - Number(a === me)),
    type,
    own,
  }));
}
