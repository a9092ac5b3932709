/** What one uses: the last emoji, and a tone of skin. Kept on this computer. */
const MOST = 24;
const LIKELY = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

class Taste {
  recent: readonly string[] = $state.raw([]);
  /** 0 is none. */
  tone = $state(0);

  constructor() {
    const [recent, tone] = [read("emoji-recent"), read("emoji-tone")];
    if (Array.isArray(recent)) this.recent = recent.filter((item) => typeof item === "string").slice(0, MOST);
    if (typeof tone === "number" && tone >= 0 && tone <= 5) this.tone = tone;
  }

  used(emoji: string): void {
    this.recent = [emoji, ...this.recent.filter((other) => other !== emoji)].slice(0, MOST);
    localStorage.setItem("emoji-recent", JSON.stringify(this.recent));
  }

  choose(tone: number): void {
    this.tone = tone;
    localStorage.setItem("emoji-tone", JSON.stringify(tone));
  }

  /** Six: those used last, and where there are not that many, those that everybody uses. */
  quick(): string[] {
    return [...new Set([...this.recent, ...LIKELY])].slice(0, 6);
  }
}

export const taste = new Taste();
