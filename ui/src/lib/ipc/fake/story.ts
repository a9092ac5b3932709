// A conversation as one likes to be in, for pictures. Never in a production build.
import type { Language, MessageItem, RoomItem, TimelineItem } from "$lib/ipc/generated";
import { me, message, people, roomList } from "./conversation";

type Told = [who: keyof typeof people, ago: number, text: string, more?: Partial<MessageItem>];
const { ana, juan, luz, marta, ivan, noor } = people;

const reacted = (...given: [emoji: string, ...by: { id: string }[]][]) => ({
  reactions: given.map(([reaction_type, ...by]) => ({ reaction_type, user_ids: by.map(({ id }) => id) })),
});
const quoted = (sender: keyof typeof people, content: string, seq: number) => ({
  reply_to: {
    ...{ id: `m${seq}`, content, seq, message_type: "text" as const, is_deleted: false },
    sender: { ...people[sender], avatar_url: null, rev: 0 },
  },
});

const group: Record<Language, Told[]> = {
  en: [
    ["luz", 1_510, "Has anyone seen the forecast for Sunday?"],
    ["juan", 1_498, "Sun until four, then clouds from the west. Cold at the top."],
    [
      "ana",
      1_490,
      "I booked the refuge for six. Breakfast is included, dinner is not.",
      reacted(["🎉", luz, juan, marta]),
    ],
    [
      "luz",
      96,
      "So, who brings what?\n\n- stove and gas: **Juan**\n- bread, cheese, oranges: me\n- map and first aid: @ana",
    ],
    ["juan", 92, "The stove is ready, I only need a second cartridge 🔥"],
    ["marta", 88, "I have one, full.", quoted("juan", "The stove is ready, I only need a second cartridge 🔥", 5)],
    ["ana", 61, "I can take three people. We leave at seven from the fountain."],
    ["noor", 44, "May I bring my sister? She walks faster than all of us."],
    [
      "ana",
      43,
      "Of course!",
      { ...quoted("noor", "May I bring my sister? She walks faster than all of us.", 8), ...reacted(["❤️", noor]) },
    ],
    [
      "luz",
      9,
      "The path by the river is open again: https://sierra.example/paths. It is half an hour longer, and so much nicer.",
    ],
    ["juan", 7, "Then the river it is.", reacted(["👍", ana, luz, marta], ["🥾", noor])],
    ["luz", 3, "Take the good jacket. See you on Sunday!"],
  ],
  es: [
    ["luz", 1_510, "¿Alguien ha visto el tiempo para el domingo?"],
    ["juan", 1_498, "Sol hasta las cuatro y luego nubes por el oeste. Arriba hará frío."],
    [
      "ana",
      1_490,
      "He reservado el refugio para seis. El desayuno va incluido, la cena no.",
      reacted(["🎉", luz, juan, marta]),
    ],
    [
      "luz",
      96,
      "Entonces, ¿quién lleva qué?\n\n- hornillo y gas: **Juan**\n- pan, queso y naranjas: yo\n- mapa y botiquín: @ana",
    ],
    ["juan", 92, "El hornillo está listo, solo me falta otro cartucho 🔥"],
    ["marta", 88, "Yo tengo uno, lleno.", quoted("juan", "El hornillo está listo, solo me falta otro cartucho 🔥", 5)],
    ["ana", 61, "En mi coche caben tres. Salimos a las siete desde la fuente."],
    ["noor", 44, "¿Puedo llevar a mi hermana? Anda más rápido que todos nosotros."],
    [
      "ana",
      43,
      "¡Claro!",
      {
        ...quoted("noor", "¿Puedo llevar a mi hermana? Anda más rápido que todos nosotros.", 8),
        ...reacted(["❤️", noor]),
      },
    ],
    [
      "luz",
      9,
      "El camino del río está abierto otra vez: https://sierra.example/caminos. Es media hora más, y mucho más bonito.",
    ],
    ["juan", 7, "Pues por el río.", reacted(["👍", ana, luz, marta], ["🥾", noor])],
    ["luz", 3, "Llévate la chaqueta buena. ¡Hasta el domingo!"],
  ],
};

const direct: Told[] = [
  ["luz", 1_700, "Did the boat come in?"],
  ["ana", 1_694, "It did, at six. Three crates less than they said."],
  ["luz", 1_690, "I will ask at the office tomorrow, they open at nine."],
  ["ana", 1_688, "Thank you 🙏"],
  ["luz", 140, "They found them! In the *other* warehouse, of course.", reacted(["😂", ana])],
  ["ana", 131, "I knew it. I pick them up on the way home."],
  ["luz", 128, "The key is under the ||blue|| pot, as always."],
  ["ana", 25, "Got it, and two oranges from your tree.", { is_edited: true }],
  ["luz", 21, "Only two?", reacted(["🍊", ana])],
  ["ana", 6, "Are we still on for Sunday?"],
  ["luz", 5, "Always. I bring the oranges 🍊"],
];

export function story(now: Date, room: RoomItem, language: Language): TimelineItem[] {
  const told = room.id === "r-sierra" ? group[language] : room.id === "r-luz" ? direct : [];
  return told.map(([who, ago, text, more], at) =>
    message(`m${at + 1}`, people[who], text, new Date(now.getTime() - ago * 60_000), more),
  );
}

const titles: Record<Language, Record<string, string>> = {
  en: {},
  es: { "r-sierra": "Sierra, el domingo", "r-harbour": "Oficina del puerto", "r-all": "Todos" },
};
const lines: Record<Language, [room: string, text: string][]> = {
  en: [
    ["r-sierra", "Take the good jacket. See you on Sunday!"],
    ["r-luz", "Always. I bring the oranges 🍊"],
    ["r-juan", "Have you got the second cartridge?"],
    ["r-harbour", "The crates are at gate four."],
    ["r-noor", "My sister says yes!"],
    ["r-marta", "See you there"],
    ["r-all", "New opening hours from Monday on"],
    ["r-ivan", "The tent is dry, I fold it tonight"],
  ],
  es: [
    ["r-sierra", "Llévate la chaqueta buena. ¡Hasta el domingo!"],
    ["r-luz", "¿Vamos el domingo, entonces?"],
    ["r-juan", "¿Tienes el otro cartucho?"],
    ["r-harbour", "Las cajas están en la puerta cuatro."],
    ["r-noor", "¡Mi hermana dice que sí!"],
    ["r-marta", "Nos vemos allí"],
    ["r-all", "Nuevo horario desde el lunes"],
    ["r-ivan", "La tienda está seca, esta noche la doblo"],
  ],
};

/** The rooms that it goes on in, the open one as it is. */
export function storyRooms(now: Date, language: Language): RoomItem[] {
  const rooms = roomList(now);
  return lines[language].flatMap(([id, text]) => {
    const room = rooms.find((other) => other.id === id);
    if (!room?.last_message) return [];
    const sender = id === "r-sierra" ? luz : id === "r-ivan" ? ivan : room.last_message.sender;
    const minutes = { "r-sierra": 3, "r-luz": 5 }[id];
    const ago = minutes ? new Date(now.getTime() - minutes * 60_000).toISOString() : room.last_activity;
    return {
      ...room,
      title: titles[language][id] ?? room.title,
      last_activity: ago,
      last_message: {
        ...room.last_message,
        at: ago,
        content: text,
        sender,
        is_deleted: false,
        is_own: sender.id === me.id,
      },
      unread: id === "r-all" ? 14 : id === "r-sierra" ? 0 : room.unread,
      mentions: id === "r-all" ? 1 : 0,
      draft: null,
      typing: id === "r-noor" ? [noor.display_name] : [],
    };
  });
}
