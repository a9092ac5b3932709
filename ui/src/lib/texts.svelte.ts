// The texts of the window, one language at a time: the other is loaded when it is asked for. Reading one inside a view makes the
// view follow the language.
import type { Language } from "$lib/ipc/generated";

type Texts = typeof import("$lib/paraglide/messages/en.js");
/** Each text as a function of what it names. */
type Messages = {
  [K in keyof Texts]: keyof Parameters<Texts[K]>[0] extends never
    ? () => string
    : (inputs: Parameters<Texts[K]>[0]) => string;
};

const sources: Record<Language, () => Promise<Texts>> = {
  en: () => import("$lib/paraglide/messages/en.js"),
  es: () => import("$lib/paraglide/messages/es.js"),
};

function ofSystem(): Language {
  return navigator.languages
    .find((tag) => /^(en|es)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith("es")
    ? "es"
    : "en";
}

class Locale {
  current = $state<Language>(ofSystem());
  /** What the user chose; null follows the system. */
  chosen = $state<Language | null>(null);
  #system: Language = ofSystem();
  #texts: Texts | undefined = $state.raw();
  #loaded: Partial<Record<Language, Texts>> = {};

  /** Done before the first view, and at once for a language that was spoken before. */
  async choose(language: Language | null, system: Language = this.#system): Promise<void> {
    this.#system = system;
    this.chosen = language;
    const wanted = language ?? system;
    const loaded = this.#loaded[wanted];
    if (loaded) return this.#speak(wanted, loaded);
    const texts = (this.#loaded[wanted] = await sources[wanted]());
    // Meanwhile one may have chosen again.
    if ((this.chosen ?? this.#system) === wanted) this.#speak(wanted, texts);
  }

  #speak(language: Language, texts: Texts): void {
    this.#texts = texts;
    this.current = language;
    document.documentElement.lang = language;
  }

  text(name: keyof Texts, inputs: unknown): string {
    const say = this.#texts?.[name] as ((inputs: unknown) => string) | undefined;
    return say ? say(inputs) : "";
  }
}

export const locale = new Locale();

const said: Partial<Record<keyof Texts, (inputs: unknown) => string>> = {};
export const m = new Proxy({} as Messages, {
  get: (_, name: keyof Texts) => (said[name] ??= (inputs: unknown) => locale.text(name, inputs)),
});
