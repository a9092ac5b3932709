// A believable conversation, for looking at screens and for tests. Never in a production build.
import type { MessageItem, Person, Preview, RoomItem, TimelineItem } from "$lib/ipc/generated";

export const people: Record<"ana" | "juan" | "luz" | "marta" | "ivan" | "noor", Person> = {
  ana: { id: "u-ana", username: "ana", display_name: "Ana Ruiz" },
  juan: { id: "u-juan", username: "juan", display_name: "Juan" },
  luz: { id: "u-luz", username: "luz", display_name: "Luz Herrera" },
  marta: { id: "u-marta", username: "marta", display_name: "Marta Villanueva de la Fuente y Ortiz" },
  ivan: { id: "u-ivan", username: "ivan", display_name: "Иван Петров" },
  noor: { id: "u-noor", username: "noor", display_name: "نور" },
};

export const me = people.ana;

export function message(
  key: string,
  sender: Person,
  content: string,
  at: Date,
  more: Partial<MessageItem> = {},
): { kind: "message" } & MessageItem {
  const own = sender.id === me.id;
  return {
    kind: "message",
    key,
    id: key,
    seq: Number(key.replace(/\D/g, "")) || 1,
    sender,
    is_own: own,
    content,
    preview: plainly(content),
    message_type: "text",
    reply_to: null,
    reactions: [],
    is_edited: false,
    is_deleted: false,
    pinned: null,
    recovered: false,
    system: null,
    about: null,
    at: at.toISOString(),
    delivery: own ? { state: "read", by: 1 } : null,
    failed: null,
    ...more,
  };
}

/** Simply what the core says of a text where it is only told of. */
export function plainly(content: string): string {
  return content
    .replace(/\|\|\S[^]*?\S?\|\|/gu, "▒▒▒▒")
    .replace(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
    .replace(/^\s*(?:>|[-*+]|\d+\.)\s|```\w*|\*\*|~~|[*`]/gmu, "")
    .replace(/\s+/gu, " ")
    .trim()
    .slice(0, 160);
}

const minute = 60_000;

/** A hundred messages to `now`, the last of them of every kind there is. */
export function conversation(now: Date, room: RoomItem): TimelineItem[] {
  const other = room.peer ?? people.luz;
  const third = room.chat_type === "private" ? other : people.marta;
  const texts = [
    "Did the boat come in?",
    "It did, at six. Three crates less than they said.",
    "I will ask at the office tomorrow morning, they open at nine.",
    "Thank you.",
    "And the key is under the blue pot, as always.",
    "Found it 👍",
    "The map for Sunday: https://example.org/maps/sierra?day=sunday. Bring water.",
    "I can take two people in my car, and Iván has room for three more if we leave the tent at home. Otherwise it is one less, and someone takes the train to the second station.",
  ];
  const items: TimelineItem[] = [];
  const total = 100;
  const start = now.getTime() - 3 * 24 * 60 * minute;
  for (let at = 1; at <= total - 14; at += 1) {
    const sender = [other, me, third][Math.floor(at / 2) % 3] ?? other;
    items.push(message(`m${at}`, sender, texts[at % texts.length] ?? "", new Date(start + at * 40 * minute)));
  }
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minute);
  const quote = {
    id: "m80",
    sender: { ...me, avatar_url: null, rev: 0 },
    content: "And the key is under the blue pot, as always.",
    message_type: "text" as const,
    seq: 80,
    is_deleted: false,
  };
  items.push(
    message("m87", other, "Are we still on for Sunday?", ago(95)),
    message("m88", me, "Yes. I booked the refuge for six.", ago(93), {
      reactions: [{ reaction_type: "🎉", user_ids: [other.id, third.id] }],
    }),
    message("m89", me, "Breakfast is included, dinner is not.", ago(92)),
    message("m90", third, "هل يمكنني إحضار أختي؟ https://example.org/a", ago(64)),
    message("m91", me, "Of course.", ago(62), { reply_to: { ...quote, content: "هل يمكنني إحضار أختي؟" } }),
    message("m92", other, "", ago(61), { is_deleted: true }),
    message("m93", other, "👏👏", ago(60)),
    message("m94", third, "Got it, thanks", ago(41), { reply_to: quote, is_edited: true }),
    message("m95", other, "https://a-very-long-address.example.org/".padEnd(180, "abcdefghij"), ago(40)),
    message("m96", me, "I leave at seven then.", ago(12), { delivery: { state: "sent" } }),
    message("m97", other, "Perfect. The forecast says sun until four, then clouds from the west.", ago(4)),
    message("m98", other, "Take the good jacket.", ago(3), {
      reactions: [
        { reaction_type: "like", user_ids: [me.id] },
        { reaction_type: "🧥", user_ids: [third.id] },
      ],
    }),
  );
  if (room.chat_type !== "private") {
    items.push(
      message("m99", third, "", ago(2), {
        system: { event: "participant_joined", user_id: people.noor.id },
        about: people.noor,
        message_type: "system",
      }),
    );
  }
  return items;
}

/** What people do with text. */
export function formatted(now: Date): TimelineItem[] {
  const texts = [
    "**Sunday**, in short:\n\n- meet at *six* ~~seven~~\n- the key is `under the pot`\n- read [the map](https://example.org/maps/sierra)",
    "> Who brings the stove?\n\nI do. And the surprise is ||a cake||.",
    "```js\n// Three crates less than they said.\nconst crates = office.count({ gate: 4 }) - 3;\nif (crates < 0) throw new Error(`lost ${-crates}`);\n```",
    "| what | who | how many |\n|---|---|---|\n| water | Juan | 6 |\n| bread | Luz | **2** |",
    "@ana can you ask @juan.perez? @luz and @room, see [#Harbour office](recado://room/r-harbour) and recado://room/r-sierra/90",
    "1. Wake up\n2. Go\n\nSee [https://bank.example](https://elsewhere.example/login)",
  ];
  return texts.map((text, at) => message(`m${300 + at}`, at % 2 ? me : people.luz, text, now));
}

/** What people should not be able to do with text. */
export function hostile(now: Date): TimelineItem[] {
  const word = (letter: string, times: number) => letter.repeat(times);
  const texts = [
    `Z${word("\u0351\u0321\u0334", 30)}a${word("\u0351\u0321", 30)}lgo`,
    `\u202Egnp.otohp https://example.org/a \u202E`,
    word("a", 400),
    `\`\`\`\n${word("wide ", 80)}\n\`\`\``,
    `|${word("column|", 30)}\n|${word("-|", 30)}\n|${word("cell|", 30)}`,
    `${word(">", 50)} deep`,
    word("👩‍🚀", 60),
    `- ${word("\n  - ", 1)}a\n    - b\n      - c\n        - d\n          - e\n            - f\n              - g`,
  ];
  return texts.map((text, at) => message(`m${400 + at}`, at % 2 ? me : people.luz, text, now));
}

function preview(sender: Person, content: string, at: Date, more: Partial<Preview> = {}): Preview {
  const own = sender.id === me.id;
  return {
    sender,
    is_own: own,
    content,
    message_type: "text",
    is_deleted: false,
    system: null,
    about: null,
    at: at.toISOString(),
    delivery: own ? { state: "read", by: 1 } : null,
    ...more,
  };
}

/** Fifty rooms; the first ones show what a room can show. */
export function roomList(now: Date): RoomItem[] {
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minute);
  const room = (id: string, title: string, last: Preview | null, more: Partial<RoomItem> = {}): RoomItem => ({
    id,
    chat_type: more.peer ? "private" : "group",
    title,
    peer: null,
    status: null,
    last_seen_at: null,
    custom_status: null,
    last_message: last,
    last_activity: last?.at ?? ago(9_000).toISOString(),
    unread: 0,
    mentions: 0,
    muted: false,
    favourite: false,
    notifications: "all",
    muted_until: null,
    nickname: null,
    bubble_colour: null,
    background: null,
    archived: false,
    topic: null,
    colour: null,
    draft: null,
    typing: [],
    participant_count: more.peer ? 2 : 6,
    ...more,
  });
  const with_ = (peer: Person, last: Preview | null, more: Partial<RoomItem> = {}) =>
    room(`r-${peer.username}`, peer.display_name, last, { peer, chat_type: "private", status: "offline", ...more });
  return [
    with_(people.luz, preview(people.luz, "Take the good jacket.", ago(3)), {
      status: "online",
      custom_status: { emoji: "⛵", text: "On the water", until: ago(-90).toISOString() },
    }),
    room("r-sierra", "Sierra, Sunday", preview(people.marta, "Who brings the stove?", ago(9)), {
      unread: 12,
      mentions: 1,
      topic: "Sunday at seven, by the fountain",
      colour: "blue",
    }),
    with_(people.juan, preview(people.juan, "ok", ago(22)), { unread: 1, status: "away", typing: ["Juan"] }),
    room(
      "r-harbour",
      "Harbour office",
      preview(me, "The crates are at gate four.", ago(58), { delivery: { state: "sent" } }),
    ),
    with_(people.noor, preview(people.noor, "شكراً جزيلاً", ago(190)), {}),
    with_(people.marta, preview(me, "See you there", ago(1_500)), {
      status: "dnd",
      draft: "I was thinking that maybe we",
    }),
    room("r-all", "Everyone", preview(people.ivan, "New opening hours from Monday on", ago(2_900)), {
      chat_type: "community",
      unread: 999,
      muted: true,
      notifications: "none",
      participant_count: 214,
      typing: ["Juan", "نور", "Luz Herrera", "Marta Villanueva de la Fuente y Ortiz"],
    }),
    with_(people.ivan, preview(people.ivan, "", ago(4_400), { is_deleted: true }), {
      last_seen_at: ago(1_800).toISOString(),
    }),
    room("r-new", "X", null),
    ...Array.from({ length: 41 }, (_, at) =>
      room(`r-${at}`, `Shift ${at + 1}`, preview(people.juan, "Done for today.", ago(9_000 + at * 1_700))),
    ),
  ];
}
