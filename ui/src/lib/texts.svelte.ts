// The texts of the window. Reading one inside a view makes the view follow the language.
import { overwriteGetLocale } from "$lib/paraglide/runtime";
import type { Language } from "$lib/ipc/generated";

export { m } from "$lib/paraglide/messages";

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

  choose(language: Language | null, system: Language = this.#system): void {
    this.#system = system;
    this.chosen = language;
    this.current = language ?? system;
    document.documentElement.lang = this.current;
  }
}

export const locale = new Locale();
overwriteGetLocale(() => locale.current);
